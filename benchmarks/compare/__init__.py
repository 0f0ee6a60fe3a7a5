"""Compare two checkouts of the project: bytes on port and air, verdicts under chaos, CPU time."""

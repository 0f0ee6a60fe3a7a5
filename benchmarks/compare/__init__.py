"""Two checkouts of the project held against each other: bytes on port and air, verdicts under chaos, CPU time."""

"""CPU time and memory of a process, from /proc."""

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """User and system time of all its threads so far; resolution 0.01 s."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def memory(pid: int) -> dict[str, float]:
    """Resident set, proportional set and the resident set's peak, in MB (1e6 bytes)."""
    status = _fields(f"/proc/{pid}/status")
    return {
        "rss": status["VmRSS"] * 1.024e-3,
        "pss": _fields(f"/proc/{pid}/smaps_rollup")["Pss"] * 1.024e-3,
        "peak": status["VmHWM"] * 1.024e-3,
    }


def _fields(path: str) -> dict[str, int]:
    """`Name:  123 kB` lines."""
    lines = (line.split() for line in Path(path).read_text().splitlines())
    return {words[0].rstrip(":"): int(words[1]) for words in lines if len(words) == 3 and words[2] == "kB"}

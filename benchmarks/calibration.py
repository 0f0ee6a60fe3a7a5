"""A loop that is always the same: how fast this machine was during a run, so that runs can be compared.

It does what a host in Python does with a report: it unpacks bytes, merges dictionaries and writes JSON. The figures of
two machines, or of one under different loads, relate as the CPU times of their loops do; wall time beyond CPU time is
what other programs took.
"""

import json
import statistics
import struct
import time
from typing import TypedDict

TURNS = 40_000
ROUNDS = 5
_RECORD = struct.Struct("<HHBBBBBIBBf")
_STATE = {"state": "ON", "power": 41.25, "energy": 12.5, "voltage": 230, "linkquality": 160}


class Calibration(TypedDict):
    """Milliseconds that the loop takes: medians."""

    cpu_ms: float
    wall_ms: float


def calibrate(turns: int = TURNS) -> Calibration:
    """Run the loop, some 0.2 s a round."""
    cpu, wall = [], []
    packed = _RECORD.pack(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 42.5)
    for _ in range(ROUNDS):
        began, used = time.monotonic(), time.process_time()
        for turn in range(turns):
            values = _RECORD.unpack(packed)
            state = {**_STATE, "power": values[-1] + turn % 100}
            json.dumps(state)
        cpu.append(time.process_time() - used)
        wall.append(time.monotonic() - began)
    return {"cpu_ms": statistics.median(cpu) * 1e3, "wall_ms": statistics.median(wall) * 1e3}

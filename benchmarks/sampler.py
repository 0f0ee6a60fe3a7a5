"""Where a process spends its time: samples of the running stack, every few milliseconds of CPU time.

A sample counts for the part of the project whose code is innermost on the stack; time in Python's library, in asyncio
and in C counts for its caller. A profiler would give more details, but slows small functions down more than large ones.
"""

import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from types import FrameType
from typing import Any

PERIOD = 0.004  # seconds of CPU time, the shortest that Linux has

LOOP, FILES = "event loop", "files"
_ZIGPY, _RADIO, _BRIDGE, _CLIENT = "zigpy, zigpy-znp", "radio, line, port", "bridge", "MQTT client beside it"

#: Piece of a file's path, and the part of the project that it belongs to. The first match counts.
_PARTS = (
    ("/asyncio/base_events.py", LOOP),
    ("/zigloop_bridge/storage.py", FILES),
    ("/sim/zigloop/jsonfile.py", FILES),
    ("/nv_file.py", FILES),
    ("/zigloop_bridge/mqtt/broker.py", "MQTT broker"),
    ("/zigloop_bridge/mqtt/shortcut.py", "MQTT broker"),
    ("/amqtt/", "MQTT broker"),
    ("/transitions/", "MQTT broker"),
    ("/zigloop_bridge/", _BRIDGE),
    ("/sim/zigloop/radio/", _RADIO),
    ("/sim/zigloop/coordinator/", _RADIO),
    ("/sim/zigloop/clock.py", "clock: jumps and looks"),
    ("/sim/zigloop/testing/", _CLIENT),
    ("/sim/zigloop/", "devices, ZCL, air"),
    ("/freezegun/", "freezegun"),
    ("/gmqtt/", _CLIENT),
    ("/zigpy_znp/", _ZIGPY),
    ("/zigpy/", _ZIGPY),
    ("/benchmarks/", "the benchmark itself"),
)
#: Libraries with two users: the bridge has an MQTT client too, the radio uses the types of zigpy-znp. Calls from these
#: users count for them.
_SHARED = {_CLIENT: _BRIDGE, _ZIGPY: _RADIO}
_ROUND = ("_run_once", "run_forever")


@cache
def _part(path: str) -> str | None:
    return next((part for piece, part in _PARTS if piece in path), None)


def whose(frame: FrameType | None) -> str:
    """The part of the project that a stack counts for: the innermost, but writing a file counts as files."""
    found: str | None = None
    while frame is not None:
        part = _part(frame.f_code.co_filename)
        if part == LOOP:
            if frame.f_code.co_name in _ROUND:
                break
        elif part == FILES:
            return FILES
        elif part is not None and (found is None or _SHARED.get(found) == part):
            found = part
        frame = frame.f_back
    return found or LOOP


@contextmanager
def sampled() -> Iterator[Counter[str]]:
    """Count samples by part, inside."""
    counted: Counter[str] = Counter()

    def sample(_: int, frame: FrameType | None) -> None:
        counted[whose(frame)] += 1

    before: Callable[[int, FrameType | None], Any] | int | None = signal.signal(signal.SIGPROF, sample)
    signal.setitimer(signal.ITIMER_PROF, PERIOD, PERIOD)
    try:
        yield counted
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)

"""Where a process spends its time: every few milliseconds of CPU, whose code is running is written down.

A sample belongs to the part of the house whose code is innermost on the stack; time in Python's own library, in asyncio
and in C belongs to who called it. A profiler would tell more, but slows small functions down more than large ones.
"""

import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from types import FrameType
from typing import Any

PERIOD = 0.004  # seconds of CPU time; Linux looks no more often

LOOP, FILES = "event loop", "files"
_ZIGPY, _RADIO, _BRIDGE, _CLIENT = "zigpy, zigpy-znp", "radio, line, port", "bridge", "MQTT client beside it"

#: What a file's path has in it, and whose it is. The first that fits counts.
_PARTS = (
    ("/asyncio/base_events.py", LOOP),
    ("/bridge/storage.py", FILES),
    ("/sim/jsonfile.py", FILES),
    ("/sim/radio/nv_file.py", FILES),
    ("/bridge/broker.py", "MQTT broker"),
    ("/bridge/shortcut.py", "MQTT broker"),
    ("/amqtt/", "MQTT broker"),
    ("/transitions/", "MQTT broker"),
    ("/bridge/", _BRIDGE),
    ("/sim/radio/", _RADIO),
    ("/sim/clock.py", "clock: jumps and looks"),
    ("/sim/testing/", _CLIENT),
    ("/sim/", "devices, ZCL, air"),
    ("/freezegun/", "freezegun"),
    ("/gmqtt/", _CLIENT),
    ("/zigpy_znp/", _ZIGPY),
    ("/zigpy/", _ZIGPY),
    ("/benchmarks/", "the benchmark itself"),
)
#: Libraries that two use: the bridge its MQTT client, the radio the types of zigpy-znp. Theirs is what they ask for.
_SHARED = {_CLIENT: _BRIDGE, _ZIGPY: _RADIO}
_ROUND = ("_run_once", "run_forever")


@cache
def _part(path: str) -> str | None:
    return next((part for piece, part in _PARTS if piece in path), None)


def whose(frame: FrameType | None) -> str:
    """The part of the house that a stack belongs to: the innermost, but a file is written by who writes files."""
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
    """Inside, samples are counted by part."""
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

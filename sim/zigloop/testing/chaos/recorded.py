"""Recorded schedules: the faults of each test, as JSON that another run or another checkout can replay.

    {"tests": {NODEID: {"seed": 7, "name": "test_x", "joins": [[{"number": 1, "at": 2.5, "who": "radio",
     "verb": "hang", "arguments": {"seconds": 3.0}, "lasts": 3.0}, …], …]}}}

To replay a test that was renamed, change its key; keep `name`, which seeds the pauses between steps.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from zigloop.controls.arguments import ControlError
from zigloop.controls.control import Controlled
from zigloop.testing.chaos.schedule import Entry


@dataclass
class RecordedSchedule:
    """The schedule of one test. `joins` has the faults added after each join, as plain data."""

    seed: int
    name: str
    joins: list[list[dict[str, Any]]] = field(default_factory=list)

    @property
    def data(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)

    def add(self, entries: Iterable[Entry]) -> None:
        """Record the faults that are added to the schedule."""
        self.joins.append([entry.data for entry in entries])

    def entries(self, join: int, find: Callable[[str], Controlled]) -> list[Entry]:
        """The faults added at a join, counted from 0; none when fewer devices had joined.

        LookupError names a device, part or control that doesn't exist here.
        """
        if join >= len(self.joins):
            return []
        try:
            return [Entry.load(each, find) for each in self.joins[join]]
        except ControlError as error:  # under chaos a test may end with it, so it would go unnoticed
            raise LookupError(f"the recorded schedule can't be played: {error}") from None


def write(file: Path, recordings: dict[str, dict[str, Any]]) -> None:
    """Write recordings, as plain data by node id."""
    file.write_text(json.dumps({"tests": recordings}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


#: Keys of a recorded fault, the types of their values, and what these are called.
_KEYS: Final[dict[str, tuple[tuple[type, ...], str]]] = {
    "number": ((int,), "a whole number"),
    "at": ((int, float), "a number of seconds"),
    "who": ((str,), "the name of a device or part"),
    "verb": ((str,), "the verb of a control"),
    "arguments": ((dict,), "an object"),
    "lasts": ((int, float, type(None)), "a number of seconds or null"),
}


def _check(where: str, fault: Any) -> None:
    """ValueError names the first key of a fault that is missing or has a value of the wrong type."""
    for key, (types, meaning) in _KEYS.items():
        if key not in fault:
            raise ValueError(f"{where}: a fault has no {key!r}: {json.dumps(fault)}")
        value: Any = fault[key]
        negative = isinstance(value, int | float) and value < 0
        if not isinstance(value, types) or isinstance(value, bool) or negative:
            raise ValueError(f"{where}: {key!r} of a fault is {meaning}, not {json.dumps(value)}")


def read(file: Path) -> dict[str, RecordedSchedule]:
    """Recordings by node id; OSError when the file can't be read, ValueError when it isn't a recording."""
    try:
        tests = json.loads(file.read_text(encoding="utf-8"))["tests"]
        schedules = {nodeid: RecordedSchedule(**data) for nodeid, data in tests.items()}
        for nodeid, each in schedules.items():
            for fault in (fault for join in each.joins for fault in join):
                _check(f"{file}, {nodeid}", fault)
        return schedules
    except (AttributeError, KeyError, TypeError, json.JSONDecodeError) as error:
        raise ValueError(f"{file} is not a recording of chaos ({type(error).__name__}: {error})") from error

"""Recorded schedules: the faults of each test, as JSON that another run or another checkout can replay.

    {"tests": {NODEID: {"seed": 7, "name": "test_x", "joins": [[{"number": 1, "at": 2.5, "who": "radio",
     "verb": "hang", "arguments": {"seconds": 3.0}, "lasts": 3.0}, …], …]}}}

To replay a test that was renamed, change its key; keep `name`, which seeds the pauses between steps.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

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


def read(file: Path) -> dict[str, RecordedSchedule]:
    """Recordings by node id; OSError when the file can't be read, ValueError when it isn't a recording."""
    try:
        tests = json.loads(file.read_text(encoding="utf-8"))["tests"]
        return {nodeid: RecordedSchedule(**data) for nodeid, data in tests.items()}
    except (AttributeError, KeyError, TypeError, json.JSONDecodeError) as error:
        raise ValueError(f"{file} is not a recording of chaos ({type(error).__name__}: {error})") from error

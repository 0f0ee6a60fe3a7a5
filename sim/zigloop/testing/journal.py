"""What happened lately, on the radio and on MQTT, in one order: the part of a failure report people read first."""

import asyncio
from collections import deque
from collections.abc import Callable

#: Lines kept for a failure report: an interview is some 60 frames, and more than a screenful nobody reads.
KEPT = 400
SHOWN = 16


class Journal:
    """A short memory of frames and messages, each with the loop's time in seconds since the journal began."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._began = loop.time()
        self._lines: deque[tuple[float, str, str | Callable[[], str]]] = deque(maxlen=KEPT)

    def add(self, kind: str, line: str | Callable[[], str]) -> None:
        """Remember one line of a kind, `radio` or `mqtt`; a callable makes the line if ever somebody reads it."""
        self._lines.append((self._loop.time() - self._began, kind, line))

    def tail(self, kind: str, count: int = SHOWN) -> str:
        """The last lines of a kind, oldest first, each with its time."""
        lines = [(at, line) for at, line_kind, line in self._lines if line_kind == kind][-count:]
        shown = (f"  {at:9.3f} s  {line() if callable(line) else line}" for at, line in lines)
        return "\n".join(shown) or "  (none)"

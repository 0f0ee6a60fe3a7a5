"""The last frames on the radio and messages on MQTT, for failure reports."""

import asyncio
from collections import deque
from collections.abc import Callable

#: Lines that are kept (an interview is some 60 frames), and lines of a kind that a report shows.
KEPT = 400
SHOWN = 16


class Journal:
    """Keeps the last frames and messages, with the loop's time in seconds since the journal began."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._began = loop.time()
        self._lines: deque[tuple[float, str, str | Callable[[], str]]] = deque(maxlen=KEPT)

    def add(self, kind: str, line: str | Callable[[], str]) -> None:
        """Add a line of a kind, `radio` or `mqtt`; a callable returns the line, and is called only for a report."""
        self._lines.append((self._loop.time() - self._began, kind, line))

    def tail(self, kind: str, count: int = SHOWN) -> str:
        """The last `count` lines of a kind, oldest first, each with its time."""
        lines = [(at, line) for at, line_kind, line in self._lines if line_kind == kind][-count:]
        shown = (f"  {at:9.3f} s  {line() if callable(line) else line}" for at, line in lines)
        return "\n".join(shown) or "  (none)"

"""Time of a test session: one event loop (virtual, paced or real), and a matching wall clock."""

import asyncio
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TypeVar

from zigloop.clock import VIRTUAL, ClockLoop

T = TypeVar("T")

#: Start of the wall clock in virtual time, so that every run publishes the same timestamps.
EPOCH = datetime(2026, 1, 1, 12, tzinfo=UTC)

#: Longest real time, in seconds, that a scenario may let pass; longer ones are skipped.
LONGEST_REAL_WAIT = 15.0


class Timing:
    """Runs the loop of a session.

    `virtual`: everything runs in this process, so the loop's time can be virtual. `pace` is in simulated seconds per
    second, `VIRTUAL` for jumps; a host in its own process runs in real time, so the pace applies only while `pass_time`
    runs.
    """

    def __init__(self, loop: ClockLoop, *, virtual: bool, pace: float) -> None:
        self.loop = loop
        self.virtual = virtual
        self.pace = pace

    def run(self, awaitable: Awaitable[T]) -> T:
        """Run the loop until the awaitable is done."""

        async def wait() -> T:
            return await awaitable

        return self.loop.run_until_complete(wait())

    def pass_time(self, seconds: float) -> None:
        """Let simulated time pass at the session's pace: immediate in virtual time."""
        rate, self.loop.rate = self.loop.rate, self.pace
        try:
            self.run(asyncio.sleep(seconds))
        finally:
            self.loop.rate = rate

    def hasten(self, seconds: float) -> None:
        """Let simulated time pass as fast as the host handles what happens, also for a host in its own process."""
        rate = self.loop.rate
        if self.virtual or self.loop.patience:
            self.loop.rate = VIRTUAL
        try:
            self.run(asyncio.sleep(seconds))
        finally:
            self.loop.rate = rate

    def too_long(self, seconds: float) -> bool:
        """Whether this simulated time would keep a host in real time waiting for more than `LONGEST_REAL_WAIT`."""
        return self.pace != VIRTUAL and seconds / self.pace > LONGEST_REAL_WAIT

    @contextmanager
    def wall_clock(self) -> Iterator[None]:
        """Inside, the wall clock follows virtual time: zigpy stamps messages and answers time requests by it.

        Only while one of our tests runs: a session may have other tests, which need the real one.
        """
        if not self.virtual:
            yield
            return
        from zigloop.testing.wallclock import follow

        began = EPOCH.timestamp()
        with follow(lambda: began + self.loop.time()):
            yield

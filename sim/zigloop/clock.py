"""Real, paced and virtual time: an asyncio event loop whose clock has a rate.

Everything in the bench takes its time from its event loop (`loop.time()`, `call_later`, `asyncio.sleep`), so one loop
determines how fast simulated time runs:

* rate 1: real time, for hosts outside this process and for real dongles;
* rate N: paced time, N simulated seconds per real second;
* rate `VIRTUAL`: when nothing is readable the clock jumps to the next timer, so an hour without traffic takes no time.

Virtual time only applies to what runs in this loop. Sockets of the same process work: the kernel delivers loopback data
at once, and a short grace period before each long jump covers a busy machine. Threads don't, so a job given to
`run_in_executor` (name resolution, opening a serial port) stops the clock until it ends. Other threads and other
processes need rate 1, a paced clock, or one with `patience`, which waits some real seconds for them before each jump.
"""

import asyncio
import heapq
import math
import selectors
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

from zigloop.events import Channel, TimeJumped

VIRTUAL = math.inf

# Before a jump long enough to trigger a timeout, check again whether loopback data has arrived.
# Linux hands it over within some 20 µs even when the softirq runs on another core.
_LONG_JUMP = 0.25  # seconds of simulated time
_LOOKS = 6  # some 5 µs each; epoll would round a timeout up to a millisecond


class _Selector(selectors.DefaultSelector):  # type: ignore[valid-type, misc, unused-ignore]
    """The selector of a `ClockLoop`. Time passes while it waits, so it is where virtual time jumps."""

    clock: "ClockLoop"

    def select(self, timeout: float | None = None) -> Any:
        clock = self.clock
        if clock.rate != VIRTUAL:
            return super().select(timeout if timeout is None else timeout / clock.rate)
        if clock.patience and timeout is not None and timeout > 0 and not clock.pending_jobs:
            events = super().select(min(timeout, clock.patience))
            if not events:
                clock.jump(timeout)
            return events
        if self._readable():
            return super().select(0)
        if timeout is not None and timeout <= 0:
            return ()
        if timeout is None or clock.pending_jobs:
            # No timer to jump to, or a thread is running, whose time can't be skipped.
            return super().select(None)
        if timeout >= _LONG_JUMP and any(self._readable() for _ in range(_LOOKS)):
            return super().select(0)
        clock.jump(timeout)
        return ()

    def _readable(self) -> bool:
        """Whether anything is readable. Takes a third of the time of `select`; mostly nothing is."""
        return bool(self._selector.poll(0, 1))  # type: ignore[attr-defined]


class _Timer(asyncio.TimerHandle):
    """A timer that fires after those that were set earlier for the same time."""

    __slots__ = ("order",)

    order: int

    def __lt__(self, other: "_Timer") -> bool:  # type: ignore[override]
        here: float = self._when  # type: ignore[attr-defined]
        there: float = other._when  # type: ignore[attr-defined]
        return self.order < other.order if here == there else here < there


class ClockLoop(asyncio.SelectorEventLoop):
    """An event loop with a rate: simulated seconds per real second, `VIRTUAL` for as fast as possible.

    `patience` is for virtual time with peers outside this process: a jump waits until there was no traffic for
    `patience` real seconds. Each jump is emitted on `jumps`.
    """

    def __new__(cls, rate: float = 1.0, **_: Any) -> Self:
        # Checked first: a loop whose `__init__` has failed complains when it is collected.
        _check(rate)
        return super().__new__(cls)

    def __init__(self, rate: float = 1.0, *, patience: float = 0.0) -> None:
        self.patience = patience
        self.pending_jobs = 0
        self.jumps: Channel[TimeJumped] = Channel()
        self._rate = rate
        self._timers_set = 0
        self._real_time = time.monotonic  # the real clock, even when a test freezes the module's
        self._now = 0.0  # simulated time at this real time:
        self._since = self._real_time()
        selector = _Selector()
        selector.clock = self
        super().__init__(selector)

    @property
    def rate(self) -> float:
        """Simulated seconds per real second. It may change at any time: the clock continues from its current time."""
        return self._rate

    @rate.setter
    def rate(self, rate: float) -> None:
        _check(rate)
        self._now = self.time()
        self._since = self._real_time()
        self._rate = rate

    def time(self) -> float:
        """Seconds of simulated time since an arbitrary start; never goes back."""
        if self._rate == VIRTUAL:
            return self._now
        return self._now + (self._real_time() - self._since) * self._rate

    def call_at(  # type: ignore[override]
        self, when: float, callback: Any, *args: Any, context: Any = None
    ) -> asyncio.TimerHandle:
        """As asyncio's, but timers for the same time fire in the order in which they were set.

        asyncio's heap doesn't keep that order. It doesn't matter in real time, where no two times are equal.
        """
        self._check_closed()  # type: ignore[attr-defined]
        timer = _Timer(when, callback, args, self, context)
        timer.order = self._timers_set
        self._timers_set += 1
        heapq.heappush(self._scheduled, timer)  # type: ignore[attr-defined]
        timer._scheduled = True  # type: ignore[attr-defined]
        return timer

    def jump(self, seconds: float) -> None:
        """Move virtual time on; called by the selector when nothing else is left to do."""
        self._now += seconds
        if self.jumps.listeners:
            self.jumps.emit(TimeJumped(at=self._now, seconds=seconds))

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> "asyncio.Future[Any]":  # type: ignore[override]
        """As asyncio's, but virtual time stands still until the job is done."""
        future = super().run_in_executor(executor, func, *args)
        self.pending_jobs += 1

        def finished(_: object) -> None:
            self.pending_jobs -= 1

        future.add_done_callback(finished)
        return future


def _check(rate: float) -> None:
    if not rate > 0:
        raise ValueError(f"the clock's rate must be greater than 0, not {rate}: 1 is real time")


@contextmanager
def clock_loop(rate: float = 1.0, *, patience: float = 0.0) -> Iterator[ClockLoop]:
    """A `ClockLoop` that is the current loop inside the block; on exit its tasks are cancelled and it is closed."""
    loop = ClockLoop(rate, patience=patience)
    try:
        yield loop
    finally:
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        if tasks:
            loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()

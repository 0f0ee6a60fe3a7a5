"""Real, paced and virtual time: an asyncio event loop whose clock has a rate.

Everything in the bench takes its time from its event loop (`loop.time()`, `call_later`, `asyncio.sleep`), so one loop
determines how fast simulated time runs:

* rate 1: real time, for hosts outside this process and for real dongles;
* rate N: paced time, N simulated seconds per real second;
* rate `VIRTUAL`: when nothing is readable the clock jumps to the next timer, so an hour without traffic takes no time.

Virtual time only applies to what runs in this loop. Its parties meet in memory: a server on 127.0.0.1 that is opened in
virtual time without `patience` can be reached from this loop only (`zigloop.loopback`), so nothing can be late and the
clock jumps at once. With other sockets a short grace period before each long jump covers a busy machine. Threads don't
work, so a job given to `run_in_executor` (name resolution, opening a serial port) stops the clock until it ends. Other
threads and other processes need rate 1, a paced clock, or one with `patience`, which waits some real seconds for them
before each jump.
"""

import asyncio
import math
import selectors
import time
from collections.abc import Iterator
from contextlib import contextmanager
from heapq import heapify, heappop, heappush
from typing import Any, Self

from zigloop.events import Channel, TimeJumped
from zigloop.loopback import HOST, NAMES, Loopback

VIRTUAL = math.inf

# Before a jump long enough to trigger a timeout, check again whether loopback data has arrived.
# Linux hands it over within some 20 µs even when the softirq runs on another core.
_LONG_JUMP = 0.25  # seconds of simulated time
_LOOKS = 6  # some 5 µs each; epoll would round a timeout up to a millisecond

# Rounds of the loop in which a connection is made: the kernel's takes as many, in which the server accepts it.
_CONNECTING = 2

# As asyncio's, which needs the first for epoll.
_LONGEST_WAIT = 24 * 3600.0
_FEW_CANCELLED = 50  # timers, which may stay in the heap until their time


# What all selectors share: which files are registered, without the kernel.
_Keys: Any = selectors._BaseSelectorImpl


class _Selector(selectors.DefaultSelector):  # type: ignore[valid-type, misc, unused-ignore]
    """The selector of a `ClockLoop`. Time passes while it waits, so it is where virtual time jumps.

    Sockets of the loopback are registered beside the kernel's.
    """

    def __init__(self, clock: "ClockLoop") -> None:
        super().__init__()
        self._clock: Any = clock
        self._loopback = clock.loopback
        self._files = 0  # of the kernel

    def register(self, fileobj: Any, events: int, data: Any = None) -> Any:
        if (in_memory := self._loopback.sockets.get(fileobj)) is not None:
            self._loopback.active[in_memory] = None
            return _Keys.register(self, fileobj, events, data)
        key = super().register(fileobj, events, data)
        self._files += 1
        return key

    def unregister(self, fileobj: Any) -> Any:
        if fileobj in self._loopback.sockets:
            return _Keys.unregister(self, fileobj)
        key = super().unregister(fileobj)
        self._files -= 1
        return key

    def modify(self, fileobj: Any, events: int, data: Any = None) -> Any:
        if fileobj in self._loopback.sockets:
            return _Keys.modify(self, fileobj, events, data)
        return super().modify(fileobj, events, data)

    def select(self, timeout: float | None = None) -> Any:
        clock = self._clock
        if self._loopback.active and (events := self._in_memory()):
            return events if self._alone else events + super().select(0)
        if clock.rate != VIRTUAL:
            return super().select(timeout if timeout is None else timeout / clock.rate)
        if clock.patience and timeout is not None and timeout > 0 and not clock.pending_jobs:
            events = super().select(min(timeout, clock.patience))
            if not events:
                clock.jump(timeout)
            return events
        alone = self._alone
        if not alone and self._readable():
            return super().select(0)
        if timeout is not None and timeout <= 0:
            return ()
        if timeout is None or clock.pending_jobs:
            # No timer to jump to, or a thread is running, whose time can't be skipped.
            return super().select(None)
        if not alone and timeout >= _LONG_JUMP and any(self._readable() for _ in range(_LOOKS)):
            return super().select(0)
        clock.jump(timeout)
        return ()

    @property
    def _alone(self) -> bool:
        """Whether nothing else can wake the loop: no file but its own, by which threads do, and no signal handler."""
        clock = self._clock
        return bool(self._files == clock._internal_fds and not clock._signal_handlers)

    def _in_memory(self) -> list[tuple[Any, int]]:
        """Events of the loopback."""
        active, keys = self._loopback.active, self._fd_to_key  # type: ignore[attr-defined]
        events = []
        for it in tuple(active):
            key = keys.get(it.fileno())
            if key is not None and (mask := it.ready() & key.events):
                events.append((key, mask))
            else:
                del active[it]
        return events

    def _readable(self) -> bool:
        """Whether any file is readable. Takes a third of the time of `select`; mostly none is."""
        return bool(self._selector.poll(0, 1))  # type: ignore[attr-defined]


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
        self.loopback = Loopback()
        self._timers_set = 0
        self._real_time = time.monotonic  # the real clock, even when a test freezes the module's
        self._now = 0.0  # simulated time at this real time:
        self._since = self._real_time()
        self._heap: list[tuple[float, int, Any]] = []
        super().__init__(_Selector(self))

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

    # Timers: a heap of (time, number, timer), which is faster than asyncio's and keeps the order of equal times. It
    # doesn't matter in real time, where no two times are equal.

    def call_at(  # type: ignore[override]
        self, when: float, callback: Any, *args: Any, context: Any = None
    ) -> asyncio.TimerHandle:
        """As asyncio's, but timers for the same time fire in the order in which they were set."""
        self._check_closed()  # type: ignore[attr-defined]
        timer: Any = asyncio.TimerHandle(when, callback, args, self, context)
        self._timers_set += 1
        heappush(self._heap, (when, self._timers_set, timer))
        timer._scheduled = True
        return timer  # type: ignore[no-any-return]

    @property
    def timers(self) -> list[asyncio.TimerHandle]:
        """The timers that are set, in no particular order."""
        return [timer for timer in self._scheduled if not timer.cancelled()]

    @property
    def _scheduled(self) -> list[asyncio.TimerHandle]:
        """All timers, as in asyncio's loop: Home Assistant and ZHA look through them when they stop."""
        return [timer for _, _, timer in self._heap]

    @_scheduled.setter
    def _scheduled(self, _: object) -> None:
        """asyncio's own list is not used."""

    def _run_once(self) -> None:
        """As asyncio's, except for the heap; in debug mode slow callbacks aren't logged."""
        own: Any = self
        scheduled, ready = self._heap, own._ready
        if own._timer_cancelled_count > max(_FEW_CANCELLED, len(scheduled) / 2):
            kept = []
            for entry in scheduled:
                if entry[2]._cancelled:
                    entry[2]._scheduled = False
                else:
                    kept.append(entry)
            heapify(kept)
            scheduled[:] = kept
            own._timer_cancelled_count = 0
        while scheduled and scheduled[0][2]._cancelled:
            own._timer_cancelled_count -= 1
            heappop(scheduled)[2]._scheduled = False
        timeout = None
        if ready or own._stopping:
            timeout = 0.0
        elif scheduled:
            timeout = min(max(0.0, scheduled[0][0] - self.time()), _LONGEST_WAIT)
        if events := own._selector.select(timeout):
            own._process_events(events)
        now = self.time() + own._clock_resolution
        while scheduled and scheduled[0][0] < now:
            timer = heappop(scheduled)[2]
            timer._scheduled = False
            ready.append(timer)
        # Those that these append are for the next round: it has to look for events before.
        for _ in range(len(ready)):
            handle = ready.popleft()
            if not handle._cancelled:
                handle._run()

    def jump(self, seconds: float) -> None:
        """Move virtual time on; called by the selector when nothing else is left to do."""
        self._now += seconds
        if self.jumps.listeners:
            self.jumps.emit(TimeJumped(at=self._now, seconds=seconds))

    @property
    def in_memory(self) -> bool:
        """Whether servers on 127.0.0.1 that are opened now are for parties of this loop only."""
        return self._rate == VIRTUAL and not self.patience

    async def create_server(
        self, protocol_factory: Any, host: Any = None, port: Any = None, **options: Any
    ) -> asyncio.Server:
        """As asyncio's. In virtual time without patience, a server on 127.0.0.1 is in memory."""
        if host == HOST and self.in_memory:
            host, port, options["sock"] = None, None, self.loopback.listen(host, port)
        server: asyncio.Server = await super().create_server(protocol_factory, host, port, **options)
        return server

    async def create_connection(
        self, protocol_factory: Any, host: Any = None, port: Any = None, **options: Any
    ) -> tuple[Any, Any]:
        """As asyncio's. A connection to a server in memory is in memory."""
        if host in NAMES and (connection := self.loopback.connect(port)) is not None:
            if options.get("ssl"):
                options.setdefault("server_hostname", host)
            host, port, options["sock"] = None, None, connection
            try:
                for _ in range(_CONNECTING):
                    await asyncio.sleep(0)
            except asyncio.CancelledError:
                connection.close()
                raise
        return await super().create_connection(protocol_factory, host, port, **options)

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

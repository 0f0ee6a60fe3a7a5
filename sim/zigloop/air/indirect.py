"""Indirect transmission: the parent of a sleeping station keeps its frames until it polls."""

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

#: How long a parent keeps a frame for a child: macTransactionPersistenceTime, 0x01F4 unit periods of 15.36 ms
#: (IEEE 802.15.4-2006, table 86).
PERSISTENCE: Final = 7.68
#: Seconds between two polls of a child that is awake. ASSUMPTION: Lumi's isn't known; stacks poll each 100 ms to 1 s
#: while they expect something.
POLL_INTERVAL: Final = 0.25
#: Most frames that a parent keeps for one child. ASSUMPTION: Z-Stack has few buffers, which all children share.
MOST_HELD: Final = 8


@dataclass(slots=True, eq=False)
class _Held:
    """A held frame: callbacks for its delivery, and for a child that doesn't poll in time."""

    deliver: Callable[[int], None]
    expired: Callable[[], None]
    timer: asyncio.TimerHandle = field(init=False)


class IndirectQueue:
    """The frames that a parent keeps for one child, and the polls of that child."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._held: list[_Held] = []
        self._since = 0.0  # loop time of the first poll since it woke up
        self._until = -math.inf  # loop time of the last one
        self._poll: asyncio.TimerHandle | None = None  # only while frames are held

    def hold(self, deliver: Callable[[int], None], expired: Callable[[], None]) -> None:
        """Keep a frame: `deliver` is called at a poll, with the number of frames before it, or else `expired`."""
        if len(self._held) >= MOST_HELD:
            expired()
            return
        held = _Held(deliver, expired)
        held.timer = self._loop.call_later(PERSISTENCE, self._expire, held)
        self._held.append(held)
        self._schedule()

    @property
    def polling(self) -> tuple[float, float] | None:
        """Since and until when (loop time) the child polls; None when it sleeps."""
        return (self._since, self._until) if self._until > self._loop.time() else None

    def awake(self, until: float, since: float | None = None) -> None:
        """The child polls now, and regularly until `until` (loop time); it does so already `since` this time."""
        now = self._loop.time()
        if now > self._until:
            self._since = now if since is None else since
        self._until = max(self._until, until)
        self._schedule()

    def asleep(self) -> None:
        """The child no longer polls: it sleeps again, or lost its power."""
        self._until = -math.inf
        if self._poll is not None:
            self._poll.cancel()
            self._poll = None

    def close(self) -> None:
        """The child is off the air: held frames expire at once."""
        self.asleep()
        for held in list(self._held):
            held.timer.cancel()
            self._expire(held)

    def _schedule(self) -> None:
        """Set a timer for the next poll, if it would fetch a frame; polls without one have no effect."""
        if not self._held or self._poll is not None or self._until == -math.inf:
            return
        polls = math.ceil((self._loop.time() - self._since) / POLL_INTERVAL)
        at = self._since + polls * POLL_INTERVAL
        if at <= self._until:
            self._poll = self._loop.call_at(at, self._polled)

    def _polled(self) -> None:
        """Send all held frames, one after the other, each with the frame pending bit set."""
        self._poll = None
        held, self._held = self._held, []
        for number, each in enumerate(held):
            each.timer.cancel()
            each.deliver(number)

    def _expire(self, held: _Held) -> None:
        self._held.remove(held)
        held.expired()

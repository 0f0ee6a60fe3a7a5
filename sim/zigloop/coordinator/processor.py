"""A radio's processor: it can hang and reset, and a reset clears its RAM and timers.

Not modelled: execution time. It answers at once; only booting takes time.
"""

import asyncio
from collections.abc import Callable
from enum import Enum
from functools import partial

from zigloop.events import Events, RadioReset


class ResetReason(Enum):
    """Why a radio resets."""

    HOST = "host"
    WATCHDOG = "watchdog"
    POWER = "power"


class Processor:
    """Timers that end with a reset, hanging, resetting.

    `booted` is called with the reason `boot_time` seconds after each reset. Parts that keep state in RAM subscribe with
    `on_reset`, and are called in the order of their subscription.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        events: Events,
        *,
        boot_time: float,
        booted: Callable[[ResetReason], None],
    ) -> None:
        self.loop = loop
        #: Loop time of the last reset.
        self.started_at = loop.time()
        #: Number of resets so far.
        self.life = 0
        self.booting = False
        self.hangs = False
        #: Whether it is neither booting nor hanging.
        self.running = True
        self._boot_time = boot_time
        self._booted = booted
        self._resets = events.channel(RadioReset)
        self._timers: set[asyncio.TimerHandle] = set()
        self._pending: list[Callable[[], None]] = []  # called when it no longer hangs
        self._on_reset: list[Callable[[], None]] = []
        self._on_resume: list[Callable[[], None]] = []

    def on_reset(self, forget: Callable[[], None]) -> None:
        """Subscribe to resets."""
        self._on_reset.append(forget)

    def on_resume(self, resume: Callable[[], None]) -> None:
        """Subscribe to the end of hangs; called after deferred callbacks."""
        self._on_resume.append(resume)

    # Time

    def later(self, delay: float, callback: Callable[..., None], *args: object) -> None:
        """Call back after `delay` seconds of the loop's time, unless the radio resets before."""

        def run() -> None:
            self._timers.discard(handle)
            callback(*args)

        handle = self.loop.call_later(delay, run)
        self._timers.add(handle)

    def until_reset(self, callback: Callable[..., None]) -> Callable[..., None]:
        """Wrap a callback so that it has no effect after the next reset."""
        life = self.life

        def run(*args: object) -> None:
            if self.life == life:
                callback(*args)

        return run

    # Hanging

    def hang(self) -> None:
        """Do nothing at all until `resume` or a reset."""
        self.hangs = True
        self.running = False

    def defer(self, callback: Callable[..., None], *args: object) -> None:
        """Call back once the processor runs: now, or after a hang. Dropped while it boots."""
        if not self.booting:
            self._pending.append(partial(callback, *args))

    def resume(self) -> None:
        """End the hang, and call deferred callbacks."""
        if not self.hangs:
            return
        self.hangs = False
        self.running = not self.booting
        pending, self._pending = self._pending, []
        for each in (*pending, *self._on_resume):
            each()

    # Resetting

    def reset(self, reason: ResetReason) -> None:
        """Lose RAM and start again."""
        self.stop()
        self.hangs = False
        self.booting = True
        self.running = False
        self._pending.clear()
        self.life += 1
        self.started_at = self.loop.time()
        for forget in self._on_reset:
            forget()
        if self._resets.listeners:
            self._resets.emit(RadioReset(at=self.started_at, reason=reason.value))
        self.later(self._boot_time, self._has_booted, reason)

    def _has_booted(self, reason: ResetReason) -> None:
        self.booting = False
        self.running = not self.hangs
        self._booted(reason)

    def stop(self) -> None:
        """Cancel all timers."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

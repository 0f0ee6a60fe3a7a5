"""Saving the state of a running `zigloop serve`."""

import asyncio
import time
from collections.abc import Callable

from zigloop.bench import Bench
from zigloop.cli.errors import reason
from zigloop.cli.output import say
from zigloop.clock import VIRTUAL, ClockLoop
from zigloop.events import TimeJumped

#: Real seconds between two saves.
SAVE_PERIOD = 5.0


class StateSaver:
    """Saves the bench periodically by the real clock, at any pace, so that a killed process loses little."""

    def __init__(self, bench: Bench, clock: ClockLoop) -> None:
        self._bench = bench
        self._clock = clock
        self._failed = False
        self._saved = time.monotonic()
        self._timer: asyncio.TimerHandle | None = None
        self._unsubscribe: Callable[[], None] = lambda: None
        if clock.rate == VIRTUAL:  # a timer would make the clock jump to it
            self._unsubscribe = bench.events.subscribe(TimeJumped, self._jumped)
        else:
            self._timer = clock.call_later(SAVE_PERIOD * clock.rate, self._save)

    def stop(self) -> None:
        """Save no more."""
        self._unsubscribe()
        if self._timer is not None:
            self._timer.cancel()

    def _jumped(self, _: TimeJumped) -> None:
        if time.monotonic() - self._saved >= SAVE_PERIOD:
            self._save()

    def _save(self) -> None:
        self._saved = time.monotonic()
        try:
            self._bench.save()
            self._failed = False
        except OSError as error:
            if not self._failed:
                say(f"cannot save the state: {reason(error)}")
            self._failed = True
        if self._timer is not None:
            self._timer = self._clock.call_later(SAVE_PERIOD * self._clock.rate, self._save)

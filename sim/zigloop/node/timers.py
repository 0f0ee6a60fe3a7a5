"""A node's timers, which a power cut stops."""

import asyncio
import weakref
from collections.abc import Callable
from typing import Any


class Timers:
    """Timers on a loop. `due` tells apart those for what follows soon from something that has happened."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.running = True  # else a timer never fires
        self._all: weakref.WeakSet[asyncio.TimerHandle] = weakref.WeakSet()
        self._due: weakref.WeakSet[asyncio.TimerHandle] = weakref.WeakSet()

    def later(self, delay: float, act: Callable[..., object], *args: Any) -> asyncio.TimerHandle:
        """Act in `delay` seconds."""
        timer = self._loop.call_later(delay, act, *args)
        if self.running:
            self._all.add(timer)
        else:
            timer.cancel()
        return timer

    def soon(self, delay: float, act: Callable[..., object], *args: Any) -> asyncio.TimerHandle:
        """`later`, for what follows from something that has happened: until then its time is in `due`."""

        def run() -> None:
            self._due.discard(timer)
            act(*args)

        timer = self.later(delay, run)
        self._due.add(timer)
        return timer

    @property
    def due(self) -> list[float]:
        """The loop's times of the timers that were set by `soon`."""
        return [timer.when() for timer in self._due if not timer.cancelled()]

    def stop(self) -> None:
        """Cancel all, and those that are set later, until `running` is set again."""
        self.running = False
        for timer in list(self._all):
            timer.cancel()
        self._all.clear()
        self._due.clear()

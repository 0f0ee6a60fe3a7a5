"""Reports that firmware sends without a reporting configuration."""

import asyncio
from collections.abc import Callable
from typing import Final

from zigloop.node.node import Node

#: From a change to its report, in seconds, so that the answer to a command goes first. ASSUMPTION: no source.
CHANGE_DELAY: Final = 0.02


class ChangeReport:
    """A report that firmware sends by itself when a value has changed: soon, but not too often.

    Reports are at least `interval` seconds apart; a change in between is reported when they have passed.
    """

    def __init__(self, node: Node, send: Callable[[], None], *, interval: float = 0.0) -> None:
        self._node = node
        self._send = send
        self._interval = interval
        self._last: float | None = None  # loop time
        self._timer: asyncio.TimerHandle | None = None

    def volatile(self) -> float | None:
        """Seconds since it was last sent; None when it never was."""
        return None if self._last is None else self._node.loop.time() - self._last

    def restore_volatile(self, before: float | None) -> None:
        """Restore what `volatile` returned."""
        self._last = None if before is None else self._node.loop.time() - before

    def changed(self) -> None:
        """Report soon, unless a report is pending or the node is in no network."""
        if self._node.announced and (self._timer is None or self._timer.cancelled()):
            wait = 0.0 if self._last is None else self._last + self._interval - self._node.loop.time()
            self._timer = self._node.soon(max(CHANGE_DELAY, wait), self.now)

    def now(self) -> None:
        """Report now."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._last = self._node.loop.time()
        self._send()

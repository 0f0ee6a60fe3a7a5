"""Writes a radio's state soon after each change."""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

LOGGER = logging.getLogger(__name__)

#: Seconds within which changes are combined into one write.
_DELAY: Final = 0.2


class Autosave:
    """`write` writes the file; its OSErrors are logged, except in `save`, which raises them."""

    def __init__(self, loop: asyncio.AbstractEventLoop, write: Callable[[], None]) -> None:
        self._loop = loop
        self._write = write
        self._timer: asyncio.TimerHandle | None = None

    def changed(self) -> None:
        """Schedule a write."""
        if self._timer is None:
            self._timer = self._loop.call_later(_DELAY, self._save)

    def save(self) -> None:
        """Write now. OSError when that can't be done."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._write()

    def close(self) -> None:
        """Write pending changes, and nothing after that."""
        if self._timer is not None:
            self._save()

    def _save(self) -> None:
        try:
            self.save()
        except OSError as error:
            LOGGER.error("Failed to save the radio's state: %s", error)

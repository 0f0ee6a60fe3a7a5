"""Files that are written completely or not at all, and not too often."""

import asyncio
import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path

LOGGER = logging.getLogger(__name__)


def write_atomically(path: Path, text: str) -> None:
    """Replace a file's content in one step, so that a crash leaves the old one or the new one."""
    path = path.resolve()  # a symbolic link stays one
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.new")
    draft.write_text(text, encoding="utf-8")
    if path.exists():
        shutil.copymode(path, draft)  # keep the mode: the file may hold the network key
    os.replace(draft, path)


class Saver:
    """Saves something `delay` seconds after it changed, once for all changes in between, and not again for `interval`.

    `render` creates the text when it is saved; `path` None saves nothing.
    """

    def __init__(self, path: Path | None, render: Callable[[], str], delay: float, interval: float = 0.0) -> None:
        self.path = path
        self.render = render
        self.delay = delay
        self.interval = interval
        self._saved = -interval  # loop time
        self._timer: asyncio.TimerHandle | None = None
        self._changed = False

    def changed(self) -> None:
        """Something changed: save it soon."""
        self._changed = True
        if self._timer is None and self.path is not None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(max(loop.time() + self.delay, self._saved + self.interval), self._due)

    def _due(self) -> None:
        self._saved = asyncio.get_running_loop().time()
        self.flush()

    def flush(self) -> None:
        """Save now what isn't saved yet. An error such as a full disk is logged; the next change tries again."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._changed or self.path is None:
            return
        try:
            write_atomically(self.path, self.render())
        except OSError as error:
            LOGGER.error("%s can't be written: %s", self.path, error.strerror or error)
        else:
            self._changed = False

"""Single keys from a terminal, without a thread."""

import asyncio
import contextlib
import os
import sys
import termios
import tty
from collections.abc import Callable, Iterator


class Keyboard:
    """Calls `on_key` with each key, and after a `:` `on_command` with the line that follows.

    `echo` prints the line while it is typed; it begins with `prompt`.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        *,
        prompt: str,
        echo: Callable[[str], None],
        on_key: Callable[[str], None],
        on_command: Callable[[str], None],
    ) -> None:
        self._loop = loop
        self._prompt = prompt
        self._echo = echo
        self._on_key = on_key
        self._on_command = on_command
        self._line: str | None = None  # being typed

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """Read keys inside; nothing happens without a terminal."""
        if not sys.stdin.isatty():
            yield
            return
        descriptor = sys.stdin.fileno()
        before = termios.tcgetattr(descriptor)
        tty.setcbreak(descriptor)
        self._loop.add_reader(descriptor, self._readable, descriptor)
        try:
            yield
        finally:
            self._loop.remove_reader(descriptor)
            termios.tcsetattr(descriptor, termios.TCSADRAIN, before)

    def _readable(self, descriptor: int) -> None:
        data = os.read(descriptor, 64)
        if not data:
            self._loop.remove_reader(descriptor)
        for key in data.decode(errors="replace"):
            if self._line is not None:
                self._type(self._line, key)
            elif key == ":":
                self._line = ""
                self._echo(self._prompt)
            else:
                self._on_key(key)

    def _type(self, line: str, key: str) -> None:
        """Add one character to the line."""
        if key in "\r\n":
            self._line = None
            self._echo("\n")
            if line.strip():
                self._on_command(line)
        elif key in "\x7f\b":
            self._line = line[:-1]
            self._echo("\b \b")
        elif key.isprintable():
            self._line = line + key
            self._echo(key)

"""The prompt of `zigloop serve` on a terminal: takes controls, prints states.

It reads without a thread, so it works in any event loop. It doesn't read while its process is in the background, since
the shell would stop the process.
"""

import asyncio
import os
import sys
from collections.abc import Callable
from typing import Any, TextIO

from zigloop.bench import Bench
from zigloop.cli.devices import columns
from zigloop.cli.output import say
from zigloop.controls.arguments import ControlError
from zigloop.remote.commands import execute


class Prompt:
    """Reads lines from `source` and prints the answers.

    `on_quit` is called for `quit`, and at the end of input.
    """

    def __init__(
        self,
        bench: Bench,
        *,
        on_quit: Callable[[], None],
        source: TextIO | None = None,
        write: Callable[[str], None] | None = None,
    ) -> None:
        self._bench = bench
        self._on_quit = on_quit
        self._source = sys.stdin if source is None else source
        self._write = say if write is None else write
        self._descriptor = -1
        self._typed = b""

    def start(self) -> bool:
        """Start reading; False when the source is not a terminal."""
        if self._source is None or self._source.closed or not self._source.isatty():
            return False
        self._descriptor = self._source.fileno()
        self._bench.loop.add_reader(self._descriptor, self._readable)
        return True

    def stop(self) -> None:
        """Stop reading."""
        if self._descriptor >= 0:
            self._bench.loop.remove_reader(self._descriptor)
            self._descriptor = -1

    def take(self, line: str) -> None:
        """Execute a line as if it had been typed."""
        if line.strip().lower() in ("quit", "exit"):
            self._on_quit()
        elif line.strip():
            try:
                answer = execute(self._bench, line)
            except ControlError as error:
                self._write(f"{error}")
            else:
                for text in readable(answer):
                    self._write(text)

    def _readable(self) -> None:
        if self._in_background():
            # The process is in the background: the input is for another program. Try again later.
            descriptor, loop = self._descriptor, self._bench.loop
            self.stop()
            loop.call_later(1.0, self._again, loop, descriptor)
            return
        data = os.read(self._descriptor, 4096)
        if not data:
            self._on_quit()
            return
        *lines, self._typed = (self._typed + data).split(b"\n")
        for line in lines:
            self.take(line.decode(errors="replace"))

    def _in_background(self) -> bool:
        try:
            return os.tcgetpgrp(self._descriptor) != os.getpgrp()
        except OSError:
            return False  # not our controlling terminal: no shell stops a process for reading it

    def _again(self, loop: asyncio.AbstractEventLoop, descriptor: int) -> None:
        if not loop.is_closed():
            self._descriptor = descriptor
            loop.add_reader(descriptor, self._readable)


def readable(answer: dict[str, Any]) -> list[str]:
    """An answer of `zigloop.remote.commands` as human-readable lines."""
    if "help" in answer:
        return columns([(each["say"], each["means"]) for each in answer["help"]])
    if "devices" in answer:
        devices = columns([(f"{each['name']}  {each['model']}", _where(each)) for each in answer["devices"]])
        return [*(devices or ["no devices"]), *columns([(each["name"], each["about"]) for each in answer["parts"]])]
    if "part" in answer:
        return [f"{answer['part']}: {'; '.join(f'{key} {_value(value)}' for key, value in answer['state'].items())}"]
    if "device" in answer:
        return [describe_state(answer["device"], answer["state"])]
    return [describe_state(name, state) for name, state in answer["state"].items()]


def describe_state(name: str, state: dict[str, Any]) -> str:
    """A device's state in one line."""
    values = [f"{key} {_value(value)}" for key, value in state.items() if key not in _ELSEWHERE]
    return f"{name}: {'; '.join([_where(state), *values])}"


_ELSEWHERE = ("ieee", "nwk", "joined", "pairing", "powered")


def _where(state: dict[str, Any]) -> str:
    """The network state of a device, in words."""
    power = "" if state["powered"] else ", without power"
    if state["joined"]:
        return f"{state['ieee']} joined as {state['nwk']}{power}"
    network = "is looking for a network" if state["pairing"] else "is not in a network"
    return f"{state['ieee']} {network}{power}"


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(_value, value))
    return f"{value:.6g}" if isinstance(value, float) else str(value)

"""The messages of the receiver's process, and waiting for one of them."""

import asyncio
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.receiver import RECORD

ROOT = Path(__file__).resolve().parent.parent
START_TIMEOUT = 10.0


@dataclass(frozen=True, slots=True)
class Message:
    """A message; `at` is its arrival at the receiver, in ns of CLOCK_MONOTONIC."""

    at: int
    topic: str
    payload: bytes

    @property
    def json(self) -> Any:
        """The payload as JSON; None when it isn't JSON."""
        try:
            return json.loads(self.payload)
        except ValueError:
            return None


class Inbox:
    """All messages on a broker. They are appended to `collected` when that is set; `expect` waits for one."""

    def __init__(self) -> None:
        self.collected: list[Message] | None = None
        self._expected: list[tuple[Callable[[Message], bool], asyncio.Future[Message]]] = []
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None

    async def start(self, url: str) -> None:
        """Start the receiver, and return when it has subscribed."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "benchmarks.receiver", url, stdout=asyncio.subprocess.PIPE, cwd=ROOT
        )  # fmt: skip
        assert self._process.stdout is not None
        await asyncio.wait_for(self._process.stdout.readexactly(RECORD.size), START_TIMEOUT)
        self._reading = asyncio.create_task(self._read(self._process.stdout))

    async def stop(self) -> None:
        if self._process is not None:
            if self._process.returncode is None:
                self._process.terminate()
            await self._process.wait()
        if self._reading is not None:
            await asyncio.gather(self._reading, return_exceptions=True)

    def expect(self, wanted: Callable[[Message], bool]) -> asyncio.Future[Message]:
        """The first wanted message from now on."""
        future: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._expected.append((wanted, future))
        return future

    async def _read(self, stream: asyncio.StreamReader) -> None:
        buffer = b""
        while data := await stream.read(1 << 20):
            buffer += data
            start = 0
            while len(buffer) - start >= RECORD.size:
                at, topic, payload = RECORD.unpack_from(buffer, start)
                middle = start + RECORD.size + topic
                if len(buffer) < middle + payload:
                    break
                name = buffer[start + RECORD.size : middle].decode()
                start = middle + payload
                self._received(Message(at, name, buffer[middle:start]))
            buffer = buffer[start:]

    def _received(self, message: Message) -> None:
        if self.collected is not None:
            self.collected.append(message)
        for wanted, future in self._expected if self._expected else ():
            if not future.done() and wanted(message):
                future.set_result(message)
        if self._expected:
            self._expected = [each for each in self._expected if not each[1].done()]

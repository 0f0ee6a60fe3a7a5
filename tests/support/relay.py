"""A line between bridge and radio on which things go wrong: a TCP relay that can hold bytes back, and change frames."""

import asyncio
from collections.abc import Callable
from urllib.parse import urlsplit

START = 0xFE
AF_DATA_CONFIRM = (0x44, 0x80)

Change = Callable[[tuple[int, int], bytes], bytes]


class Relay:
    """Listens on a port of its own; `change` gets each frame of the radio (its command and its payload)."""

    def __init__(self, radio_url: str) -> None:
        self._radio = urlsplit(radio_url)
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: list[asyncio.StreamWriter] = []
        self.silent = False  # the radio hangs: what it says doesn't arrive
        self.change: Change = lambda command, payload: payload

    async def start(self) -> str:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        return f"socket://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self._writers:
            writer.close()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(self._radio.hostname, self._radio.port)
        self._writers += [writer, back]
        for work in (self._to_radio(reader, back), self._from_radio(there, writer)):
            task = asyncio.ensure_future(work)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _to_radio(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(4096):
            writer.write(data)
        writer.close()

    async def _from_radio(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                start = await reader.readexactly(1)
                assert start[0] == START
                length, first, second = await reader.readexactly(3)
                payload = (await reader.readexactly(length + 1))[:-1]
                if not self.silent:
                    content = self.change((first, second), payload)
                    frame = bytes((len(content), first, second)) + content
                    check = 0
                    for each in frame:
                        check ^= each
                    writer.write(bytes((START,)) + frame + bytes((check,)))
        except (asyncio.IncompleteReadError, OSError):
            writer.close()

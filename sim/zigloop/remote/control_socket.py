"""The control socket: controls for scripts. Lines of text in, lines of JSON out."""

import asyncio
import json
from collections.abc import Callable
from typing import Any, Final

from zigloop.bench import Bench
from zigloop.controls.arguments import ControlError
from zigloop.remote.commands import execute

#: Longest accepted line in bytes.
LONGEST_LINE: Final = 4096


class ControlSocket:
    """Serves the controls of `bench` to any number of clients; an answer goes to the client that sent the line."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._server: asyncio.Server | None = None
        self._clients: set[asyncio.BaseTransport] = set()
        self.host = ""
        self.port = 0

    async def open(self, host: str, port: int) -> None:
        """Listen; OSError when that fails. Port 0 is any free one: see `port`."""
        loop = self._bench.loop
        self._server = await loop.create_server(lambda: _Client(self._answer, self._clients), host, port)
        self.host, self.port = self._server.sockets[0].getsockname()[:2]

    async def close(self) -> None:
        """Stop listening, and close all connections."""
        if self._server is not None:
            self._server.close()
            for client in list(self._clients):
                client.close()
            await self._server.wait_closed()

    def _answer(self, line: str) -> dict[str, Any]:
        try:
            return {"ok": True, **execute(self._bench, line)}
        except ControlError as error:
            return {"ok": False, "error": str(error)}


class _Client(asyncio.Protocol):
    """One connection."""

    def __init__(self, answer: Callable[[str], dict[str, Any]], clients: set[asyncio.BaseTransport]) -> None:
        self._answer = answer
        self._clients = clients
        self._buffer = b""
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport
        self._clients.add(transport)

    def connection_lost(self, error: Exception | None) -> None:
        assert self._transport is not None
        self._clients.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            if not self._take(line):
                return
        if len(self._buffer) > LONGEST_LINE:
            self._refuse(f"a line is longer than {LONGEST_LINE} bytes")

    def _take(self, line: bytes) -> bool:
        """Answer one line; False when that closes the connection."""
        try:
            text = line.decode().strip()
        except UnicodeDecodeError:
            return self._refuse("a line is not UTF-8")
        if text.endswith(("HTTP/1.0", "HTTP/1.1")):
            # A web page must not control a device by posting to this port.
            return self._refuse("this is not a web server")
        if text:
            self._write(self._answer(text))
        return True

    def _refuse(self, reason: str) -> bool:
        assert self._transport is not None
        self._write({"ok": False, "error": reason})
        self._transport.close()
        return False

    def _write(self, answer: dict[str, Any]) -> None:
        assert self._transport is not None
        self._transport.write(json.dumps(answer, ensure_ascii=False).encode() + b"\n")

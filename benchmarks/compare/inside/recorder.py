"""Records the bytes on the radio's port without the project's API: wraps protocol and transport of the server."""

import asyncio
from collections.abc import Callable
from typing import Any

from . import adapter

#: Called with the direction and the bytes: `>` radio to host, `<` host to radio, `+` and `-` without bytes when the
#: port is opened and closed.
OnBytes = Callable[[str, bytes], None]


class _Transport(asyncio.Transport):
    """A transport that records `write` and delegates everything else."""

    def __init__(self, real: Any, on_bytes: OnBytes) -> None:
        super().__init__()
        self._real = real
        self._on_bytes = on_bytes

    def __getattribute__(self, name: str) -> Any:
        if name in ("write", "writelines", "_real", "_on_bytes", "__class__"):
            return object.__getattribute__(self, name)
        return getattr(object.__getattribute__(self, "_real"), name)

    def write(self, data: Any) -> None:
        self._on_bytes(">", bytes(data))
        self._real.write(data)

    def writelines(self, list_of_data: Any) -> None:
        self.write(b"".join(list_of_data))


class _Protocol(asyncio.Protocol):
    """Stands between asyncio and the protocol of the port."""

    def __init__(self, real: Any, on_bytes: OnBytes) -> None:
        self._real = real
        self._on_bytes = on_bytes

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._on_bytes("+", b"")
        self._real.connection_made(_Transport(transport, self._on_bytes))

    def data_received(self, data: bytes) -> None:
        self._on_bytes("<", data)
        self._real.data_received(data)

    def eof_received(self) -> Any:
        return self._real.eof_received()

    def pause_writing(self) -> None:
        self._real.pause_writing()

    def resume_writing(self) -> None:
        self._real.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._on_bytes("-", b"")
        self._real.connection_lost(exc)


def record_port(on_bytes: Callable[[Any, str, bytes], None]) -> None:
    """From now on call `on_bytes` with loop, direction and bytes of all that passes a radio's port."""
    create_server = asyncio.BaseEventLoop.create_server

    async def create(self: Any, protocol_factory: Any, *arguments: Any, **named: Any) -> Any:
        factory = protocol_factory
        if adapter.listens_for_host(protocol_factory):

            def factory() -> _Protocol:
                return _Protocol(protocol_factory(), lambda way, data: on_bytes(self, way, data))

        return await create_server(self, factory, *arguments, **named)

    asyncio.BaseEventLoop.create_server = create  # type: ignore[method-assign]

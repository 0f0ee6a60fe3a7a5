"""Connections in memory against the kernel's: the same scripts give the same events at both ends."""

import asyncio
import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from zigloop.clock import VIRTUAL, ClockLoop, clock_loop
from zigloop.loopback import CAPACITY

LARGE = 10_000_000  # bytes, more than the kernel takes for a reader that doesn't read
#: Real seconds without traffic after which virtual time passes: loopback takes some 20 µs.
QUIET = 0.004


class End(asyncio.Protocol):
    """One end of a connection: what it was told, in order."""

    def __init__(self, keep_open: bool, read_size: int) -> None:
        self.keep_open = keep_open
        self.read_size = read_size
        self.received = bytearray()
        self.sent = bytearray()
        self.events: list[Any] = []
        self.transport: Any = None
        self.lost = False

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.max_size = self.read_size  # asyncio's, of one call of `recv`
        self.events.append("made")

    def data_received(self, data: bytes) -> None:
        self.received += data
        if self.events[-1] != "data":
            self.events.append("data")

    def eof_received(self) -> bool:
        self.events.append("eof")
        return self.keep_open

    def pause_writing(self) -> None:
        self.events.append("pause")

    def resume_writing(self) -> None:
        self.events.append("resume")

    def connection_lost(self, error: Exception | None) -> None:
        self.lost = True
        self.events.append(("lost", type(error).__name__, getattr(error, "errno", None)))

    def do(self, action: str, size: int) -> None:
        """Do something, and note how that failed. asyncio's transports don't allow it after `connection_lost`."""
        if self.lost:
            return
        try:
            if action == "write":
                data = bytes((len(self.sent) + n) % 251 for n in range(min(size, 251))) * (size // 251 + 1)
                self.transport.write(data[:size])
                self.sent += data[:size]
            else:
                getattr(self.transport, action)()
        except (OSError, RuntimeError) as error:
            self.events.append((action, type(error).__name__, getattr(error, "errno", None)))


class BufferedEnd(End, asyncio.BufferedProtocol):
    """One that reads into a buffer of its own."""

    def get_buffer(self, sizehint: int) -> bytearray:
        self.buffer = bytearray(min(self.read_size, 65536))
        return self.buffer

    def buffer_updated(self, nbytes: int) -> None:
        self.data_received(bytes(self.buffer[:nbytes]))


Step = tuple[str, int, int, bool]  # action, size of a write, end, whether everybody is quiet before the next one
ACTIONS = ["write", "write", "write", "pause_reading", "resume_reading", "write_eof", "close", "abort"]
SCRIPTS: st.SearchStrategy[list[Step]] = st.lists(
    st.tuples(st.sampled_from(ACTIONS), st.sampled_from([1, 1000, 70_000, LARGE]), st.integers(0, 1), st.booleans()),
    max_size=12,
)


async def play(loop: ClockLoop, script: list[Step], ends: list[End]) -> None:
    server = await loop.create_server(lambda: ends[1], "127.0.0.1", 0)
    address = server.sockets[0].getsockname()
    await loop.create_connection(lambda: ends[0], *address)
    await asyncio.sleep(1)
    names = [end.transport.get_extra_info(name) for end in ends for name in ("sockname", "peername")]
    assert names == [names[0], address, address, names[0]]
    for action, size, which, quiet in script:
        ends[which].do(action, size)
        if quiet:
            await asyncio.sleep(1)
    await asyncio.sleep(1)
    for end in ends:
        end.events.append(("unsent", end.transport.get_write_buffer_size() > 0, end.transport.is_closing()))
    for end in ends:
        end.do("abort", 0)
    await asyncio.sleep(1)
    server.close()
    await server.wait_closed()


@contextmanager
def kernel() -> Iterator[ClockLoop]:
    with clock_loop(VIRTUAL, patience=QUIET) as loop:
        yield loop
        assert not loop.loopback.sockets


@contextmanager
def memory() -> Iterator[ClockLoop]:
    with clock_loop(VIRTUAL) as loop:
        yield loop
        assert not loop.loopback.sockets
        assert not loop.loopback.listeners


@settings(max_examples=100)
@given(script=SCRIPTS, keep_open=st.booleans(), buffered=st.booleans(), read_size=st.sampled_from([1000, 1 << 18]))
@example([("write", 1000, 0, False), ("close", 0, 1, True), ("write", 1, 0, True)], False, False, 1 << 18)
@example([("abort", 0, 1, False), ("write", 1, 0, True), ("write", 1, 0, True)], True, False, 1 << 18)
@example([("pause_reading", 0, 1, True), ("write", LARGE, 0, True), ("resume_reading", 0, 1, True)], True, True, 1000)
def test_memory_and_kernel_agree(script: list[Step], keep_open: bool, buffered: bool, read_size: int) -> None:
    kind = BufferedEnd if buffered else End
    seen = []
    for make, size in ((kernel, 1 << 18), (memory, read_size)):
        ends = [kind(keep_open, size), kind(keep_open, size)]
        with make() as loop:
            loop.run_until_complete(play(loop, script, ends))
        for reader, writer in (ends, ends[::-1]):
            assert writer.sent.startswith(reader.received)
        # How much the kernel takes of a large write isn't ours to say.
        exact = [len(end.received) for end in ends if all(each[1] != LARGE for each in script)]
        seen.append(([end.events for end in ends], exact))
    assert seen[0] == seen[1]


def test_as_much_is_on_its_way_as_with_the_kernel(loop: ClockLoop) -> None:
    ends = [End(False, 1 << 18), End(False, 1 << 18)]

    async def fill() -> list[int]:
        server = await loop.create_server(lambda: ends[1], "127.0.0.1", 0)
        await loop.create_connection(lambda: ends[0], *server.sockets[0].getsockname())
        ends[1].transport.pause_reading()
        ends[0].do("write", LARGE)
        unsent = [ends[0].transport.get_write_buffer_size()]
        ends[1].transport.resume_reading()
        ends[0].transport.close()
        await asyncio.sleep(1)
        server.close()
        await server.wait_closed()
        return unsent

    assert loop.run_until_complete(fill()) == [LARGE - CAPACITY]
    assert ends[1].received == ends[0].sent
    assert ends[0].events == ["made", "pause", "resume", ("lost", "NoneType", None)]


def test_streams_need_no_time_and_no_file(loop: ClockLoop) -> None:
    async def talk() -> tuple[float, int]:
        async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while data := await reader.read(1000):
                writer.write(data)
                await writer.drain()
            writer.close()

        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection("localhost", server.sockets[0].getsockname()[1])
        connection = writer.get_extra_info("socket")
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
        for n in range(500):
            writer.write(n.to_bytes(2, "big"))
            assert await reader.readexactly(2) == n.to_bytes(2, "big")
        files = loop._selector._files  # type: ignore[attr-defined]
        writer.close()
        await writer.wait_closed()
        server.close()
        await server.wait_closed()
        return loop.time(), files

    assert loop.run_until_complete(talk()) == (0.0, loop._internal_fds)  # type: ignore[attr-defined]


def test_a_port_in_memory_is_taken_for_everybody(loop: ClockLoop) -> None:
    async def serve() -> None:
        server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(OSError, match="address already in use") as refused:
            await asyncio.start_server(lambda *_: None, "127.0.0.1", port)
        assert refused.value.errno == errno.EADDRINUSE
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
        server.close()
        await server.wait_closed()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
        again = await asyncio.start_server(lambda *_: None, "127.0.0.1", port)
        again.close()
        await again.wait_closed()

    loop.run_until_complete(serve())


def test_connections_to_other_servers_are_the_kernel_s(loop: ClockLoop) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        async def ask() -> bytes:
            reader, writer = await asyncio.open_connection(*server.getsockname())
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"hello")
                answer = await reader.readexactly(5)
            writer.close()
            await writer.wait_closed()
            return answer

        assert loop.run_until_complete(ask()) == b"hello"


def test_a_connection_that_nobody_accepted_is_reset(loop: ClockLoop) -> None:
    async def connect() -> None:
        server = await loop.create_server(asyncio.Protocol, "127.0.0.1", 0)
        waiting = loop.loopback.connect(server.sockets[0].getsockname()[1])
        assert waiting is not None
        server.close()
        with pytest.raises(ConnectionResetError):
            waiting.recv(1)
        waiting.close()

    loop.run_until_complete(connect())


def test_a_cancelled_connect_leaves_nothing(loop: ClockLoop) -> None:
    ends = [End(False, 1000)]

    async def connect() -> None:
        server = await loop.create_server(lambda: ends[0], "127.0.0.1", 0)
        connecting = asyncio.ensure_future(asyncio.open_connection(*server.sockets[0].getsockname()))
        await asyncio.sleep(0)
        connecting.cancel()
        await asyncio.sleep(1)
        assert ends[0].events == ["made", "eof", ("lost", "NoneType", None)]
        server.close()
        await server.wait_closed()
        assert not loop.loopback.sockets

    loop.run_until_complete(connect())

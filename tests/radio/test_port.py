"""TCP and pseudo-terminal ports."""

import asyncio
import errno
import os
import select
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.serial_host import MakeRadio
from zigloop.clock import ClockLoop
from zigloop.radio import Radio, serve_pty, serve_tcp
from zigloop.radio.zstack.mt.framing import encode

PING, PONG = encode(0x2101, b""), encode(0x6101, b"\x59\x06")


async def connect(url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, _, port = url.removeprefix("socket://").rpartition(":")
    return await asyncio.open_connection(host, int(port))


async def closed(reader: asyncio.StreamReader) -> None:
    """The other end hangs up, without a word."""
    with suppress(ConnectionResetError):
        assert await reader.read() == b""


def test_tcp_one_host_at_a_time(loop: ClockLoop, radio: Radio, caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        port = await serve_tcp(radio.uart)
        assert port.url.startswith("socket://127.0.0.1:")
        reader, writer = await connect(port.url)
        writer.write(PING)
        assert await reader.readexactly(len(PONG)) == PONG
        first = "{}:{}".format(*writer.get_extra_info("sockname"))

        second_reader, second_writer = await connect(port.url)
        await closed(second_reader)
        second_writer.close()
        assert f"{first} holds the port" in caplog.text

        writer.write(PING + PING[:3])
        assert await reader.readexactly(len(PONG)) == PONG
        writer.close()
        await writer.wait_closed()
        while radio.in_use:  # noqa: ASYNC110
            await asyncio.sleep(0.01)

        reader, writer = await connect(port.url)
        writer.write(PING)
        assert await reader.readexactly(len(PONG)) == PONG
        await port.close()
        await closed(reader)
        writer.close()
        assert not radio.in_use
        with pytest.raises(ConnectionRefusedError):
            await connect(port.url)

    loop.run_until_complete(run())


def test_tcp_port_in_use(loop: ClockLoop, radio: Radio, make_radio: MakeRadio) -> None:
    async def run() -> None:
        port = await serve_tcp(radio.uart)
        number = int(port.url.rpartition(":")[2])
        with pytest.raises(OSError, match=rf"can't listen on 127\.0\.0\.1:{number}: Address already in use") as caught:
            await serve_tcp(make_radio().uart, port=number)
        assert caught.value.errno == errno.EADDRINUSE
        await port.close()

    loop.run_until_complete(run())


def test_a_radio_uses_one_port_at_a_time(
    loop: ClockLoop, radio: Radio, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def run() -> None:
        first, second = await serve_tcp(radio.uart), await serve_tcp(radio.uart)
        _, writer = await connect(first.url)
        await asyncio.sleep(0.1)
        reader, other = await connect(second.url)
        await closed(reader)
        assert "another port of the radio holds the port" in caplog.text
        other.close()
        await first.close()
        await second.close()
        writer.close()

    loop.run_until_complete(run())


def exchange(path: Path, said: bytes, expected: int) -> bytes:
    """Be a host in another thread: open the port, say something, read the answer, close it."""
    port = os.open(path, os.O_RDWR | os.O_NOCTTY)
    try:
        os.write(port, said)
        got = b""
        while len(got) < expected and select.select([port], [], [], 5)[0]:
            got += os.read(port, expected)
        return got
    finally:
        os.close(port)


def test_pty_survives_its_hosts(radio: Radio, loop: ClockLoop, tmp_path: Path) -> None:
    path = tmp_path / "ttyZigbee"

    async def run() -> None:
        port = serve_pty(radio.uart, path)
        assert port.url == str(path)
        for said in (PING, b"\xef" * 9 + PING, PING[:3], PING):
            got: list[bytes] = []
            expected = len(PONG) if said.endswith(PING) else 0
            host = threading.Thread(target=lambda: got.append(exchange(path, said, expected)))  # noqa: B023
            host.start()
            while host.is_alive():  # noqa: ASYNC110
                await asyncio.sleep(0.001)
            host.join()
            assert got == [PONG[:expected]]
            while radio.in_use:  # noqa: ASYNC110
                await asyncio.sleep(0.001)
        radio.uart.send(PONG)  # without a host, now or later
        await port.close()
        assert not path.is_symlink()

    loop.rate = 1  # the other thread lives in real time
    loop.run_until_complete(run())


def test_pty_path_is_taken(radio: Radio, loop: ClockLoop, tmp_path: Path) -> None:
    path = tmp_path / "ttyZigbee"
    path.write_text("precious")
    with pytest.raises(FileExistsError, match="something is there already"):
        serve_pty(radio.uart, path)
    assert path.read_text() == "precious"
    with pytest.raises(OSError, match=r"can't be .*nowhere.*No such file"):
        serve_pty(radio.uart, tmp_path / "nowhere" / "tty")


def test_pty_replaces_the_link_of_a_killed_radio(radio: Radio, loop: ClockLoop, tmp_path: Path) -> None:
    path = tmp_path / "ttyZigbee"
    path.symlink_to("/dev/pts/99999")
    port = serve_pty(radio.uart, path)
    assert os.path.exists(path)
    loop.run_until_complete(port.close())
    assert not path.is_symlink()

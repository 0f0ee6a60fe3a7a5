"""A radio that resets, hangs, refuses and forgets; a line that loses, garbles, splits and closes."""

import asyncio
import itertools
import random
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import zigpy_znp.commands as c

from tests.support.receiver import Receiver
from tests.support.serial_host import Host, MakeRadio
from zigloop.air.air import Air
from zigloop.clock import ClockLoop
from zigloop.controls.arguments import ControlError
from zigloop.events import Events, FaultEnded
from zigloop.radio import LinePart, Radio, RadioPart, serve_pty, serve_tcp
from zigloop.radio.line import SerialLine
from zigloop.radio.wire import Wire
from zigloop.radio.zstack.mt.framing import FrameParser, encode

PING, PONG = encode(0x2101, b""), encode(0x6101, b"\x59\x06")
MEM_ERROR, BUFFER_FULL, MAC_NO_ACK = 0x10, 0x11, 0xE9


@pytest.fixture
def hand(radio: Radio) -> Iterator[RadioPart]:
    it = RadioPart(radio)
    yield it
    it.stop_waiting()


@pytest.fixture
def device(air: Air, network: Host) -> Receiver:
    it = Receiver(air, 0x00158D0000000001)
    network.permit()
    assert it.join()
    network.run(1)
    network.frames.clear()
    return it


def send(host: Host, device: Receiver, trans_id: int = 7) -> tuple[int, list[tuple[int, int]]]:
    """The response's status, and the confirms (status, transaction) that follow."""
    host.frames.clear()
    payload = device.nwk.to_bytes(2, "little") + bytes((1, 1, 6, 0, trans_id, 0, 30, 3)) + b"\x01\x42\x02"
    ((header, answer), *_) = host.raw(0x2401, payload)
    assert header == 0x6401
    host.run(3)
    return answer[0], [(data[0], data[2]) for header, data in host.frames if header == 0x4480]


class TestRadio:
    def test_a_reset_of_its_own(self, network: Host, hand: RadioPart) -> None:
        hand.reset()
        network.run(1)
        (said,) = network.callbacks(c.SYS.ResetInd.Callback)
        assert said.Reason == 2  # watchdog
        assert not network.radio.network.started
        assert network.firmware.af.endpoints == {}
        assert network.radio.network.formed
        assert hand.state() == {
            "network": False, "in_use": True, "hangs": False, "data_requests": "normal",
        }  # fmt: skip

    def test_a_hanging_radio_answers_later(self, network: Host, hand: RadioPart, device: Receiver) -> None:
        hand.hang(5)
        assert network.raw(0x2101) == []
        device.send(1, 1, 6, b"\x18\x01\x0a\x00\x00\x10\x01")
        network.run(4.9)
        assert network.frames == []
        assert hand.state()["hangs"]
        network.run(0.2)
        assert [header for header, _ in network.frames] == [0x6101]  # what was on the air is lost
        assert network.raw(0x2101) == [(0x6101, b"\x59\x06")]

    def test_a_hanging_radio_has_a_small_buffer(self, network: Host, hand: RadioPart) -> None:
        hand.hang(1)
        for _ in range(100):
            network.raw(0x2101)
        network.run(2)
        assert len(network.frames) == 256 // len(PING)

    def test_output_of_a_hanging_radio_is_sent_later(self, network: Host, hand: RadioPart, device: Receiver) -> None:
        network.raw(0x2401, device.nwk.to_bytes(2, "little") + bytes((1, 1, 6, 0, 7, 0, 30, 3)) + b"\x01\x42\x02")
        hand.hang(1)
        network.run(0.5)
        assert [header for header, _ in network.frames] == [0x6401]
        network.run(1)
        assert [header for header, _ in network.frames] == [0x6401, 0x4480]

    def test_a_reset_ends_a_hang(self, network: Host, hand: RadioPart) -> None:
        hand.hang(100)
        hand.reset()
        network.run(1)
        assert network.raw(0x2101) != []

    def test_refusals(self, network: Host, hand: RadioPart, device: Receiver) -> None:
        hand.do("refuse", "MEM_ERROR", "2")
        assert [send(network, device) for _ in range(3)] == [(MEM_ERROR, []), (MEM_ERROR, []), (0, [(0, 7)])]
        assert len(device.heard) == 1

    def test_failures(self, network: Host, hand: RadioPart, device: Receiver) -> None:
        hand.do("fail", 0xE9)
        assert send(network, device) == (0, [(MAC_NO_ACK, 7)])
        assert device.heard == []
        assert send(network, device) == (0, [(0, 7)])

    def test_confirms_that_never_come(self, network: Host, hand: RadioPart, device: Receiver) -> None:
        hand.unconfirm()
        assert send(network, device) == (0, [])
        assert len(device.heard) == 1
        assert send(network, device) == (0, [(0, 7)])

    @pytest.mark.parametrize(("word", "status"), [("no_memory", MEM_ERROR), ("buffer_full", BUFFER_FULL)])
    def test_no_buffers(self, network: Host, hand: RadioPart, device: Receiver, word: str, status: int) -> None:
        hand.exhaust(10, word)
        assert [send(network, device) for _ in range(3)] == [(status, [])] * 3
        assert hand.state()["data_requests"] == "refused"
        network.run(2)
        assert send(network, device) == (0, [(0, 7)])

    @pytest.mark.parametrize(
        ("text", "status"), [("BUFFER_FULL", 0x11), ("mac_no_ack", 0xE9), ("0xE9", 0xE9), ("233", 0xE9)]
    )
    def test_names_of_statuses(self, network: Host, hand: RadioPart, device: Receiver, text: str, status: int) -> None:
        hand.command(f"fail {text}")
        assert send(network, device) == (0, [(status, 7)])

    @pytest.mark.parametrize("text", ["0", "256", "SUCCES", "true"])
    def test_no_statuses(self, hand: RadioPart, text: str) -> None:
        with pytest.raises(ControlError, match=r"status is no_memory, .*, or a Z-Stack status from 1 to 255"):
            hand.command(f"fail {text}")

    def test_without_its_memory_it_is_blank(self, network: Host, hand: RadioPart, device: Receiver) -> None:
        before = network.radio.network.identity
        hand.lose_memory()
        network.run(1)
        assert not network.radio.network.formed
        assert not network.radio.network.is_member(device)
        assert hand.faulty
        hand.mend()
        network.run(1)
        assert network.radio.network.identity == before
        network.commission()
        assert network.radio.network.is_member(device)
        assert not hand.faulty

    def test_a_network_that_was_formed_since_stays(self, network: Host, hand: RadioPart) -> None:
        before = network.radio.network.identity
        hand.lose_memory()
        network.run(1)
        network.commission()
        hand.mend()
        network.run(1)
        assert network.radio.network.identity != before
        assert network.radio.network.started

    def test_mending(self, network: Host, hand: RadioPart, device: Receiver) -> None:
        hand.exhaust(1000)
        hand.mend()
        assert send(network, device) == (0, [(0, 7)])
        hand.hang(1000)
        hand.mend()
        assert network.raw(0x2101) != []


class TestEvents:
    """Faults that end by themselves."""

    def ended(self, hand: RadioPart | LinePart) -> list[str]:
        events = Events()
        hand.uses.emit_on(events, hand.name, lambda: 0.0)
        seen: list[str] = []
        events.subscribe(FaultEnded, lambda event: seen.append(event.verb))
        return seen

    def test_after_their_time(self, network: Host, hand: RadioPart) -> None:
        ended = self.ended(hand)
        hand.hang(5)
        network.run(4)
        assert ended == []
        network.run(2)
        assert ended == ["hang"]
        hand.exhaust(5)
        hand.hang(5)
        assert ended == ["hang", "exhaust"]

    def test_after_their_frames(self, network: Host, hand: RadioPart, device: Receiver) -> None:
        ended = self.ended(hand)
        hand.do("refuse", "MEM_ERROR", "2")
        send(network, device)
        assert ended == []
        send(network, device)
        assert ended == ["refuse"]

    @pytest.mark.parametrize("text", ["refuse MEM_ERROR 2", "exhaust 1000"])
    def test_with_a_reset_by_the_host(self, network: Host, hand: RadioPart, text: str) -> None:
        ended = self.ended(hand)
        hand.command(text)
        network.radio.reset()
        assert ended == [text.partition(" ")[0]]
        assert hand.state()["data_requests"] == "normal"

    def test_after_their_bytes(self, loop: ClockLoop, radio: Radio, line: LinePart) -> None:
        host = Bytes(loop, radio)
        ended = self.ended(line)
        line.drop_next(2, "to-host")
        line.garble_next(len(PING) + 1, "both")
        radio.uart.feed(PING)
        host.run(1)
        assert ended == []  # garbled, so nothing was answered
        radio.uart.feed(PING + PING)
        host.run(1)
        assert ended == ["drop_next"]
        radio.uart.feed(PING)
        host.run(1)
        assert ended == ["drop_next", "garble_next"]

    def test_a_line_that_opens_again(self, loop: ClockLoop, line: LinePart) -> None:
        ended = self.ended(line)
        line.interrupt(2)
        loop.run_until_complete(asyncio.sleep(3))
        line.close()
        line.open()
        assert ended == ["interrupt", "close"]


class Bytes:
    """What a host reads, with times."""

    def __init__(self, loop: ClockLoop, radio: Radio, baud: int = 0) -> None:
        self.loop = loop
        self.arrived: list[tuple[float, bytes]] = []
        radio.uart.plug(SerialLine(loop, baud, lambda data: self.arrived.append((loop.time(), data))))

    @property
    def all(self) -> bytes:
        return b"".join(data for _, data in self.arrived)

    def run(self, seconds: float) -> None:
        self.loop.run_until_complete(asyncio.sleep(seconds))


@pytest.fixture
def line(radio: Radio) -> LinePart:
    return LinePart(radio.uart, list, random.Random(1))


class TestWire:
    def test_it_has_no_faults_by_default(self) -> None:
        wire = Wire(random.Random(1))
        assert wire.clean
        assert wire.carry(PING) == [(PING, 0.0)]

    def test_shares(self) -> None:
        wire = Wire(random.Random(1), drop=0.1)
        ((arrived, _),) = wire.carry(bytes(10_000))
        assert len(arrived) == pytest.approx(9000, rel=0.02)
        wire.mend()
        wire.garble = 0.1
        ((arrived, _),) = wire.carry(bytes(10_000))
        assert sum(byte != 0 for byte in arrived) == pytest.approx(1000, rel=0.1)
        assert all(byte.bit_count() <= 1 for byte in arrived)

    def test_counts(self) -> None:
        wire = Wire(random.Random(1), drop_next=3)
        assert [wire.carry(b"ab"), wire.carry(b"cd"), wire.carry(b"ef")] == [[], [(b"d", 0.0)], [(b"ef", 0.0)]]
        assert wire.clean
        wire.garble_next = 2
        ((arrived, _),) = wire.carry(b"\0\0\0\0")
        assert [byte != 0 for byte in arrived] == [True, True, False, False]

    def test_pieces(self) -> None:
        wire = Wire(random.Random(1), piece=2, pause=0.1)
        assert wire.carry(b"abcde") == [(b"ab", 0.1), (b"cd", 0.1), (b"e", 0.1)]
        wire.mend()
        assert wire.clean


class TestLine:
    @pytest.mark.parametrize("baud", [0, 115_200])
    def test_byte_by_byte(self, loop: ClockLoop, radio: Radio, line: LinePart, baud: int) -> None:
        host = Bytes(loop, radio, baud)
        line.split(1, 10)
        radio.uart.feed(PING + PING)
        host.run(1)
        assert host.all == PONG + PONG
        assert all(len(data) == 1 for _, data in host.arrived)
        times = [at for at, _ in host.arrived]
        assert times[0] >= 0.01 * len(PING)
        assert all(later - earlier >= 0.009 for earlier, later in itertools.pairwise(times))

    def test_order_is_kept_when_it_is_mended_meanwhile(self, loop: ClockLoop, radio: Radio, line: LinePart) -> None:
        host = Bytes(loop, radio)
        line.split(1, 100)
        radio.uart.feed(PING)
        host.run(0.05)
        line.mend()
        radio.uart.feed(PING)
        host.run(2)
        assert host.all == PONG + PONG

    def test_one_direction(self, loop: ClockLoop, radio: Radio, line: LinePart) -> None:
        host = Bytes(loop, radio)
        line.drop_next(len(PONG), "to-host")
        radio.uart.feed(PING)
        host.run(1)
        assert host.all == b""
        line.drop(100, "to-radio")
        assert line.state() == {"open": True, "in_use": True, "to-host": "clean", "to-radio": "damaged"}
        radio.uart.feed(PING)
        host.run(1)
        assert host.all == b""
        line.mend()
        radio.uart.feed(PING)
        host.run(1)
        assert host.all == PONG

    def test_garbled_frames_are_not_understood_and_the_next_are(
        self, loop: ClockLoop, radio: Radio, line: LinePart
    ) -> None:
        host = Bytes(loop, radio)
        line.garble_next(2, "to-radio")
        radio.uart.feed(PING)
        host.run(1)
        assert host.all == b""
        radio.uart.feed(PING)
        host.run(1)
        assert host.all == PONG

    def test_damage_comes_from_a_seed(self, loop: ClockLoop, make_radio: MakeRadio) -> None:
        def life() -> bytes:
            radio = make_radio()
            LinePart(radio.uart, list, random.Random(3)).garble(10)
            host = Bytes(loop, radio)
            for _ in range(50):
                radio.uart.feed(PING)
                host.run(1)
            radio.uart.unplug()
            radio.close()
            return host.all

        first = life()
        assert first == life()
        assert FrameParser().feed(first)

    def test_tcp_closes_and_opens_again(self, loop: ClockLoop, radio: Radio) -> None:
        async def run() -> None:
            port = await serve_tcp(radio.uart)
            line = LinePart(radio.uart, lambda: [port], random.Random(1))
            host, number = "127.0.0.1", int(port.url.rpartition(":")[2])
            reader, writer = await asyncio.open_connection(host, number)
            line.close()
            with suppress(ConnectionResetError):
                assert await reader.read() == b""
            writer.close()
            assert not line.state()["open"]
            assert not radio.in_use
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection(host, number)
            line.interrupt(5)
            await asyncio.sleep(4.9)
            assert not line.state()["open"]
            await asyncio.sleep(0.2)
            assert await ping(host, number) == PONG
            line.close()
            line.open()
            await asyncio.sleep(0.1)
            assert await ping(host, number) == PONG
            line.close()
            line.mend()
            await port.close()  # also while it is about to open

        loop.run_until_complete(run())

    def test_a_port_that_was_taken_meanwhile(
        self, loop: ClockLoop, radio: Radio, caplog: pytest.LogCaptureFixture
    ) -> None:
        async def run() -> None:
            port = await serve_tcp(radio.uart)
            port.disappear()
            thief = await asyncio.start_server(lambda *_: None, "127.0.0.1", int(port.url.rpartition(":")[2]))
            port.reappear()
            await asyncio.sleep(0.1)
            assert not port.there
            assert "failed to reopen" in caplog.text
            thief.close()
            await thief.wait_closed()
            await port.close()

        loop.run_until_complete(run())

    def test_a_serial_port_closes_and_opens_again(self, radio: Radio, tmp_path: Path) -> None:
        path = tmp_path / "tty"
        port = serve_pty(radio.uart, path)
        line = LinePart(radio.uart, lambda: [port], random.Random(1))
        line.close()
        assert not path.is_symlink()
        assert not port.there
        line.close()
        line.open()
        assert path.is_symlink()
        path.unlink()
        path.write_text("somebody's")
        line.close()
        line.open()
        assert not port.there
        radio.loop.run_until_complete(port.close())


async def ping(host: str, port: int) -> bytes:
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(PING)
    answer: Any = await reader.readexactly(len(PONG))
    writer.close()
    await writer.wait_closed()
    await asyncio.sleep(0.1)
    return bytes(answer)

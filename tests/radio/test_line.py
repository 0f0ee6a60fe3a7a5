"""Output takes the time that a serial line takes."""

import pytest

from tests.support.serial_host import Host
from zigloop.clock import ClockLoop
from zigloop.radio import Radio
from zigloop.radio.line import SerialLine


def test_a_burst_arrives_frame_by_frame(loop: ClockLoop) -> None:
    arrived: list[tuple[float, bytes]] = []
    line = SerialLine(loop, 115_200, lambda frame: arrived.append((loop.time(), frame)))
    frames = [bytes((number,)) * 36 for number in range(5)]
    start = loop.time()
    for frame in frames:
        line.send(frame)
    loop.run_until_complete(_sleep(1))
    assert [frame for _, frame in arrived] == frames
    times = [time - start for time, _ in arrived]
    assert times == pytest.approx([(number + 1) * 360 / 115_200 for number in range(5)])


async def _sleep(seconds: float) -> None:
    import asyncio

    await asyncio.sleep(seconds)


def test_baud_0_is_at_once(loop: ClockLoop) -> None:
    arrived: list[bytes] = []
    SerialLine(loop, 0, arrived.append).send(b"frame")
    assert arrived == [b"frame"]


def test_a_negative_baud_rate_is_refused(loop: ClockLoop) -> None:
    with pytest.raises(ValueError, match="baud must be 0"):
        SerialLine(loop, -1, print)


def test_a_host_that_does_not_read_costs_no_memory(loop: ClockLoop) -> None:
    line = SerialLine(loop, 300, lambda frame: None)
    for _ in range(100_000):
        line.send(bytes(100))
    assert line._waiting_bytes <= (4 << 20) + 100
    line.drop_pending()


def test_reset_drops_unsent_output(loop: ClockLoop, radio: Radio) -> None:
    host = Host(loop, radio, baud=9600)
    host.raw(0x2101)
    host.raw(0x4100, b"\x01")
    host.run(1)
    assert [header for header, _ in host.frames] == [0x4180]

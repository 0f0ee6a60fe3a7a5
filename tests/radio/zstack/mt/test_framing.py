"""The byte stream: whatever else is in it, good frames get through."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.serial_host import HARDWARE_IEEE, Host
from zigloop.air.air import Air
from zigloop.clock import VIRTUAL, clock_loop
from zigloop.radio import Radio
from zigloop.radio.zstack import ZStack
from zigloop.radio.zstack.mt.framing import MAX_DATA, FrameParser, encode

PING, PING_RESPONSE = 0x2101, (0x6101, b"\x59\x06")

headers = st.integers(0, 0xFFFF)
frames = st.tuples(headers, st.binary(max_size=MAX_DATA))
#: Bytes that can't begin a frame.
noise = st.binary(max_size=20).map(lambda data: data.replace(b"\xfe", b"\x00"))


def broken(frame: tuple[int, bytes]) -> bytes:
    """A whole frame whose checksum is wrong, and in which no other frame could begin."""
    good = encode(*frame)
    return good[:1] + good[1:-1].replace(b"\xfe", b"\x00") + bytes((good[-1] ^ 0x55 or 1,))


def test_encode() -> None:
    assert encode(PING, b"") == bytes.fromhex("fe00210120")
    with pytest.raises(ValueError, match="250 bytes, not 251"):
        encode(PING, bytes(251))


@given(st.lists(frames, max_size=5), st.data())
def test_frames_survive_any_fragmentation(sent: list[tuple[int, bytes]], data: st.DataObject) -> None:
    stream = b"".join(encode(*frame) for frame in sent)
    parser, got = FrameParser(), []
    while stream:
        cut = data.draw(st.integers(1, len(stream)))
        got += parser.feed(stream[:cut])
        stream = stream[cut:]
    assert got == sent
    assert not parser.pending


@given(st.lists(st.tuples(noise, frames)))
def test_frames_survive_noise_between_them(parts: list[tuple[bytes, tuple[int, bytes]]]) -> None:
    stream = b"".join(noise + encode(*frame) for noise, frame in parts)
    assert FrameParser().feed(stream) == [frame for _, frame in parts]


@given(st.binary(max_size=600))
def test_nothing_stays_behind(data: bytes) -> None:
    parser = FrameParser()
    parser.feed(data)
    parser.give_up()
    assert not parser.pending
    assert parser.feed(encode(PING, b"")) == [(PING, b"")]


#: What a line may carry beside good frames: noise, 0xEF for bootloaders, impossible lengths, broken frames.
garbage = st.one_of(
    noise,
    st.integers(1, 256).map(lambda count: b"\xef" * count),
    st.just(b"\xfe\xff"),
    st.sampled_from([b"\xfe\xfb\x21\x01", b"\xfe" * 5]),
    frames.map(broken),
)


@given(st.lists(garbage, max_size=6), st.integers(0, 2**32))
def test_every_good_frame_is_answered_once(stream: list[bytes], seed: int) -> None:
    with clock_loop(VIRTUAL) as loop:
        radio = Radio(ZStack(Air(loop), ieee=HARDWARE_IEEE, rng=random.Random(seed)))
        host = Host(loop, radio)
        for junk in stream:
            radio.uart.feed(junk)
            # A false start of frame may swallow what follows, until it falls silent.
            host.run(0.5)
            assert host.raw(PING) == [PING_RESPONSE]
        radio.close()


def test_half_a_frame_does_not_block_the_next(host: Host) -> None:
    host.radio.uart.feed(bytes.fromhex("fec8210102"))  # 200 bytes are promised, one comes
    host.radio.uart.feed(encode(PING, b""))
    assert host.frames == []
    host.run(0.5)
    assert host.frames == [PING_RESPONSE]


def test_a_slow_frame_is_still_one_frame(host: Host) -> None:
    for byte in encode(PING, b""):
        host.radio.uart.feed(bytes((byte,)))
        host.run(0.2)
    assert host.frames == [PING_RESPONSE]


def test_a_host_that_vanishes_in_a_frame_leaves_nothing(host: Host) -> None:
    host.radio.uart.feed(encode(PING, b"")[:3])
    host.radio.uart.unplug()
    again = Host(host.loop, host.radio)
    assert again.raw(PING) == [PING_RESPONSE]


@pytest.mark.parametrize(
    ("header", "payload", "error"),
    [
        (0x2601, b"", 1),  # SAPI doesn't exist here
        (0x3F00, b"", 1),
        (0x217F, b"", 2),
        (0x210D, b"\x00\x00", 2),  # no ADC on a CC2652
        (0x2113, b"\x01", 4),  # an item number is two bytes
        (0x2402, bytes(19), 4),
        (0x2401, bytes.fromhex("000001010600010000051122"), 4),  # promises more data than it has
        (0x2521, bytes(13) + b"\x07" + bytes(9), 3),  # no such address mode
    ],
)
def test_what_is_not_a_command_gets_an_rpc_error(host: Host, header: int, payload: bytes, error: int) -> None:
    assert host.raw(header, payload) == [(0x6000, bytes((error, header >> 8, header & 0xFF)))]


@pytest.mark.parametrize("header", [0x4101, 0x4180, 0x6101, 0x0101])
def test_only_requests_are_answered(host: Host, header: int) -> None:
    assert host.raw(header) == []

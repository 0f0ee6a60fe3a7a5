"""ZCL frames: each type on its own, and whatever else bytes may be."""

import contextlib
import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zigloop_bridge.converters import exposes, lumi
from zigloop_bridge.converters.numbers import round_half_up
from zigloop_bridge.devices import find
from zigloop_bridge.zcl import codec as zcl

TYPES = [
    (0x10, "01", 1),
    (0x10, "ff", 255),
    (0x18, "80", 0x80),
    (0x19, "0102", 0x0201),
    (0x20, "ff", 255),
    (0x21, "3412", 0x1234),
    (0x22, "010203", 0x030201),
    (0x23, "ffffffff", 2**32 - 1),
    (0x24, "0000000001", 2**32),
    (0x27, "0100000000000000", 1),
    (0x28, "ff", -1),
    (0x29, "feff", -2),
    (0x2A, "ffffff", -1),
    (0x2F, "ffffffffffffffff", -1),
    (0x30, "02", 2),
    (0x31, "0200", 2),
    (0x38, "003c", 1.0),
    (0x39, "0000803f", 1.0),
    (0x3A, "000000000000f03f", 1.0),
    (0x41, "03010203", b"\1\2\3"),
    (0x41, "ff", b""),
    (0x42, "0180", b"\x80"),
    (0x43, "020061ff", b"a\xff"),
    (0x44, "ffff", b""),
    (0x48, "2002000102", [1, 2]),
    (0x4C, "02002001210100", [1, 1]),
    (0xE2, "00000001", 2**24),
    (0xF0, "0100000000000000", 1),
    (0xF1, "00" * 16, bytes(16)),
    (0x00, "", None),
]


@pytest.mark.parametrize(("kind", "content", "value"), TYPES)
def test_types(kind: int, content: str, value: zcl.Value) -> None:
    data = bytes.fromhex(content)
    assert zcl.read_value(data, 0, kind) == (value, len(data))


@pytest.mark.parametrize(
    ("kind", "content", "value"), [each for each in TYPES if each[1] and each[1] not in ("ff", "ffff")]
)
def test_types_cut_short(kind: int, content: str, value: zcl.Value) -> None:
    with pytest.raises(zcl.MalformedError):
        zcl.read_value(bytes.fromhex(content)[:-1], 0, kind)


@pytest.mark.parametrize("kind", [0x01, 0x07, 0x40, 0x45, 0x7F, 0x99, 0xF2])
def test_types_that_are_none(kind: int) -> None:
    with pytest.raises(zcl.MalformedError):
        zcl.read_value(bytes(64), 0, kind)


def test_headers() -> None:
    assert zcl.parse(bytes.fromhex("1c5f117a0a0102")) == zcl.Frame(0, 0x0A, b"\1\2", 0x115F, 0x7A, True, True)
    assert zcl.parse(bytes.fromhex("017a02")) == zcl.Frame(1, 0x02, b"", None, 0x7A, False, False)


def test_requests() -> None:
    assert zcl.command(1, 6, 2).serialize(0x42).hex() == "014202"
    assert zcl.read(2, 12, 0x55).serialize(0x42).hex() == "1042005500"
    assert (
        zcl.write(1, 0, 0xFFF0, zcl.OCTETS, b"\1\2", manufacturer=0x115F).serialize(1).hex() == "145f110102f0ff410102"
    )


def test_default_responses() -> None:
    report = zcl.parse(bytes.fromhex("0c5f117a0a000010"))
    assert zcl.default_response(report).hex() == "145f117a0b0a00"


def test_write_responses() -> None:
    assert zcl.read_write_response(b"\0") == {}
    assert zcl.read_write_response(bytes.fromhex("86f0ff")) == {0xFFF0: 0x86}
    with pytest.raises(zcl.MalformedError):
        zcl.read_write_response(bytes.fromhex("86f0"))


@given(st.binary(max_size=120))
def test_any_bytes_are_a_frame_or_malformed(data: bytes) -> None:
    for read in (zcl.parse, zcl.read_report, zcl.read_response, zcl.read_write_response, lumi.read_structure):
        with contextlib.suppress(zcl.MalformedError):
            read(data)


PLUG = find("lumi.plug")
assert PLUG is not None
PROMISED = {each.property: each for each in exposes.flatten(PLUG.all_exposes)}

# Frames that get past the header and to the decoders of the plug.
HEADERS = st.sampled_from(["1801", "180a", "1c5f11010a", "1c5f110101", "18010a", "180101"])
ATTRIBUTES = st.sampled_from([b"\x00\x00", b"\x55\x00", b"\x01\xff", b"\xf0\xff", b"\x05\x00"])
KINDS = st.sampled_from([b"\x10", b"\x20", b"\x39", b"\x41", b"\x42", b"\x28", b"\x3a", b"\x48"])
TAGS = st.sampled_from([3, 5, 100, 149, 150, 151, 152]).map(lambda tag: bytes([tag]))
STRUCTURES = st.lists(st.tuples(TAGS, KINDS, st.binary(max_size=8)).map(b"".join), max_size=4).map(b"".join)
VALUES = st.one_of(st.binary(max_size=12), STRUCTURES.map(lambda content: bytes([len(content)]) + content))
FRAMES = st.tuples(
    HEADERS.map(bytes.fromhex),
    st.lists(st.tuples(ATTRIBUTES, KINDS, VALUES).map(b"".join), max_size=3).map(b"".join),
).map(b"".join)


@given(
    frame=st.one_of(st.binary(max_size=60), FRAMES),
    endpoint=st.sampled_from([1, 2, 3, 100, 200]),
    cluster=st.sampled_from([0, 6, 12, 10, 0xFCC0, 0x0406]),
    options=st.dictionaries(
        st.sampled_from(["device_temperature_precision", "device_temperature_calibration"]),
        st.one_of(st.integers(-5, 5), st.floats(), st.text(max_size=3), st.booleans()),
    ),
)
def test_any_plug_frame_publishes_what_its_page_allows(
    frame: bytes, endpoint: int, cluster: int, options: dict[str, object]
) -> None:
    assert PLUG is not None
    try:
        payload = PLUG.decode(PLUG.read(endpoint, cluster, zcl.parse(frame)), options)
    except zcl.MalformedError:
        return
    for key, value in payload.items():
        if key in PROMISED:
            assert PROMISED[key].accepts(value), (key, value)
        if isinstance(value, float):
            assert math.isfinite(value)
        if key == "power_outage_count":
            assert value >= 0


@pytest.mark.parametrize(
    ("value", "digits", "rounded"),
    [(1.005, 2, 1.0), (2.5, 0, 3), (-0.5, 0, 0), (0.125, 2, 0.13), (12.345, 2, 12.35), (35, 0, 35)],
)
def test_rounding(value: float, digits: int, rounded: float) -> None:
    single = struct.unpack("<f", struct.pack("<f", value))[0] if value == 1.005 else value
    assert round_half_up(single, digits) == rounded

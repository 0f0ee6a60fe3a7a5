"""A structure says what was put into it."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.properties.values import MORE, Typed, equal, packed, structures
from zigloop.lumi.structure import MANUFACTURER
from zigloop.zcl.frame import report, u16
from zigloop.zcl.types import CHARACTER_STRING, OCTET_STRING, TYPES
from zigloop_bridge.converters import lumi
from zigloop_bridge.converters.definition import (
    Definition,
)
from zigloop_bridge.zcl import codec as zcl


@settings(max_examples=60 * MORE)
@given(structures)
def test_a_structure_survives(tags: list[tuple[int, Typed]]) -> None:
    read = lumi.read_structure(packed(tags))
    expected = {tag: value for tag, (_, _, value) in tags}
    assert list(read) == list(expected)
    for tag, value in expected.items():
        assert equal(read[tag], value), (tag, read[tag], value)


def keep(tag: int) -> lumi.Convert:
    return lambda value, message: {str(tag): value}


KEEPS_ALL = Definition(
    zigbee_models=("lumi.anything",),
    model="ANYTHING",
    vendor="Nobody",
    description="Keeps each tag of a heartbeat as it is",
    exposes=(),
    decoders=(lumi.heartbeat({tag: keep(tag) for tag in range(256)}),),
)


@settings(max_examples=60 * MORE)
@given(structures.filter(lambda tags: len(packed(tags)) < 255), st.sampled_from((CHARACTER_STRING, OCTET_STRING)))
def test_a_structure_survives_in_a_report(tags: list[tuple[int, Typed]], kind: int) -> None:
    record = u16(lumi.HEARTBEAT) + bytes((kind,)) + TYPES[kind].pack(packed(tags))
    frame = zcl.parse(report(7, record, MANUFACTURER))
    payload = KEEPS_ALL.decode(1, 0x0000, frame, {})
    expected = {str(tag): value for tag, (_, _, value) in tags}
    assert list(payload) == list(expected)
    assert all(equal(payload[tag], value) for tag, value in expected.items())

"""No bytes break a decoder."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.properties.payloads import DEFINITIONS, attributes_of, clusters_of, finite, judge, vectors_of
from tests.properties.values import MORE, Typed, packed, typed_values
from zigloop.zcl.frame import MAX_FRAME, u16
from zigloop.zcl.types import CHARACTER_STRING, OCTET_STRING, TYPES
from zigloop_bridge.converters import lumi
from zigloop_bridge.converters.definition import CommandDecoder, DecodeContext, Definition
from zigloop_bridge.converters.numbers import number
from zigloop_bridge.zcl import codec as zcl


def heard(definition: Definition, endpoint: int, cluster: int, data: bytes, options: dict[str, Any]) -> None:
    """All that a definition does with a frame: it ends in something that may be published, or in MalformedError."""
    try:
        frame = zcl.parse(data)
        received = definition.read(endpoint, cluster, frame)
        payload = definition.decode(received, options)
        definition.replies(received)
        sentences = definition.sentences(received)
    except zcl.MalformedError:
        return
    judge(definition, payload)
    assert all(isinstance(each, str) and each for each in sentences)


def option_values(definition: Definition) -> st.SearchStrategy[dict[str, Any]]:
    """Options as a user may have written them."""
    values: dict[str, st.SearchStrategy[Any]] = {
        option.name: st.booleans() if option.type == "binary" else st.integers(-5, 5) | st.just("2") | st.just(0.25)
        for option in definition.options
    }
    return st.fixed_dictionaries({}, optional=values)


def header(draw: st.DrawFn, command: int, *, cluster_command: bool = False) -> bytes:
    control = 0x18 | cluster_command
    if draw(st.booleans()):
        return bytes((control | 0x04, 0x5F, 0x11, draw(st.integers(0, 255)), command))
    return bytes((control, draw(st.integers(0, 255)), command))


#: Strings as locks and knobs send them: short, of small numbers, so that their codes are hit.
codes = st.lists(st.integers(0, 0x1F) | st.sampled_from((0x40, 0x80, 0xC8, 0xFF)), max_size=12).map(bytes)


@st.composite
def frames(draw: st.DrawFn, definition: Definition) -> tuple[int, int, bytes]:
    """Endpoint, cluster and bytes: nonsense, or sense as far as it goes."""
    endpoint = draw(st.sampled_from((1, 2, 3, 71, 72, 100)) | st.integers(0, 255))
    kind = draw(st.sampled_from(("bytes", "payload", "values", "structure", "codes", "command")))
    cluster = draw(st.sampled_from(clusters_of(definition)) | st.integers(0, 0xFFFF))
    if kind == "bytes":
        return endpoint, cluster, draw(st.binary(max_size=MAX_FRAME))
    if kind == "command":
        commands = [each for each in definition.decoders if isinstance(each, CommandDecoder)]
        number = draw(st.integers(0, 255))
        if commands and draw(st.booleans()):
            one = draw(st.sampled_from(commands))
            cluster, number = one.cluster, one.command
        return endpoint, cluster, header(draw, number, cluster_command=True) + draw(st.binary(max_size=30))
    answer = draw(st.booleans())
    start = header(draw, zcl.READ_RESPONSE if answer else zcl.REPORT)
    cluster, attribute = draw(st.sampled_from(attributes_of(definition)) if definition.decoders else st.just((0, 0)))
    status = b"\0" if answer else b""
    if kind == "payload":
        record = bytes((draw(st.integers(0, 255)),)) + draw(st.binary(max_size=40))
    elif kind == "codes":
        record = bytes((draw(st.sampled_from((0x41, 0x42))),))
        content = draw(codes)
        record += bytes((len(content),)) + content
    elif kind == "values":
        others = [number for other, number in attributes_of(definition) if other == cluster and number != attribute]
        record = typed(draw(typed_values))
        for number in draw(st.lists(st.sampled_from(others), max_size=6)) if others else ():
            record += u16(number) + status + typed(draw(typed_values))
    else:
        known = st.sampled_from((1, 3, 5, 10, 100, 101, 148, 149, 150, 151, 152)) | st.integers(0, 255)
        tags = draw(st.lists(st.tuples(known, typed_values), max_size=8))
        kind_ = draw(st.sampled_from((CHARACTER_STRING, OCTET_STRING)))
        content = packed(tags)[:254]
        record = bytes((kind_,)) + TYPES[kind_].pack(content)
    return endpoint, cluster, start + u16(attribute) + status + record


def typed(value: Typed) -> bytes:
    kind, content, _ = value
    return bytes((kind,)) + TYPES[kind].pack(content)


@pytest.mark.parametrize("model", DEFINITIONS)
@settings(max_examples=60 * MORE)
@given(st.data())
def test_no_bytes_break_a_decoder(model: str, data: st.DataObject) -> None:
    definition = DEFINITIONS[model]
    endpoint, cluster, frame = data.draw(frames(definition), label="endpoint, cluster, frame")
    heard(definition, endpoint, cluster, frame, data.draw(option_values(definition), label="options"))


@settings(max_examples=100 * MORE)
@given(
    st.floats() | st.integers(-(1 << 63), (1 << 64) - 1),
    st.floats(allow_nan=False, allow_infinity=False) | st.integers(-99, 99),
    st.integers(0, 3),
)
def test_only_finite_numbers_are_published(value: float, calibration: float, digits: int) -> None:
    options = {"power_calibration": calibration, "power_precision": digits}
    for convert in (number("power"), number("power", scale=0.1), number("power", adjustable=True), lumi.consumed):
        payload = convert(value, DecodeContext(1, options))
        assert all(map(finite, payload.values()))


@st.composite
def mutated(draw: st.DrawFn, data: bytes) -> bytes:
    """Bits turned over, bytes added or lost, the end cut off: a few times."""
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        how = draw(st.sampled_from(("flip", "set", "insert", "delete", "cut")))
        if how == "flip" and data:
            data = data[:at] + bytes((data[at] ^ 1 << draw(st.integers(0, 7)),)) + data[at + 1 :]
        elif how == "set":
            data = data[:at] + bytes((draw(st.integers(0, 255)),)) + data[at + 1 :]
        elif how == "insert":
            data = data[:at] + draw(st.binary(min_size=1, max_size=4)) + data[at:]
        elif how == "delete":
            data = data[:at] + data[at + 1 :]
        elif how == "cut":
            data = data[:at]
    return data


@pytest.mark.parametrize("model", DEFINITIONS)
@settings(max_examples=40 * MORE)
@given(st.data())
def test_no_damaged_frame_breaks_a_decoder(model: str, data: st.DataObject) -> None:
    definition = DEFINITIONS[model]
    endpoint, cluster, original = data.draw(st.sampled_from(vectors_of(model)))
    frame = data.draw(mutated(original), label=f"{original.hex()} became")
    heard(definition, endpoint, cluster, frame, data.draw(option_values(definition), label="options"))

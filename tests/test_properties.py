"""Anything at all: structures survive, no bytes break a decoder or the bridge, and what is shown is what is so.

Beside the golden vectors: hypothesis makes up the bytes and the controls. `ZIGLOOP_EXAMPLES=20` tries
twenty times as many.
"""

import asyncio
import json
import math
import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.paths import VECTORS
from zigloop.air.frame import COORDINATOR
from zigloop.bench import Bench
from zigloop.control.arguments import Argument, Choice, ControlError, Number
from zigloop.control.control import Control
from zigloop.device.device import Device
from zigloop.device.registry import PRODUCTS
from zigloop.lumi.structure import MANUFACTURER, Entry, structure
from zigloop.testing.match import agrees
from zigloop.testing.world import World, address
from zigloop.zcl.frame import MAX_FRAME, report, u16
from zigloop.zcl.types import CHARACTER_STRING, OCTET_STRING, TYPES
from zigloop_bridge.converters import lumi
from zigloop_bridge.converters.definition import (
    CommandDecoder,
    Decoder,
    Definition,
    Message,
    Payload,
    all_definitions,
    number,
)
from zigloop_bridge.converters.exposes import SET, flatten
from zigloop_bridge.zcl import codec as zcl

MORE = int(os.environ.get("ZIGLOOP_EXAMPLES", "1"))

#: Each example is a device of its own in the session's world.
IN_THE_WORLD = (HealthCheck.function_scoped_fixture, HealthCheck.too_slow)


# Values of all ZCL types: (type, value as the simulator packs it, value as the bridge reads it)

STRINGS = {0x41: 1, 0x42: 1, 0x43: 2, 0x44: 2}
FLOATS = {0x38: 16, 0x39: 32, 0x3A: 64}
LISTS = (0x48, 0x50, 0x51)  # array, set, bag
STRUCTURE, NO_DATA, KEY = 0x4C, 0x00, 0xF1
COMPOSITES = (*LISTS, STRUCTURE)
SIGNED = range(0x28, 0x30)
INTEGERS = sorted(set(TYPES) - set(STRINGS) - set(FLOATS) - set(COMPOSITES) - {NO_DATA, KEY})

Typed = tuple[int, Any, Any]


def same(value: Any) -> tuple[Any, Any]:
    return value, value


@st.composite
def scalars(draw: st.DrawFn, types: tuple[int, ...] = tuple(sorted(set(TYPES) - set(COMPOSITES)))) -> Typed:
    kind = draw(st.sampled_from(types))
    if kind == NO_DATA:
        return kind, 0, None
    if kind in STRINGS:
        return kind, *same(draw(st.binary(max_size=20)))
    if kind in FLOATS:
        return kind, *same(draw(st.floats(width=FLOATS[kind])))  # type: ignore[arg-type]
    if kind == KEY:
        key = draw(st.binary(min_size=16, max_size=16))
        return kind, int.from_bytes(key, "little"), key
    bits = 8 * len(TYPES[kind].pack(0))
    if kind in SIGNED:
        return kind, *same(draw(st.integers(-(1 << bits - 1), (1 << bits - 1) - 1)))
    return kind, *same(draw(st.integers(0, (1 << bits) - 1)))


@st.composite
def composites(draw: st.DrawFn) -> Typed:
    """One level deep: a list of one type, or a structure."""
    kind = draw(st.sampled_from(COMPOSITES))
    if kind == STRUCTURE:
        elements = draw(st.lists(scalars(), max_size=4))
        body = b"".join(bytes((each,)) + TYPES[each].pack(value) for each, value, _ in elements)
        packed = u16(len(elements)) + body
    else:
        each = draw(st.sampled_from(sorted(set(TYPES) - set(COMPOSITES) - {NO_DATA})))
        elements = draw(st.lists(scalars((each,)), max_size=4))
        packed = bytes((each,)) + u16(len(elements)) + b"".join(TYPES[each].pack(value) for _, value, _ in elements)
    return kind, packed, [read for _, _, read in elements]


typed_values = scalars() | composites()


def equal(one: Any, other: Any) -> bool:
    """As values, where not-a-number equals itself."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(equal, one, other))
    if isinstance(one, float) and isinstance(other, float) and math.isnan(one):
        return math.isnan(other)
    return bool(one == other)


structures = st.lists(st.tuples(st.integers(0, 255), typed_values), max_size=8)


def packed(tags: list[tuple[int, Typed]]) -> bytes:
    entries: list[Entry] = [(tag, kind, value) for tag, (kind, value, _) in tags]
    return structure(entries)


# 1. A structure says what was put into it


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


# 2. No bytes break a decoder

Judge = Callable[[Any], bool]


def finite(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


#: What may be published beside the exposes (decisions 1 and 2; docs/protocols.md 10.2 on tags that no page has).
EXTRAS: dict[str, Judge] = {
    "action_user": whole,
    "action_user_role": lambda value: value in ("admin", "user"),
    "action_repeat": whole,
    "action_language": lambda value: value in ("chinese", "english"),
    "user": whole,
    "repeat": whole,
    "data": lambda value: isinstance(value, str) and set(value) <= set("0123456789abcdef"),
    "consumption": finite,
    "voltage": finite,
    "current": finite,
    "device_temperature": finite,
    "power_outage_count": whole,
}


def judge(definition: Definition, payload: Payload) -> None:
    """AssertionError unless everything in it may be published."""
    json.dumps(payload, allow_nan=False)
    exposes = {expose.property: expose for expose in flatten(definition.all_exposes)}
    for key, value in payload.items():
        if key in exposes:
            assert exposes[key].accepts(value), (key, value)
            assert not isinstance(value, float) or math.isfinite(value), (key, value)
        else:
            assert key in EXTRAS, (key, value)
            assert EXTRAS[key](value), (key, value)


def heard(definition: Definition, endpoint: int, cluster: int, data: bytes, options: dict[str, Any]) -> None:
    """All that a definition does with a frame: it ends in something that may be published, or in MalformedError."""
    try:
        frame = zcl.parse(data)
        payload = definition.decode(endpoint, cluster, frame, options)
        definition.answers(cluster, frame)
        sentences = definition.sentences(cluster, frame)
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


def attributes_of(definition: Definition) -> list[tuple[int, int]]:
    """Cluster and attribute of each thing that it decodes, answers or remarks on."""
    found = {(each.cluster, each.attribute) for each in definition.reactions}
    decoders = [each for each in definition.decoders if isinstance(each, Decoder)]
    for one in (*decoders, *definition.remarks):
        found |= {(one.cluster, number) for number in one.attributes}
    return sorted(found)


def clusters_of(definition: Definition) -> list[int]:
    return sorted({each.cluster for each in definition.decoders} | {0x0000, 0x0006, 0x0101, 0xFCC0})


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


DEFINITIONS = {each.model: each for each in all_definitions()}
WITH_A_DEVICE = [model for model in DEFINITIONS if model in PRODUCTS]


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
def test_any_number_is_told_finite_or_not_at_all(value: float, calibration: float, digits: int) -> None:
    options = {"power_calibration": calibration, "power_precision": digits}
    for convert in (number("power"), number("power", scale=0.1), number("power", adjustable=True), lumi.consumed):
        payload = convert(value, Message(1, options))
        assert all(map(finite, payload.values()))


def vectors_of(model: str) -> list[tuple[int, int, bytes]]:
    """Frames of the product's golden vectors."""
    content = json.loads((VECTORS / f"{model}.json").read_text())["vectors"]
    return [
        (each["endpoint"], each["cluster"], bytes.fromhex(each["zcl_frame_hex"]))
        for each in content
        if each["direction"] == "in" and "zcl_frame_hex" in each  # one has several frames
    ]


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


# 3. No bytes kill the bridge


@contextmanager
def joined(world: World, bench: Bench, model: str) -> Iterator[Device]:
    """A new device in the network, which has told all that it tells after joining; gone at the end."""
    device = bench.add(model, "device")
    try:
        world.join(device)
        world.pass_time(20)
        yield device
    finally:
        world.clear()


def good_frame(definition: Definition) -> tuple[int, int, bytes, Payload]:
    """A frame that the product sends, and what it means."""
    for endpoint, cluster, data in vectors_of(definition.model):
        try:
            payload = definition.decode(endpoint, cluster, zcl.parse(data), {})
        except zcl.MalformedError:
            continue
        if payload:
            return endpoint, cluster, data, payload
    raise AssertionError(f"no vector of {definition.model} publishes anything")


def nonsense(chance: random.Random, definition: Definition) -> tuple[int, int, bytes]:
    """As `frames`, but from a seed: 200 of them are more than hypothesis likes to draw."""
    endpoint = chance.choice((1, 1, 2, 3, 71, 100, chance.randrange(1, 256)))
    cluster = chance.choice((*clusters_of(definition), chance.randrange(0x10000)))
    kind = chance.choice(("bytes", "report", "damaged", "command"))
    if kind == "damaged":
        endpoint, cluster, data = chance.choice(vectors_of(definition.model))
        at = chance.randrange(len(data))
        return endpoint, cluster, data[:at] + chance.randbytes(chance.randrange(3)) + data[at + chance.randrange(3) :]
    body = chance.randbytes(chance.randrange(60))
    if kind == "bytes":
        return endpoint, cluster, body
    if kind == "command":
        return endpoint, cluster, bytes((0x01 | chance.choice((0x08, 0x18)), chance.randrange(256))) + body
    attributes = attributes_of(definition)
    if attributes:
        cluster, attribute = chance.choice(attributes)
        body = u16(attribute) + bytes((chance.choice(sorted(TYPES)),)) + body
    return endpoint, cluster, bytes((0x1C, 0x5F, 0x11, chance.randrange(256), 0x0A)) + body


@pytest.mark.parametrize("model", WITH_A_DEVICE)
@settings(max_examples=MORE, suppress_health_check=IN_THE_WORLD)
@given(seed=st.integers(0, 1 << 32))
def test_a_burst_of_nonsense_does_not_stop_the_bridge(world: World, bench: Bench, model: str, seed: int) -> None:
    definition, chance = DEFINITIONS[model], random.Random(seed)
    start = len(world.mqtt.messages)
    with joined(world, bench, model) as device:
        for _ in range(200):
            endpoint, cluster, data = nonsense(chance, definition)
            device.node.send(COORDINATOR, 1, endpoint, 0x0104, cluster, data)
            world.run(asyncio.sleep(chance.choice((0, 0.005, 0.05))))
        world.pass_time(20)
        assert world.mqtt.request("health_check") == {"healthy": True}
        for payload in published_since(world, start):
            judge(definition, payload)
        endpoint, cluster, data, payload = good_frame(definition)
        world.mqtt.mark()
        device.node.send(COORDINATOR, 1, endpoint, 0x0104, cluster, data)
        world.mqtt.eventually("device", payload)


def published_since(world: World, start: int) -> list[Payload]:
    """What the device's topic said since there were `start` messages."""
    topic = world.mqtt.topic("device")
    return [message.json for message in world.mqtt.messages[start:] if message.topic == topic]


# 4. After any controls, MQTT shows what is so


def argument_text(argument: Argument) -> st.SearchStrategy[str]:
    """An argument as it is typed, preferably a short one."""
    if isinstance(argument, Choice):
        return st.sampled_from(argument.words)
    assert isinstance(argument, Number), f"teach this test to make {argument}"
    numbers: st.SearchStrategy[float] = st.integers(math.ceil(argument.minimum), math.floor(argument.maximum))
    if not argument.whole:
        numbers |= st.floats(argument.minimum, argument.maximum)
    return numbers.map(str)


@st.composite
def command_texts(draw: st.DrawFn, controls: dict[str, Control]) -> str:
    """A control as it is typed at the prompt: "draw 42"."""
    one = draw(st.sampled_from(list(controls.values())))
    words = [one.verb]
    for name, argument in one.arguments.items():
        if name in one.optional and draw(st.booleans()):
            break
        words.append(draw(argument_text(argument)))
    return " ".join(words)


#: Faults that `bring_to_rest` gets over; what a device says through most of the others is lost.
BEARABLE = ("leave", "cut", "forgotten")

#: Seconds between two controls.
pauses = st.sampled_from((1.0, 0.0, 0.05, 0.5, 5.0, 30.0, 700.0))


def bring_to_rest(world: World, device: Device) -> None:
    """It has power, is in the network, and the host knows it."""
    device.do("restore")
    world.pass_time(90)  # the longest interview
    if not (device.node.announced and is_interviewed(world, device)):
        world.mqtt.request("permit_join", {"time": 254})
        device.do("pair")
        world.interviewed(device)
        world.mqtt.request("permit_join", {"time": 0})
        world.pass_time(20)


def is_interviewed(world: World, device: Device) -> bool:
    listed = world.mqtt.fetch_retained(world.mqtt.topic("bridge/devices"))
    entries = [] if listed is None else listed.json
    return any(each["ieee_address"] == address(device) and each["interview_completed"] for each in entries)


@pytest.mark.parametrize("model", PRODUCTS)
@settings(max_examples=4 * MORE, suppress_health_check=IN_THE_WORLD)
@given(data=st.data())
def test_what_is_shown_is_what_is_so(world: World, bench: Bench, model: str, data: st.DataObject) -> None:
    controls = {verb: each for verb, each in PRODUCTS[model].controls.items() if each.fault is None or verb in BEARABLE}
    steps = data.draw(st.lists(st.tuples(command_texts(controls), pauses), max_size=10), label="controls, pauses")
    joining = data.draw(st.booleans(), label="joining is permitted")
    start = len(world.mqtt.messages)
    with joined(world, bench, model) as device:
        if joining:
            world.mqtt.request("permit_join", {"time": 254})
        for text, seconds in steps:
            try:
                device.command(text)
            except ControlError:
                assert not (device.powered and device.node.announced), f"{text} is refused"
            world.pass_time(seconds)
        world.mqtt.request("permit_join", {"time": 0})
        bring_to_rest(world, device)
        device.do("heartbeat")
        shown = device.expected_state()
        world.settle()
        last = published_since(world, start)
        published = last[-1] if last else {}
        wrong = {
            key: {"published": published.get(key), "so": so}
            for key, so in shown.items()
            if not agrees(key, published.get(key), so)
        }
        assert wrong == {}


#: What makes a device tell that which no heartbeat and no joining tells.
TELLING = {"ZNMS11LM": ("lock",), "ZNMS12LM": ("lock", "warn on")}


@pytest.mark.parametrize("model", PRODUCTS)
def test_all_that_the_page_promises_is_compared(world: World, bench: Bench, model: str) -> None:
    """But for events, link quality, and settings, which a host knows because it has set them."""
    exposes = [each for each in DEFINITIONS[model].exposes if each.features or not each.access & SET]
    promised = {each.property for each in flatten(tuple(exposes)) if not each.property.startswith("action")}
    with joined(world, bench, model) as device:
        for text in TELLING.get(model, ()):
            device.command(text)
        assert set(device.expected_state()) == promised

"""Lumi's structures: where they stand, how long they are, and what becomes of those that are damaged."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zigloop_bridge.converters import lumi
from zigloop_bridge.converters.definition import Definition
from zigloop_bridge.converters.numbers import number
from zigloop_bridge.devices import llkzmk11lm, zncz02lm
from zigloop_bridge.zcl import codec as zcl
from zigloop_bridge.zcl.names import BASIC, LUMI

TEMPERATURE = "032826"
COUNT = "05211000"
REAL = (  # zha-device-handlers#881: lumi.relay.c2acn01, version 46
    "032826 05210b00 08212e12 09210011 641000 651000 6e2000 6f2000 942002 95390ad7a33a 963954181445 9739f029a43b"
    "9839805a0e3d 9b210000 9c2001 0a210000 0c2800"
)
RELAY, PLUG = llkzmk11lm.definition, zncz02lm.definition


def decode(definition: Definition, payload: str, *, cluster: int = BASIC) -> dict[str, Any]:
    frame = zcl.Frame(zcl.GLOBAL, zcl.REPORT, bytes.fromhex(payload), lumi.LUMI)
    return definition.decode(definition.read(1, cluster, frame), {})


def anywhere(cluster: int, attribute: int) -> Definition:
    """A product that has its heartbeat there."""
    tags = {3: number("device_temperature", digits=0), 5: lumi.outage_count}
    return Definition(
        zigbee_models=("lumi.anything",),
        model="ANYTHING",
        vendor="Xiaomi",
        description="",
        exposes=(),
        decoders=(lumi.heartbeat(tags, cluster=cluster, attribute_id=attribute),),
    )


@pytest.mark.parametrize("kind", ["41", "42"])
@pytest.mark.parametrize(("cluster", "attribute"), [(BASIC, 0xFF01), (BASIC, 0x00F7), (LUMI, 0x00F7)])
def test_a_heartbeat_in_each_place(cluster: int, attribute: int, kind: str) -> None:
    content = attribute.to_bytes(2, "little").hex() + kind + "07" + TEMPERATURE + COUNT
    definition = anywhere(cluster, attribute)
    assert decode(definition, content, cluster=cluster) == {"device_temperature": 38, "power_outage_count": 15}


# How long it is


def test_a_real_one_with_a_stray_byte() -> None:
    assert decode(RELAY, "01ff4244" + REAL + "00") == {
        "device_temperature": 38,
        "power_outage_count": 10,
        "state_l1": "OFF",
        "state_l2": "OFF",
        "energy": 0,
        "consumption": 0,
        "voltage": 237,
        "current": 0.005,
        "power": 0.03,
    }


@pytest.mark.parametrize(
    ("length", "content"),
    [
        (7, TEMPERATURE + COUNT),
        (7, TEMPERATURE + COUNT + "9b"),
        (3, TEMPERATURE + COUNT + "9b"),  # too short; what stands behind its end makes no sense as an attribute
        (68, TEMPERATURE + COUNT + "9b"),  # too long, with the byte that goes with it
    ],
)
def test_lengths_that_are_borne(length: int, content: str) -> None:
    payload = f"01ff42{length:02x}{content}"
    assert decode(RELAY, payload) == {"device_temperature": 38, "power_outage_count": 15}


@pytest.mark.parametrize(
    ("length", "content"),
    [
        (68, TEMPERATURE + COUNT),  # cut off between two tags
        (68, TEMPERATURE + COUNT[:-2]),
        (68, TEMPERATURE + COUNT[:-4]),
        (7, TEMPERATURE + COUNT + "9b20"),  # more than a byte
        (7, TEMPERATURE + "05f11000"),
        (4, "9b"),
    ],
)
def test_lengths_that_are_not(length: int, content: str) -> None:
    with pytest.raises(zcl.MalformedError):
        decode(RELAY, f"01ff42{length:02x}{content}")


def test_only_a_heartbeat_may_be_wrong() -> None:
    with pytest.raises(zcl.MalformedError):
        lumi.read_report(BASIC, bytes.fromhex("02ff4203" + TEMPERATURE + "00"))
    with pytest.raises(zcl.MalformedError):
        lumi.read_report(LUMI, bytes.fromhex("01ff4203" + TEMPERATURE + "00"))
    with pytest.raises(zcl.MalformedError):
        lumi.read_report(BASIC, bytes.fromhex("01ff42"))


def test_a_plug_takes_them_too() -> None:
    """Its firmware isn't known to send them; it may come to."""
    assert decode(PLUG, "01ff4203" + TEMPERATURE + "00") == {"device_temperature": 38}


@given(st.binary(max_size=80))
def test_what_is_read_as_specified_is_read_the_same(payload: bytes) -> None:
    try:
        expected = zcl.read_report(payload)
    except zcl.MalformedError:
        return
    assert repr(lumi.read_report(BASIC, payload)) == repr(expected)


@given(st.binary(max_size=80))
def test_nothing_but_malformed(content: bytes) -> None:
    try:
        values = lumi.read_report(BASIC, b"\x01\xff\x42" + content)
    except zcl.MalformedError:
        return
    assert values


# The old heartbeat


def old(*elements: str) -> str:
    return "02ff4c" + len(elements).to_bytes(2, "little").hex() + "".join(elements)


def test_the_old_one_has_an_order() -> None:
    payload = old("1001", "21fc08", "210100", "240100000000", "210500", "200a")
    assert decode(RELAY, payload) == {"voltage": 230, "power_outage_count": 4}


@pytest.mark.parametrize(
    "payload",
    [
        old("1001", "21fc08", "210100", "240100000000"),  # too few
        old(),
        "02ff4205210a000000",  # a string
        "02ff200a",
    ],
)
def test_an_incomplete_old_heartbeat_publishes_nothing(payload: str) -> None:
    assert decode(RELAY, payload) == {}


def test_elements_of_other_types_are_left_out() -> None:
    text = "42024c55"
    assert decode(RELAY, old("1001", text, "210100", "240100000000", "210500")) == {"power_outage_count": 4}
    assert decode(RELAY, old("1001", "21fc08", "210100", "240100000000", text)) == {"voltage": 230}


# What may not be published


@pytest.mark.parametrize("endpoint", [0, 3, 255])
def test_an_endpoint_that_the_relay_lacks(endpoint: int) -> None:
    """Decision 15."""
    frame = zcl.parse(bytes.fromhex("18c50a00001001"))
    assert RELAY.decode(RELAY.read(endpoint, 6, frame), {}) == {}


@pytest.mark.parametrize("tag", ["95", "96", "97", "98"])
@pytest.mark.parametrize("value", ["0000c07f", "0000807f", "000080ff"])
def test_numbers_that_are_not_finite_are_left_out(tag: str, value: str) -> None:
    """Decision 11."""
    assert decode(RELAY, f"01ff4209{tag}39{value}" + TEMPERATURE) == {"device_temperature": 38}

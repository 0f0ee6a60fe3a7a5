"""The plug against the golden vectors: it says what a plug says, and does what a host's frames ask.

`tests/vectors/ZNCZ02LM.json` holds frames both ways. Inbound ones that a plug sends (not those that probe a
decoder with frames that none sends) are made here by working its controls; the sequence number is its own.
"""

import json
import random
from typing import Any

import pytest

from tests.support.paths import VECTORS
from tests.support.station import IEEE, TestCoordinator, said, wanted, without_sequence
from zigloop.devices.zncz02lm import Plug

VECTORS: dict[str, dict[str, Any]] = {
    each["id"].removeprefix("ZNCZ02LM."): each
    for each in json.loads((VECTORS / "ZNCZ02LM.json").read_text())["vectors"]
}


def full(plug: Plug) -> None:
    """The state of the golden vectors in.hb.full_*."""
    plug.press()
    plug.outages = 2
    plug.heat(35)
    plug.draw(12.345)
    plug.meter(1.2345)


def joined(peer: TestCoordinator, **declaration: Any) -> Plug:
    plug = Plug(peer.air, name="plug", ieee=IEEE, rng=random.Random(1), **declaration)
    plug.pair()
    peer.sleep(30)
    return plug


# What a plug says


@pytest.mark.parametrize(
    ("vector", "presses", "declaration"),
    [
        ("in.onoff.real.ha47650", 2, {}),
        ("in.onoff.with_f000.1", 1, {}),
        ("in.onoff.0", 2, {"reports_0xf000": False}),
        ("in.onoff.1", 1, {"reports_0xf000": False}),
    ],
)
def test_on_off(peer: TestCoordinator, vector: str, presses: int, declaration: dict[str, bool]) -> None:
    plug = joined(peer, **declaration)
    for _ in range(presses - 1):
        plug.press()
        peer.sleep(1)
    assert said(peer, plug.press) == [wanted(VECTORS[vector])]


@pytest.mark.parametrize("vector", [name for name in VECTORS if name.startswith("in.power.ep2.") and "neg" not in name])
def test_power(peer: TestCoordinator, plug: Plug, vector: str) -> None:
    """Not the negative one: nothing that is plugged in gives power back."""
    plug.press()
    peer.sleep(5)
    watts = float(vector.removeprefix("in.power.ep2."))
    frames = said(peer, lambda: (plug.draw(watts), plug.report("power"))[0])  # type: ignore[func-returns-value]
    assert set(frames) == {wanted(VECTORS[vector])}


def test_no_power(peer: TestCoordinator, plug: Plug) -> None:
    assert said(peer, lambda: plug.report("power")) == [wanted(VECTORS["in.power.real.ha47650"])]


@pytest.mark.parametrize(
    ("vector", "declaration"),
    [("in.hb.full_no_voltage", {}), ("in.hb.full_with_voltage", {"firmware": "02-28-2017"})],
)
def test_heartbeat(peer: TestCoordinator, vector: str, declaration: dict[str, str]) -> None:
    plug = joined(peer, **declaration)
    full(plug)
    plug.mains(230.1)
    peer.sleep(5)
    plug.meter(1.2345)
    assert said(peer, plug.heartbeat) == [wanted(VECTORS[vector])]


@pytest.mark.parametrize(
    ("vector", "request_", "presses"),
    [("in.onoff.readrsp.0", "10790 00000".replace(" ", ""), 0), ("in.onoff.readrsp.1", "107e000000", 1)],
)
def test_answers_to_reads(peer: TestCoordinator, plug: Plug, vector: str, request_: str, presses: int) -> None:
    for _ in range(presses):
        plug.press()
    peer.sleep(5)
    (answer,) = peer.ask(plug.node.nwk, 1, 6, bytes.fromhex(request_))
    assert (1, 6, without_sequence(answer)) == wanted(VECTORS[vector])


def test_the_heartbeat_can_be_read(peer: TestCoordinator, plug: Plug) -> None:
    full(plug)
    peer.sleep(5)
    plug.meter(1.2345)
    plug.draw(12.345)
    frames = said(peer, lambda: peer.send(plug.node.nwk, 1, 0, bytes.fromhex("145f11ba0001ff")))
    (endpoint, cluster, frame) = frames[0]
    expected = wanted(VECTORS["in.hb.readrsp"])
    assert (endpoint, cluster, len(frame)) == (expected[0], expected[1], len(expected[2]))
    # The meter runs for the 2 ms that the request takes; the last digits of a float don't show it.
    assert frame == expected[2]


# What a plug obeys


def sent(vector: str) -> list[tuple[int, int, bytes]]:
    """The frames that a host sends; the read of 0xFFF0 goes to genBasic (decision 9)."""
    frames = []
    for number, each in enumerate(VECTORS[vector]["expected"]["seed_era"]["frames"]):
        data = bytes.fromhex(each["hex_no_tsn"])
        at = 3 if data[0] & 0x04 else 1
        cluster = 0 if each["cluster"] == 0xFCC0 else each["cluster"]
        frames.append((each["endpoint"], cluster, data[:at] + bytes((0x80 + number,)) + data[at:]))
    return frames


def obey(peer: TestCoordinator, plug: Plug, vector: str) -> list[str]:
    """Send the vector's frames; the answers, less their sequence numbers."""
    return [
        without_sequence(answer).hex()
        for endpoint, cluster, data in sent(vector)
        for answer in peer.ask(plug.node.nwk, endpoint, cluster, data)
    ]


@pytest.mark.parametrize(
    ("vector", "before", "after"),
    [
        ("set.state.ON", False, True),
        ("set.state.OFF", True, False),
        ("set.state.TOGGLE", False, True),
        ("set.state.TOGGLE", True, False),
        ("set.state.on", False, True),
    ],
)
def test_set_state(peer: TestCoordinator, plug: Plug, vector: str, before: bool, after: bool) -> None:
    if before:
        plug.press()
    answers = obey(peer, plug, vector)
    assert [answer[:4] for answer in answers] == ["180b"]
    assert answers[0].endswith("00")
    assert plug.on is after


def test_set_on_time(peer: TestCoordinator, plug: Plug) -> None:
    assert obey(peer, plug, "set.on_time") == ["180b4200"]
    peer.sleep(9.9)
    assert plug.on
    peer.sleep(0.2)
    assert not plug.on


@pytest.mark.parametrize(("vector", "setting"), [("true", True), ("false", False), ("string_ON", True)])
def test_set_power_outage_memory(peer: TestCoordinator, plug: Plug, vector: str, setting: bool) -> None:
    if not setting:
        obey(peer, plug, "set.power_outage_memory.true")
    assert obey(peer, plug, f"set.power_outage_memory.{vector}") == ["1c5f110400", "1c5f110400"]
    assert plug.power_outage_memory is setting


def test_set_several(peer: TestCoordinator, plug: Plug) -> None:
    plug.press()
    obey(peer, plug, "set.power_outage_memory.true")
    assert obey(peer, plug, "set.multi") == ["1c5f110400", "1c5f110400", "180b0000"]
    assert (plug.on, plug.power_outage_memory) == (False, False)


def test_get(peer: TestCoordinator, plug: Plug) -> None:
    plug.press()
    plug.draw(12.345)
    assert obey(peer, plug, "get.state") == ["180100000010 01".replace(" ", "")]
    assert obey(peer, plug, "get.power") == ["1801550000391f854541"]
    assert obey(peer, plug, "get.power_outage_memory") == ["1c5f1101f0ff004109aa8005d14709011000"]


def test_a_host_of_the_pages_time_is_refused_what_the_plug_does_not_have(peer: TestCoordinator, plug: Plug) -> None:
    """Zigbee2MQTT reads 0xFFF0 from cluster 0xFCC0, which the plug doesn't have."""
    read = bytes.fromhex("145f118000f0ff")
    assert [answer.hex() for answer in peer.ask(plug.node.nwk, 1, 0xFCC0, read)] == ["1c5f11800b00c3"]

"""The relay against the golden vectors: it says what a relay says, and does what a host's frames ask.

Inbound vectors that a relay sends (not those that probe a decoder with frames that none sends) are made here by
working its controls; the sequence number is its own.
"""

import json
import random
import struct
from typing import Any

import pytest

from tests.support.paths import VECTORS
from tests.support.station import IEEE, TestCoordinator, said, without_sequence
from zigloop.devices.llkzmk11lm import RelayController
from zigloop.lumi.mains import MOST_WATTS

VECTORS: dict[str, dict[str, Any]] = {
    each["id"].removeprefix("LLKZMK11LM."): each
    for each in json.loads((VECTORS / "LLKZMK11LM.json").read_text())["vectors"]
}


def joined(peer: TestCoordinator, **declaration: Any) -> RelayController:
    relay = RelayController(peer.air, name="relay", ieee=IEEE, rng=random.Random(1), **declaration)
    relay.pair()
    peer.sleep(30)
    return relay


def wanted(vector: str) -> tuple[int, int, bytes]:
    it = VECTORS[vector]
    return it["endpoint"], it["cluster"], without_sequence(bytes.fromhex(it["zcl_frame_hex"]))


def single(value: bytes) -> float:
    (number,) = struct.unpack("<f", value)
    return float(number)


# What a relay says


@pytest.mark.parametrize("channel", [1, 2])
def test_on_off(peer: TestCoordinator, channel: int) -> None:
    """The vectors with 0xF000 have the value that another product was seen with."""
    relay = joined(peer, reports_0xf000=False)
    assert said(peer, lambda: relay.press(channel)) == [wanted(f"in.onoff.ep{channel}.1")]
    assert said(peer, lambda: relay.press(channel)) == [wanted(f"in.onoff.ep{channel}.0")]


@pytest.mark.parametrize("channel", [1, 2])
def test_on_off_with_0xf000(peer: TestCoordinator, channel: int) -> None:
    relay = joined(peer)
    endpoint, cluster, frame = wanted(f"in.onoff.ep{channel}.with_f000")
    assert frame.endswith(bytes.fromhex("00049903"))
    frame = frame[:-4] + bytes.fromhex("ac000007")  # zigbee2mqtt#7112
    assert said(peer, lambda: relay.press(channel)) == [(endpoint, cluster, frame)]


@pytest.mark.parametrize("watts", ["6.53", "1500.5", "0.005", "2.675", "big"])
def test_power(peer: TestCoordinator, watts: str) -> None:
    """Not the negative one: nothing that is wired to it gives power back."""
    relay = joined(peer)
    relay.press(1)
    peer.sleep(5)
    expected = wanted(f"in.power.analog.{watts}")
    power = single(expected[2][-4:])
    if power > MOST_WATTS:
        relay.press(2)
        relay.draw(2, MOST_WATTS)
        power -= MOST_WATTS
        peer.sleep(5)
    relay.draw(1, power)
    assert set(said(peer, lambda: relay.report("power"))) == {expected}


def in_the_state_of_the_heartbeats(relay: RelayController, channels: str) -> None:
    """The state of the golden vectors in.hb.full*, with these channels on."""
    for number, wish in enumerate(channels, 1):
        relay.press(number)  # the switches on the wall stay closed
        if wish == "0":
            relay.relays[number].switch(False)
    relay.outages = 15
    relay.heat(38)
    watts, tenths, amperes = (single(bytes.fromhex(each)) for each in ("d2f3d040", "aaed0c45", "7440523d"))
    relay.mains(tenths / 10)
    relay.factor(watts / (tenths / 10 * amperes))
    relay.draw(1 + channels.index("1"), watts)


#: Of tag 0x94 that log has no value: the vectors' is 0, the power factor that follows from the rest is 56 %.
NO_POWER_FACTOR, POWER_FACTOR = bytes.fromhex("942000"), bytes.fromhex("942038")


@pytest.mark.parametrize(
    ("vector", "channels"),
    [("in.hb.full", "11"), ("in.hb.states_10", "10"), ("in.hb.states_01", "01")],
)
def test_heartbeat(peer: TestCoordinator, vector: str, channels: str) -> None:
    relay = joined(peer)
    in_the_state_of_the_heartbeats(relay, channels)
    peer.sleep(5)
    relay.meter(single(bytes.fromhex("a470fd3d")))
    endpoint, cluster, frame = wanted(vector)
    assert NO_POWER_FACTOR in frame
    frame = frame.replace(NO_POWER_FACTOR, POWER_FACTOR)
    assert said(peer, relay.heartbeat) == [(endpoint, cluster, frame)]


def test_the_old_heartbeat(peer: TestCoordinator) -> None:
    relay = joined(peer, heartbeat_in_0xff02=True)
    relay.press(1)
    relay.outages = 4
    peer.sleep(5)
    assert said(peer, relay.heartbeat) == [wanted("in.basic.ff02")]


def test_power_is_read(peer: TestCoordinator) -> None:
    relay = joined(peer)
    relay.press(2)
    relay.draw(2, single(bytes.fromhex("2db22942")))
    peer.sleep(5)
    (answer,) = peer.ask(relay.node.nwk, 1, 12, bytes.fromhex("10db005500"))
    assert (1, 12, without_sequence(answer)) == wanted("in.power.analog.readrsp")


# What a relay obeys


def obey(peer: TestCoordinator, relay: RelayController, vector: str) -> list[str]:
    """Send the vector's frames; the answers, less their sequence numbers."""
    answers = []
    for number, each in enumerate(VECTORS[vector]["expected"]["seed_era"]["frames"]):
        data = bytes.fromhex(each["hex_no_tsn"])
        at = 3 if data[0] & 0x04 else 1
        data = data[:at] + bytes((0x80 + number,)) + data[at:]
        answers += peer.ask(relay.node.nwk, each["endpoint"], each["cluster"], data)
    return [without_sequence(answer).hex() for answer in answers]


@pytest.mark.parametrize(
    ("vector", "before", "after"),
    [
        ("set.state_l1.ON", "00", "10"),
        ("set.state_l2.ON", "00", "01"),
        ("set.state_l1.OFF", "11", "01"),
        ("set.state_l2.OFF", "11", "10"),
        ("set.state_l1.TOGGLE", "01", "11"),
        ("set.state_l1.TOGGLE", "11", "01"),
        ("set.state_l2.TOGGLE", "01", "00"),
        ("set.state_l1.lowercase", "00", "10"),
        ("set.state.no_suffix", "00", "10"),
        ("set.both", "01", "10"),
        ("set.topic_endpoint_l2", "00", "01"),
        ("set.state_l1.ON_with_interlock_state", "01", "11"),
    ],
)
def test_set_state(peer: TestCoordinator, vector: str, before: str, after: str) -> None:
    relay = joined(peer)
    for number, on in enumerate(before, 1):
        relay.relays[number].switch(on == "1")
    answers = obey(peer, relay, vector)
    assert {(answer[:4], answer[-2:]) for answer in answers} == {("180b", "00")}
    assert "".join(str(int(each.on)) for each in relay.relays.values()) == after


def test_set_on_time(peer: TestCoordinator) -> None:
    """Real ones refuse it (herdsman-converters#3956)."""
    relay = joined(peer)
    assert obey(peer, relay, "set.on_time_suffixed") == ["180b4281"]
    assert not relay.relays[1].on


def test_set_power_outage_memory(peer: TestCoordinator) -> None:
    relay = joined(peer)
    for setting in (True, False):
        assert obey(peer, relay, f"set.power_outage_memory.{str(setting).lower()}") == ["1c5f110400"] * 2
        assert relay.power_outage_memory is relay.remembers_outage is setting


def test_set_interlock(peer: TestCoordinator) -> None:
    relay = joined(peer)
    for setting in (True, False):
        assert obey(peer, relay, f"set.interlock.{str(setting).lower()}") == ["1c5f110400"]
        assert relay.interlock is setting


@pytest.mark.parametrize("vector", ["get.state_l1", "get.state_l2", "get.state", "get.power"])
def test_get(peer: TestCoordinator, vector: str) -> None:
    relay = joined(peer)
    relay.press(1)
    relay.draw(1, 12.345)
    (expected,) = VECTORS[vector]["expected"]["seed_era"]["device_response_frames"]
    assert obey(peer, relay, vector) == [expected["hex_no_tsn"]]

"""The plug as its page and docs/protocols.md 11.1 describe it."""

import random

import pytest

from tests.support.station import ANALOG, BASIC, IEEE, ON_OFF, TestCoordinator, ask, heard
from zigloop.controls.arguments import ControlError
from zigloop.devices.zncz02lm import Plug

TIME = 0x000A
MEMORY_ON = ("14 5f11 2a 02 f0ff 41 09 aa8005d14707011001", "14 5f11 2b 02 f0ff 41 07 aa8003d3070801")
MEMORY_OFF = ("14 5f11 2a 02 f0ff 41 09 aa8005d14709011000", "14 5f11 2b 02 f0ff 41 07 aa8003d3070a01")


def outage(peer: TestCoordinator, plug: Plug) -> None:
    plug.cut()
    peer.sleep(5)
    plug.restore()
    peer.sleep(20)


# Joining


def test_how_it_introduces_itself(peer: TestCoordinator) -> None:
    plug = Plug(peer.air, name="plug", ieee=IEEE, rng=random.Random(1))
    assert not plug.joined
    plug.pair()
    peer.sleep(1)
    announcement = peer.heard[0]
    assert (announcement.cluster, announcement.dst, announcement.src_endpoint) == (0x0013, 0xFFFD, 0)
    assert announcement.data[1:] == plug.node.nwk.to_bytes(2, "little") + IEEE.to_bytes(8, "little") + b"\x8e"
    peer.sleep(20)
    said = heard(peer)
    assert said[:5] == [
        (1, ON_OFF, 0x0A, "0000100000f02300bf9803"),
        (2, ANALOG, 0x0A, "55003900000000"),
        (1, BASIC, 0x0A, "05004209" + b"lumi.plug".hex()),
        (1, BASIC, 0x0A, "01002016"),
        (1, TIME, 0x00, "0000"),
    ]
    assert [(endpoint, cluster, payload[:6]) for endpoint, cluster, _, payload in said[5:]] == [(1, BASIC, "01ff42")]


def test_it_looks_for_a_network_as_long_as_the_pairing_lasts(peer: TestCoordinator) -> None:
    peer.permits = False
    plug = Plug(peer.air, name="plug", ieee=IEEE, rng=random.Random(1))
    plug.pair(30)
    assert plug.state()["pairing"]
    peer.sleep(20)
    peer.permits = True
    peer.sleep(5)
    assert plug.joined
    peer.permits = False
    plug.pair(30)
    peer.sleep(40)
    peer.permits = True
    peer.sleep(40)
    assert (plug.joined, plug.state()["pairing"]) == (False, False)


def test_pairing_leaves_the_old_network_first(peer: TestCoordinator, plug: Plug) -> None:
    old = plug.node.nwk
    plug.pair()
    peer.sleep(5)
    assert peer.gone == [(IEEE, False)]
    assert plug.joined
    assert plug.node.nwk != old


def test_it_leaves_and_stays_away(peer: TestCoordinator, plug: Plug) -> None:
    plug.leave()
    plug.leave()
    plug.draw(10)
    plug.press()
    peer.sleep(3600)
    assert peer.gone == [(IEEE, False)]
    assert heard(peer) == []
    assert plug.on


# State and power


@pytest.mark.parametrize("by", ["hand", "command"])
def test_a_change_is_answered_and_then_reported(peer: TestCoordinator, plug: Plug, by: str) -> None:
    if by == "hand":
        plug.press()
    else:
        peer.send(plug.node.nwk, 1, ON_OFF, bytes.fromhex("012a02"))
    peer.sleep(1)
    report = (1, ON_OFF, 0x0A, "0000100100f02300bf9803")
    assert heard(peer) == ([report] if by == "hand" else [(1, ON_OFF, 0x0B, "0200"), report])
    peer.send(plug.node.nwk, 1, ON_OFF, bytes.fromhex("112b01"))
    peer.sleep(1)
    assert heard(peer) == []  # it was on already


def test_power_follows_load_and_relay(peer: TestCoordinator, plug: Plug) -> None:
    plug.draw(42)
    peer.sleep(5)
    assert (plug.power, heard(peer)) == (0, [])
    plug.press()
    peer.sleep(5)
    assert heard(peer) == [(1, ON_OFF, 0x0A, "0000100100f02300bf9803"), (2, ANALOG, 0x0A, "55003900002842")]
    assert ask(peer, plug, "10 2a 00 5500", endpoint=2, cluster=ANALOG) == ["182a015500003900002842"]
    plug.press()
    peer.sleep(5)
    assert heard(peer)[-1] == (2, ANALOG, 0x0A, "55003900000000")


def test_a_flickering_load_is_reported_once_a_second(peer: TestCoordinator, plug: Plug) -> None:
    plug.press()
    peer.sleep(5)
    peer.forget()
    for watts in range(1, 41):
        plug.draw(watts)
        peer.sleep(0.1)
    peer.sleep(5)
    powers = [payload for _, cluster, _, payload in heard(peer) if cluster == ANALOG]
    assert 4 <= len(powers) <= 6
    assert powers[-1] == "55003900002042"


def test_each_report_has_a_sequence_number_of_its_own(peer: TestCoordinator, plug: Plug) -> None:
    for _ in range(5):
        plug.report()
    peer.sleep(1)
    numbers = [header.tsn for _, _, header, _ in peer.said()]
    assert len(set(numbers)) == len(numbers) == 10


# Energy


def test_the_meter_adds_up_what_is_drawn(peer: TestCoordinator, plug: Plug) -> None:
    plug.press()
    plug.draw(2000)
    peer.sleep(1800)
    plug.draw(100)
    peer.sleep(3600)
    plug.press()
    peer.sleep(3600)
    plug.cut()
    peer.sleep(3600)
    plug.restore()
    assert plug.energy == pytest.approx(1.1)
    plug.meter(1.2345)
    peer.sleep(5)
    assert ask(peer, plug, "10 2a 00 5500", endpoint=3, cluster=ANALOG) == ["182a01550000391904 9e3f".replace(" ", "")]


def test_the_meters_endpoint_does_not_report_unasked(peer: TestCoordinator, plug: Plug) -> None:
    """A host that takes endpoint 3 for power would take kWh for watts (docs/protocols.md 11.1)."""
    plug.press()
    plug.draw(2000)
    peer.sleep(86_400)
    assert 3 not in {endpoint for endpoint, _, _, _ in peer.said()}


# Heartbeat


def heartbeats(peer: TestCoordinator) -> list[str]:
    found = [payload for _, cluster, _, payload in heard(peer) if cluster == BASIC and payload.startswith("01ff")]
    return [payload[8:] for payload in found]


def test_it_has_a_heartbeat(peer: TestCoordinator, plug: Plug) -> None:
    peer.sleep(6000)
    assert len(heartbeats(peer)) == 10


def test_the_entries_of_the_heartbeat(peer: TestCoordinator, plug: Plug) -> None:
    plug.heat(-3.4)
    plug.press()
    plug.draw(12.345)
    outage(peer, plug)
    peer.forget()
    plug.meter(0)
    plug.heartbeat()
    peer.sleep(1)
    (structure,) = heartbeats(peer)
    assert structure == ("6410000328fd983900000000953900000000052102009a20100821f2010727000000000000000009210001")


def test_only_one_firmware_reports_the_voltage(peer: TestCoordinator) -> None:
    plug = Plug(peer.air, name="plug", ieee=IEEE, rng=random.Random(1), firmware="02-28-2017")
    plug.pair()
    peer.sleep(5)
    plug.mains(230.1)
    peer.forget()
    plug.heartbeat()
    peer.sleep(1)
    assert heartbeats(peer)[0].endswith("963900d00f45")
    assert ask(peer, plug, "00 2a 00 0600") == ["182a01060000420a" + b"02-28-2017".hex()]


# Power outage


def test_it_comes_back_off_and_counts(peer: TestCoordinator, plug: Plug) -> None:
    plug.press()
    plug.draw(42)
    peer.sleep(5)
    peer.forget()
    plug.cut()
    assert (plug.power, plug.powered) == (0, False)
    assert peer.ask(plug.node.nwk, 1, ON_OFF, bytes.fromhex("012a01")) == []
    plug.press()
    peer.sleep(3600)
    assert peer.heard == []
    nwk = plug.node.nwk
    plug.restore()
    peer.sleep(20)
    assert (plug.on, plug.power, plug.outages, plug.node.nwk) == (False, 0, 1, nwk)
    assert peer.heard[0].cluster == 0x0013
    assert (1, ON_OFF, 0x0A, "0000100000f02300bf9803") in heard(peer)


def test_the_memory_is_in_force_once_it_was_toggled_by_hand(peer: TestCoordinator, plug: Plug) -> None:
    for frame in MEMORY_ON:
        assert ask(peer, plug, frame)[0].endswith("0400")
    peer.send(plug.node.nwk, 1, ON_OFF, bytes.fromhex("112a01"))
    peer.sleep(1)
    assert (plug.power_outage_memory, plug.remembers_outage) == (True, False)
    outage(peer, plug)
    assert not plug.on
    plug.press()
    assert plug.remembers_outage
    plug.draw(42)
    outage(peer, plug)
    assert (plug.on, plug.power) == (True, 42)
    for frame in MEMORY_OFF:
        ask(peer, plug, frame)
    outage(peer, plug)
    assert plug.on
    plug.press()
    plug.press()
    outage(peer, plug)
    assert (plug.on, plug.outages) == (False, 4)


def test_half_a_setting_sets_nothing(peer: TestCoordinator, plug: Plug) -> None:
    ask(peer, plug, MEMORY_ON[0])
    ask(peer, plug, MEMORY_OFF[1])
    ask(peer, plug, "14 5f11 2a 02 f0ff 41 03 aa0102")
    assert not plug.power_outage_memory


def test_the_setting_can_be_read(peer: TestCoordinator, plug: Plug) -> None:
    assert ask(peer, plug, "14 5f11 2c 00 f0ff") == ["1c5f112c01f0ff004109aa8005d14709011000"]
    for frame in MEMORY_ON:
        ask(peer, plug, frame)
    assert ask(peer, plug, "14 5f11 2c 00 f0ff") == ["1c5f112c01f0ff004109aa8005d14707011001"]


def test_quirk_refuses_power_outage_memory_read(peer: TestCoordinator) -> None:
    plug = Plug(peer.air, name="plug", ieee=IEEE, rng=random.Random(1), refuses_power_outage_memory_read=True)
    plug.pair()
    peer.sleep(30)
    assert ask(peer, plug, "14 5f11 2c 00 f0ff") == ["1c5f112c01f0ff86"]
    for frame in MEMORY_ON:
        assert ask(peer, plug, frame)[0].endswith("0400")


# What is not modelled as a person would think


def test_a_dead_plug_has_a_dead_button(peer: TestCoordinator, plug: Plug) -> None:
    plug.cut()
    plug.cut()
    plug.press()
    plug.pair()
    plug.leave()
    plug.draw(42)
    peer.sleep(60)
    assert (plug.on, plug.joined, plug.outages) == (False, True, 0)
    for verb in ("report", "heartbeat"):
        with pytest.raises(ControlError, match="no power"):
            plug.do(verb)
    plug.restore()
    plug.restore()
    peer.sleep(60)
    assert plug.outages == 1


def test_out_of_a_network_a_report_is_refused(peer: TestCoordinator) -> None:
    plug = Plug(peer.air, name="plug", ieee=IEEE, rng=random.Random(1))
    with pytest.raises(ControlError, match="use pair first"):
        plug.heartbeat()


def test_power_cut_in_the_middle_of_joining(peer: TestCoordinator) -> None:
    plug = Plug(peer.air, name="plug", ieee=IEEE, rng=random.Random(1))
    plug.pair()
    while not plug.joined:
        peer.sleep(0.01)
    outage(peer, plug)
    assert [each.cluster for each in peer.heard][:1] == [0x0013]


def test_power_cut_in_the_middle_of_a_rejoin(peer: TestCoordinator, plug: Plug) -> None:
    plug.node.leave(rejoin=True)
    plug.cut()
    peer.sleep(10)
    plug.restore()
    peer.sleep(10)
    assert plug.joined


def test_no_trust_center_no_network(peer: TestCoordinator, plug: Plug) -> None:
    peer.air.trust_center = None
    plug.pair(60)
    peer.sleep(120)
    assert not plug.joined
    peer.air.trust_center = peer


# What it remembers


def test_it_resumes_from_its_snapshot(peer: TestCoordinator, plug: Plug) -> None:
    for frame in MEMORY_ON:
        ask(peer, plug, frame)
    plug.press()
    plug.draw(42)
    plug.meter(1.5)
    ask(peer, plug, "01 2a 00 0100 00", cluster=0x0004)
    ask(peer, plug, "01 2a 04 0100 05", cluster=0x0005)
    ask(peer, plug, "00 2a 06 00 0000 10 0000 3c00", cluster=ON_OFF)
    memory, state = plug.snapshot(), plug.state()
    plug.node.close()
    again = Plug(peer.air, name="plug", ieee=IEEE, rng=random.Random(2))
    again.restore_snapshot(memory)
    assert again.state() == state
    assert again.snapshot() == memory
    peer.forget()
    peer.sleep(20)
    assert len(heartbeats(peer)) == 1  # no announcement, no pairing
    assert ask(peer, again, "01 2a 05 0100 05", cluster=0x0005) == ["182a0b0500"]


def test_without_power_it_wakes_up_without_power(peer: TestCoordinator, plug: Plug) -> None:
    plug.press()
    plug.cut()
    memory = plug.snapshot()
    plug.node.close()
    again = Plug(peer.air, name="plug", ieee=IEEE, rng=random.Random(2))
    again.restore_snapshot(memory)
    peer.forget()
    peer.sleep(60)
    assert (again.powered, peer.heard) == (False, [])
    again.restore()
    peer.sleep(20)
    assert peer.heard[0].cluster == 0x0013
    assert again.outages == 1


def test_a_read_from_a_missing_cluster_is_refused(peer: TestCoordinator, plug: Plug) -> None:
    """Zigbee2MQTT reads 0xFFF0 from cluster 0xFCC0, which the plug doesn't have."""
    read = bytes.fromhex("145f118000f0ff")
    assert [answer.hex() for answer in peer.ask(plug.node.nwk, 1, 0xFCC0, read)] == ["1c5f11800b00c3"]

"""The relay as its page, docs/protocols.md 11.2 and people's logs describe it."""

import random

import pytest

from tests.support.station import IEEE, TestCoordinator, joined
from zigloop.controls.arguments import ControlError
from zigloop.devices.llkzmk11lm import RelayController

BASIC, ON_OFF, TIME, ANALOG, OUTPUT, MEASUREMENT = 0x0000, 0x0006, 0x000A, 0x000C, 0x0010, 0x0B04
ON, OFF = "0000100100f023ac000007", "0000100000f023ac000007"
MEMORY_ON = ("145f112a02f0ff4109aa8005d14707011001", "145f112b02f0ff4107aa8003d3070801")
MEMORY_OFF = ("145f112a02f0ff4109aa8005d14709011000", "145f112b02f0ff4107aa8003d3070a01")
INTERLOCK, FREE = "145f112a0206ff1001", "145f112a0206ff1000"


@pytest.fixture
def relay(peer: TestCoordinator) -> RelayController:
    """Joined, with its first reports sent, and off."""
    return joined(peer, RelayController)


def heard(peer: TestCoordinator) -> list[tuple[int, int, int, str]]:
    """Endpoint, cluster, command and payload of all ZCL heard, then forgotten."""
    peer.sleep(2)
    found = [(endpoint, cluster, header.command, payload.hex()) for endpoint, cluster, header, payload in peer.said()]
    peer.forget()
    return found


def reports(peer: TestCoordinator) -> list[tuple[int, int, str]]:
    return [(endpoint, cluster, payload) for endpoint, cluster, command, payload in heard(peer) if command == 0x0A]


def ask(peer: TestCoordinator, relay: RelayController, endpoint: int, cluster: int, request: str) -> list[str]:
    return [answer.hex() for answer in peer.ask(relay.node.nwk, endpoint, cluster, bytes.fromhex(request))]


def outage(peer: TestCoordinator, relay: RelayController) -> None:
    relay.cut()
    peer.sleep(5)
    relay.restore()
    peer.sleep(20)


def heartbeat(peer: TestCoordinator, relay: RelayController) -> str:
    peer.forget()
    relay.heartbeat()
    ((endpoint, cluster, payload),) = reports(peer)
    assert (endpoint, cluster, payload[:6]) == (1, BASIC, "01ff42")
    return payload[6:]


# Joining


def test_how_it_introduces_itself(peer: TestCoordinator) -> None:
    relay = RelayController(peer.air, name="relay", ieee=IEEE, rng=random.Random(1))
    relay.pair()
    peer.sleep(20)
    said = heard(peer)
    model = b"lumi.relay.c2acn01".hex()
    assert said[:6] == [
        (1, ON_OFF, 0x0A, OFF),
        (2, ON_OFF, 0x0A, OFF),
        (1, ANALOG, 0x0A, "55003900000000"),
        (1, BASIC, 0x0A, "05004212" + model),
        (1, BASIC, 0x0A, "01002001"),
        (1, TIME, 0x00, "0000"),
    ]
    assert [payload[:6] for _, _, _, payload in said[6:]] == ["01ff42"]


@pytest.mark.parametrize(("firmware", "version"), [("09-20-2018", 1), ("9-22-2021", 47)])
def test_its_basic_cluster(peer: TestCoordinator, firmware: str, version: int) -> None:
    relay = joined(peer, RelayController, firmware=firmware)
    (answer,) = ask(peer, relay, 1, BASIC, "102a00 0000 0100 0200 0300 0400 0600 0700")
    code = bytes([len(firmware)]).hex() + firmware.encode().hex()
    assert answer == (
        f"182a01 00000020 00 01000020 {version:02x} 02000020 02 03000020 12 04000042 04 {b'LUMI'.hex()}"
        f"06000042 {code} 07000030 04"
    ).replace(" ", "")


def test_its_outputs(peer: TestCoordinator, relay: RelayController) -> None:
    """sprut/Hub#157."""
    assert ask(peer, relay, 1, OUTPUT, "102a00 0400 1c00 5500 0001") == [
        "182a01 04000042024f4e 1c00004208 4348414e4e454c31 5500001000 00010023 00020004".replace(" ", "")
    ]
    assert ask(peer, relay, 1, OUTPUT, "145f112a0006ff") == ["1c5f112a0106ff001000"]
    assert ask(peer, relay, 2, OUTPUT, "145f112a0006ff") == ["1c5f112a0106ff86"]
    relay.press(2)
    assert ask(peer, relay, 2, OUTPUT, "102a005500") == ["182a015500001001"]
    assert ask(peer, relay, 1, MEASUREMENT, "102a000b05") == ["182a010b0500290000"]


# Channels


@pytest.mark.parametrize("channel", [1, 2])
def test_each_switch_on_the_wall_works_its_channel(peer: TestCoordinator, relay: RelayController, channel: int) -> None:
    relay.press(channel)
    assert reports(peer) == [(channel, ON_OFF, ON)]
    relay.press(channel)
    assert reports(peer) == [(channel, ON_OFF, OFF)]
    assert relay.state()["on_l1"] is relay.state()["on_l2"] is False


@pytest.mark.parametrize("channel", [1, 2])
def test_a_command_is_answered_and_then_reported(peer: TestCoordinator, relay: RelayController, channel: int) -> None:
    peer.send(relay.node.nwk, channel, ON_OFF, bytes.fromhex("012a02"))
    assert heard(peer) == [(channel, ON_OFF, 0x0B, "0200"), (channel, ON_OFF, 0x0A, ON)]
    assert relay.state()[f"on_l{channel}"]


def test_there_are_two_channels(relay: RelayController) -> None:
    with pytest.raises(ControlError, match="channel is a whole number from 1 to 2, not 3"):
        relay.press(3)


def test_it_does_not_know_on_with_timed_off(peer: TestCoordinator, relay: RelayController) -> None:
    assert ask(peer, relay, 1, ON_OFF, "012a42002c013200") == ["182a0b4281"]
    assert not relay.relays[1].on


def test_without_that_quirk_it_counts_down(peer: TestCoordinator) -> None:
    relay = joined(peer, RelayController, refuses_on_with_timed_off=False)
    assert ask(peer, relay, 2, ON_OFF, "012a4200640000 00") == ["182a0b4200"]
    peer.sleep(9.9)
    assert relay.relays[2].on
    peer.sleep(0.2)
    assert not relay.relays[2].on


# Power


def test_power_is_that_of_the_channels_that_are_on(peer: TestCoordinator, relay: RelayController) -> None:
    relay.draw(1, 42)
    relay.draw(2, 8)
    assert (relay.power, relay.current, reports(peer)) == (0, 0, [])
    relay.press(1)
    assert reports(peer) == [(1, ON_OFF, ON), (1, ANALOG, "55003900002842")]
    relay.press(2)
    assert reports(peer)[-1] == (1, ANALOG, "55003900004842")
    assert (relay.power, relay.current) == (50, pytest.approx(50 / 230))
    assert ask(peer, relay, 1, ANALOG, "102a005500") == ["182a015500003900004842"]
    relay.mains(100)
    relay.factor(0.5)
    assert (relay.power, relay.current) == (50, 1)
    relay.cut()
    assert (relay.power, relay.current) == (0, 0)


def test_no_mains_no_current(relay: RelayController) -> None:
    relay.draw(1, 42)
    relay.press(1)
    relay.mains(0)
    assert relay.current == 0


def test_the_meter_adds_up_both(peer: TestCoordinator, relay: RelayController) -> None:
    relay.draw(1, 1500)
    relay.draw(2, 500)
    relay.press(1)
    peer.sleep(3600)
    relay.press(2)
    peer.sleep(1800)
    assert relay.energy == pytest.approx(2.5)


# Interlock


def test_interlocked_one_goes_off_before_the_other_goes_on(peer: TestCoordinator, relay: RelayController) -> None:
    assert ask(peer, relay, 1, OUTPUT, INTERLOCK) == ["1c5f112a0400"]
    assert ask(peer, relay, 1, OUTPUT, "145f112b0006ff") == ["1c5f112b0106ff001001"]
    relay.draw(1, 10)
    relay.draw(2, 20)
    for by_hand in (True, False):
        for one, other in ((1, 2), (2, 1), (1, 2)):
            before = relay.relays[other].on
            if by_hand:
                relay.press(one)
            else:
                peer.send(relay.node.nwk, one, ON_OFF, bytes.fromhex("112a01"))
            told = [each for each in reports(peer) if each[1] == ON_OFF]
            assert told == ([(other, ON_OFF, OFF)] if before else []) + [(one, ON_OFF, ON)]
            assert (relay.relays[one].on, relay.relays[other].on) == (True, False)
            assert relay.power == 10 * one
        relay.press(1)
        reports(peer)


def test_both_off_is_allowed_when_interlocked(peer: TestCoordinator, relay: RelayController) -> None:
    ask(peer, relay, 1, OUTPUT, INTERLOCK)
    relay.press(1)
    relay.press(1)
    assert not any(each.on for each in relay.relays.values())


def test_interlocking_with_both_on_leaves_the_first(peer: TestCoordinator, relay: RelayController) -> None:
    relay.press(1)
    relay.press(2)
    reports(peer)
    ask(peer, relay, 1, OUTPUT, INTERLOCK)
    assert reports(peer) == [(2, ON_OFF, OFF)]
    ask(peer, relay, 1, OUTPUT, FREE)
    relay.press(2)
    assert all(each.on for each in relay.relays.values())


def test_a_scene_does_not_get_around_the_interlock(peer: TestCoordinator, relay: RelayController) -> None:
    relay.press(1)
    ask(peer, relay, 1, 0x0004, "012a00010000")
    ask(peer, relay, 1, 0x0005, "012a04010005")
    relay.press(1)
    ask(peer, relay, 1, OUTPUT, INTERLOCK)
    relay.press(2)
    ask(peer, relay, 1, 0x0005, "012a05010005")
    assert (relay.relays[1].on, relay.relays[2].on) == (True, False)


def test_the_interlock_survives_an_outage_but_not_pairing(peer: TestCoordinator, relay: RelayController) -> None:
    ask(peer, relay, 1, OUTPUT, INTERLOCK)
    outage(peer, relay)
    assert relay.interlock
    relay.pair()
    peer.sleep(20)
    assert relay.joined
    assert not relay.interlock


# Heartbeat


def test_it_has_a_heartbeat(peer: TestCoordinator, relay: RelayController) -> None:
    peer.sleep(6000)
    beats = [payload for _, cluster, payload in reports(peer) if cluster == BASIC]
    assert len(beats) == 10


def test_the_heartbeat_of_the_newer_firmware(peer: TestCoordinator) -> None:
    """The frame of zha-device-handlers#881 with its stray byte; of a later version, and with nothing drawn."""
    relay = joined(peer, RelayController, firmware="9-22-2021")
    relay.heat(38)
    relay.outages = 10
    relay.mains(236.95205)
    relay.meter(0.005)
    assert heartbeat(peer, relay) == (
        "44032826 05210b00 08212f12 09210011 641000 651000 6e2000 6f2000 942000 95390ad7a33b 9639 54181445"
        "973900000000 983900000000 9b210000 9c2001 0a210000 0c2800 00"
    ).replace(" ", "")


@pytest.mark.parametrize(
    ("watts", "tenths", "amperes", "percent"),
    [
        (0.03475, 2369.5205, 0.00501, 2),  # zha-device-handlers#881
        (0.06991, 2340.0504, 0.00501, 5),  # a SmartThings handler's comment, in captures/
        (61.48112, 2343.4031, 0.262576, 99),  # sprut/Hub#157
    ],
)
def test_the_power_factor_is_reported_in_percent(
    peer: TestCoordinator, relay: RelayController, watts: float, tenths: float, amperes: float, percent: int
) -> None:
    relay.press(1)
    relay.mains(tenths / 10)
    relay.factor(watts / (tenths / 10 * amperes))
    relay.draw(1, watts)
    reports(peer)
    assert relay.current == pytest.approx(amperes)
    assert f"9420{percent:02x}" in heartbeat(peer, relay)


def test_quirk_old_structure(peer: TestCoordinator) -> None:
    relay = joined(peer, RelayController, heartbeat_in_0xff02=True)
    relay.press(1)
    reports(peer)
    outage(peer, relay)
    relay.press(1)
    reports(peer)
    relay.heartbeat()
    assert reports(peer) == [(1, BASIC, "02ff4c 0500 1001 21fc08 210100 240100000000 210200".replace(" ", ""))]


def test_quirk_reports_0xf000(peer: TestCoordinator) -> None:
    relay = joined(peer, RelayController, reports_0xf000=False)
    relay.press(2)
    assert reports(peer) == [(2, ON_OFF, "00001001")]


# Power outage


def test_it_comes_back_off_and_counts(peer: TestCoordinator, relay: RelayController) -> None:
    relay.press(1)
    relay.press(2)
    reports(peer)
    outage(peer, relay)
    assert (relay.state()["on_l1"], relay.state()["on_l2"], relay.outages) == (False, False, 1)
    told = reports(peer)
    assert (1, ON_OFF, OFF) in told
    assert (2, ON_OFF, OFF) in told


def test_its_memory_is_in_force_at_once(peer: TestCoordinator, relay: RelayController) -> None:
    for frame in MEMORY_ON:
        assert ask(peer, relay, 1, BASIC, frame)[0].endswith("0400")
    assert relay.power_outage_memory
    relay.press(2)
    relay.draw(2, 7)
    outage(peer, relay)
    assert (relay.state()["on_l1"], relay.state()["on_l2"], relay.power) == (False, True, 7)
    for frame in MEMORY_OFF:
        ask(peer, relay, 1, BASIC, frame)
    outage(peer, relay)
    assert (relay.state()["on_l2"], relay.outages) == (False, 2)


def test_the_memory_can_be_read(peer: TestCoordinator) -> None:
    relay = joined(peer, RelayController)
    assert ask(peer, relay, 1, BASIC, "145f112c00f0ff") == ["1c5f112c01f0ff004109aa8005d14709011000"]
    relay.node.close()
    relay = joined(peer, RelayController, refuses_power_outage_memory_read=True)
    assert ask(peer, relay, 1, BASIC, "145f112c00f0ff") == ["1c5f112c01f0ff86"]


def test_without_power_its_switches_do_nothing(peer: TestCoordinator, relay: RelayController) -> None:
    relay.cut()
    relay.press(1)
    relay.draw(1, 42)
    assert (relay.relays[1].on, relay.power) == (False, 0)
    for verb in ("report", "heartbeat"):
        with pytest.raises(ControlError, match="no power"):
            relay.do(verb)


# What it remembers


def test_it_resumes_from_its_snapshot(peer: TestCoordinator, relay: RelayController) -> None:
    for frame in MEMORY_ON:
        ask(peer, relay, 1, BASIC, frame)
    ask(peer, relay, 1, OUTPUT, INTERLOCK)
    relay.press(2)
    relay.draw(1, 10)
    relay.draw(2, 42)
    relay.meter(1.5)
    relay.mains(231)
    relay.factor(0.9)
    relay.heat(50)
    memory, state, shown = relay.snapshot(), relay.state(), relay.expected_state()
    relay.node.close()
    again = RelayController(peer.air, name="relay", ieee=IEEE, rng=random.Random(2))
    again.restore_snapshot(memory)
    assert (again.state(), again.expected_state(), again.snapshot()) == (state, shown, memory)


def test_its_expected_state(peer: TestCoordinator, relay: RelayController) -> None:
    relay.press(1)
    relay.draw(1, 23)
    relay.heat(40.6)
    relay.meter(2)
    assert relay.expected_state() == {
        "state_l1": "ON",
        "state_l2": "OFF",
        "power": 23,
        "energy": 2,
        "voltage": 230,
        "current": pytest.approx(0.1),
        "device_temperature": 41,
        "power_outage_count": 0,
    }

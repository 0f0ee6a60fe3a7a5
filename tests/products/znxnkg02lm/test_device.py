"""The knob as its page and docs/protocols.md 11.3 describe it."""

import random
import struct
from typing import Any

import pytest

from tests.support import station
from tests.support.station import TestCoordinator, heard
from zigloop.bench import Bench
from zigloop.clock import ClockLoop
from zigloop.controls.arguments import ControlError
from zigloop.devices.znxnkg02lm import Knob
from zigloop.events import FrameSent
from zigloop.lumi.rotary import ANGLE, ANGLE_DELTA, PERCENT, PERCENT_DELTA, TIME, TIME_DELTA
from zigloop.zcl.types import unpack

IEEE = 0x54EF441000010203
BASIC, ON_OFF, LEVEL, MULTISTATE, COLOR, LUMI = 0x0000, 0x0006, 0x0008, 0x0012, 0x0300, 0xFCC0
EVENT_MODE, COMMAND_MODE = "14 5f11 2a 02 0900 20 01", "14 5f11 2a 02 0900 20 00"
READ_MODE, READ_SENSITIVITY = "14 5f11 2b 00 0900", "14 5f11 2b 00 3402"


def new(peer: TestCoordinator, **declaration: Any) -> Knob:
    return Knob(peer.air, name="knob", ieee=IEEE, rng=random.Random(1), **declaration)


def joined(peer: TestCoordinator, *, event_mode: bool = True, **declaration: Any) -> Knob:
    """Joined, and asleep."""
    it = station.joined(peer, Knob, ieee=IEEE, seconds=60, **declaration)
    if event_mode:
        assert tell(peer, it, EVENT_MODE) == ["1c5f112a0400"]
        peer.sleep(10)
    peer.forget()
    return it


@pytest.fixture
def knob(peer: TestCoordinator) -> Knob:
    """Joined, in event mode, and asleep."""
    return joined(peer)


def tell(peer: TestCoordinator, knob: Knob, frame: str, *, cluster: int = LUMI) -> list[str]:
    """Wake it, send a frame to endpoint 1; the answers."""
    knob.wake()
    peer.sleep(0.01)
    peer.forget()
    peer.send(knob.node.nwk, 1, cluster, bytes.fromhex(frame))
    peer.sleep(0.3)
    return [each.data.hex() for each in peer.heard]


def turned(peer: TestCoordinator) -> list[tuple[int, dict[int, Any]]]:
    """Endpoint and figures of the wheel's reports, then forgotten."""
    reports = []
    for endpoint, _, _, payload in peer.said(LUMI):
        figures: dict[int, Any] = {}
        offset = 0
        while offset < len(payload):
            number, kind = struct.unpack_from("<HB", payload, offset)
            figures[number], offset = unpack(kind, payload, offset + 3)
        reports.append((endpoint, figures))
    peer.forget()
    return reports


# Joining


def test_how_it_introduces_itself(peer: TestCoordinator) -> None:
    knob = new(peer)
    knob.pair()
    peer.sleep(1)
    announcement = peer.heard[0]
    assert (announcement.cluster, announcement.dst) == (0x0013, 0xFFFD)
    assert announcement.data[1:] == knob.node.nwk.to_bytes(2, "little") + IEEE.to_bytes(8, "little") + b"\x84"
    peer.sleep(20)
    said = heard(peer)
    assert said[:2] == [
        (1, BASIC, 0x0A, "05004212" + b"lumi.remote.rkba01".hex()),
        (1, BASIC, 0x0A, "01002014"),
    ]
    assert [(endpoint, cluster, payload[:6]) for endpoint, cluster, _, payload in said[2:]] == [(1, LUMI, "f70041")]


def test_its_descriptors(peer: TestCoordinator) -> None:
    knob = new(peer)
    knob.pair()
    peer.sleep(1)
    nwk = knob.node.nwk.to_bytes(2, "little")

    def ask(cluster: int, payload: bytes) -> str:
        peer.forget()
        peer.zdo(knob.node.nwk, cluster, payload)
        peer.sleep(0.3)
        (answer,) = (frame for frame in peer.heard if frame.src_endpoint == 0)
        return answer.data[4:].hex()

    # Logical type 2, frequency band, capability 0x84, manufacturer 0x115F, sizes, server mask 0x2C00
    assert ask(0x0002, nwk) == "0240845f117f6400002c640000"
    assert ask(0x0005, nwk) == "0101"  # endpoint 1 alone, whatever it sends from
    assert ask(0x0004, nwk + b"\x01") == "18" + "010401030100" + "05" + "0000c0fc010012000300" + "03" + "030006001900"


def test_its_address_is_in_a_newer_block(loop: ClockLoop) -> None:
    bench = Bench(loop)
    knob = bench.add("ZNXNKG02LM")
    assert (knob.name, knob.node.ieee >> 40) == ("knob", 0x54EF44)
    assert bench.add("ZNCZ02LM").node.ieee >> 40 == 0x00158D
    loop.run_until_complete(bench.close())


def test_its_basic_cluster(peer: TestCoordinator, knob: Knob) -> None:
    answer = tell(peer, knob, "10 2a 00 0000 0100 0200 0300 0700 0040", cluster=BASIC)
    assert answer == ["182a01" + "0000002003" + "0100002014" + "0200002002" + "0300002001" + "0700003003"
                      + "0040004204" + b"2019".hex()]  # fmt: skip
    assert tell(peer, knob, "14 5f11 2a 00 f600 fc00") == ["1c5f112a01" + "f6000021e40c" + "fc00001000"]


# The key


def test_each_press_is_reported_once(peer: TestCoordinator, knob: Knob) -> None:
    for deed, value in (("press", 1), ("double", 2), ("hold", 0), ("release", 255)):
        knob.do(deed)
        peer.sleep(1)
        assert heard(peer) == [(1, MULTISTATE, 0x0A, f"550021{value:02x}00")]


def test_impossible_gestures(peer: TestCoordinator, knob: Knob) -> None:
    knob.release()  # nobody holds it
    knob.hold()
    peer.sleep(1)
    heard(peer)
    knob.hold()
    knob.press()
    knob.double()
    peer.sleep(1)
    assert heard(peer) == []
    assert knob.state()["held"]


def test_without_power_it_reports_nothing(peer: TestCoordinator, knob: Knob) -> None:
    knob.cut()
    for deed in ("press", "double", "hold", "release", "wake"):
        knob.do(deed)
    knob.turn(48, 240)
    peer.sleep(5)
    assert peer.heard == []
    assert not knob.state()["turning"]
    with pytest.raises(ControlError, match="has no power"):
        knob.near_reset()


def test_out_of_a_network_it_reports_nothing(peer: TestCoordinator) -> None:
    knob = new(peer)
    knob.press()
    knob.double()
    knob.turn(48, 240)
    knob.press_turn(48, 240)
    peer.sleep(5)
    assert peer.heard == []


# The wheel


def test_a_turn_from_its_beginning_to_its_end(peer: TestCoordinator, knob: Knob) -> None:
    knob.turn(360, 240)
    assert knob.state()["turning"]
    peer.sleep(5)
    assert not knob.state()["turning"]
    reports = turned(peer)
    assert [endpoint for endpoint, _ in reports] == [71] * 4
    figures = [each for _, each in reports]
    assert [each[0x023A] for each in figures] == [1, 2, 2, 3]
    assert [each[TIME] for each in figures] == [200, 700, 1200, 1700]
    assert [each[TIME_DELTA] for each in figures] == [200, 500, 500, 500]
    assert [each[ANGLE] for each in figures] == [60, 180, 300, 360]
    assert [each[ANGLE_DELTA] for each in figures] == [60, 120, 120, 0]
    assert figures[3][PERCENT] == 100
    assert [each[0x0238] for each in figures] == [12] * 4


def test_the_next_turn_counts_anew(peer: TestCoordinator, knob: Knob) -> None:
    for _ in range(2):
        knob.turn(24, 120)
        peer.sleep(5)
        reports = turned(peer)
        assert [(each[0x023A], each[ANGLE], each[TIME]) for _, each in reports] == [(1, 24, 200), (3, 24, 400)]


def test_it_turns_in_notches(peer: TestCoordinator, knob: Knob) -> None:
    knob.turn(11, 60)
    peer.sleep(5)
    assert turned(peer) == []
    knob.turn(-35, 60)
    peer.sleep(5)
    assert turned(peer)[-1][1][ANGLE] == -24


def test_a_turn_is_taken_over_by_the_next(peer: TestCoordinator, knob: Knob) -> None:
    """A change of direction is no new turn (zha-device-handlers#2266): what counts is where it ends."""
    knob.turn(1200, 120)
    peer.sleep(0.95)
    knob.turn(-240, 240)
    peer.sleep(5)
    reports = [each for _, each in turned(peer)]
    assert [each[0x023A] for each in reports] == [1, 2, 2, 2, 3]
    assert [each[ANGLE] for each in reports] == [36, 96, 48, -72, -120]
    assert reports[1][ANGLE_DELTA] == 60


def test_the_percentage_ends_at_a_hundred_and_counts_back_from_there(peer: TestCoordinator, knob: Knob) -> None:
    """zha-device-handlers#2266: two turns to the left are -100 %, one and a half to the right from there +50 %."""
    knob.turn(-720, 720)
    peer.sleep(1.1)
    knob.turn(540, 720)
    peer.sleep(5)
    last = turned(peer)[-1][1]
    assert (last[ANGLE], last[PERCENT]) == (-180, 50)


@pytest.mark.parametrize(("sensitivity", "percent"), [("d002", 5.0), ("6801", 10.0), ("b400", 20.0)])
def test_sensitivity_scales_the_percentage(peer: TestCoordinator, knob: Knob, sensitivity: str, percent: float) -> None:
    tell(peer, knob, f"14 5f11 2a 02 3402 21 {sensitivity}")
    peer.forget()
    knob.turn(36, 180)
    peer.sleep(5)
    started = turned(peer)[0][1]
    assert (started[ANGLE], started[PERCENT], started[PERCENT_DELTA]) == (36, percent, percent)


def test_a_turn_ends_with_its_power(peer: TestCoordinator, knob: Knob) -> None:
    knob.turn(360, 120)
    peer.sleep(0.5)
    knob.cut()
    peer.sleep(1)
    knob.restore()
    peer.sleep(1.2)
    assert [each[0x023A] for _, each in turned(peer)] == [1]
    knob.turn(12, 60)
    peer.sleep(1)
    assert [each[0x023A] for _, each in turned(peer)] == [1, 3]


def test_turned_slower_than_it_can_be_or_not_at_all(knob: Knob) -> None:
    with pytest.raises(ControlError, match=r"speed is a number from 60 to 3600 \(°/s\)"):
        knob.turn(48, 59)
    with pytest.raises(ControlError, match="degrees is a number"):
        knob.command("turn far 60")


def test_its_reports_while_asleep_and_while_pressed(peer: TestCoordinator, knob: Knob) -> None:
    knob.press_turn(-24, 120)
    peer.sleep(3)
    reports = turned(peer)
    assert [(endpoint, each[0x023A], each[ANGLE]) for endpoint, each in reports] == [(72, 0x81, -24), (72, 0x83, -24)]


# Command mode


def test_it_comes_in_command_mode(peer: TestCoordinator) -> None:
    knob = joined(peer, event_mode=False)
    assert tell(peer, knob, READ_MODE) == ["1c5f112b010900002000"]


@pytest.mark.parametrize(
    ("deed", "said"),
    [
        ("press", []),
        ("double", [(1, ON_OFF, 0x02, "")]),
        ("hold", [(1, ON_OFF, 0x00, "")]),
        ("turn -48 240", [(1, LEVEL, 0x01, "010a"), (1, LEVEL, 0x03, "")]),
        ("press_turn -48 240", [(1, COLOR, 0x4C, "030a0002000000ffff")]),
    ],
)
def test_command_mode(peer: TestCoordinator, deed: str, said: list[Any]) -> None:
    knob = joined(peer, event_mode=False)
    knob.command(deed)
    peer.sleep(5)
    assert heard(peer) == said


def test_commands_go_to_bound_destinations(peer: TestCoordinator) -> None:
    """Bound to a group, and to the coordinator's endpoint 1, which gets them once."""
    knob = joined(peer, event_mode=False)
    knob.wake()
    peer.sleep(0.1)
    source = IEEE.to_bytes(8, "little") + b"\x01" + ON_OFF.to_bytes(2, "little")
    peer.send(knob.node.nwk, 0, 0x0021, b"\x42" + source + b"\x01\x05\x00")
    peer.send(knob.node.nwk, 0, 0x0021, b"\x43" + source + b"\x03" + peer.ieee.to_bytes(8, "little") + b"\x01")
    peer.sleep(0.3)
    sent: list[tuple[int | None, int]] = []
    peer.air.events.subscribe(FrameSent, lambda event: sent.append((event.frame.group, event.frame.dst_endpoint)))
    knob.double()
    peer.sleep(0.3)
    assert sent[:2] == [(5, sent[0][1]), (None, 1)]
    assert len(sent) == 2


def test_the_quirk_of_reporting_turns_in_command_mode(peer: TestCoordinator) -> None:
    knob = joined(peer, event_mode=False, reports_turns_in_command_mode=True)
    knob.turn(12, 60)
    peer.sleep(3)
    assert [(endpoint, each[0x023A]) for endpoint, each in turned(peer)] == [(71, 1), (71, 3)]


# Settings


@pytest.mark.parametrize(
    ("write", "status"),
    [
        ("0900 20 02", "87"),  # INVALID_VALUE
        ("0900 21 0100", "8d"),  # INVALID_DATA_TYPE
        ("3402 21 6400", "87"),
        ("3402 20 b4", "8d"),
        ("f600 21 0000", "88"),  # READ_ONLY
    ],
)
def test_writes_that_it_refuses(peer: TestCoordinator, knob: Knob, write: str, status: str) -> None:
    attribute = write.split(maxsplit=1)[0]
    assert tell(peer, knob, f"14 5f11 2a 02 {write}") == [f"1c5f112a04{status}{attribute}"]
    assert (knob.event_mode, knob.sensitivity_name) == (True, "medium")


def test_without_lumis_code_its_settings_are_not_there(peer: TestCoordinator, knob: Knob) -> None:
    assert tell(peer, knob, "10 2a 00 0900 3402") == ["182a01" + "090086" + "340286"]


def test_settings_outlive_a_power_cut_and_a_restart(peer: TestCoordinator, knob: Knob) -> None:
    tell(peer, knob, COMMAND_MODE)
    tell(peer, knob, "14 5f11 2a 02 3402 21 d002")
    knob.cut()
    peer.sleep(5)
    knob.restore()
    peer.sleep(5)
    knob.drain(2900)
    assert (knob.event_mode, knob.sensitivity_name, knob.restarts) == (False, "low", 1)
    again = Knob(peer.air, name="again", ieee=IEEE + 1, rng=random.Random(2))
    again.restore_snapshot(knob.snapshot())
    assert again.state() | {"ieee": knob.state()["ieee"]} == knob.state()
    assert (again.restarts, again.battery.millivolts) == (1, 2900)


# Heartbeat, and the warning


def test_its_heartbeat(peer: TestCoordinator, knob: Knob) -> None:
    peer.sleep(4 * 3300)
    beats = [payload for _, cluster, _, payload in heard(peer) if cluster == LUMI]
    assert len(beats) == 4
    assert beats[0].startswith("f700412401 21b80b".replace(" ", ""))
    knob.charge(50)
    assert (knob.battery.millivolts, knob.expected_state()) == (2925, {"battery": 50, "voltage": 2925})
    assert tell(peer, knob, "10 2a 00 2000", cluster=1) == ["182a01200000201d"]


def test_it_waits_for_its_host_to_prevent_its_reset(peer: TestCoordinator, knob: Knob) -> None:
    knob.near_reset()
    peer.sleep(0.5)
    assert heard(peer) == [(1, BASIC, 0x0A, "f0ff4109aa1005418701011000")]
    assert not knob.state()["reset_prevented"]
    assert tell(peer, knob, "14 5f11 2a 02 f0ff 41 09 aa1005414701011000", cluster=BASIC) == ["1c5f112a0400"]
    assert not knob.state()["reset_prevented"]
    tell(peer, knob, "14 5f11 2a 02 f0ff 41 09 aa1005414701011001", cluster=BASIC)
    assert knob.state()["reset_prevented"]

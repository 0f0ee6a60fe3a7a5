"""Configured reporting in virtual time (ZCL 2.5.7 to 2.5.11)."""

import pytest

from tests.support.station import ANALOG, BASIC, ON_OFF, TestCoordinator, ask
from zigloop.devices.zncz02lm import Plug

COORDINATOR = "0403020100" + "4b1200"


def bind(peer: TestCoordinator, plug: Plug, endpoint: int, cluster: int) -> None:
    payload = (
        plug.node.ieee.to_bytes(8, "little")
        + bytes((endpoint,))
        + cluster.to_bytes(2, "little")
        + b"\x03"
        + peer.ieee.to_bytes(8, "little")
        + b"\x01"
    )
    assert peer.zdo(plug.node.nwk, 0x0021, payload) == [(0x8021, b"\x00")]


def reports(peer: TestCoordinator, cluster: int) -> list[str]:
    """Payloads of the reports heard, and forget them."""
    found = [payload.hex() for _, _, header, payload in peer.said(cluster) if header.command == 0x0A]
    peer.forget()
    return found


@pytest.mark.parametrize(
    ("record", "status"),
    [
        ("00 3412 20 0000 3c00 01", "86"),  # no such attribute
        ("00 0000 20 0000 3c00 01", "8d"),  # another type
        ("00 0140 21 0000 3c00 0100", "8c"),  # not reportable
        ("00 0140 20 0000 3c00 01", "8c"),  # not reportable, whatever its type
        ("00 0000 10 3c00 0a00", "87"),  # maximum below minimum
        ("01 0000 3c00", "86"),  # reports that the device would receive
    ],
)
def test_logs_why_it_does_not_configure(peer: TestCoordinator, plug: Plug, record: str, status: str) -> None:
    direction, attribute = record.split()[:2]
    assert ask(peer, plug, "00 2a 06" + record, cluster=ON_OFF) == [f"182a07{status}{direction}{attribute}"]


@pytest.mark.parametrize("record", ["", "00 0000", "00 0000 10 0000 3c", "00 0000 99 0000 3c00", "01 0000 3c"])
def test_a_malformed_configuration(peer: TestCoordinator, plug: Plug, record: str) -> None:
    assert ask(peer, plug, "00 2a 06" + record, cluster=ON_OFF) == ["182a0b0680"]


def test_reads_the_configuration_back(peer: TestCoordinator, plug: Plug) -> None:
    assert ask(peer, plug, "00 2a 06 00 5500 39 0500 2c01 00002041", endpoint=2, cluster=ANALOG) == ["182a0700"]
    read = "00 2b 08 00 5500 00 6f00 00 5100 00 3412"
    assert ask(peer, plug, read, endpoint=2, cluster=ANALOG) == [
        "182b09" + "00" + "00550039" + "05002c01" + "00002041" + "8b006f00" + "8c005100" + "86003412"
    ]
    assert ask(peer, plug, "00 2a 06 00 5500 39 0000 ffff 00000000", endpoint=2, cluster=ANALOG) == ["182a0700"]
    assert ask(peer, plug, "00 2b 08 00 5500", endpoint=2, cluster=ANALOG) == ["182b098b005500"]


def test_the_energy_meter_is_silent_until_it_is_configured(peer: TestCoordinator, plug: Plug) -> None:
    """A meter's value is computed, so its report is due when the change has been metered."""
    plug.press()
    plug.draw(1000)
    peer.sleep(3600)
    assert [endpoint for endpoint, _, _, _ in peer.said(ANALOG)] == [2]
    bind(peer, plug, 3, ANALOG)
    # Each 0.5 kWh, at most once in 10 minutes, at least once in 2 hours.
    assert ask(peer, plug, "00 2a 06 00 5500 39 5802 201c 0000003f", endpoint=3, cluster=ANALOG) == ["182a0700"]
    peer.forget()
    peer.sleep(1790)
    assert reports(peer, ANALOG) == []
    peer.sleep(25)
    assert len(reports(peer, ANALOG)) == 1
    plug.draw(0)
    peer.sleep(2)
    assert len(reports(peer, ANALOG)) == 1  # endpoint 2: the load has gone
    peer.sleep(7150)
    assert reports(peer, ANALOG) == []
    peer.sleep(60)
    assert len(reports(peer, ANALOG)) == 1  # two hours of silence are over


def test_reports_at_the_maximum_interval(peer: TestCoordinator, plug: Plug) -> None:
    bind(peer, plug, 1, BASIC + 2)
    bind(peer, plug, 1, ON_OFF)
    ask(peer, plug, "00 2a 06 00 0000 10 0000 3c00", cluster=ON_OFF)
    peer.forget()
    peer.sleep(59)
    assert reports(peer, ON_OFF) == []
    peer.sleep(2)
    assert reports(peer, ON_OFF) == ["00001000"]
    peer.sleep(60)
    assert reports(peer, ON_OFF) == ["00001000"]


def test_a_change_waits_for_the_minimum_interval(peer: TestCoordinator, plug: Plug) -> None:
    """The firmware's own report counts: the same is not reported twice, and intervals begin with it."""
    bind(peer, plug, 1, ON_OFF)
    ask(peer, plug, "00 2a 06 00 0000 10 0a00 0000", cluster=ON_OFF)
    peer.sleep(20)
    peer.forget()
    plug.press()
    peer.sleep(5)
    assert reports(peer, ON_OFF) == ["0000100100f02300bf9803"]
    peer.sleep(60)
    assert reports(peer, ON_OFF) == []


def test_a_bound_group_gets_the_reports_of_firmware(peer: TestCoordinator, plug: Plug) -> None:
    payload = plug.node.ieee.to_bytes(8, "little") + bytes.fromhex("010600" + "01" + "3412")
    assert peer.zdo(plug.node.nwk, 0x0021, payload) == [(0x8021, b"\x00")]
    peer.forget()
    plug.press()
    peer.sleep(1)
    assert [each.group for each in peer.heard if each.cluster == ON_OFF] == [0x1234, None]


def test_without_a_binding_nothing_is_reported(peer: TestCoordinator, plug: Plug) -> None:
    ask(peer, plug, "00 2a 06 00 0000 10 0000 3c00", cluster=ON_OFF)
    peer.forget()
    peer.sleep(300)
    assert reports(peer, ON_OFF) == []


def test_a_small_change_is_not_reported(peer: TestCoordinator, plug: Plug) -> None:
    """On an attribute that only configuration reports: half a minute of 0.4 kWh steps on the meter."""
    bind(peer, plug, 3, ANALOG)
    ask(peer, plug, "00 2a 06 00 5500 39 0000 0000 00000040", endpoint=3, cluster=ANALOG)  # 2 kWh
    peer.forget()
    plug.meter(1.9)
    peer.sleep(5)
    assert reports(peer, ANALOG) == []
    plug.meter(2.1)
    peer.sleep(5)
    assert reports(peer, ANALOG) == ["55003966660640"]


def test_reporting_outlives_a_power_cut(peer: TestCoordinator, plug: Plug) -> None:
    bind(peer, plug, 1, ON_OFF)
    ask(peer, plug, "00 2a 06 00 0000 10 0000 3c00", cluster=ON_OFF)
    plug.cut()
    peer.forget()
    peer.sleep(300)
    assert reports(peer, ON_OFF) == []
    plug.restore()
    peer.sleep(30)
    peer.forget()
    peer.sleep(60)
    assert reports(peer, ON_OFF) == ["00001000"]


def test_leaving_the_network_ends_reporting(peer: TestCoordinator, plug: Plug) -> None:
    bind(peer, plug, 1, ON_OFF)
    ask(peer, plug, "00 2a 06 00 0000 10 0000 3c00", cluster=ON_OFF)
    plug.pair()
    peer.sleep(30)
    assert plug.joined
    assert ask(peer, plug, "00 2b 08 00 0000", cluster=ON_OFF) == ["182b098b000000"]

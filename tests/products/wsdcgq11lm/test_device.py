"""The weather sensor as its page and public logs describe it."""

import random
from typing import Any

import pytest

from tests.support.station import IEEE, TestCoordinator, joined, said, vectors, wanted
from zigloop.devices.wsdcgq11lm import WeatherSensor

BASIC, TEMPERATURE, PRESSURE, HUMIDITY = 0x0000, 0x0402, 0x0403, 0x0405


@pytest.fixture
def sensor(peer: TestCoordinator) -> WeatherSensor:
    return joined(peer, WeatherSensor)


def heard(peer: TestCoordinator) -> list[tuple[int, str]]:
    """Cluster and payload of all reports heard, then forgotten."""
    found = [(cluster, payload.hex()) for _, cluster, header, payload in peer.said() if header.command == 0x0A]
    peer.forget()
    return found


#: All three, at 21 °C, 50 % and 1013 hPa but for what a test changes.
def weather(temperature: str = "3408", humidity: str = "8813", hpa: str = "f503", tenths: str = "9227") -> Any:
    return [
        (TEMPERATURE, f"000029{temperature}"),
        (HUMIDITY, f"000021{humidity}"),
        (PRESSURE, f"000029{hpa}140028ff100029{tenths}"),
    ]


def test_how_it_introduces_itself(peer: TestCoordinator) -> None:
    sensor = WeatherSensor(peer.air, name="sensor", ieee=IEEE, rng=random.Random(1))
    sensor.pair()
    peer.sleep(20)
    model, version, *rest = heard(peer)
    assert model == (BASIC, "0500420c" + b"lumi.weather".hex())
    assert version == (BASIC, "01002005")
    assert rest[:3] == weather()
    assert [(cluster, payload[:6]) for cluster, payload in rest[3:]] == [(BASIC, "01ff42")]


@pytest.mark.parametrize(
    ("little", "much", "expected"),
    [
        ("temperature 21.49", "temperature 21.5", weather(temperature="6608")),
        ("temperature 20.51", "temperature 20.5", weather(temperature="0208")),
        ("humidity 55.99", "humidity 56", weather(humidity="e015")),
        ("pressure 1012.01", "pressure 1012", weather(hpa="f403", tenths="8827")),
    ],
)
def test_it_reports_a_large_change(
    peer: TestCoordinator, sensor: WeatherSensor, little: str, much: str, expected: object
) -> None:
    sensor.command(little)
    peer.sleep(600)
    assert heard(peer) == []
    sensor.command(much)
    peer.sleep(1)
    assert heard(peer) == expected
    sensor.command(much)
    peer.sleep(600)
    assert heard(peer) == []


def test_small_changes_are_reported_once_their_sum_is_large(peer: TestCoordinator, sensor: WeatherSensor) -> None:
    for tenth in range(1, 11):
        sensor.temperature(21 + tenth / 10)
        peer.sleep(60)
    assert [payload for cluster, payload in heard(peer) if cluster == TEMPERATURE] == ["0000296608", "0000299808"]


def test_rapid_changes_are_reported_each_5_seconds(peer: TestCoordinator, sensor: WeatherSensor) -> None:
    for degree in range(22, 42):
        sensor.temperature(degree)
        peer.sleep(1)
    peer.sleep(5)
    told = [payload for cluster, payload in heard(peer) if cluster == TEMPERATURE]
    assert 4 <= len(told) <= 6
    assert told[-1] == "0000290410"  # 41 °C


def test_the_measured_pressure_is_cut_off(peer: TestCoordinator, sensor: WeatherSensor) -> None:
    """998 and 9986 in doudz/homeassistant-zigate#63."""
    sensor.pressure(998.6)
    peer.sleep(1)
    assert heard(peer) == weather(hpa="e603", tenths="0227")


def test_its_button_makes_it_report_everything(peer: TestCoordinator, sensor: WeatherSensor) -> None:
    sensor.temperature(21.2)
    sensor.wake()
    peer.sleep(1)
    assert heard(peer) == [(BASIC, "0500420c" + b"lumi.weather".hex()), *weather(temperature="4808")]


def test_a_heartbeat_in_55_minutes(peer: TestCoordinator, sensor: WeatherSensor) -> None:
    sensor.temperature(21.2)
    peer.sleep(11 * 3600)
    told = heard(peer)
    assert len(told) == 12
    assert {cluster for cluster, _ in told} == {BASIC}


def test_no_heartbeat_carries_a_manufacturers_code(peer: TestCoordinator, sensor: WeatherSensor) -> None:
    sensor.heartbeat()
    peer.sleep(1)
    ((_, _, header, _),) = peer.said(BASIC)
    assert header.manufacturer is None


def test_it_sleeps(peer: TestCoordinator, sensor: WeatherSensor) -> None:
    """A question waits with its parent until it polls, and not for long."""
    read = bytes.fromhex("102a000000")
    peer.send(sensor.node.nwk, 1, TEMPERATURE, read)
    peer.sleep(60)
    assert peer.heard == []
    peer.send(sensor.node.nwk, 1, TEMPERATURE, read)
    peer.sleep(5)
    sensor.wake()
    peer.sleep(1)
    assert [frame.data.hex() for frame in peer.heard if frame.data[1] == 0x2A] == ["182a01000000293408"]


def test_quirk_broken_chip(peer: TestCoordinator) -> None:
    sensor = joined(peer, WeatherSensor, broken_chip=True)
    sensor.temperature(30)
    sensor.humidity(90)
    peer.sleep(600)
    assert heard(peer) == []  # it doesn't notice
    sensor.pressure(1000)
    peer.sleep(1)
    assert heard(peer) == weather(temperature="f0d8", humidity="9cff", hpa="e803", tenths="1027")
    assert "temperature" not in sensor.expected_state()
    assert sensor.expected_state()["pressure"] == 1000


def test_without_a_battery_it_is_silent(peer: TestCoordinator, sensor: WeatherSensor) -> None:
    sensor.cut()
    sensor.temperature(-5)
    sensor.wake()
    peer.sleep(7200)
    assert peer.heard == []
    sensor.restore()
    peer.sleep(3)
    assert [payload for cluster, payload in heard(peer) if cluster == TEMPERATURE] == ["0000290cfe"]


def test_without_a_network_it_measures_but_does_not_report(peer: TestCoordinator) -> None:
    sensor = WeatherSensor(peer.air, name="sensor", ieee=IEEE, rng=random.Random(1))
    sensor.temperature(35)
    peer.sleep(60)
    assert peer.heard == []
    sensor.pair()
    peer.sleep(4)
    assert (TEMPERATURE, "000029ac0d") in heard(peer)


def test_elder_firmware_calls_itself_another_device(peer: TestCoordinator) -> None:
    assert joined(peer, WeatherSensor, firmware="20161129").node.endpoints[1].declaration.device_id == 0x5F01


def test_it_resumes_from_its_snapshot(peer: TestCoordinator, sensor: WeatherSensor) -> None:
    sensor.temperature(-7.25)
    sensor.humidity(80)
    sensor.pressure(990.5)
    sensor.charge(30)
    memory, state = sensor.snapshot(), sensor.state()
    sensor.node.close()
    again = WeatherSensor(peer.air, name="sensor", ieee=IEEE, rng=random.Random(2))
    again.restore_snapshot(memory)
    assert again.state() == state
    assert again.snapshot() == memory
    peer.forget()
    peer.sleep(20)
    assert [(cluster, payload[:4]) for cluster, payload in heard(peer)] == [(BASIC, "01ff")]
    assert again.expected_state() == {
        "temperature": -7.25,
        "humidity": 80,
        "pressure": 990.5,
        "battery": 30,
        "voltage": 2895,
    }


def test_the_captured_heartbeat_but_for_tags_that_are_not_understood(peer: TestCoordinator) -> None:
    """Tags 4, 5, 6 and 10 differ in every log."""
    sensor = joined(peer, WeatherSensor, broken_chip=True)
    sensor.pressure(1018.56)
    sensor.drain(2995)
    peer.sleep(10)
    ((_, _, frame),) = said(peer, sensor.heartbeat)
    _, _, captured = wanted(vectors("WSDCGQ11LM")["in.hb.real.zdh3844"])
    assert len(frame) == len(captured)
    voltage, measured = slice(0, 10), slice(25, 38)  # from the header to tag 1; tags 100, 101 and 102
    assert captured[voltage].endswith(b"\x01\x21\xb3\x0b")
    assert captured[measured].startswith(b"\x64\x29\xf0\xd8")
    assert (frame[voltage], frame[measured]) == (captured[voltage], captured[measured])

"""The weather sensor against the golden vectors: it says what they say, but for a sequence number of its own.

Those that probe a decoder with what no sensor sends aren't made here.
"""

import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.paths import VECTORS
from tests.support.station import IEEE, TestCoordinator, without_sequence
from zigloop.devices.wsdcgq11lm import WeatherSensor

VECTORS: dict[str, dict[str, Any]] = {
    each["id"].removeprefix("WSDCGQ11LM.in."): each
    for each in json.loads((VECTORS / "WSDCGQ11LM.json").read_text())["vectors"]
}


def joined(peer: TestCoordinator, **declaration: Any) -> WeatherSensor:
    sensor = WeatherSensor(peer.air, name="sensor", ieee=IEEE, rng=random.Random(1), **declaration)
    sensor.pair()
    peer.sleep(30)
    return sensor


def said(peer: TestCoordinator, do: Callable[[], None]) -> list[tuple[int, int, bytes]]:
    """Endpoint, cluster and frame, less its sequence number, of what the sensor says when that is done."""
    peer.forget()
    do()
    peer.sleep(0.1)
    return [(each.src_endpoint, each.cluster, without_sequence(each.data)) for each in peer.heard]


def wanted(name: str) -> tuple[int, int, bytes]:
    vector = VECTORS[name]
    return vector["endpoint"], vector["cluster"], without_sequence(bytes.fromhex(vector["zcl_frame_hex"]))


@pytest.mark.parametrize(
    ("vector", "control", "declaration"),
    [
        ("temperature.real.fc36859", "temperature 6.88", {}),
        ("temperature.2150", "temperature 21.5", {}),
        ("temperature.0", "temperature 0", {}),
        ("temperature.-1", "temperature -0.01", {}),
        ("temperature.-2005", "temperature -20.05", {}),
        ("temperature.-6500", "temperature -65", {}),
        ("temperature.6500", "temperature 65", {}),
        ("temperature.real.zdh3844", "pressure 990", {"broken_chip": True}),
        ("humidity.real.fc36859", "humidity 38.51", {}),
        ("humidity.real.zn120", "humidity 73.18", {}),
        ("humidity.0", "humidity 0", {}),
        ("humidity.10000", "humidity 100", {}),
        ("humidity.65436", "pressure 990", {"broken_chip": True}),
        ("pressure.real.zn120", "pressure 1013.3", {}),
        ("pressure.10010", "pressure 1001", {}),
        ("pressure.9986", "pressure 998.6", {}),
        ("pressure.10234", "pressure 1023.4", {}),
        ("pressure.3000", "pressure 300", {}),
        ("pressure.11000", "pressure 1100", {}),
    ],
)
def test_weather(peer: TestCoordinator, vector: str, control: str, declaration: dict[str, bool]) -> None:
    sensor = joined(peer, **declaration)
    sensor.command(control)
    assert wanted(vector) in said(peer, sensor.wake)


def test_heartbeat(peer: TestCoordinator) -> None:
    sensor = joined(peer)
    sensor.temperature(19.71)
    sensor.humidity(59.48)
    sensor.pressure(1023.5)
    sensor.drain(3015)
    peer.sleep(10)
    assert said(peer, sensor.heartbeat) == [wanted("hb.full")]


def test_the_captured_heartbeat_but_for_what_nobody_knows(peer: TestCoordinator) -> None:
    """Tags 4, 5, 6 and 10 differ in every log."""
    sensor = joined(peer, broken_chip=True)
    sensor.pressure(1018.56)
    sensor.drain(2995)
    peer.sleep(10)
    ((_, _, frame),) = said(peer, sensor.heartbeat)
    _, _, captured = wanted("hb.real.zdh3844")
    assert len(frame) == len(captured)
    voltage, measured = slice(0, 10), slice(25, 38)  # from the header to tag 1; tags 100, 101 and 102
    assert captured[voltage].endswith(b"\x01\x21\xb3\x0b")
    assert captured[measured].startswith(b"\x64\x29\xf0\xd8")
    assert (frame[voltage], frame[measured]) == (captured[voltage], captured[measured])


@pytest.mark.parametrize(
    ("vector", "request_", "cluster"),
    [
        ("temperature.readrsp", "102a000000", 0x0402),
        ("humidity.readrsp", "102a000000", 0x0405),
        ("pressure.readrsp", "102a00000014001000", 0x0403),
    ],
)
def test_answers_to_reads_while_it_is_awake(peer: TestCoordinator, vector: str, request_: str, cluster: int) -> None:
    sensor = joined(peer, sleeps=False)
    sensor.temperature(21.5)
    sensor.humidity(47.24)
    sensor.pressure(1013.2)
    peer.sleep(10)
    frames = said(peer, lambda: peer.send(sensor.node.nwk, 1, cluster, bytes.fromhex(request_)))
    assert frames == [wanted(vector)]

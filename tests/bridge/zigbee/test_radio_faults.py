"""A radio that restarts, hangs, or has no resources for a frame: nothing is lost, and everything is logged."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.relay import AF_DATA_CONFIRM, Relay
from tests.support.rig import Rig
from zigloop_bridge.zigbee.transactions import BUSY_DELAY, BUSY_RETRIES


@pytest.fixture
def relay(rig: Rig) -> Iterator[Relay]:
    relay = Relay(rig.port.url)
    rig.configure(serial={"port": rig.run(relay.start())})
    yield relay
    rig.stop()
    rig.run(relay.stop())


def test_a_radio_that_restarts_on_its_own_is_started_again(rig: Rig, plug: Any) -> None:
    rig.bench.radio.reset()
    rig.log("Adapter disconnected (the radio has restarted)", within=5)
    rig.log("Adapter reconnected", level="info", within=30)
    rig.mqtt.publish("plug/set", "ON")
    rig.mqtt.eventually("plug", {"state": "ON"})
    plug.do("press")
    rig.mqtt.eventually("plug", {"state": "OFF"})
    rig.mqtt.mark()
    rig.sleep(300)
    assert not [m for m in rig.mqtt.since_mark("bridge/logging") if "Adapter" in m.text]


def test_a_radio_that_hangs_is_noticed_and_taken_back(rig: Rig, relay: Relay, plug: Any) -> None:
    relay.silent = True
    rig.log("Adapter disconnected (no answer)", within=60)
    rig.mqtt.publish("plug/set", "ON")
    rig.log("Publish 'set' 'state' to 'plug' failed: 'Error: the radio is not connected'")
    relay.silent = False
    rig.log("Adapter reconnected", level="info", within=180)
    rig.mqtt.publish("plug/set", "ON")
    rig.mqtt.eventually("plug", {"state": "ON"})


@pytest.mark.parametrize("status", [0x11, 0x1A, 0xE1], ids=["buffer full", "no resources", "channel busy"])
def test_a_radio_without_room_gets_the_frame_again(rig: Rig, relay: Relay, plug: Any, status: int) -> None:
    refusals = [status] * BUSY_RETRIES

    def refuse(command: tuple[int, int], payload: bytes) -> bytes:
        return bytes((refusals.pop(),)) + payload[1:] if command == AF_DATA_CONFIRM and refusals else payload

    relay.change = refuse
    rig.mqtt.publish("plug/set", "ON")
    rig.sleep(BUSY_DELAY * BUSY_RETRIES + 1)
    assert refusals == []
    rig.mqtt.eventually("plug", {"state": "ON"})
    assert not [m for m in rig.mqtt.since_mark("bridge/logging") if m.json["level"] == "error"]


def test_a_radio_that_never_has_room_is_an_error(rig: Rig, relay: Relay, plug: Any) -> None:
    relay.change = lambda command, payload: b"\x11" + payload[1:] if command == AF_DATA_CONFIRM else payload
    rig.mqtt.publish("plug/set", "ON")
    rig.log("Data request failed with error: 'BUFFER_FULL' (0x11)", within=30)
    relay.change = lambda command, payload: payload
    rig.mqtt.publish("plug/set", "OFF")
    rig.mqtt.eventually("plug", {"state": "OFF"})


def test_a_command_to_a_plug_that_lost_its_power_is_tried_thrice(rig: Rig, plug: Any) -> None:
    plug.do("cut")
    rig.mqtt.publish("plug/set", "ON")
    rig.log("Publish 'set' 'state' to 'plug' failed: 'Error: Command 0x01", within=60)
    assert not [m for m in rig.mqtt.since_mark("bridge/logging") if "is pending" in m.text]

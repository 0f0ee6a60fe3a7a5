"""Commands for a device that sleeps wait until it is heard."""

import asyncio
from typing import Any

import pytest

from tests.support.rig import Rig
from zigloop.events import FrameSent
from zigloop.testing.message import Message
from zigloop_bridge.errors import UnreachedError
from zigloop_bridge.requests.pending import EXPIRY, LIMIT, PendingCommands
from zigloop_bridge.zigbee.device import Device


def published(rig: Rig) -> list[Message]:
    return rig.mqtt.since_mark("knob")


def logged(rig: Rig, text: str) -> int:
    return sum(text in message.text for message in rig.mqtt.since_mark("bridge/logging"))


def test_a_pending_command_is_logged_once(rig: Rig, knob: Any) -> None:
    rig.mqtt.publish("knob/set", {"sensitivity": "high"})
    rig.sleep(600)
    assert logged(rig, "Publish 'set' 'sensitivity' to 'knob' is pending: the device is asleep") == 1
    assert logged(rig, "error") == 0
    assert published(rig) == []


def test_the_bridge_sends_nothing_while_the_device_sleeps(rig: Rig, knob: Any) -> None:
    rig.mqtt.publish("knob/set", {"sensitivity": "high"})
    rig.sleep(60)
    sent: list[Any] = []
    rig.bench.events.subscribe(
        FrameSent, lambda event: sent.append(event.frame) if event.frame.dst == knob.node.nwk else None
    )
    rig.sleep(600)
    assert sent == []


def test_delayed_updates_are_published_once(rig: Rig, knob: Any) -> None:
    rig.mqtt.publish("knob/set", {"sensitivity": "high"})
    rig.sleep(60)
    rig.mqtt.mark()
    knob.do("press")
    rig.sleep(60)
    assert [m.json["sensitivity"] for m in published(rig) if m.json.get("action") is None] == ["high"]
    assert knob.state()["sensitivity"] == "high"


def test_a_newer_message_that_gets_through_ends_the_older_ones_wait(rig: Rig, knob: Any) -> None:
    rig.mqtt.publish("knob/set", {"sensitivity": "high"})
    rig.sleep(60)
    rig.bench.air.stops_polling(knob.node)
    knob.do("press")
    rig.mqtt.publish("knob/set", {"sensitivity": "low"})
    rig.sleep(120)
    knob.do("press")
    rig.sleep(60)
    assert knob.state()["sensitivity"] == "low"
    told = [
        m.json["sensitivity"] for m in rig.mqtt.messages if m.topic == "zigbee2mqtt/knob" and "sensitivity" in m.text
    ]
    assert "high" not in told


def test_a_value_that_does_not_exist_is_an_error_at_once(rig: Rig, knob: Any) -> None:
    rig.mqtt.publish("knob/set", {"sensitivity": "extreme"})
    rig.log("Publish 'set' 'sensitivity' to 'knob' failed", within=1)


def test_a_radio_that_went_away_meanwhile_loses_nothing(rig: Rig, knob: Any) -> None:
    rig.mqtt.publish("knob/set", {"sensitivity": "high"})
    rig.sleep(60)
    rig.bench.radio.reset()
    rig.sleep(60)
    knob.do("press")
    rig.sleep(10)
    assert knob.state()["sensitivity"] == "high"


def test_a_message_that_waits_while_the_device_is_renamed_is_published_under_the_new_name(rig: Rig, knob: Any) -> None:
    rig.mqtt.publish("knob/set", {"sensitivity": "high"})
    rig.sleep(60)
    rig.mqtt.request("device/rename", {"from": "knob", "to": "wheel"})
    knob.do("press")
    rig.mqtt.eventually("wheel", {"sensitivity": "high"})


def test_a_plug_that_is_away_has_no_pending_commands(rig: Rig, plug: Any) -> None:
    plug.do("cut")
    rig.mqtt.publish("plug/set", "ON")
    rig.log("Publish 'set' 'state' to 'plug' failed", within=60)
    plug.do("restore")
    rig.sleep(60)
    assert plug.state()["on"] is False


# The queue by itself


class Sleeper:
    """A device, and whether it is awake; what got through is in `got`."""

    def __init__(self) -> None:
        self.device = Device(ieee="0x00158d0000000001", nwk=1)
        self.awake = True
        self.got: list[int] = []

    def message(self, number: int) -> Any:
        async def send() -> None:
            if not self.awake:
                raise UnreachedError("it sleeps")
            self.got.append(number)

        return send


def test_the_oldest_goes_when_too_many_wait(loop: Any, caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        pending, sleeper = PendingCommands(), Sleeper()
        for number in range(LIMIT + 2):
            pending.keep(sleeper.device, number, f"message {number}", sleeper.message(number))
        pending.seen(sleeper.device)
        await sent(pending)
        assert sleeper.got == list(range(2, LIMIT + 2))
        assert f"message 1 failed: 'Error: more than {LIMIT} messages wait for it'" in caplog.text

    loop.run_until_complete(run())


def test_it_falls_asleep_again_in_the_middle(loop: Any) -> None:
    async def run() -> None:
        pending, sleeper = PendingCommands(), Sleeper()
        sleeper.awake = False
        for number in range(3):
            pending.keep(sleeper.device, number, f"message {number}", sleeper.message(number))
        pending.seen(sleeper.device)
        await sent(pending)
        assert sleeper.got == []
        sleeper.awake = True
        pending.seen(sleeper.device)
        await sent(pending)
        assert sleeper.got == [0, 1, 2]

    loop.run_until_complete(run())


def test_it_expires(loop: Any, caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        pending, sleeper = PendingCommands(), Sleeper()
        pending.keep(sleeper.device, 1, "message 1", sleeper.message(1))
        await asyncio.sleep(EXPIRY - 1)
        assert "failed" not in caplog.text
        await asyncio.sleep(2)
        assert "message 1 failed: 'Error: it wasn't heard for 24 hours'" in caplog.text
        pending.seen(sleeper.device)
        await sent(pending)
        assert sleeper.got == []

    loop.run_until_complete(run())


async def sent(pending: PendingCommands) -> None:
    await asyncio.sleep(1)

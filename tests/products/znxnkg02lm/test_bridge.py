"""The bridge with a knob, which sleeps."""

import json
from typing import Any

import pytest

from tests.support.paths import VECTORS
from tests.support.rig import Rig
from zigloop.events import FrameSent

DUPLICATES = next(
    each
    for each in json.loads((VECTORS / "ZNXNKG02LM.json").read_text())["vectors"]
    if each["id"] == "ZNXNKG02LM.in.multistate.duplicate_tsn"
)


def join(rig: Rig) -> Any:
    knob = rig.bench.add("ZNXNKG02LM", "knob")
    rig.mqtt.request("permit_join", {"time": 254})
    knob.do("pair")
    rig.mqtt.eventually("bridge/event", {"type": "device_interview", "data": {"status": "successful"}})
    rig.mqtt.request("device/rename", {"last": True, "to": "knob"})
    rig.mqtt.mark()
    return knob


def published(rig: Rig, key: str) -> list[Any]:
    """What was published for this key since the last stimulus."""
    return [
        message.json[key]
        for message in rig.mqtt.since_mark()
        if message.topic == "zigbee2mqtt/knob" and key in message.json
    ]


def sent(rig: Rig, knob: Any) -> list[str]:
    """ZCL frames on their way to the knob from now on, less their sequence numbers; the list grows."""
    frames: list[str] = []

    def tap(frame: Any) -> None:
        if frame.dst == knob.node.nwk and frame.dst_endpoint:
            at = 3 if frame.data[0] & 0x04 else 1
            frames.append((frame.data[:at] + frame.data[at + 1 :]).hex())

    rig.bench.events.subscribe(FrameSent, lambda event: tap(event.frame))
    return frames


def test_it_is_configured_while_it_is_awake(rig: Rig) -> None:
    rig.start()
    knob = join(rig)
    rig.sleep(60)
    assert (knob.event_mode, knob.joined) == (True, True)
    assert rig.mqtt.messages
    configured = [m for m in rig.mqtt.messages if m.topic.endswith("/logging") and "Successfully configured" in m.text]
    assert len(configured) == 1


def test_settings_are_set_and_read(rig: Rig, knob: Any) -> None:
    for key, word, other in (("operation_mode", "Command", "EVENT"), ("sensitivity", "HIGH", "low")):
        for written in (word, other):
            knob.do("wake")
            rig.mqtt.publish("knob/set", {key: written})
            rig.mqtt.eventually("knob", {key: written.lower()})
            assert knob.state()[key] == written.lower()
            knob.do("wake")
            rig.mqtt.publish("knob/get", {key: ""})
            rig.mqtt.eventually("knob", {key: written.lower()})


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("operation_mode", "toggle", "Value: 'toggle' not found in: [event, command]"),
        ("operation_mode", 1, "Value is not a string, got number (1)"),
        ("operation_mode", None, "Value is not a string, got object (null)"),
        ("sensitivity", "", "Value: '' not found in: [low, medium, high]"),
        ("sensitivity", False, "Value is not a string, got boolean (false)"),
        ("sensitivity", 360.5, "Value is not a string, got number (360.5)"),
        ("sensitivity", ["low"], 'Value is not a string, got object (["low"])'),
    ],
)
def test_wrong_settings(rig: Rig, knob: Any, key: str, value: Any, text: str) -> None:
    knob.do("wake")
    frames = sent(rig, knob)
    rig.mqtt.publish("knob/set", {key: value})
    rig.log(text)
    assert frames == []
    assert published(rig, key) == []


def test_figures_are_converted_to_doubles(rig: Rig, knob: Any) -> None:
    rig.mqtt.mark()
    knob.do("turn", -24, 120)
    rig.mqtt.eventually("knob", {"action": "start_rotating"})
    text = next(message.text for message in rig.mqtt.since_mark() if '"start_rotating"' in message.text)
    assert '"action_rotation_percent":-6.666666507720947,' in text
    assert '"action_rotation_angle":-24,' in text


def test_nothing_of_a_turn_is_kept(rig: Rig, knob: Any) -> None:
    knob.do("turn", 24, 120)
    rig.mqtt.eventually("knob", {"action": "stop_rotating"})
    rig.mqtt.mark()
    knob.do("heartbeat")
    state = rig.mqtt.eventually("knob", {"voltage": 3000}).json
    assert [key for key in state if key.startswith("action")] == []


def test_in_command_mode_nothing_is_published_but_commands_are_answered(rig: Rig, knob: Any) -> None:
    knob.do("wake")
    rig.mqtt.publish("knob/set", {"operation_mode": "command"})
    rig.mqtt.eventually("knob", {"operation_mode": "command"})
    rig.sleep(5)
    rig.mqtt.mark()
    frames = sent(rig, knob)
    knob.do("double")
    rig.sleep(1)
    assert frames == ["180b0200"]  # default response: toggle, success
    knob.do("turn", 48, 240)
    rig.sleep(1)
    assert published(rig, "linkquality") == []
    rig.mqtt.never("bridge/logging", {"level": "error"})


def test_its_reset_is_prevented(rig: Rig, knob: Any) -> None:
    frames = sent(rig, knob)
    knob.do("near_reset")
    rig.sleep(2)
    assert frames == ["145f1102f0ff4109aa1005414701011001"]
    assert knob.state()["reset_prevented"]
    assert published(rig, "linkquality") == []


def test_a_frame_that_is_sent_twice_is_published_once(rig: Rig, knob: Any) -> None:
    """Override of ZNXNKG02LM.in.multistate.duplicate_tsn."""
    for frame in DUPLICATES["zcl_frames_hex"]:
        knob.node.send(0, 1, 1, 0x0104, 0x0012, bytes.fromhex(frame))
    rig.sleep(1)
    assert published(rig, "action") == ["single", "single"]


# Asleep


def test_a_missed_command_arrives_once_when_the_device_is_used(rig: Rig, knob: Any) -> None:
    frames = sent(rig, knob)
    rig.mqtt.publish("knob/set", {"sensitivity": "high"})
    rig.sleep(10)  # the first try has expired, a second is under way
    assert len(frames) == 2
    assert published(rig, "sensitivity") == []
    knob.do("press")
    rig.sleep(60)
    assert knob.state()["sensitivity"] == "high"
    assert len(frames) == 2
    assert published(rig, "sensitivity").count("high") == 1


def test_it_is_kept_until_it_is_used(rig: Rig, knob: Any) -> None:
    """After two tries of 7.68 s it isn't in the air any more: the bridge has it, and says so."""
    frames = sent(rig, knob)
    rig.mqtt.publish("knob/set", {"sensitivity": "high"})
    rig.log("is pending: the device is asleep", level="info", within=20)
    rig.sleep(600)
    assert (len(frames), knob.state()["sensitivity"]) == (2, "medium")
    rig.mqtt.mark()
    knob.do("press")
    rig.sleep(60)
    assert knob.state()["sensitivity"] == "high"
    assert published(rig, "sensitivity").count("high") == 1
    assert published(rig, "action") == ["single"]


def test_a_message_of_two_settings_goes_over_in_one_waking(rig: Rig, knob: Any) -> None:
    rig.mqtt.publish("knob/set", {"sensitivity": "low", "operation_mode": "command"})
    rig.sleep(3)
    knob.do("press")
    rig.sleep(3)
    state = knob.state()
    assert (state["sensitivity"], state["operation_mode"]) == ("low", "command")


def test_a_knob_removed_while_it_is_configured_can_join_again_at_once(rig: Rig) -> None:
    """The requests under way end with it: else the next interview would wait for them until it sleeps again."""
    rig.start()
    knob = join(rig)
    rig.mqtt.request("device/remove", {"id": "knob", "force": True})
    rig.bench.remove("knob")
    began = rig.loop.time()
    knob = join(rig)
    assert rig.loop.time() - began < 10
    rig.sleep(10)
    assert knob.event_mode

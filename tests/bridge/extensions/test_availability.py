"""Availability, where scenarios don't reach: pings, backoff, options, the broker and the radio away."""

import json
from typing import Any

import pytest

from tests.support.rig import Rig
from zigloop.events import FrameSent

MINUTE = 60.0
WATCHED = {"enabled": True, "active": {"max_jitter": 1000}}


@pytest.fixture
def plug(rig: Rig) -> Any:
    """A started bridge that watches, and a plug that says nothing by itself, called `plug`."""
    plug = rig.bench.add("ZNCZ02LM", "plug")
    rig.start(availability=WATCHED)
    rig.sleep(5)
    rig.mqtt.mark()
    return plug


def pings(rig: Rig, plug: Any) -> list[float]:
    """When the plug is asked for genBasic zclVersion from now on."""
    asked: list[float] = []

    def tap(frame: Any) -> None:
        if frame.dst == plug.node.nwk and frame.cluster == 0 and frame.data[2:] == bytes.fromhex("000000"):
            asked.append(rig.loop.time())

    rig.bench.events.subscribe(FrameSent, lambda event: tap(event.frame))
    return asked


def states(rig: Rig, name: str = "plug") -> list[str]:
    return [m.json["state"] for m in rig.mqtt.since_mark(f"{name}/availability") if m.payload]


def silent(rig: Rig, plug: Any) -> float:
    """It loses its power, right after it was heard; returns when."""
    rig.mqtt.request("device/configure", {"id": "plug"})
    rig.mqtt.publish("plug/get", {"state": ""})
    rig.sleep(1)
    plug.do("cut")
    rig.mqtt.mark()
    return rig.loop.time() - 1


def test_the_topic_is_retained_with_qos_1(rig: Rig, plug: Any) -> None:
    kept = rig.mqtt.fetch_retained("zigbee2mqtt/plug/availability")
    assert kept is not None
    assert kept.text == '{"state":"online"}'


def test_a_dead_plug_is_asked_less_and_less_often(rig: Rig, plug: Any) -> None:
    asked = pings(rig, plug)
    began = silent(rig, plug)
    rig.sleep(130 * MINUTE)
    minutes = [round((at - began) / MINUTE) for at in asked]
    assert minutes[0] == 10
    # Ten minutes of silence, then two attempts; offline, and 15, 30 and 60 minutes to the next.
    assert sorted(set(minutes)) == [10, 25, 55, 115]
    assert states(rig) == ["offline"]
    logged = [m.json["message"] for m in rig.mqtt.since_mark("bridge/logging") if "Failed to ping" in m.text]
    assert "z2m: Failed to ping 'plug' (attempt 1/2, Read 0x" in logged[0]
    assert "(attempt 2/2, " in logged[1]
    assert "(attempt 1/1, " in logged[2]
    assert len(logged) == 3  # bridge/logging doesn't say the same twice running


def test_pinging_pauses_when_that_is_wanted(rig: Rig, plug: Any) -> None:
    rig.mqtt.request("device/options", {"id": "plug", "options": {"availability": {"pause_on_backoff_gt": 1.5}}})
    asked = pings(rig, plug)
    silent(rig, plug)
    rig.sleep(40 * MINUTE)
    count = len(asked)
    rig.sleep(5 * 60 * MINUTE)
    assert len(asked) == count
    plug.do("restore")
    rig.mqtt.eventually("plug/availability", {"state": "online"})


def test_without_backoff_it_is_asked_every_ten_minutes(rig: Rig, plug: Any) -> None:
    rig.mqtt.request("device/options", {"id": "plug", "options": {"availability": {"backoff": False}}})
    asked = pings(rig, plug)
    began = silent(rig, plug)
    rig.sleep(45 * MINUTE)
    assert {round((at - began) / MINUTE) for at in asked} == {10, 20, 30, 40}


def test_a_device_that_reports_is_not_pinged(rig: Rig, plug: Any) -> None:
    asked = pings(rig, plug)
    for _ in range(30):
        rig.sleep(5 * MINUTE)
        plug.do("press")
    assert asked == []
    assert states(rig) == []


def test_a_ping_that_is_lost_once_is_none(rig: Rig, plug: Any) -> None:
    began = silent(rig, plug)
    rig.sleep(began + 10 * MINUTE + 2 - rig.loop.time())
    while not any("attempt 1/2" in m.text for m in rig.mqtt.since_mark("bridge/logging")):
        rig.sleep(0.5)
    plug.do("restore")
    rig.sleep(MINUTE)
    assert states(rig) == []


@pytest.mark.parametrize(
    ("availability", "says"),
    [
        ("yes", "availability must be true, false, or timeout (a number from 0.1)"),
        ({"timeout": 0}, "availability must be true, false, or timeout"),
        ({"timeoutt": 5}, "availability must be true, false, or timeout"),
    ],
)
def test_options_that_are_refused(rig: Rig, plug: Any, availability: Any, says: str) -> None:
    rig.mqtt.publish("bridge/request/device/options", {"id": "plug", "options": {"availability": availability}})
    answer = rig.mqtt.eventually("bridge/response/device/options", {"status": "error"}).json
    assert says in answer["error"]


def test_a_device_that_is_disabled_is_not_watched(rig: Rig, plug: Any) -> None:
    rig.mqtt.request("device/options", {"id": "plug", "options": {"disabled": True}})
    assert rig.mqtt.fetch_retained("zigbee2mqtt/plug/availability") is None
    asked = pings(rig, plug)
    plug.do("cut")
    rig.sleep(60 * MINUTE)
    assert asked == []
    assert states(rig) == []


def test_a_device_that_was_silent_while_the_bridge_was_off_is_pinged_at_once(rig: Rig, plug: Any) -> None:
    silent(rig, plug)
    rig.stop()
    database = rig.data / "database.db"
    lines = database.read_text().splitlines()
    entries = [json.loads(line) for line in lines]
    for entry in entries:
        if "lastSeen" in entry:
            entry["lastSeen"] -= int(20 * MINUTE * 1000)
    database.write_text("\n".join(map(json.dumps, entries)))
    asked = pings(rig, plug)
    before = len(rig.mqtt.messages)
    rig.start()
    rig.sleep(30)
    said = [m.json["state"] for m in rig.mqtt.messages[before:] if m.topic == "zigbee2mqtt/plug/availability"]
    assert said[0] == "offline"
    assert asked
    plug.do("restore")
    rig.mqtt.eventually("plug/availability", {"state": "online"})


def test_everything_is_published_again_to_a_broker_that_lost_it(rig: Rig, plug: Any) -> None:
    rig.mqtt.request("device/options", {"id": "plug", "options": {"retain": True}})
    plug.do("press")
    rig.sleep(1)
    rig.mqtt.disconnect()
    rig.run(rig.broker.stop())  # amqtt keeps nothing
    rig.sleep(60)
    rig.run(rig.broker.start())
    rig.sleep(70)
    rig.mqtt.connect(rig.broker.url)
    for topic, expected in {
        "bridge/state": {"state": "online"},
        "bridge/info": {"permit_join": False},
        "bridge/devices": [{"type": "Coordinator"}, {"friendly_name": "plug"}],
        "bridge/groups": [],
        "plug/availability": {"state": "online"},
        "plug": {"state": "ON"},
    }.items():
        rig.mqtt.holds(topic, expected)


def test_a_device_that_was_unreachable_without_a_radio_is_pinged_when_the_radio_is_back(rig: Rig, plug: Any) -> None:
    number = int(rig.port.url.rpartition(":")[2])
    rig.run(rig.port.close())
    rig.mqtt.mark()
    rig.mqtt.eventually("plug/availability", {"state": "offline"}, within=12 * MINUTE)
    rig.sleep(60 * MINUTE)
    assert not [m for m in rig.mqtt.since_mark("bridge/logging") if "ping" in m.text]
    rig.port = rig.run(rig.bench.serve_tcp("127.0.0.1", number))
    rig.mqtt.mark()
    rig.log("Adapter reconnected", level="info", within=70)
    rig.mqtt.eventually("plug/availability", {"state": "online"})


def test_a_device_that_cannot_tell_its_state_is_an_error(rig: Rig, plug: Any) -> None:
    plug.do("cut")
    plug.do("restore")
    rig.mqtt.eventually("bridge/event", {"type": "device_announce"})
    plug.do("cut")
    rig.log("Failed to read state of 'plug' after reconnect (Read 0x", within=60)


def test_several_announcements_are_one_question(rig: Rig, plug: Any) -> None:
    asked: list[Any] = []
    rig.bench.events.subscribe(
        FrameSent,
        lambda event: (
            asked.append(event.frame) if event.frame.dst == plug.node.nwk and event.frame.cluster == 6 else None
        ),
    )
    for _ in range(3):
        plug.node.announce()
        rig.sleep(1)
    rig.sleep(10)
    assert len(asked) == 1

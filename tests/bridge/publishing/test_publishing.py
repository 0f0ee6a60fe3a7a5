"""What a state looks like on MQTT: cache, options, outputs."""

from typing import Any

import pytest

from tests.support.rig import Rig
from zigloop.testing.message import Message
from zigloop_bridge.publishing.publisher import attributes


def states(rig: Rig, topic: str = "plug") -> list[dict[str, Any]]:
    return [message.json for message in rig.mqtt.since_mark(topic)]


def heard(rig: Rig) -> Message:
    return rig.mqtt.since_mark("plug")[-1]


def set_options(rig: Rig, **options: Any) -> None:
    rig.mqtt.request("device/options", {"id": "plug", "options": options})
    rig.mqtt.mark()


def test_the_whole_state_with_the_frames_linkquality(rig: Rig, plug: Any) -> None:
    plug.do("heartbeat")
    rig.sleep(5)
    rig.mqtt.mark()
    rig.bench.air.set_lqi(plug.node, 77)
    plug.do("press")
    state = rig.mqtt.eventually("plug", {"state": "ON"}).json
    assert state["linkquality"] == 77
    assert state["device_temperature"] == 25
    message = heard(rig)
    assert (message.qos, message.retain) == (0, False)


def test_published_again_when_nothing_changed(rig: Rig, plug: Any) -> None:
    plug.do("report", "state")
    plug.do("report", "state")
    rig.sleep(2)
    assert len(states(rig)) == 2


def test_without_the_cache_only_the_update(rig: Rig) -> None:
    rig.start(advanced={"cache_state": False})
    plug = rig.pair()
    plug.do("press")
    rig.mqtt.eventually("plug", {"state": "ON"})
    assert set(states(rig)[0]) == {"state", "linkquality"}


def test_qos_and_retain(rig: Rig, plug: Any) -> None:
    set_options(rig, qos=1, retain=True)
    plug.do("press")
    rig.mqtt.holds("plug", {"state": "ON"})


def test_retain_can_be_forbidden(rig: Rig) -> None:
    rig.start(mqtt={"force_disable_retain": True}, device_options={"retain": True})
    plug = rig.pair()
    plug.do("press")
    rig.mqtt.eventually("plug", {"state": "ON"})
    assert rig.mqtt.fetch_retained("zigbee2mqtt/plug") is None


@pytest.mark.parametrize(
    ("options", "temperature"),
    [
        ({}, 25),
        ({"device_temperature_calibration": -0.75, "device_temperature_precision": 2}, 24.25),
        ({"device_temperature_calibration": 0.5}, 26),
    ],
)
def test_the_options_of_the_page(rig: Rig, plug: Any, options: dict[str, Any], temperature: float) -> None:
    plug.do("heat", 25)
    set_options(rig, **options)
    plug.do("heartbeat")
    rig.mqtt.eventually("plug", {"device_temperature": temperature})


def test_not_optimistic(rig: Rig, plug: Any) -> None:
    set_options(rig, optimistic=False)
    rig.mqtt.publish("plug/set", "ON")
    rig.mqtt.eventually("plug", {"state": "ON"})
    rig.sleep(2)
    assert len(states(rig)) == 1  # the plug's own report


def test_filters(rig: Rig, plug: Any) -> None:
    set_options(rig, filtered_attributes=["linkq.*", "energy"], filtered_cache=["consumption"])
    plug.do("heartbeat")
    state = rig.mqtt.eventually("plug", {"device_temperature": 25}).json
    assert not {"linkquality", "energy"} & set(state)
    assert "consumption" in state
    plug.do("press")
    state = rig.mqtt.eventually("plug", {"state": "ON"}).json
    assert not {"linkquality", "energy"} & set(state)


def test_filtered_optimistic(rig: Rig, plug: Any) -> None:
    set_options(rig, filtered_optimistic=["power_outage_.*"])
    rig.mqtt.publish("plug/set", {"power_outage_memory": True})
    rig.mqtt.never("plug", {})
    assert plug.power_outage_memory


def test_debounce(rig: Rig, plug: Any) -> None:
    plug.do("press")
    set_options(rig, debounce=2)
    for watts in (10, 20, 30):
        plug.do("draw", watts)
        plug.do("report", "power")
        rig.sleep(0.5)
    assert states(rig) == []
    rig.sleep(6)
    assert {state["power"] for state in states(rig)} == {30}


def test_throttle(rig: Rig, plug: Any) -> None:
    rig.sleep(60)
    set_options(rig, throttle=10)
    for _ in range(5):
        plug.do("report", "state")
        rig.sleep(0.5)
    assert len(states(rig)) == 1
    rig.sleep(12)
    assert len(states(rig)) == 2


@pytest.mark.parametrize(("kind", "type_"), [("ISO_8601", str), ("ISO_8601_local", str), ("epoch", int)])
def test_last_seen(rig: Rig, kind: str, type_: type) -> None:
    rig.start(advanced={"last_seen": kind})
    plug = rig.pair()
    plug.do("report", "state")
    stamp = rig.mqtt.eventually("plug", {"state": "OFF"}).json["last_seen"]
    assert isinstance(stamp, type_)
    if kind == "ISO_8601":
        assert stamp.endswith("Z")
        assert stamp[19] == "."


def test_elapsed(rig: Rig) -> None:
    rig.start(advanced={"elapsed": True})
    plug = rig.pair()
    for _ in range(2):
        plug.do("report", "state")
        rig.sleep(1)
    assert isinstance(states(rig)[-1]["elapsed"], int)


def test_device_information(rig: Rig) -> None:
    rig.start(mqtt={"include_device_information": True})
    plug = rig.pair()
    plug.do("press")
    device = rig.mqtt.eventually("plug", {"state": "ON"}).json["device"]
    assert device["friendlyName"] == "plug"
    assert device["model"] == "ZNCZ02LM"
    assert device["manufacturerName"] == "LUMI"


def test_another_base_topic(rig: Rig) -> None:
    rig.mqtt.base = "home"
    rig.start(mqtt={"base_topic": "home"})
    plug = rig.pair()
    rig.mqtt.publish("plug/set", "ON")
    rig.mqtt.eventually("plug", {"state": "ON"})
    assert plug.on


def test_attribute_output(rig: Rig) -> None:
    rig.start(advanced={"output": "attribute_and_json"})
    plug = rig.pair()
    plug.do("press")
    assert rig.mqtt.eventually("plug/state", "ON").text == "ON"
    rig.mqtt.eventually("plug", {"state": "ON"})


def test_attributes_of_all_kinds() -> None:
    message = {
        "a": "x",
        "b": True,
        "c": 1.5,
        "d": None,
        "e": [1, 2],
        "f": {"g": 1, "h": {"i": "j"}},
        "color": {"r": 1, "g": 2, "b": 3},
    }
    assert dict(attributes(message)) == {
        "a": "x",
        "b": "true",
        "c": "1.5",
        "d": "",
        "e": "1,2",
        "f-g": "1",
        "f-h-i": "j",
        "color": "1,2,3",
    }


def say(rig: Rig, cluster: int, *frames: str) -> None:
    """Frames of the plug's endpoint 1 that no plug would send."""
    assert rig.bridge is not None
    device, network = rig.bridge.directory.find("plug"), rig.bridge.network
    assert device is not None
    for frame in frames:
        rig.loop.call_soon(network.frame_received, device.nwk, 0, 1, cluster, bytes.fromhex(frame), 90, True)
    rig.sleep(1)


def test_a_repeated_frame_is_published_once(rig: Rig, plug: Any) -> None:
    frame = "18010a00001001"
    say(rig, 6, frame, frame, frame)
    assert len(states(rig)) == 1
    rig.sleep(11)
    rig.mqtt.mark()
    say(rig, 6, frame)
    assert len(states(rig)) == 1


def test_similar_frames_that_are_not_duplicates(rig: Rig, plug: Any) -> None:
    """Another sequence number, another endpoint, another device."""
    other = rig.pair("other")
    rig.sleep(30)
    rig.mqtt.mark()
    say(rig, 6, "18010a00001001", "18020a00001001")
    assert len(states(rig)) == 2
    for node, endpoint in ((plug.node, 2), (other.node, 1)):
        node.send(0, 1, endpoint, 0x0104, 6, bytes.fromhex("18020a00001001"))
    rig.sleep(1)
    assert len(states(rig)) == 3
    assert len(rig.mqtt.since_mark("other")) == 1


def test_a_frame_that_others_come_between_is_still_the_same(rig: Rig, plug: Any) -> None:
    say(rig, 6, "18010a00001001", "18020a00001000", "18010a00001001")
    assert [state["state"] for state in states(rig)] == ["ON", "OFF"]


def test_a_device_that_joins_again_counts_anew(rig: Rig, plug: Any) -> None:
    say(rig, 6, "18010a00001001")
    plug.do("leave")
    rig.mqtt.request("permit_join", {"time": 254})
    plug.do("pair")
    rig.mqtt.eventually("bridge/event", {"type": "device_interview", "data": {"status": "successful"}})
    rig.sleep(1)
    rig.mqtt.mark()
    say(rig, 6, "18010a00001001")
    assert states(rig)[0]["state"] == "ON"


@pytest.mark.parametrize(
    ("frame", "why"),
    [
        ("18010b0200", "a default response that nobody waits for"),
        ("18020aef001001", "an attribute that means nothing"),
        ("19030500", "a command that nobody knows"),
    ],
)
def test_with_last_seen_every_frame_is_published(rig: Rig, frame: str, why: str) -> None:
    rig.start(advanced={"last_seen": "epoch"})
    rig.pair()
    rig.sleep(30)
    rig.mqtt.mark()
    say(rig, 6, frame)
    assert len(states(rig)) == 1, why
    assert rig.bridge is not None
    device = rig.bridge.directory.find("plug")
    assert device is not None
    assert device.last_seen is not None
    assert states(rig)[0]["last_seen"] == int(device.last_seen * 1000)


def test_an_announcement_updates_last_seen(rig: Rig) -> None:
    rig.start(advanced={"last_seen": "ISO_8601"})
    plug = rig.pair()
    plug.do("cut")
    rig.sleep(60)
    plug.do("restore")
    rig.mqtt.mark()
    rig.mqtt.eventually("plug", {}, within=3)
    assert "last_seen" in states(rig)[0]


def test_elapsed_counts_from_the_publish_before(rig: Rig) -> None:
    rig.start(advanced={"elapsed": True})
    rig.pair()
    rig.sleep(30)
    say(rig, 6, "18010a00001001", "18020a00001000")
    first, second = states(rig)[-2:]
    assert 0 <= second["elapsed"] < 1000
    assert "elapsed" not in rig.bridge.states.get(rig.bridge.directory.find("plug"))  # type: ignore[union-attr, arg-type]
    assert first["state"] == "ON"


def test_a_malformed_frame_is_logged_once_and_the_next_good_one_counts(rig: Rig, plug: Any) -> None:
    cut = "1c5f11b60a01ff420964100103282398391f"
    say(rig, 0, cut, cut.replace("b60a", "b70a"), "18020a0000", "18", "", "18030a00001001")
    assert states(rig) == []
    logged = [message.json["message"] for message in rig.mqtt.since_mark("bridge/logging")]
    assert sum("malformed" in text for text in logged) == 3
    assert any(cut in text for text in logged)
    say(rig, 6, "18040a00001001")
    assert [state["state"] for state in states(rig)] == ["ON"]


def test_debug_lines_on_mqtt_when_wanted(rig: Rig) -> None:
    rig.start(advanced={"log_level": "debug", "log_debug_to_mqtt_frontend": True})
    plug = rig.pair()
    plug.do("press")
    rig.log("MQTT publish: topic 'zigbee2mqtt/plug'", level="debug")

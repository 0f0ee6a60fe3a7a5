"""A plug on the bridge: joining, being set and read, leaving."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from freezegun import freeze_time

from tests.support.rig import Rig
from zigloop.air.frame import ApsFrame
from zigloop.events import FrameSent
from zigloop_bridge.extensions.announcements import DEVICES_PERIOD
from zigloop_bridge.zcl import codec as zcl
from zigloop_bridge.zcl import names


def events(rig: Rig) -> list[tuple[str, str | None]]:
    return [
        (message.json["type"], message.json["data"].get("status")) for message in rig.mqtt.since_mark("bridge/event")
    ]


def device_entry(rig: Rig, name: str) -> Any:
    message = rig.mqtt.fetch_retained("zigbee2mqtt/bridge/devices")
    assert message is not None
    return next((entry for entry in message.json if entry["friendly_name"] == name), None)


def test_joining(rig: Rig) -> None:
    rig.start()
    plug = rig.bench.add("ZNCZ02LM", "plug")
    assert rig.mqtt.request("permit_join", {"time": 60}) == {"time": 60}
    plug.do("pair")
    ended = rig.mqtt.eventually("bridge/event", {"data": {"status": "successful"}})
    assert events(rig) == [
        ("device_joined", None),
        ("device_interview", "started"),
        ("device_interview", "successful"),
    ]
    data = ended.json["data"]
    assert data["supported"] is True
    assert data["definition"]["model"] == "ZNCZ02LM"
    rig.sleep(2)
    entry = device_entry(rig, data["friendly_name"])
    assert entry["ieee_address"] == data["ieee_address"] == data["friendly_name"]
    assert entry["type"] == "Router"
    assert entry["interview_state"] == "SUCCESSFUL"
    assert entry["model_id"] == "lumi.plug"
    assert entry["manufacturer"] == "LUMI"
    assert entry["power_source"] == "Mains (single phase)"
    assert entry["endpoints"]["2"]["clusters"]["input"] == ["genAnalogInput"]
    assert entry["definition"]["exposes"][-1]["name"] == "linkquality"


def test_a_device_that_receives_nothing_before_it_has_announced_itself(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its first question is lost: the trust center tells of a device before that has the network's key."""
    rig.start()
    plug = rig.bench.add("ZNCZ02LM", "plug")
    hear = plug.node.receive
    monkeypatch.setattr(plug.node, "receive", lambda frame, lqi: hear(frame, lqi) if plug.node.announced else None)
    rig.mqtt.request("permit_join", {"time": 60})
    plug.do("pair")
    rig.mqtt.eventually("bridge/event", {"data": {"status": "successful"}}, within=2)


def test_the_network_closes_by_itself(rig: Rig) -> None:
    rig.start()
    rig.mqtt.request("permit_join", {"time": 60})
    rig.mqtt.holds("bridge/info", {"permit_join": True})
    rig.sleep(59)
    rig.mqtt.holds("bridge/info", {"permit_join": True})
    rig.sleep(2)
    info = rig.mqtt.fetch_retained("zigbee2mqtt/bridge/info")
    assert info is not None
    assert info.json["permit_join"] is False
    assert "permit_join_end" not in info.json
    plug = rig.bench.add("ZNCZ02LM", "plug")
    plug.do("pair")
    rig.mqtt.never("bridge/event", {"type": "device_joined"}, within=10)


def test_coming_back_after_an_outage_is_an_announcement(rig: Rig, plug: Any) -> None:
    rig.mqtt.mark()
    plug.do("cut")
    rig.sleep(2)
    plug.do("restore")
    rig.mqtt.eventually("bridge/event", {"type": "device_announce", "data": {"friendly_name": "plug"}})
    rig.sleep(5)
    assert ("device_interview", "started") not in events(rig)


def test_a_device_of_unknown_model(rig: Rig) -> None:
    rig.start()
    plug = rig.bench.add("ZNCZ02LM", "plug")
    plug.basic.attributes.set(0x0005, b"acme.plug")
    rig.mqtt.request("permit_join", {"time": 60})
    plug.do("pair")
    ended = rig.mqtt.eventually("bridge/event", {"data": {"status": "successful", "supported": False}})
    assert "definition" not in ended.json["data"]
    rig.log("with Zigbee model 'acme.plug' and manufacturer name 'LUMI' is NOT supported", level="warning")
    name = ended.json["data"]["friendly_name"]
    plug.do("press")
    rig.mqtt.never(name, {})
    rig.mqtt.publish(f"{name}/set", "ON")
    rig.log(f"Cannot publish to unsupported device '{name}'")


def test_leaving(rig: Rig, plug: Any) -> None:
    plug.do("leave")
    rig.mqtt.eventually("bridge/event", {"type": "device_leave", "data": {"friendly_name": "plug"}})
    rig.sleep(1)
    assert device_entry(rig, "plug") is None


def test_a_device_that_left_is_called_as_before_when_it_comes_back(rig: Rig, plug: Any) -> None:
    plug.do("leave")
    rig.mqtt.eventually("bridge/event", {"type": "device_leave"})
    rig.mqtt.request("permit_join", {"time": 60})
    plug.do("pair")
    rig.mqtt.eventually("bridge/event", {"type": "device_joined", "data": {"friendly_name": "plug"}})
    rig.mqtt.eventually("bridge/event", {"data": {"status": "successful"}})


@pytest.mark.parametrize(
    ("topic", "payload", "state"),
    [
        ("plug/set", '{"state": "ON"}', "ON"),
        ("plug/set", "ON", "ON"),
        ("plug/set/state", "ON", "ON"),
        ("plug/1/set", '{"state": "on"}', "ON"),
        ("plug/1/set/state", "ON", "ON"),
        ("{ieee}/set", "on", "ON"),
    ],
)
def test_set_in_all_forms(rig: Rig, plug: Any, topic: str, payload: str, state: str) -> None:
    rig.mqtt.publish(topic.format(ieee=f"0x{plug.node.ieee:016x}"), payload)
    rig.mqtt.eventually("plug", {"state": state})
    assert plug.on is (state == "ON")


@pytest.mark.parametrize("topic", ["plug/get", "plug/1/get"])
def test_get(rig: Rig, plug: Any, topic: str) -> None:
    rig.mqtt.publish(topic, {"state": ""})
    rig.mqtt.eventually("plug", {"state": "OFF"})
    rig.mqtt.publish("plug/get/power", "")
    rig.mqtt.eventually("plug", {"power": 0})


@pytest.mark.parametrize(
    ("topic", "payload", "error"),
    [
        ("nosuch/set", "ON", "Entity 'nosuch' is unknown"),
        ("plug/set", "blah", "Invalid message 'undefined', skipping..."),
        ("plug/set", "null", "Invalid message 'null', skipping..."),
        ("plug/7/set", "ON", "Device 'plug' has no endpoint '7'"),
        ("plug/set", '{"foo": 1}', "No converter available for 'foo' on 'plug': (1)"),
        ("plug/set", '{"power": 1}', "No converter available for 'set' 'power' (1)"),
        ("plug/get", '{"energy": ""}', "No converter available for 'energy' on 'plug'"),
        ("plug/set", '{"state": "FOO"}', "'foo' not allowed, choose between: toggle,off,on"),
        ("plug/set", '{"state": "ON", "on_time": "1"}', "The on_time value must be a number!"),
        ("plug/set", '{"state": "ON", "on_time": 1e308}', "must be between 0 and 6553.4 seconds!"),
        ("plug/set", '{"power_outage_memory": "false"}', "must be true or false"),
    ],
)
def test_errors_are_logged(rig: Rig, plug: Any, topic: str, payload: str, error: str) -> None:
    rig.mqtt.publish(topic, payload)
    rig.log(error)
    assert not plug.on


def test_one_wrong_key_does_not_stop_the_others(rig: Rig, plug: Any) -> None:
    rig.mqtt.publish("plug/set", {"foo": 1, "state": "ON"})
    rig.mqtt.eventually("plug", {"state": "ON"})
    rig.log("No converter available for 'foo'")


def test_toggle_of_an_unknown_state_is_published_by_the_report(rig: Rig) -> None:
    rig.start(advanced={"cache_state": False})
    plug = rig.pair()
    assert rig.bridge is not None
    rig.bridge.states.remove(rig.bridge.directory.find("plug"))  # type: ignore[arg-type]
    rig.mqtt.publish("plug/set", "TOGGLE")
    first = rig.mqtt.eventually("plug", {"state": "ON"})
    rig.sleep(1)
    assert rig.mqtt.since_mark("plug") == [first]
    assert plug.on


def test_a_device_that_does_not_answer(rig: Rig, plug: Any) -> None:
    plug.do("cut")
    rig.mqtt.publish("plug/set", "ON")
    rig.log("Publish 'set' 'state' to 'plug' failed: 'Error: Command 0x01", within=60)
    assert not rig.mqtt.since_mark("plug")


def test_a_slow_device_does_not_hold_up_another(rig: Rig, plug: Any) -> None:
    other = rig.pair("other")
    plug.do("cut")
    rig.mqtt.publish("plug/set", "ON")
    rig.sleep(0.2)
    rig.mqtt.publish("other/set", "ON")
    rig.mqtt.eventually("other", {"state": "ON"}, within=1)
    assert other.on
    rig.sleep(60)


def test_messages_to_one_device_keep_their_order(rig: Rig, plug: Any) -> None:
    for state in ("ON", "OFF", "ON", "OFF", "ON", "OFF"):
        rig.mqtt.publish("plug/set", state)
    rig.sleep(5)
    assert not plug.on


def test_power_outage_memory(rig: Rig, plug: Any) -> None:
    rig.mqtt.publish("plug/set", {"power_outage_memory": True})
    rig.mqtt.eventually("plug", {"power_outage_memory": True})
    assert plug.power_outage_memory
    rig.mqtt.publish("plug/get", {"power_outage_memory": ""})
    rig.mqtt.eventually("plug", {"power_outage_memory": True})


def test_power_outage_memory_of_a_plug_that_refuses_to_tell(rig: Rig) -> None:
    rig.start()
    plug = rig.pair(refuses_power_outage_memory_read=True)
    rig.mqtt.publish("plug/get", {"power_outage_memory": ""})
    rig.log("Publish 'get' 'power_outage_memory' to 'plug' failed: 'Error: Read")
    rig.mqtt.publish("plug/set", {"power_outage_memory": True})
    rig.mqtt.eventually("plug", {"power_outage_memory": True})
    rig.mqtt.publish("plug/get", {"power_outage_memory": ""})
    rig.mqtt.eventually("plug", {"power_outage_memory": True})
    assert plug.power_outage_memory


def test_remove(rig: Rig, plug: Any) -> None:
    assert rig.mqtt.request("device/remove", {"id": "plug"}) == {
        "id": "plug",
        "block": False,
        "force": False,
        "keep_config": False,
        "clear_cache": False,
    }
    rig.sleep(2)
    assert device_entry(rig, "plug") is None
    assert "plug" not in (rig.data / "configuration.yaml").read_text()
    assert plug.node.nwk is None or not plug.node.joined


def test_remove_a_device_that_does_not_answer(rig: Rig, plug: Any) -> None:
    plug.do("cut")
    rig.mqtt.publish("bridge/request/device/remove", {"id": "plug"})
    answer = rig.mqtt.eventually("bridge/response/device/remove", {"status": "error"}, within=90)
    assert answer.json["error"].startswith(
        "Failed to remove device 'plug' (block: false, force: false, keep config: false, clear cache: false) (Error"
    )
    assert device_entry(rig, "plug") is not None
    assert rig.mqtt.request("device/remove", {"id": "plug", "force": True})["force"] is True
    rig.sleep(1)
    assert device_entry(rig, "plug") is None


def test_fifty_at_once(rig: Rig) -> None:
    rig.start()
    rig.mqtt.request("permit_join", {"time": 254})
    for _ in range(50):
        rig.bench.add("ZNCZ02LM").do("pair")
    rig.sleep(60)
    entries = rig.mqtt.fetch_retained("zigbee2mqtt/bridge/devices")
    assert entries is not None
    states = [entry["interview_state"] for entry in json.loads(entries.payload)]
    assert states == ["SUCCESSFUL"] * 51


def test_a_plug_that_reads_the_time_gets_the_wall_clock(rig: Rig, plug: Any) -> None:
    """It is zigpy that answers, by the clock of the process: under freezegun, by freezegun's."""
    answers: list[bytes] = []

    def listen(frame: ApsFrame) -> None:
        if frame.cluster == names.TIME and frame.src == 0:
            answers.append(frame.data)

    rig.bench.events.subscribe(FrameSent, lambda event: listen(event.frame))
    moment = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)
    with freeze_time(moment, real_asyncio=True, ignore=["_pytest"]):
        plug.read_time()
        rig.sleep(1)
    (answer,) = answers
    values = zcl.read_response(zcl.parse(answer).payload).values
    assert values == {0: (moment - datetime(2000, 1, 1, tzinfo=UTC)).total_seconds()}


def test_a_device_that_joins_again_while_it_is_interviewed_is_asked_anew(rig: Rig) -> None:
    """The first requests went to an address that it no longer has: no device answers them."""
    rig.start()
    rig.mqtt.request("permit_join", {"time": 254})
    plug = rig.bench.add("ZNCZ02LM", "plug")
    plug.do("pair")
    rig.mqtt.eventually("bridge/event", {"data": {"status": "successful"}})
    ieee = f"0x{plug.node.ieee:016x}"
    rig.mqtt.request("device/remove", {"id": ieee, "force": True})
    plug.readdress()  # it is still on the network, and is asked what it is
    rig.mqtt.mark()
    rig.mqtt.eventually("bridge/event", {"data": {"status": "started"}})
    rig.bench.radio.network.forget(plug.node.ieee)
    rig.bench.remove("plug")
    rig.bench.add("ZNCZ02LM", "plug").do("pair")
    rig.mqtt.eventually("bridge/event", {"data": {"status": "successful"}}, within=10)
    rig.sleep(DEVICES_PERIOD)  # the list of devices may follow its event
    assert device_entry(rig, ieee)["interview_state"] == "SUCCESSFUL"
    rig.sleep(60)
    assert ("device_interview", "failed") not in events(rig)

"""`bridge/request/…`: each request's answer and its errors, with Zigbee2MQTT's texts."""

from typing import Any

import pytest

from tests.support.rig import Rig


def error(rig: Rig, name: str, payload: Any) -> str:
    """The error that a request is answered with."""
    rig.mqtt.publish(f"bridge/request/{name}", payload)
    answer = rig.mqtt.eventually(f"bridge/response/{name}", {"status": "error"}).json
    assert answer["data"] == {}
    return str(answer["error"])


def answer(rig: Rig, name: str, payload: Any) -> Any:
    rig.mqtt.publish(f"bridge/request/{name}", payload)
    return rig.mqtt.eventually(f"bridge/response/{name}", {}).json


@pytest.mark.parametrize("transaction", [5, "abc", {"a": [1]}, None, False])
def test_the_transaction_comes_back(rig: Rig, transaction: object) -> None:
    rig.start()
    got = answer(rig, "health_check", {"transaction": transaction})
    assert got == {"data": {"healthy": True}, "status": "ok", "transaction": transaction}


@pytest.mark.parametrize("payload", ["", "x", "5", "[1]"])
def test_without_a_transaction_there_is_none(rig: Rig, payload: str) -> None:
    rig.start()
    assert answer(rig, "health_check", payload) == {"data": {"healthy": True}, "status": "ok"}


@pytest.mark.parametrize(
    "payload",
    ['{"transaction": NaN}', '{"transaction": 1e999}', r'{"transaction": "\ud800"}', "[" * 99_999],
    ids=["NaN", "infinite", "half a character", "deep"],
)
def test_a_payload_that_is_not_json_has_no_transaction(rig: Rig, payload: str) -> None:
    rig.start()
    assert answer(rig, "health_check", payload) == {"data": {"healthy": True}, "status": "ok"}


def test_an_unknown_request_gets_no_answer(rig: Rig) -> None:
    rig.start()
    rig.mqtt.publish("bridge/request/nosuch", {})
    rig.mqtt.never("bridge/response/nosuch", {})
    assert any("'nosuch' is unknown" in m.text for m in rig.mqtt.since_mark("bridge/logging"))


@pytest.mark.parametrize(
    ("payload", "data"),
    [
        ({"time": 60}, {"time": 60}),
        ({"time": "60"}, {"time": 60}),
        ("60", {"time": 60}),
        ("0", {"time": 0}),
        ({"time": 254, "device": "plug"}, {"time": 254, "device": "plug"}),
    ],
)
def test_permit_join(rig: Rig, plug: Any, payload: Any, data: Any) -> None:
    assert answer(rig, "permit_join", payload) == {"data": data, "status": "ok"}
    rig.mqtt.holds("bridge/info", {"permit_join": data["time"] > 0})


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        ({}, "Invalid payload"),
        ("", "Invalid payload"),
        ("soon", "Invalid payload"),
        ({"time": True}, "Invalid payload"),
        ({"time": -1}, "Invalid payload"),
        ({"time": 255}, "Cannot permit join for more than 254 seconds."),
        ({"time": 60, "device": "nosuch"}, "Device 'nosuch' does not exist"),
    ],
)
def test_permit_join_errors(rig: Rig, payload: Any, text: str) -> None:
    rig.start()
    assert error(rig, "permit_join", payload) == text


def test_rename(rig: Rig, plug: Any) -> None:
    rig.mqtt.request("device/options", {"id": "plug", "options": {"retain": True}})
    plug.do("press")
    rig.mqtt.holds("plug", {"state": "ON"})
    data = rig.mqtt.request("device/rename", {"from": "plug", "to": " kitchen/lamp "})
    assert data == {"from": "plug", "to": "kitchen/lamp", "homeassistant_rename": False}
    rig.mqtt.holds("kitchen/lamp", {"state": "ON"})
    assert rig.mqtt.fetch_retained("zigbee2mqtt/plug") is None
    assert "kitchen/lamp" in (rig.mqtt.fetch_retained("zigbee2mqtt/bridge/devices") or plug).text
    rig.mqtt.publish("kitchen/lamp/set/state", "OFF")
    rig.mqtt.eventually("kitchen/lamp", {"state": "OFF"})
    rig.mqtt.publish("plug/set", "ON")
    rig.log("Entity 'plug' is unknown")


def test_a_device_renamed_to_a_deep_name_gets_its_commands(rig: Rig, plug: Any) -> None:
    rig.mqtt.request("device/rename", {"from": "plug", "to": "a/b/c/d/e"})
    rig.sleep(1)
    rig.mqtt.publish("a/b/c/d/e/set", "ON")
    rig.mqtt.eventually("a/b/c/d/e", {"state": "ON"})


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        ("plug", "Invalid payload"),
        ({"from": "plug"}, "Invalid payload"),
        ({"to": "x"}, "Invalid payload"),
        ({"from": "nosuch", "to": "x"}, "Device 'nosuch' does not exist"),
        ({"from": "plug", "to": "plug"}, "friendly_name 'plug' is already in use"),
        ({"from": "plug", "to": "a/1"}, "Friendly name cannot end with a \"/DIGIT\" ('a/1')"),
        ({"from": "plug", "to": "a+"}, "MQTT wildcard (+ and #) not allowed in friendly_name ('a+')"),
        ({"from": "plug", "to": ""}, "friendly_name must be at least 1 char long"),
        ({"from": "plug", "to": 5}, "to is not a string!"),
        ({"from": ["plug"], "to": "x"}, "Device '[\"plug\"]' does not exist"),
        (r'{"from": "plug", "to": "\ud800"}', "Invalid payload"),
        ({"from": "Coordinator", "to": "x"}, "Device 'Coordinator' does not exist"),
        ({"last": True, "to": "x"}, "No device has joined since start"),
    ],
)
def test_rename_errors(rig: Rig, plug: Any, payload: Any, text: str) -> None:
    assert error(rig, "device/rename", payload) == text


def test_options(rig: Rig, plug: Any) -> None:
    data = rig.mqtt.request("device/options", {"id": "plug", "options": {"qos": 1, "device_temperature_precision": 1}})
    assert data == {
        "id": "plug",
        "from": {},
        "to": {"qos": 1, "device_temperature_precision": 1},
        "restart_required": False,
    }
    rig.mqtt.holds("bridge/info", {"config": {"devices": {f"0x{plug.node.ieee:016x}": {"qos": 1}}}})
    data = rig.mqtt.request("device/options", {"id": "plug", "options": {"qos": None, "throttle": 5}})
    assert data["to"] == {"device_temperature_precision": 1, "throttle": 5}
    assert data["restart_required"] is True


def test_an_unknown_option_is_stored_with_a_warning(rig: Rig, plug: Any) -> None:
    data = rig.mqtt.request("device/options", {"id": "plug", "options": {"nosuch": 1, "friendly_name": "x"}})
    assert data["to"] == {"nosuch": 1}
    assert any(
        "Device 'plug' does not support option 'nosuch'" in m.text for m in rig.mqtt.since_mark("bridge/logging")
    )


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        ({"id": "plug"}, "Invalid payload"),
        ({"options": {}}, "Invalid payload"),
        ({"id": "plug", "options": 1}, "Invalid payload"),
        ({"id": "nosuch", "options": {}}, "Device 'nosuch' does not exist"),
        ({"id": "plug", "options": {"qos": 7}}, "qos must be 0, 1 or 2"),
        ('{"id": "plug", "options": {"debounce": 1e999}}', "Invalid payload"),
        (
            {"id": "plug", "options": {"device_temperature_precision": 9}},
            "device_temperature_precision must be a number from 0 to 3",
        ),
        (
            {"id": "plug", "options": {"filtered_attributes": "x"}},
            "filtered_attributes must be a list of regular expressions",
        ),
        ({"id": "plug", "options": {"retention": 5}}, "MQTT retention requires protocol version 5"),
    ],
)
def test_options_errors(rig: Rig, plug: Any, payload: Any, text: str) -> None:
    assert error(rig, "device/options", payload) == text


def test_interview(rig: Rig, plug: Any) -> None:
    assert rig.mqtt.request("device/interview", {"id": "plug"}) == {"id": "plug"}
    statuses = [m.json["data"]["status"] for m in rig.mqtt.since_mark("bridge/event")]
    assert statuses == ["started", "successful"]


def test_interview_of_a_device_that_does_not_answer(rig: Rig, plug: Any) -> None:
    plug.do("cut")
    rig.mqtt.publish("bridge/request/device/interview", {"id": "plug"})
    got = rig.mqtt.eventually("bridge/response/device/interview", {"status": "error"}, within=200).json
    assert got["error"].startswith(f"Interview of 'plug' (0x{plug.node.ieee:016x}) failed: ")


@pytest.mark.parametrize("payload", ["plug", {"id": "plug"}])
def test_configure(rig: Rig, plug: Any, payload: Any) -> None:
    assert answer(rig, "device/configure", payload) == {"data": {"id": "plug"}, "status": "ok"}


@pytest.mark.parametrize(
    ("payload", "text"),
    [("nosuch", "Device 'nosuch' does not exist"), ({}, "Invalid payload"), ("", "Invalid payload")],
)
def test_configure_errors(rig: Rig, plug: Any, payload: Any, text: str) -> None:
    assert error(rig, "device/configure", payload) == text


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        ("nosuch", "Device 'nosuch' does not exist"),
        ({"id": "nosuch"}, "Device 'nosuch' does not exist"),
        ({}, "Device 'undefined' does not exist"),
        ("null", "Device 'undefined' does not exist"),
        ([], "Device '[]' does not exist"),
        ("Coordinator", "Device 'Coordinator' does not exist"),
        (
            {"id": "plug", "block": True},
            (
                "Failed to remove device 'plug' (block: true, force: false, keep config: false, "
                "clear cache: false) (Error: this bridge has no blocklist)"
            ),
        ),
    ],
)
def test_remove_errors(rig: Rig, plug: Any, payload: Any, text: str) -> None:
    assert error(rig, "device/remove", payload) == text


def test_restart(rig: Rig, plug: Any) -> None:
    rig.mqtt.request("restart", "")
    rig.mqtt.eventually("bridge/state", {"state": "offline"})
    rig.mqtt.eventually("bridge/state", {"state": "online"})
    rig.sleep(2)
    plug.do("press")
    rig.mqtt.eventually("plug", {"state": "ON"})
    rig.mqtt.publish("plug/set", "OFF")
    rig.mqtt.eventually("plug", {"state": "OFF"})


def test_groups_are_none(rig: Rig) -> None:
    rig.start()
    rig.mqtt.holds("bridge/groups", [])

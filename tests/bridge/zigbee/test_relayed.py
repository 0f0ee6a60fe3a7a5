"""Frames that some of Lumi's routers say to a group: they repeat another device, and the group is its address.

`tests/vectors/` has such frames with `group_id`. They are the network's matter, no definition's.
"""

import json
from typing import Any

import pytest

from tests.support.paths import VECTORS
from tests.support.rig import Rig
from zigloop.air.frame import COORDINATOR
from zigloop.device.device import Device

RELAYED = [
    vector
    for file in sorted(VECTORS.glob("*.json"))
    if not file.stem.endswith(".overrides")
    for vector in json.loads(file.read_text())["vectors"]
    if "group_id" in vector
]
ON = bytes.fromhex("18210a00001001")
STRANGER = 0x4321  # nobody's address


def join(rig: Rig, model: str, name: str) -> Device:
    """A device that says nothing of its own accord."""
    device = rig.bench.add(model, name)
    device.joined_network = lambda: None
    rig.mqtt.request("permit_join", {"time": 254})
    device.do("pair")
    rig.mqtt.eventually("bridge/event", {"type": "device_interview", "data": {"status": "successful"}})
    rig.mqtt.request("device/rename", {"last": True, "to": name})
    rig.sleep(5)
    rig.mqtt.mark()
    return device


def say(rig: Rig, device: Device, endpoint: int, cluster: int, data: bytes, group: int) -> None:
    """To a group, of which a radio hears: how it comes that real ones do isn't known."""
    rig.bench.radio.firmware.groups.members[(1, group)] = b""
    device.node.send(COORDINATOR, 1, endpoint, 0x0104, cluster, data, group=group)
    rig.sleep(2)


def published(rig: Rig, name: str) -> list[Any]:
    found = []
    for message in rig.mqtt.since_mark(name):
        content = dict(message.json)
        del content["linkquality"]
        found.append(content)
    return found


@pytest.mark.parametrize("vector", RELAYED, ids=[vector["id"] for vector in RELAYED])
def test_vector(rig: Rig, vector: dict[str, Any]) -> None:
    bridge = rig.start()
    device = join(rig, vector["model"], "device")
    # A product may be known for an end device, whatever its descriptor says; the vectors have it both ways.
    bridge.network.devices[f"0x{device.node.ieee:016x}"].type = vector.get("device_override", {}).get("type", "Router")
    frame = bytes.fromhex(vector["zcl_frame_hex"])
    say(rig, device, vector["endpoint"], vector["cluster"], frame, vector["group_id"])
    expected = vector["expected"]["seed_era"]
    assert published(rig, "device") == ([] if expected is None else [expected])


def test_a_repeated_frame_is_the_other_devices(rig: Rig) -> None:
    """The relay says what the plug has said, and the plug gets it, with the relay's link quality."""
    rig.start()
    relay, plug = join(rig, "LLKZMK11LM", "relay"), join(rig, "ZNCZ02LM", "plug")
    rig.bench.air.set_lqi(relay.node, 61)
    say(rig, relay, 1, 6, ON, plug.node.nwk)
    assert rig.mqtt.since_mark("relay") == []
    (message,) = rig.mqtt.since_mark("plug")
    assert message.json == {"state": "ON", "linkquality": 61}


def test_a_relayed_frame_of_an_unknown_device_is_not_the_routers(rig: Rig) -> None:
    rig.start(advanced={"last_seen": "epoch"})
    relay = join(rig, "LLKZMK11LM", "relay")
    say(rig, relay, 1, 6, ON, STRANGER)
    assert rig.mqtt.since_mark("relay") == []


def test_a_router_of_somebody_else_may_talk_to_groups(rig: Rig) -> None:
    bridge = rig.start()
    relay = join(rig, "LLKZMK11LM", "relay")
    bridge.network.devices[f"0x{relay.node.ieee:016x}"].basics.manufacturer_name = "ACME"
    say(rig, relay, 1, 6, ON, STRANGER)
    assert [each["state_l1"] for each in published(rig, "relay")] == ["ON"]

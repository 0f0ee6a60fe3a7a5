"""`bridge/devices`: at most once each 100 ms, and always complete."""

import json
from itertools import pairwise

from tests.support.rig import Rig
from zigloop_bridge.extensions.announcements import DEVICES_PERIOD

JOIN = 10
TOPIC = "zigbee2mqtt/bridge/devices"


def listed(rig: Rig) -> dict[str, str]:
    """Interview state by name, of the devices."""
    message = rig.mqtt.fetch_retained(TOPIC)
    assert message is not None
    return {each["friendly_name"]: each["interview_state"] for each in json.loads(message.payload)}


def test_many_changes_are_published_together(rig: Rig) -> None:
    rig.start()
    rig.mqtt.request("permit_join", {"time": 254})
    began = rig.loop.time()
    for _ in range(JOIN):
        rig.bench.add("ZNCZ02LM").do("pair")
    rig.sleep(60)
    times = [message.at for message in rig.mqtt.messages if message.topic == TOPIC and message.at > began]
    assert 1 < len(times) < 4 * JOIN  # joined, interview started, announced, interviewed
    assert min(after - before for before, after in pairwise(times)) > 0.99 * DEVICES_PERIOD
    assert list(listed(rig).values()) == ["SUCCESSFUL"] * (JOIN + 1)


def test_a_single_change_is_published_before_its_answer(rig: Rig) -> None:
    rig.start()
    rig.pair("plug")
    rig.sleep(1)
    began = len(rig.mqtt.messages)
    rig.mqtt.request("device/rename", {"from": "plug", "to": "lamp"})
    topics = [message.topic for message in rig.mqtt.messages[began:]]
    assert topics.index(TOPIC) < topics.index("zigbee2mqtt/bridge/response/device/rename")
    assert "lamp" in listed(rig)


def test_the_last_of_many_changes_is_published(rig: Rig) -> None:
    rig.start()
    rig.pair("plug")
    names = ["plug", *(f"lamp{number}" for number in range(5))]
    for before, after in pairwise(names):
        rig.mqtt.request("device/rename", {"from": before, "to": after})
    rig.sleep(DEVICES_PERIOD + 0.01)
    assert names[-1] in listed(rig)
    rig.mqtt.request("device/remove", {"id": names[-1], "force": True})
    rig.sleep(DEVICES_PERIOD + 0.01)
    assert list(listed(rig)) == ["Coordinator"]

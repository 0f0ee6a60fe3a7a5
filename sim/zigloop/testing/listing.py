"""The host's list of devices, `bridge/devices`."""

from collections.abc import Callable
from typing import Any

from zigloop.testing.message import Message
from zigloop.testing.mqtt import PATIENCE, Mqtt

TOPIC = "bridge/devices"

Entries = list[dict[str, Any]]


def await_list(mqtt: Mqtt, wanted: Callable[[Entries], bool], expected: str, *, within: float = PATIENCE) -> Entries:
    """The host's list, once it is as `wanted`; AssertionError when it isn't `within` seconds.

    `expected` describes what is wanted, for the failure.
    """
    __tracebackhide__ = True
    topic = mqtt.topic(TOPIC)

    def good(message: Message) -> bool:
        return message.topic == topic and bool(message.payload) and wanted(message.json)

    current = mqtt.fetch_retained(topic)
    if current is None or not good(current):
        current = mqtt.wait_for(good, within=within)
    if current is None:
        raise AssertionError(mqtt.report(TOPIC, expected))
    entries: Entries = current.json
    return entries

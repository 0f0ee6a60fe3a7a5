"""Parses topics and payloads of /set and /get.

NAME may contain slashes. A topic's NAME is looked up as a whole first; when nothing has that name, its last
part may be an endpoint: `relay/l1/set`. `NAME/set/KEY` has the value itself as payload.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, cast

from zigloop_bridge.mqtt.payloads import read_json

Verb = Literal["set", "get"]

_TOPIC = re.compile(r"(?!bridge)(.+?)/(get|set)(?:/(.+))?\Z", re.DOTALL)
_STATES = {"on", "off", "toggle", "open", "close", "stop", "lock", "unlock"}


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic of /set or /get. `endpoint` is a name or number, as written."""

    name: str
    verb: Verb
    endpoint: str | None = None
    key: str | None = None


def parse_topic(topic: str, exists: Callable[[str], bool]) -> Topic | None:
    """Parse a topic (without the base topic); None when it is neither a /set nor a /get."""
    match = _TOPIC.match(topic)
    if match is None:
        return None
    name, verb, key = match[1], cast(Verb, match[2]), match[3]
    if not exists(name) and "/" in name:
        head, _, endpoint = name.rpartition("/")
        if head and endpoint:
            return Topic(head, verb, endpoint, key)
    return Topic(name, verb, None, key)


def parse_message(topic: Topic, payload: bytes) -> dict[str, Any] | None:
    """The payload as keys and values; None when it is neither an object nor a known text.

    A text such as ON is the state; the list of these texts is Zigbee2MQTT's.
    """
    try:
        value = read_json(payload)
    except ValueError:
        text = payload.decode("utf-8", "replace")
        if topic.key is not None:
            return {topic.key: text}
        return {"state": text} if text.lower() in _STATES else None
    if topic.key is not None:
        return {topic.key: value}
    return value if isinstance(value, dict) else None


def subscriptions(names: list[str]) -> tuple[str, ...]:
    """The topic filters that catch /set and /get of these names, with or without an endpoint.

    Subscribing to everything, as Zigbee2MQTT does, would make the broker send each of the bridge's own
    publishes back.
    """
    deepest = max((name.count("/") for name in names), default=0) + 2  # a name of one part, and an endpoint
    filters = ["bridge/request/#"]
    for depth in range(1, max(deepest, 3) + 1):
        filters += [f"{'+/' * depth}{verb}/#" for verb in ("set", "get")]
    return tuple(filters)

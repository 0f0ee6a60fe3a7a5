"""What may be wrong with an expectation that failed: a message that came too early, too late or under another name.

Called for the report of a failure, while the test's host still runs.
"""

import difflib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from zigloop.testing.match import At, contains
from zigloop.testing.message import Message, Unmet
from zigloop.testing.mqtt import Mqtt

#: Seconds in which a message is still expected after the failure: in virtual time, and in real time.
LOOK_ON: Final = 60.0
LOOK_ON_REAL: Final = 3.0
#: Least similarity of a name that is suggested, from 0 to 1 (difflib's own default is 0.6).
SIMILAR: Final = 0.6
_UNKNOWN = re.compile(r"'([^']+)' does not exist")


def nearest(name: str, known: Iterable[str], similar: float = SIMILAR) -> str | None:
    """The most similar name; case doesn't count. None when no name is similar."""
    by_lower = {each.lower(): each for each in known}
    found = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=similar)
    return by_lower[found[0]] if found else None


def hints(mqtt: Mqtt, unmet: Unmet, *, look_on: float) -> list[str]:
    """Sentences about an expectation that failed. Runs the loop for at most `look_on` seconds, for a late message."""
    if unmet.wanted is None:
        return []
    found = [*_too_early(mqtt, unmet, _of_test(mqtt)), *_other_topic(mqtt, unmet)]
    found += _too_late(mqtt, unmet, look_on)
    test = _of_test(mqtt)  # with what has come since
    return found or [*_unknown_topic(mqtt, unmet, test), *_keys_and_values(mqtt, unmet, test)]


def _of_test(mqtt: Mqtt) -> list[Message]:
    return [each for each in mqtt.messages if each.at >= mqtt.timeline.began]


def unknown_name(mqtt: Mqtt, text: str) -> list[str]:
    """The device nearest to one that the host doesn't know, as its refusal says."""
    match = _UNKNOWN.search(text)
    near = nearest(match[1], _names(mqtt)) if match else None
    return [f"the nearest device is {near}"] if near else []


def _fits(unmet: Unmet, message: Message) -> bool:
    """Whether a message is the expected one, under the expected topic; what waits for another kind may raise."""
    assert unmet.wanted is not None
    try:
        return unmet.wanted(replace(message, topic=unmet.topic))
    except (LookupError, TypeError, AttributeError, ValueError):
        return False


# When


def _too_early(mqtt: Mqtt, unmet: Unmet, test: list[Message]) -> Iterator[str]:
    after = {id(each) for each in mqtt.messages[unmet.mark :]}
    own = (each for each in test if each.topic == unmet.topic and id(each) not in after and not each.retain)
    early = [each for each in own if _fits(unmet, each)]
    if early:
        yield f"too early: such a message came at {_when(mqtt, early[-1])}, before the last stimulus"


def _too_late(mqtt: Mqtt, unmet: Unmet, look_on: float) -> list[str]:
    assert unmet.wanted is not None
    before = mqtt.now
    late = mqtt.wait_for(unmet.wanted, within=look_on)
    if late is None:
        return []
    at = mqtt.timeline.seconds(late.at)
    return [f"too late: it came at {at:.3f} s, {late.at - before:.1f} s after the end of this step"]


def _when(mqtt: Mqtt, message: Message) -> str:
    step = mqtt.timeline.step_at(message.at)
    return f"{mqtt.timeline.seconds(message.at):.3f} s" + (f", during {step!r}" if step else "")


# Under which name


def _other_topic(mqtt: Mqtt, unmet: Unmet) -> Iterator[str]:
    """The same on another topic, since the last stimulus."""
    if unmet.payload == {}:
        return
    first: dict[str, Message] = {}
    for message in mqtt.messages[unmet.mark :]:
        another = message.topic != unmet.topic and not mqtt.to_host(message.topic)
        if another and _fits(unmet, message):
            first.setdefault(message.topic, message)
    for topic, message in first.items():
        yield f"another topic: such a message came on {topic} at {_when(mqtt, message)}"


def _unknown_topic(mqtt: Mqtt, unmet: Unmet, test: list[Message]) -> Iterator[str]:
    """A topic on which nothing has ever come."""
    topics = {each.topic for each in test} | {mqtt.topic(name) for name in _names(mqtt)}
    if unmet.topic in topics:
        return
    of_bridge = unmet.topic.startswith(mqtt.topic("bridge/"))  # these are alike: only a typing error counts
    near = nearest(unmet.topic, (each for each in topics if not mqtt.to_host(each)), 0.9 if of_bridge else SIMILAR)
    if near or not of_bridge:
        yield "nothing has come on this topic in this test" + (f"; the nearest is {near}" if near else "")


def _keys_and_values(mqtt: Mqtt, unmet: Unmet, test: list[Message]) -> Iterator[str]:
    """Expected keys that no message on the topic has; values of another type or case."""
    expected = unmet.payload
    if isinstance(expected, At) and expected.path.isidentifier():
        expected = {expected.path: expected.expected}
    if not isinstance(expected, dict):
        return
    payloads = [each.json for each in test if each.topic == unmet.topic and isinstance(each.json, dict)]
    since = [
        each.json for each in mqtt.messages[unmet.mark :] if each.topic == unmet.topic and isinstance(each.json, dict)
    ]
    published = {key for payload in payloads for key in payload}
    exposed = _properties(mqtt).get(unmet.topic.removeprefix(mqtt.topic("")), set())
    for key, value in expected.items():
        if key not in published and (published or exposed):
            near = nearest(key, published | exposed)
            no = "the device doesn't expose it" if exposed and key not in exposed else "no message on this topic has it"
            yield f'key "{key}": {no}' + (f'; the nearest is "{near}"' if near and near != key else "")
        else:
            yield from _value(key, value, [payload[key] for payload in since if key in payload])
    each_came = all(any(contains({key: expected[key]}, payload) for payload in since) for key in expected)
    if len(expected) > 1 and each_came:
        yield "each of these values came, but not all in one message"


def _value(key: str, expected: Any, got: list[Any]) -> Iterator[str]:
    """The last value that only differs from the expected one in type or case."""
    if not isinstance(expected, str | int | float | None):
        return
    wanted = _plain(expected)
    for value in reversed(got):
        if contains(expected, value):
            continue
        if _plain(value) == wanted:
            yield f'"{key}" came as {json.dumps(value)}, {_kind(value)}; {json.dumps(expected)} is {_kind(expected)}'
            return
        if _plain(value).lower() == wanted.lower():
            yield f'"{key}" came as {json.dumps(value)}; case counts'
            return


def _plain(value: Any) -> str:
    """A value as text, with or without quotes."""
    return value if isinstance(value, str) else json.dumps(value)


def _kind(value: Any) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", str: "a text", type(None): "null"}
    return names.get(type(value), "a list" if isinstance(value, list) else "an object")


def _names(mqtt: Mqtt) -> set[str]:
    """Names of the devices that the host lists, and of those on the bench: after a rename the list is late."""
    return {*_properties(mqtt), *mqtt.timeline.devices}


def _properties(mqtt: Mqtt) -> Mapping[str, set[str]]:
    """The properties that each device exposes, by its name in the host's last `bridge/devices`."""
    topic = mqtt.topic("bridge/devices")
    messages = (each.json for each in reversed(mqtt.messages) if each.topic == topic)
    listed: list[dict[str, Any]] = next((each for each in messages if isinstance(each, list)), [])
    return {
        entry["friendly_name"]: {
            feature["property"]
            for expose in (entry.get("definition") or {}).get("exposes", [])
            for feature in expose.get("features", [expose])
            if "property" in feature
        }
        for entry in listed
    }

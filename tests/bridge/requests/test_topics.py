"""Topics and payloads of /set and /get in all their forms."""

import pytest

from zigloop_bridge.config.names import check_friendly_name
from zigloop_bridge.requests.topics import Topic, parse_message, parse_topic, subscriptions

NAMES = {"plug", "kitchen/plug", "l1", "0x00158d0001000001", "a/b/c/d"}


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("plug/set", Topic("plug", "set")),
        ("plug/get", Topic("plug", "get")),
        ("plug/set/state", Topic("plug", "set", None, "state")),
        ("plug/l1/set", Topic("plug", "set", "l1")),
        ("plug/1/set", Topic("plug", "set", "1")),
        ("plug/l1/set/state", Topic("plug", "set", "l1", "state")),
        ("plug/l1/get/state", Topic("plug", "get", "l1", "state")),
        ("kitchen/plug/set", Topic("kitchen/plug", "set")),
        ("kitchen/plug/l1/set/state", Topic("kitchen/plug", "set", "l1", "state")),
        ("a/b/c/d/set", Topic("a/b/c/d", "set")),
        ("0x00158d0001000001/set", Topic("0x00158d0001000001", "set")),
        ("nosuch/set", Topic("nosuch", "set")),
        ("no/such/set", Topic("no", "set", "such")),
        ("plug", None),
        ("plug/settings", None),
        ("bridge/request/set", None),
        ("set", None),
    ],
)
def test_topics(text: str, topic: Topic | None) -> None:
    assert parse_topic(text, NAMES.__contains__) == topic


@pytest.mark.parametrize(
    ("key", "payload", "message"),
    [
        (None, '{"state": "ON"}', {"state": "ON"}),
        (None, "ON", {"state": "ON"}),
        (None, "toggle", {"state": "toggle"}),
        (None, "Lock", {"state": "Lock"}),
        (None, "blah", None),
        (None, "", None),
        (None, "1", None),
        (None, "null", None),
        (None, "[1]", None),
        (None, "\xff", None),
        (None, '{"state": 1e999}', None),
        (None, '{"state": NaN}', None),
        (None, r'{"state": "\ud800"}', None),
        (None, "[" * 100_000, None),
        ("level", "1e999", {"level": "1e999"}),
        ("state", "ON", {"state": "ON"}),
        ("brightness", "100", {"brightness": 100}),
        ("power_outage_memory", "true", {"power_outage_memory": True}),
        ("state", '{"a": 1}', {"state": {"a": 1}}),
        ("state", "", {"state": ""}),
        ("level", "NaN", {"level": "NaN"}),
    ],
)
def test_payloads(key: str | None, payload: str, message: object) -> None:
    assert parse_message(Topic("plug", "set", None, key), payload.encode("latin-1")) == message


def test_payloads_that_are_no_text() -> None:
    assert parse_message(Topic("plug", "set"), b"\xff\xfe") is None


def matches(pattern: str, topic: str) -> bool:
    """Whether an MQTT topic filter with + and a final # catches a topic."""
    parts, levels = pattern.split("/"), topic.split("/")
    if parts[-1] == "#":
        parts.pop()
        levels = levels[: len(parts)]
    return len(parts) == len(levels) and all(a in ("+", b) for a, b in zip(parts, levels, strict=True))


@pytest.mark.parametrize(
    "topic",
    [
        "plug/set",
        "plug/l1/set/state",
        "nosuch/get",
        "a/b/c/d/set",
        "a/b/c/d/l1/set",
        "a/b/c/d/l1/get/state",
        "bridge/request/device/rename",
    ],
)
def test_subscriptions_catch_it(topic: str) -> None:
    assert any(matches(pattern, topic) for pattern in subscriptions(["plug", "a/b/c/d"]))


@pytest.mark.parametrize("topic", ["plug", "a/b/c/d", "bridge/devices", "bridge/response/permit_join"])
def test_subscriptions_leave_our_own_alone(topic: str) -> None:
    assert not any(matches(pattern, topic) for pattern in subscriptions(["plug", "a/b/c/d"]))


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("plug", None),
        ("kitchen/plug", None),
        ("Wohnzimmer ☕", None),
        ("", "at least 1 char"),
        ("/plug", "start with /"),
        ("plug/", "end or start with /"),
        ("plug/1", "/DIGIT"),
        ("plug+", "wildcard"),
        ("#", "wildcard"),
        ("a\nb", "control char"),
        ("\ud800", "control char"),
        ("n" * 1025, "too long"),
    ],
)
def test_names(name: str, problem: str | None) -> None:
    found = check_friendly_name(name)
    assert found is None if problem is None else found is not None and problem in found

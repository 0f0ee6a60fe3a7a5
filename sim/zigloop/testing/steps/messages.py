"""Steps about MQTT messages. Topics are relative to the base topic: `plug/set` is `zigbee2mqtt/plug/set`.

An expected payload is JSON: the message must have all its keys and values, and may have more keys.
"""

import json
import re
from typing import Any

from pytest_bdd import parsers

from zigloop.testing.match import contains
from zigloop.testing.mqtt import PATIENCE, SILENCE, Message, Mqtt, RequestError
from zigloop.testing.steps.lenient import then, when
from zigloop.testing.world import World

JSON = r"(?P<expected>\{.*\}|\[.*\])"
WITHIN = r"(?: within (?P<within>[\d.]+) seconds?)?"


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise AssertionError(f"the step's payload is not JSON: {text} ({error})") from None


@when(parsers.re(r"(?P<payload>\S.*) is published to (?P<topic>\S+)"))
def publish(mqtt: Mqtt, payload: str, topic: str) -> None:
    mqtt.publish(topic, "" if payload == "an empty message" else payload)


@when(parsers.re(r"this is published to (?P<topic>\S+):"))
def publish_text(mqtt: Mqtt, topic: str, docstring: str) -> None:
    mqtt.publish(topic, docstring)


@then(parsers.re(rf"(?P<topic>\S+) publishes {JSON}{WITHIN}"))
def publishes(mqtt: Mqtt, topic: str, expected: str, within: str | None) -> None:
    mqtt.eventually(topic, _json(expected), within=float(within or PATIENCE))


@then(parsers.re(rf"(?P<topic>\S+) publishes \"(?P<key>\w+)\" between (?P<low>\S+) and (?P<high>\S+){WITHIN}"))
def publishes_between(mqtt: Mqtt, topic: str, key: str, low: str, high: str, within: str | None) -> None:
    message = mqtt.wait_for(
        lambda m: m.topic == mqtt.topic(topic) and isinstance(m.json, dict) and key in m.json,
        within=float(within or PATIENCE),
    )
    assert message is not None, mqtt.report(topic, f'a "{key}" within {within or PATIENCE} s')
    value = message.json[key]
    assert isinstance(value, (int, float)) and not isinstance(value, bool), f"{key} is {value!r}, not a number"  # noqa: PT018
    assert float(low) <= value <= float(high), f"{key} is {value!r}, expected {low} to {high}"


@then(parsers.re(r"the \"(?P<key>\w+)\" of (?P<topic>\S+) matches (?P<pattern>.+)"))
def looks_like(mqtt: Mqtt, topic: str, key: str, pattern: str) -> None:
    """The regular expression matches the whole value as text."""
    message = mqtt.wait_for(
        lambda m: m.topic == mqtt.topic(topic) and isinstance(m.json, dict) and key in m.json, within=PATIENCE
    )
    assert message is not None, mqtt.report(topic, f'a "{key}" within {PATIENCE:g} s')
    value = str(message.json[key])
    assert re.fullmatch(pattern, value), f"{key} is {value}, expected {pattern}"


@then(parsers.re(rf"(?P<topic>\S+) never publishes {JSON}{WITHIN}"))
def never_publishes(mqtt: Mqtt, topic: str, expected: str, within: str | None) -> None:
    mqtt.never(topic, _json(expected), within=float(within or SILENCE))


@then(parsers.re(rf"(?P<topic>\S+) publishes nothing{WITHIN}"))
def publishes_nothing(mqtt: Mqtt, topic: str, within: str | None) -> None:
    mqtt.never(topic, {}, within=float(within or SILENCE))


@then(parsers.re(rf"(?P<topic>\S+) never publishes a \"(?P<key>\w+)\"{WITHIN}"))
def never_publishes_key(mqtt: Mqtt, topic: str, key: str, within: str | None) -> None:
    found = mqtt.wait_for(
        lambda m: m.topic == mqtt.topic(topic) and isinstance(m.json, dict) and key in m.json,
        within=float(within or SILENCE),
    )
    assert found is None, f'{topic} published a "{key}": {found.text if found else ""}'


@then(parsers.re(rf"(?P<topic>\S+) holds {JSON}"))
def holds(mqtt: Mqtt, topic: str, expected: str) -> None:
    mqtt.holds(topic, _json(expected))


@then(parsers.re(r"the last message on (?P<topic>\S+) is (?P<retained>retained|not retained)"))
def retained(mqtt: Mqtt, topic: str, retained: str) -> None:
    found = mqtt.fetch_retained(mqtt.topic(topic)) is not None
    assert found == (retained == "retained"), f"{topic} has {'a' if found else 'no'} retained message"


@then(parsers.re(rf"the host logs an? (?P<level>error|warning|info)(?: with \"(?P<text>.*)\")?{WITHIN}"))
def logs(mqtt: Mqtt, level: str, text: str | None, within: str | None) -> None:
    def wanted(message: Any) -> bool:
        if message.topic != mqtt.topic("bridge/logging"):
            return False
        entry = message.json
        return bool(entry["level"] == level and (text or "") in entry["message"])

    patience = float(within or 30)  # a missing response is logged after the ZCL timeout and retries
    found = mqtt.wait_for(wanted, within=patience)
    expected = f"an entry of level {level}" + (f" with {text!r}" if text else "")
    assert found is not None, mqtt.report("bridge/logging", f"{expected} within {patience:g} s")


@then(parsers.re(rf"the host logs no error{WITHIN}"))
def logs_no_error(mqtt: Mqtt, within: str | None) -> None:
    mqtt.never("bridge/logging", {"level": "error"}, within=float(within or SILENCE))


@when(parsers.re(r"the request (?P<name>\S+) is made(?: with (?P<payload>.+))?"), target_fixture="answer")
def request(mqtt: Mqtt, name: str, payload: str | None) -> Any:
    """The response's data, or a RequestError; the next step expects one of them."""
    body: Any = payload or ""
    if body.startswith("{"):
        body = _json(body)
    try:
        return mqtt.request(name, body)
    except RequestError as error:
        return error


@then("the request succeeds")
def request_succeeds(answer: Any) -> None:
    assert not isinstance(answer, RequestError), str(answer)


@then(parsers.re(rf"the request returns {JSON}"))
def request_answers(answer: Any, expected: str) -> None:
    assert not isinstance(answer, RequestError), str(answer)
    assert contains(_json(expected), answer), f"expected {expected}, got {json.dumps(answer)}"


@then(parsers.re(r"the request is refused with \"(?P<text>.*)\""))
def request_refused(answer: Any, text: str) -> None:
    assert isinstance(answer, RequestError), f"expected a refusal with {text!r}, got {answer!r}"
    assert text in str(answer), f"expected a refusal with {text!r}, got: {answer}"


@then(parsers.re(rf"meanwhile (?P<topic>\S+) published {JSON} (?P<low>\d+)(?: to (?P<high>\d+))? times?"))
def meanwhile_published(world: World, topic: str, expected: str, low: str, high: str | None) -> None:
    """During the last step that let time pass."""
    wanted = _json(expected)
    count = sum(1 for each in _meanwhile(world, topic) if contains(wanted, each.json))
    allowed = range(int(low), int(high or low) + 1)
    assert count in allowed, (
        f"{topic} published {expected} {count} times, expected {low}{f' to {high}' if high else ''}"
    )


@then(parsers.re(r"meanwhile (?P<topic>\S+) published nothing"))
def meanwhile_nothing(world: World, topic: str) -> None:
    messages = _meanwhile(world, topic)
    assert not messages, f"{topic} published {messages[0].text} and {len(messages) - 1} more"


@then("meanwhile the host logged no error or warning")
def meanwhile_no_error(world: World) -> None:
    entries = [each.json for each in _meanwhile(world, "bridge/logging")]
    problems = [each["message"] for each in entries if each["level"] in ("error", "warning")]
    assert not problems, f"the host logged {problems[0]!r} and {len(problems) - 1} more"


def _meanwhile(world: World, topic: str) -> list[Message]:
    return [each for each in world.meanwhile if each.topic == world.mqtt.topic(topic)]

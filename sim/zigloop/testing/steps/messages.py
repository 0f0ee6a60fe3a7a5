"""Steps about MQTT messages. Topics are relative to the base topic: `plug/set` is `zigbee2mqtt/plug/set`.

An expected payload is JSON: the message must have all its keys and values, and may have more keys.
"""

import json
from typing import Any

from pytest_bdd import parsers

from zigloop.testing.match import Anything, At, Matching, contains
from zigloop.testing.mqtt import PATIENCE, SILENCE, Message, Mqtt, RequestError
from zigloop.testing.steps.expected import EXPECTED, PATH, THEN, parse, parse_then
from zigloop.testing.steps.lenient import stimulus, then
from zigloop.testing.world import World

WITHIN = r"(?: within (?P<within>[\d.]+) seconds?)?"
QOS = r"(?: with QoS (?P<qos>\d+))?"


@stimulus(parsers.re(rf"(?P<payload>\S.*) is published (?P<retained>retained )?to (?P<topic>\S+){QOS}"))
def publish(world: World, payload: str, topic: str, retained: str | None, qos: str | None) -> None:
    text = "" if payload == "an empty message" else payload
    world.mqtt.publish(topic, text, retain=retained is not None, qos=int(qos or 0), stimulus=False)


@stimulus(parsers.re(rf"this is published (?P<retained>retained )?to (?P<topic>\S+){QOS}:"))
def publish_text(world: World, topic: str, docstring: str, retained: str | None, qos: str | None) -> None:
    world.mqtt.publish(topic, docstring, retain=retained is not None, qos=int(qos or 0), stimulus=False)


@then(parsers.re(rf"(?P<topic>\S+) publishes {EXPECTED}{WITHIN}"))
def publishes(mqtt: Mqtt, topic: str, expected: str, within: str | None) -> None:
    mqtt.eventually(topic, parse(expected), within=float(within or PATIENCE))


@then(parsers.re(rf"(?P<topic>\S+) publishes {EXPECTED} within (?P<within>[\d.]+) seconds? of the stimulus"))
def publishes_of_stimulus(mqtt: Mqtt, topic: str, expected: str, within: str) -> None:
    mqtt.eventually(topic, parse(expected), within=float(within), of_stimulus=True)


@then(parsers.re(rf"(?P<topic>\S+) publishes {EXPECTED} with QoS (?P<qos>\d+){WITHIN}"))
def publishes_with_qos(mqtt: Mqtt, topic: str, expected: str, qos: str, within: str | None) -> None:
    mqtt.eventually(topic, parse(expected), within=float(within or PATIENCE), qos=int(qos))


@then(parsers.re(rf"(?P<topic>\S+) publishes a {PATH}{WITHIN}"))
def publishes_key(mqtt: Mqtt, topic: str, path: str, within: str | None) -> None:
    mqtt.eventually(topic, At(path, Anything()), within=float(within or PATIENCE))


@then(parsers.re(rf"the {PATH} of (?P<topic>\S+) matches (?P<pattern>.+)"))
def looks_like(mqtt: Mqtt, topic: str, path: str, pattern: str) -> None:
    """The regular expression matches the whole value as text."""
    mqtt.eventually(topic, At(path, Matching(pattern)))


@then(parsers.re(rf"(?P<topic>\S+) publishes {EXPECTED} (?P<most>at most )?(?P<times>once|\d+ times){WITHIN}"))
def publishes_times(mqtt: Mqtt, topic: str, expected: str, most: str | None, times: str, within: str | None) -> None:
    """Since the last stimulus, and in the next seconds."""
    high = 1 if times == "once" else int(times.split(maxsplit=1)[0])
    mqtt.times(topic, parse(expected), 0 if most else high, high, within=float(within or SILENCE))


@then(parsers.re(rf"(?P<topic>\S+) publishes {EXPECTED}{THEN}"))
def publishes_in_order(mqtt: Mqtt, topic: str, expected: str, then: str) -> None:
    wanted: list[tuple[str, Any, float | None]] = [(topic, parse(expected), None)]
    for other, payload, most in parse_then(then):
        wanted.append((other or wanted[-1][0], payload, most))
    mqtt.in_order(*wanted, within=PATIENCE + sum(most or 0.0 for _, _, most in wanted))


@then(parsers.re(rf"(?P<topic>\S+) never publishes {EXPECTED}{WITHIN}"))
def never_publishes(mqtt: Mqtt, topic: str, expected: str, within: str | None) -> None:
    mqtt.never(topic, parse(expected), within=float(within or SILENCE))


@then(parsers.re(rf"(?P<topic>\S+) publishes nothing{WITHIN}"))
def publishes_nothing(mqtt: Mqtt, topic: str, within: str | None) -> None:
    mqtt.never(topic, {}, within=float(within or SILENCE))


@then(parsers.re(rf"(?P<topic>\S+) never publishes an? {PATH}{WITHIN}"))
def never_publishes_key(mqtt: Mqtt, topic: str, path: str, within: str | None) -> None:
    mqtt.never(topic, At(path, Anything()), within=float(within or SILENCE))


@then(parsers.re(rf"(?P<topic>\S+) holds {EXPECTED}"))
def holds(mqtt: Mqtt, topic: str, expected: str) -> None:
    mqtt.holds(topic, parse(expected))


@then(parsers.re(r"the last message on (?P<topic>\S+) is (?P<retained>retained|not retained)"))
def retained(mqtt: Mqtt, topic: str, retained: str) -> None:
    found = mqtt.fetch_retained(mqtt.topic(topic)) is not None
    assert found == (retained == "retained"), mqtt.report(topic, f"a message that is {retained}")


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


@stimulus(parsers.re(r"the request (?P<name>\S+) is made(?: with (?P<payload>.+))?"), target_fixture="answer")
def request(world: World, name: str, payload: str | None) -> Any:
    """The response's data, or a RequestError; the next step expects one of them."""
    body: Any = payload or ""
    if body.startswith("{"):
        body = parse(body)
    try:
        return world.mqtt.request(name, body, stimulus=False)
    except RequestError as error:
        return error


@then("the request succeeds")
def request_succeeds(answer: Any) -> None:
    assert not isinstance(answer, RequestError), str(answer)


@then(parsers.re(rf"the request returns {EXPECTED}"))
def request_answers(answer: Any, expected: str) -> None:
    assert not isinstance(answer, RequestError), str(answer)
    assert contains(parse(expected), answer), f"expected {expected}, got {json.dumps(answer)}"


@then(parsers.re(r"the request is refused with \"(?P<text>.*)\""))
def request_refused(answer: Any, text: str) -> None:
    assert isinstance(answer, RequestError), f"expected a refusal with {text!r}, got {answer!r}"
    assert text in str(answer), f"expected a refusal with {text!r}, got: {answer}"


@then(parsers.re(rf"meanwhile (?P<topic>\S+) published {EXPECTED} (?P<low>\d+)(?: to (?P<high>\d+))? times?"))
def meanwhile_published(world: World, topic: str, expected: str, low: str, high: str | None) -> None:
    """During the last step that let time pass."""
    wanted = parse(expected)
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

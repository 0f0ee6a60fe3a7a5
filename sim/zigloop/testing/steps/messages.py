"""Steps about MQTT messages. Topics are relative to the base topic: `plug/set` is `zigbee2mqtt/plug/set`.

An expected payload is JSON: the message must have all its keys and values, and may have more keys.
"""

import json
from typing import Any

from zigloop.testing.match import Anything, At, Matching, contains
from zigloop.testing.message import Message
from zigloop.testing.mqtt import PATIENCE, SILENCE, Mqtt, RequestError
from zigloop.testing.steps.expected import parse, parse_then
from zigloop.testing.steps.lenient import stimulus, then
from zigloop.testing.world import World

WITHIN = "[ within {within} second[s]]"
QOS = "[ with QoS {qos}]"


@stimulus("{payload} is published [{retained:retained} ]to {topic}" + QOS)
def publish(world: World, payload: str, topic: str, retained: str | None, qos: str | None) -> None:
    text = "" if payload == "an empty message" else payload
    world.mqtt.publish(topic, text, retain=retained is not None, qos=int(qos or 0), stimulus=False)


@stimulus("this is published [{retained:retained} ]to {topic}" + QOS + ":")
def publish_text(world: World, topic: str, docstring: str, retained: str | None, qos: str | None) -> None:
    world.mqtt.publish(topic, docstring, retain=retained is not None, qos=int(qos or 0), stimulus=False)


@then("{topic} publishes {expected}" + QOS + "[ within {within} second[s][ {of_stimulus:of the stimulus}]]")
def publishes(
    mqtt: Mqtt, topic: str, expected: str, qos: str | None, within: str | None, of_stimulus: str | None
) -> None:
    mqtt.eventually(
        topic,
        parse(expected),
        within=float(within or PATIENCE),
        qos=int(qos) if qos else None,
        of_stimulus=of_stimulus is not None,
    )


@then('{topic} publishes a[n] "{path}"' + WITHIN)
def publishes_key(mqtt: Mqtt, topic: str, path: str, within: str | None) -> None:
    mqtt.eventually(topic, At(path, Anything()), within=float(within or PATIENCE))


@then('the "{path}" of {topic} matches {pattern}')
def looks_like(mqtt: Mqtt, topic: str, path: str, pattern: str) -> None:
    """The regular expression matches the whole value as text."""
    mqtt.eventually(topic, At(path, Matching(pattern)))


@then("{topic} publishes {expected} [{most:at most} ](once|{times} times)" + WITHIN)
def publishes_times(
    mqtt: Mqtt, topic: str, expected: str, most: str | None, times: str | None, within: str | None
) -> None:
    """Since the last stimulus, and in the next seconds."""
    high = int(times or 1)
    mqtt.times(topic, parse(expected), 0 if most else high, high, within=float(within or SILENCE))


@then("{topic} publishes {expected}{then}")
def publishes_in_order(mqtt: Mqtt, topic: str, expected: str, then: str) -> None:
    wanted: list[tuple[str, Any, float | None]] = [(topic, parse(expected), None)]
    for other, payload, most in parse_then(then):
        wanted.append((other or wanted[-1][0], payload, most))
    mqtt.in_order(*wanted, within=PATIENCE + sum(most or 0.0 for _, _, most in wanted))


@then("{topic} never publishes {expected}" + WITHIN)
def never_publishes(mqtt: Mqtt, topic: str, expected: str, within: str | None) -> None:
    mqtt.never(topic, parse(expected), within=float(within or SILENCE))


@then("{topic} publishes nothing" + WITHIN)
def publishes_nothing(mqtt: Mqtt, topic: str, within: str | None) -> None:
    mqtt.never(topic, {}, within=float(within or SILENCE))


@then('{topic} never publishes a[n] "{path}"' + WITHIN)
def never_publishes_key(mqtt: Mqtt, topic: str, path: str, within: str | None) -> None:
    mqtt.never(topic, At(path, Anything()), within=float(within or SILENCE))


@then("{topic} holds {expected}")
def holds(mqtt: Mqtt, topic: str, expected: str) -> None:
    mqtt.holds(topic, parse(expected))


@then("the last message on {topic} is {retained:retained|not retained}")
def retained(world: World, topic: str, retained: str) -> None:
    world.settle()
    found = world.mqtt.fetch_retained(world.mqtt.topic(topic)) is not None
    assert found == (retained == "retained"), world.mqtt.report(topic, f"a message that is {retained}")


@then('the host logs a[n] {level:error|warning|info}[ with "{text}"]' + WITHIN)
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


@then("the host logs no error" + WITHIN)
def logs_no_error(mqtt: Mqtt, within: str | None) -> None:
    mqtt.never("bridge/logging", {"level": "error"}, within=float(within or SILENCE))


@stimulus("the request {name} is made[ with {payload}]", target_fixture="answer")
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


@then("the request returns {expected}")
def request_answers(answer: Any, expected: str) -> None:
    assert not isinstance(answer, RequestError), str(answer)
    assert contains(parse(expected), answer), f"expected {expected}, got {json.dumps(answer)}"


@then('the request is refused with "{text}"')
def request_refused(answer: Any, text: str) -> None:
    assert isinstance(answer, RequestError), f"expected a refusal with {text!r}, got {answer!r}"
    assert text in str(answer), f"expected a refusal with {text!r}, got: {answer}"


@then("meanwhile {topic} published {expected} {low}[ to {high}] time[s]")
def meanwhile_published(world: World, topic: str, expected: str, low: str, high: str | None) -> None:
    """During the last step that let time pass."""
    wanted = parse(expected)
    count = sum(1 for each in _meanwhile(world, topic) if contains(wanted, each.json))
    allowed = range(int(low), int(high or low) + 1)
    assert count in allowed, (
        f"{topic} published {expected} {count} times, expected {low}{f' to {high}' if high else ''}"
    )


@then("meanwhile {topic} published nothing")
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

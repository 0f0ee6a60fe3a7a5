"""From a message to steps, beyond the golden vectors."""

from typing import Any

import pytest

from zigloop_bridge.converters.definition import NotSupportedError
from zigloop_bridge.devices import llkzmk11lm, zncz02lm
from zigloop_bridge.requests.plan import NoConverterError, Step, in_order, plan

PLUG, RELAY = zncz02lm.definition, llkzmk11lm.definition


def steps(message: dict[str, Any], *, definition: Any = PLUG, verb: Any = "set", **more: Any) -> list[Step]:
    return plan(definition, verb, message, more.get("endpoint"), more.get("state", {}), more.get("options", {}))


def test_state_goes_last_when_switching_off() -> None:
    assert [key for key, _ in in_order({"state": "OFF", "other": 1})] == ["other", "state"]
    assert [key for key, _ in in_order({"other": 1, "state": "ON", "third": 2})] == [
        "state",
        "other",
        "third",
    ]


@pytest.mark.parametrize(
    ("message", "verb", "kind", "text"),
    [
        ({"foo": 1}, "set", NoConverterError, "No converter available for 'foo'"),
        ({"power": 1}, "set", NotSupportedError, "No converter available for 'set' 'power'"),
        ({"state": "BLINK"}, "set", ValueError, "'blink' not allowed, choose between: toggle,off,on"),
    ],
)
def test_an_error_is_a_step_without_requests(message: dict[str, Any], verb: str, kind: type, text: str) -> None:
    (step,) = steps(message, verb=verb)
    assert type(step.error) is kind
    assert str(step.error) == text
    assert step.requests == ()
    assert step.publish == {}


def test_an_encoder_handles_all_its_keys_in_one_step() -> None:
    (step,) = steps({"state": "ON", "on_time": 3, "off_wait_time": 1})
    assert [request.serialize(None).hex() for request in step.requests] == ["0142001e000a00"]


@pytest.mark.parametrize(
    ("message", "endpoint", "wanted"),
    [
        ({"state_l2": "ON"}, None, (2, {"state_l2": "ON"})),
        ({"state": "ON"}, 2, (2, {"state_l2": "ON"})),
        ({"state_l1": "ON"}, 2, (1, {"state_l1": "ON"})),
        ({"state": "ON"}, None, (1, {"state": "ON"})),
    ],
)
def test_a_keys_own_suffix_overrides_the_topics_endpoint(message: Any, endpoint: int | None, wanted: Any) -> None:
    (step,) = steps(message, definition=RELAY, endpoint=endpoint)
    assert (step.requests[0].endpoint, step.publish) == wanted


@pytest.mark.parametrize(
    ("options", "published"),
    [
        ({}, {"state_l1": "OFF"}),
        ({"optimistic": False}, {}),
        ({"filtered_optimistic": ["state_l1"]}, {}),
        ({"filtered_optimistic": ["state"]}, {"state_l1": "OFF"}),
    ],
)
def test_options_decide_what_is_published_without_a_report(options: Any, published: Any) -> None:
    (step,) = steps({"state_l1": "TOGGLE"}, definition=RELAY, state={"state_l1": "ON"}, options=options)
    assert step.publish == published


def test_a_get_publishes_nothing_by_itself_and_the_last_setting_when_it_is_refused() -> None:
    (step,) = steps({"power_outage_memory": ""}, verb="get", state={"power_outage_memory": True})
    assert step.publish == {}
    assert step.when_refused == {"power_outage_memory": True}

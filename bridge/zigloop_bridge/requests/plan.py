"""From a message of /set or /get to steps: which frames to send, and what to publish afterwards. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from zigloop_bridge.converters.definition import (
    CommandContext,
    Definition,
    Encoder,
    NotSupportedError,
    Options,
    Payload,
)
from zigloop_bridge.publishing.patterns import matches
from zigloop_bridge.requests.topics import Verb
from zigloop_bridge.zcl import codec as zcl

_STATE_KEYS = ("state", "brightness", "brightness_percent")


class NoConverterError(Exception):
    """No encoder handles the key."""


@dataclass(frozen=True, slots=True)
class Target:
    """The target of a key: the endpoint's number (None: the encoder's choice), and its name in the payload."""

    key: str
    endpoint: int | None
    name: str | None

    @property
    def suffix(self) -> str:
        """The suffix of payload keys for this endpoint: `_l1`, or empty."""
        return f"_{self.name}" if self.name else ""


@dataclass(frozen=True, slots=True)
class Step:
    """One key of a message.

    Its `requests` are sent in order, each after the answer to the one before. When all were successful, `publish` is
    published; when one was refused, `when_refused` is published instead of an error, unless it is empty. With `error`,
    nothing is sent: a `NoConverterError`, a `NotSupportedError`, or a ValueError about the value.
    """

    target: Target
    value: Any
    requests: tuple[zcl.Request, ...] = ()
    publish: Payload = field(default_factory=dict)
    when_refused: Mapping[str, Any] = field(default_factory=dict)
    error: Exception | None = None


def plan(
    definition: Definition,
    verb: Verb,
    message: Mapping[str, Any],
    endpoint: int | None,
    state: Mapping[str, Any],
    options: Options,
) -> list[Step]:
    """The steps of a message, in order of execution.

    `endpoint` is the topic's, `state` the device's state before the message. One encoder may handle several keys of a
    /set: then only the first of them is a step, which includes the others.
    """
    steps: list[Step] = []
    used: set[tuple[int | None, int]] = set()
    for key, value in in_order(message):
        target = _target(definition, key, endpoint)
        encoder = definition.encoder(target.key)
        if encoder is None:
            error = NoConverterError(f"No converter available for '{target.key}'")
            steps.append(Step(target, value, error=error))
            continue
        if verb == "set" and (target.endpoint, id(encoder)) in used:
            continue
        step = _step(encoder, verb, target, value, message, state, options)
        if not isinstance(step.error, NotSupportedError):
            used.add((target.endpoint, id(encoder)))
        steps.append(step)
    return steps


def _step(
    encoder: Encoder,
    verb: Verb,
    target: Target,
    value: Any,
    message: Mapping[str, Any],
    state: Mapping[str, Any],
    options: Options,
) -> Step:
    context = CommandContext(
        state=state,
        message={key.removesuffix(target.suffix): each for key, each in message.items()},
        options=options,
        endpoint=target.endpoint,
        endpoint_name=target.name,
    )
    try:
        if verb == "get":
            made = encoder.get(target.key, context)
            return Step(target, value, made.requests, when_refused=made.when_refused)
        made = encoder.set(target.key, value, context)
    except NotSupportedError:
        error = NotSupportedError(f"No converter available for '{verb}' '{target.key}'")
        return Step(target, value, error=error)
    except ValueError as error:
        return Step(target, value, error=error)
    return Step(target, value, made.requests, _optimistic(made.state, target, options), made.when_refused)


def _optimistic(state: Mapping[str, Any], target: Target, options: Options) -> Payload:
    """What is published without waiting for a report, by the payload's keys."""
    if options.get("optimistic", True) is False:
        return {}
    filtered = tuple(options.get("filtered_optimistic") or ())
    suffixed = {f"{key}{target.suffix}": value for key, value in state.items()}
    return {key: value for key, value in suffixed.items() if not matches(filtered, key)}


def in_order(message: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """A message's keys as they are sent.

    State and brightness come last when switching off, else first: a lamp that is off may ignore the rest.
    """
    state = message.get("state")
    off = isinstance(state, str) and state.lower() == "off"
    return sorted(message.items(), key=lambda item: (item[0] in _STATE_KEYS) is off)


def _target(definition: Definition, key: str, endpoint: int | None) -> Target:
    """The target of a key; its suffix overrides the topic's endpoint."""
    for name, number in definition.endpoints.items():
        if key.endswith(f"_{name}"):
            return Target(key.removesuffix(f"_{name}"), number, name)
    return Target(key, endpoint, None if endpoint is None else definition.endpoint_names.get(endpoint))

"""MQTT messages as a test receives them."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from zigloop.events import Event
from zigloop.testing.match import contains


@dataclass(frozen=True, slots=True)
class Message:
    """One MQTT message as it arrived; `at` is the loop's time in seconds."""

    topic: str
    payload: bytes
    retain: bool
    qos: int
    at: float

    @property
    def text(self) -> str:
        return self.payload.decode(errors="replace")

    @property
    def json(self) -> Any:
        """The payload as JSON, or its text when it isn't JSON."""
        try:
            return json.loads(self.payload)
        except ValueError:
            return self.text


@dataclass(frozen=True, slots=True)
class Unmet:
    """An expectation that failed, as `Mqtt.report` has reported it in `text`.

    `wanted` is the message that was waited for in vain; None when one came that should not have. `payload` is the JSON
    that was expected, with any values where only its keys are known.
    """

    text: str
    topic: str  # in full
    mark: int  # number of messages that had come before the last stimulus
    wanted: Callable[[Message], bool] | None
    payload: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReceived(Event):
    """The test's MQTT client has received a message."""

    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Stimulus(Event):
    """From now on assertions only consider later messages and frames; see `Mqtt.mark`."""


def follow(wanted: Sequence[tuple[str, Any, float | None]], messages: Sequence[Message], after: float = 0.0) -> bool:
    """Whether such messages follow each other; the first one at most its seconds `after` that time."""
    if not wanted:
        return True
    topic, payload, most = wanted[0]
    return any(
        message.topic == topic
        and (most is None or message.at - after <= most)
        and contains(payload, message.json)
        and follow(wanted[1:], messages[at + 1 :], message.at)
        for at, message in enumerate(messages)
    )

"""An MQTT client that keeps all messages, and assertions over them: *eventually*, *never*, *within*.

Assertions look at messages since the last stimulus (a publish, a control, `mark()`), so an old message never satisfies
a new expectation. They run the loop while they wait, which takes no real time in virtual time.
"""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from gmqtt import Client
from gmqtt.mqtt.constants import MQTTv311

from zigloop.events import Event, Events
from zigloop.testing.journal import Journal
from zigloop.testing.match import contains

#: Default timeout of *eventually*, in seconds of the loop's time: the longest answer of a mains-powered device is a ZCL
#: timeout with its retries (23 s on Zigbee2MQTT); everything that works takes milliseconds.
PATIENCE = 10.0
#: Default duration of *never*, in seconds.
SILENCE = 3.0


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


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReceived(Event):
    """The test's MQTT client has received a message."""

    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Stimulus(Event):
    """From now on assertions only consider later messages and frames; see `Mqtt.mark`."""


class RequestError(AssertionError):
    """The host answered a `bridge/request/…` with `status: error`; the text is the host's own."""


class Mqtt:
    """All messages on a broker since `connect`, and requests to the host behind it.

    `base` is the host's base topic; topics of the methods are relative to it unless they start with `/`. Messages and
    stimuli are emitted on `events`, where given.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        journal: Journal,
        events: Events | None = None,
        *,
        base: str = "zigbee2mqtt",
    ) -> None:
        self.base = base
        self.messages: list[Message] = []
        self.retained: dict[str, Message] = {}
        self._journal = journal
        self._loop = loop
        self._client: Client | None = None
        self._mark = 0
        events = Events() if events is None else events
        self._received = events.channel(MessageReceived)
        self._stimuli = events.channel(Stimulus)
        self._waiting: set[tuple[Callable[[Message], bool], asyncio.Future[Message]]] = set()

    # Connection

    def connect(self, url: str) -> None:
        """Connect to `mqtt://host:port` and subscribe to all topics; OSError when the connection fails."""
        self._loop.run_until_complete(self.open(url))

    async def open(self, url: str) -> None:
        """`connect`, in the running loop."""
        parts = urlsplit(url)
        client = Client(f"zigloop-test-{id(self):x}")
        client.set_config({"reconnect_retries": 0})
        client.on_message = self._on_message
        subscribed = asyncio.Event()
        client.on_subscribe = lambda *_: subscribed.set()

        if parts.username:
            client.set_auth_credentials(parts.username, parts.password)
        await client.connect(parts.hostname or "127.0.0.1", parts.port or 1883, version=MQTTv311)
        client.subscribe("#", qos=0)
        await asyncio.wait_for(subscribed.wait(), PATIENCE)
        self._client = client

    @property
    def connected(self) -> bool:
        """Whether the client is connected to a broker."""
        return self._client is not None and self._client.is_connected

    def disconnect(self) -> None:
        """Disconnect; nothing happens without a connection."""
        self._loop.run_until_complete(self.close())

    async def close(self) -> None:
        """`disconnect`, in the running loop."""
        client, self._client = self._client, None
        if client is not None:
            await client.disconnect()

    def _on_message(self, _client: Client, topic: str, payload: bytes, qos: int, properties: dict[str, Any]) -> int:
        message = Message(topic, bytes(payload), bool(properties.get("retain")), qos, self._loop.time())
        self.messages.append(message)
        if message.retain:
            self.retained[topic] = message
        self._journal.add("mqtt", f"{topic} {payload[:300].decode(errors='replace')}")
        if self._received.listeners:
            self._received.emit(MessageReceived(at=message.at, message=message))
        for waiting in list(self._waiting):
            wanted, future = waiting
            if not future.done() and wanted(message):
                future.set_result(message)
        return 0

    # Stimuli

    def topic(self, topic: str) -> str:
        """The full topic: `zigbee2mqtt/plug/set` for `plug/set`, and for `/zigbee2mqtt/plug/set`."""
        return topic[1:] if topic.startswith("/") else f"{self.base}/{topic}"

    def mark(self) -> None:
        """From now on, assertions only consider later messages."""
        self._mark = len(self.messages)
        if self._stimuli.listeners:
            self._stimuli.emit(Stimulus(at=self._loop.time()))

    def forget(self, *, older: float) -> None:
        """Drop messages older than `older` seconds, for long tests. Also a `mark`."""
        begin = self._loop.time() - older
        self.messages = [message for message in self.messages if message.at >= begin]
        self.mark()

    def publish(self, topic: str, payload: Any = "", *, retain: bool = False, stimulus: bool = True) -> None:
        """Publish text, bytes, or anything else as JSON; counts as a `stimulus` unless that is False."""
        if stimulus:
            self.mark()
        assert self._client is not None, "not connected to the broker"
        data = payload if isinstance(payload, (str, bytes)) else json.dumps(payload)
        self._client.publish(self.topic(topic), data, retain=retain)

    def request(self, name: str, payload: Any = "", *, within: float = 40.0) -> Any:
        """Publish `bridge/request/NAME` and return the response's `data`; RequestError when its status is error."""
        transaction = f"zigloop-{len(self.messages)}"
        if isinstance(payload, dict):
            payload = {**payload, "transaction": transaction}
        self.publish(f"bridge/request/{name}", payload)
        topic = self.topic(f"bridge/response/{name}")
        expected = {"transaction": transaction} if isinstance(payload, dict) else {}
        answer = self.eventually("/" + topic, expected, within=within).json
        if answer["status"] != "ok":
            raise RequestError(f"{name} {payload} was refused: {answer.get('error')}")
        return answer["data"]

    # Assertions

    def since_mark(self, topic: str | None = None) -> list[Message]:
        """Messages since the last stimulus, on one topic or on all."""
        full = None if topic is None else self.topic(topic)
        return [message for message in self.messages[self._mark :] if full is None or message.topic == full]

    def wait_for(self, wanted: Callable[[Message], bool], *, within: float) -> Message | None:
        """The first `wanted` message since the last stimulus; None when none arrives `within` seconds."""
        for message in self.messages[self._mark :]:
            if wanted(message):
                return message
        waiting = (wanted, self._loop.create_future())
        self._waiting.add(waiting)

        async def wait() -> Message | None:
            try:
                return await asyncio.wait_for(waiting[1], within)
            except TimeoutError:
                return None

        try:
            return self._loop.run_until_complete(wait())
        finally:
            self._waiting.discard(waiting)

    def eventually(self, topic: str, expected: Any, *, within: float = PATIENCE) -> Message:
        """The first message on `topic` whose JSON contains `expected`; AssertionError when none arrives in time."""
        __tracebackhide__ = True
        full = self.topic(topic)
        found = self.wait_for(lambda m: m.topic == full and contains(expected, m.json), within=within)
        if found is None:
            raise AssertionError(self.report("/" + full, f"{json.dumps(expected)} within {within:g} s"))
        return found

    def never(self, topic: str, unexpected: Any, *, within: float = SILENCE) -> None:
        """AssertionError when a message on `topic` contains `unexpected` within the next `within` seconds."""
        __tracebackhide__ = True
        full = self.topic(topic)
        found = self.wait_for(lambda m: m.topic == full and contains(unexpected, m.json), within=within)
        if found is not None:
            what = "no message at all" if unexpected == {} else f"no message with {json.dumps(unexpected)}"
            raise AssertionError(self.report("/" + full, f"{what} within {within:g} s"))

    def holds(self, topic: str, expected: Any, *, within: float = PATIENCE) -> None:
        """AssertionError unless the broker's retained message on `topic` contains `expected`, now or soon."""
        __tracebackhide__ = True
        full = self.topic(topic)
        current = self.fetch_retained(full)
        if current is None or not contains(expected, current.json):
            # It may not have arrived yet; the broker has stored it by the time it arrives here.
            found = self.wait_for(lambda m: m.topic == full and contains(expected, m.json), within=within)
            current = self.fetch_retained(full) if found is not None else current
        if current is None or not contains(expected, current.json):
            got = "nothing retained" if current is None else current.text
            raise AssertionError(f"expected on {full}, retained: {json.dumps(expected)}\ngot: {got}\n{self._history()}")

    def fetch_retained(self, full: str) -> Message | None:
        """The retained message on a full topic. Subscribes again: brokers set the retain flag only then."""
        assert self._client is not None, "not connected to the broker"
        mark, self._mark = self._mark, len(self.messages)
        self._client.subscribe(full, qos=0)
        found = self.wait_for(lambda m: m.topic == full and m.retain, within=SILENCE)
        self._client.unsubscribe(full)
        self._mark = mark
        return found if found is not None and found.payload else None

    # Report

    def report(self, topic: str, expected: str) -> str:
        """The text of a failure: expected, got, and the last frames and messages."""
        full = self.topic(topic)
        got = [message.text for message in self.messages[self._mark :] if message.topic == full]
        shown = (
            "\n".join(f"     {text[:600]}" for text in got[-8:])
            or "     (no message on this topic since the last stimulus)"
        )
        return f"expected on {full}: {expected}\ngot:\n{shown}\n{self._history()}"

    def _history(self) -> str:
        return (
            f"last frames on the radio:\n{self._journal.tail('radio')}\n"
            f"last MQTT messages:\n{self._journal.tail('mqtt')}"
        )

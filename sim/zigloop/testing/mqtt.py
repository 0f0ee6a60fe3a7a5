"""An MQTT client that keeps all messages, and assertions over them: *eventually*, *never*, *within*.

Assertions look at messages since the last stimulus (a publish, a control, `mark()`), so an old message never satisfies
a new expectation. They run the loop while they wait, which takes no real time in virtual time.
"""

import asyncio
import json
from collections import deque
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from gmqtt import Client
from gmqtt.mqtt.constants import MQTTv311

from zigloop.events import Events
from zigloop.testing.match import contains, describe
from zigloop.testing.message import Message, MessageReceived, Stimulus, Unmet, follow
from zigloop.testing.timeline import MQTT, Timeline, shorten

#: Default timeout of *eventually*, in seconds of the loop's time: the longest answer of a mains-powered device is a ZCL
#: timeout with its retries (23 s on Zigbee2MQTT); everything that works takes milliseconds.
PATIENCE = 10.0
#: Default duration of *never*, in seconds.
SILENCE = 3.0
#: Messages on the expected topic that a report shows, and the longest text of one.
SHOWN, WIDTH = 8, 600
#: Published messages that are expected to come back from the broker; it may be stopped.
UNCONFIRMED = 100


class RequestError(AssertionError):
    """The host answered a `bridge/request/…` with `status: error`; the text is the host's own."""


class Mqtt:
    """All messages on a broker since `connect`, and requests to the host behind it.

    `base` is the host's base topic; topics of the methods are relative to it unless they start with `/`. Messages and
    stimuli are emitted on `events`, where given, and messages are added to the `timeline`.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        timeline: Timeline | None = None,
        events: Events | None = None,
        *,
        base: str = "zigbee2mqtt",
    ) -> None:
        self.base = base
        self.messages: list[Message] = []
        self.retained: dict[str, Message] = {}
        #: The last expectation that failed.
        self.unmet: Unmet | None = None
        self._missed: Callable[[Message], bool] | None = None
        self._loop = loop
        self._client: Client | None = None
        self._mark = 0
        self._marked_at = loop.time()
        #: What this client has published, and not yet received.
        self._sent: deque[tuple[str, bytes]] = deque(maxlen=UNCONFIRMED)
        events = Events() if events is None else events
        self.timeline = Timeline(loop, events) if timeline is None else timeline
        self._received = events.channel(MessageReceived)
        self._stimuli = events.channel(Stimulus)
        self._waiting: set[tuple[Callable[[Message], bool], asyncio.Future[Message]]] = set()
        #: Takes topic and payload of each message, and returns whether it keeps it from the test.
        self.intercept: Callable[[str, bytes], bool] = lambda topic, payload: False

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
        client.subscribe("#", qos=2)  # messages keep the quality of service with which they were published
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
        if self.intercept(topic, payload):
            return 0
        message = Message(topic, bytes(payload), bool(properties.get("retain")), qos, self._loop.time())
        self.messages.append(message)
        if message.retain:
            self.retained[topic] = message
        if (topic, message.payload) in self._sent:
            self._sent.remove((topic, message.payload))  # the timeline has it since it was sent
        else:
            self.timeline.add(MQTT, lambda: self._line(message))
        if self._received.listeners:
            self._received.emit(MessageReceived(at=message.at, message=message))
        for waiting in list(self._waiting):
            wanted, future = waiting
            if not future.done() and wanted(message):
                future.set_result(message)
        return 0

    def _line(self, message: Message, arrow: str = "←") -> str | None:
        """As in a timeline; None for the polling of a host's health, and for a log that repeats another message."""
        own = message.topic.startswith(f"{self.base}/")
        topic = message.topic.removeprefix(f"{self.base}/") if own else f"/{message.topic}"
        if topic.endswith("/health_check") or (topic == "bridge/logging" and b"MQTT publish: topic" in message.payload):
            return None
        marks = [*([f"QoS {message.qos}"] if message.qos else []), *(["retained"] if message.retain else [])]
        return " ".join([arrow, topic, message.text or "(empty)", *([f"({', '.join(marks)})"] if marks else [])])

    # Stimuli

    def topic(self, topic: str) -> str:
        """The full topic: `zigbee2mqtt/plug/set` for `plug/set`, and for `/zigbee2mqtt/plug/set`."""
        return topic[1:] if topic.startswith("/") else f"{self.base}/{topic}"

    def to_host(self, topic: str) -> bool:
        """Whether a full topic is one on which hosts receive."""
        last = topic.rpartition("/")[2]
        return last in ("set", "get") or topic.startswith(f"{self.base}/bridge/request/")

    @property
    def now(self) -> float:
        """The loop's time, in seconds."""
        return self._loop.time()

    def mark(self) -> None:
        """From now on, assertions only consider later messages."""
        self._mark, self._missed = len(self.messages), None
        self._marked_at = self._loop.time()
        if self._stimuli.listeners:
            self._stimuli.emit(Stimulus(at=self._loop.time()))

    def forget(self, *, older: float) -> None:
        """Drop messages older than `older` seconds, for long tests. Also a `mark`."""
        begin = self._loop.time() - older
        self.messages = [message for message in self.messages if message.at >= begin]
        self.mark()

    def publish(
        self, topic: str, payload: Any = "", *, retain: bool = False, qos: int = 0, stimulus: bool = True
    ) -> None:
        """Publish text, bytes, or anything else as JSON; counts as a `stimulus` unless that is False."""
        if stimulus:
            self.mark()
        assert self._client is not None, "not connected to the broker"
        data = payload if isinstance(payload, (str, bytes)) else json.dumps(payload)
        full = self.topic(topic)
        self._sent.append((full, data.encode() if isinstance(data, str) else data))
        message = Message(full, self._sent[-1][1], retain, qos, self.now)
        self.timeline.add(MQTT, lambda: self._line(message, "→"))
        self._client.publish(full, data, qos=qos, retain=retain)

    def request(self, name: str, payload: Any = "", *, within: float = 40.0, stimulus: bool = True) -> Any:
        """Publish `bridge/request/NAME` and return the response's `data`; RequestError when its status is error.

        Counts as a `stimulus` unless that is False.
        """
        transaction = f"zigloop-{len(self.messages)}"
        if isinstance(payload, dict):
            payload = {**payload, "transaction": transaction}
        since = len(self.messages)
        self.publish(f"bridge/request/{name}", payload, stimulus=stimulus)
        topic = self.topic(f"bridge/response/{name}")
        expected = {"transaction": transaction} if isinstance(payload, dict) else {}
        found = self.wait_for(lambda m: m.topic == topic and contains(expected, m.json), within=within, since=since)
        if found is None:
            raise AssertionError(self.report("/" + topic, f"{json.dumps(expected)} within {within:g} s"))
        answer = found.json
        if answer["status"] != "ok":
            text = (
                json.dumps({key: value for key, value in payload.items() if key != "transaction"})
                if expected
                else payload
            )
            raise RequestError(f"{name} {text} was refused: {answer.get('error')}")
        return answer["data"]

    # Assertions

    def since_mark(self, topic: str | None = None) -> list[Message]:
        """Messages since the last stimulus, on one topic or on all."""
        full = None if topic is None else self.topic(topic)
        return [message for message in self.messages[self._mark :] if full is None or message.topic == full]

    def wait_for(self, wanted: Callable[[Message], bool], *, within: float, since: int | None = None) -> Message | None:
        """The first `wanted` message since the last stimulus; None when none arrives `within` seconds.

        `since`: the index in `messages` from which to look instead.
        """
        self._missed = None
        for message in self.messages[self._mark if since is None else since :]:
            if wanted(message):
                return message
        waiting = (wanted, self._loop.create_future())
        self._waiting.add(waiting)

        async def wait() -> Message | None:
            try:
                return await asyncio.wait_for(waiting[1], within)
            except TimeoutError:
                self._missed = wanted
                return None

        try:
            return self._loop.run_until_complete(wait())
        finally:
            self._waiting.discard(waiting)

    def eventually(
        self, topic: str, expected: Any, *, within: float = PATIENCE, qos: int | None = None, of_stimulus: bool = False
    ) -> Message:
        """The first message on `topic` whose payload contains `expected`; AssertionError when none arrives in time.

        `within` counts from now, or `of_stimulus`. `qos`: only messages with this quality of service count.
        """
        __tracebackhide__ = True
        full = self.topic(topic)
        latest = self._marked_at + within if of_stimulus else None

        def wanted(message: Message) -> bool:
            return (
                message.topic == full
                and (qos is None or message.qos == qos)
                and (latest is None or message.at <= latest)
                and contains(expected, message.json)
            )

        found = self.wait_for(wanted, within=within if latest is None else max(0.0, latest - self._loop.time()))
        if found is None:
            how = "" if qos is None else f" with QoS {qos}"
            when = " of the stimulus" if of_stimulus else ""
            text = f"{describe(expected)}{how} within {within:g} s{when}"
            raise AssertionError(self.report("/" + full, text, payload=expected))
        return found

    def never(self, topic: str, unexpected: Any, *, within: float = SILENCE) -> None:
        """AssertionError when a message on `topic` contains `unexpected` within the next `within` seconds."""
        __tracebackhide__ = True
        full = self.topic(topic)
        found = self.wait_for(lambda m: m.topic == full and contains(unexpected, m.json), within=within)
        if found is not None:
            what = "no message at all" if unexpected == {} else f"no message with {describe(unexpected)}"
            raise AssertionError(self.report("/" + full, f"{what} within {within:g} s"))

    def times(self, topic: str, expected: Any, low: int, high: int | None = None, *, within: float = SILENCE) -> None:
        """AssertionError unless `low` to `high` messages contain `expected`, `within` seconds from now included."""
        __tracebackhide__ = True
        full, high = self.topic(topic), low if high is None else high
        self._loop.run_until_complete(asyncio.sleep(within))
        count = sum(contains(expected, message.json) for message in self.since_mark("/" + full))
        if not low <= count <= high:
            allowed = f"{low} times" if low == high else f"{low} to {high} times"
            raise AssertionError(
                self.report("/" + full, f"{describe(expected)} {allowed} within {within:g} s, not {count} times")
            )

    def in_order(self, *expected: tuple[str, Any, float | None], within: float = PATIENCE) -> None:
        """AssertionError unless messages arrive in this order, the last one `within` seconds.

        Each is a topic, what its payload contains, and the most seconds since the one before (None: any time). Other
        messages may lie in between.
        """
        __tracebackhide__ = True
        wanted = [(self.topic(topic), payload, most) for topic, payload, most in expected]
        if self.wait_for(lambda _: follow(wanted, self.since_mark()), within=within) is None:
            first = wanted[0][0]
            texts = [
                describe(payload)
                + ("" if topic == first else f" on {topic}")
                + ("" if most is None else f" within {most:g} s of it")
                for topic, payload, most in wanted
            ]
            raise AssertionError(self.report(f"/{first}", f"{', then '.join(texts)}, in {within:g} s"))

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
            got = "no retained message" if current is None else shorten(current.text, WIDTH)
            text = f"a retained message with {describe(expected)} within {within:g} s"
            raise AssertionError(self.report("/" + full, text, payload=expected, got=got))

    def fetch_retained(self, full: str) -> Message | None:
        """The retained message on a full topic. Subscribes again: brokers set the retain flag only then."""
        assert self._client is not None, "not connected to the broker"
        mark, self._mark = self._mark, len(self.messages)
        self._client.subscribe(full, qos=0)
        found = self.wait_for(lambda m: m.topic == full and m.retain, within=SILENCE)
        self._client.unsubscribe(full)
        self._mark, self._missed = mark, None
        return found if found is not None and found.payload else None

    # Report

    def report(self, topic: str, expected: str, *, payload: Any = None, got: str | None = None) -> str:
        """The text of a failure: what was expected in words, and what came on the topic since the last stimulus.

        `payload`: the expected JSON, from which hints are derived; `got`: other words for what came.
        """
        full = self.topic(topic)
        texts = [
            f"{self.timeline.seconds(message.at):10.3f}  {shorten(message.text or '(empty)', WIDTH)}"
            for message in self.messages[self._mark :]
            if message.topic == full
        ]
        if got is None and texts:
            got = "\n" + "\n".join(
                [*([f"{'':12}… {len(texts) - SHOWN} more"] if len(texts) > SHOWN else []), *texts[-SHOWN:]]
            )
        elif got is None:
            got = " no message on this topic since the last stimulus"
        else:
            got = f" {got}"
        text = f"expected on {full}: {expected}\ngot:{got}"
        self.unmet = Unmet(text, full, self._mark, self._missed, payload)
        return text

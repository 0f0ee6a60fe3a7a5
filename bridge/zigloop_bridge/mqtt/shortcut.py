"""A shortcut through amqtt for most messages of a bridge: QoS 0, not retained. Any subscriber gets them with QoS 0.

amqtt takes each message through some ten rounds of the event loop (0.4 ms); here their bytes are forwarded unchanged,
at once. Order is kept: while amqtt has anything pending, everything goes through amqtt.
"""

import asyncio
import math
from typing import Any

#: A PUBLISH with QoS 0, neither retained nor repeated (MQTT 3.1.1, 3.3.1).
_PUBLISH = 0x30
#: A PINGREQ (3.12): the answer to it concerns no other client, and its place among messages doesn't matter.
_PING = b"\xc0\x00"
#: Seconds for which everything goes through amqtt after something did: a subscription, a QoS 1 message.
_CALM = 0.05
#: Unread bytes of a subscriber; one that leaves more is left to amqtt.
_BACKLOG = 1 << 16
_MOST_TOPICS = 4096

_Targets = tuple[asyncio.StreamWriter, ...]


class Shortcut:
    """Filters the bytes of clients before they reach amqtt."""

    def __init__(self, broker: Any) -> None:
        self._broker = broker
        self._busy_at = -math.inf  # loop time
        self._targets: dict[bytes, _Targets | None] = {}  # by topic; None: left to amqtt

    def attach(self, reader: asyncio.StreamReader) -> None:
        """A new connection: from now on its bytes come here first."""
        to_amqtt, end = reader.feed_data, reader.feed_eof
        begun = _unfinished(bytes(reader._buffer))  # type: ignore[attr-defined]
        self.busy()

        def feed_data(data: bytes) -> None:
            nonlocal begun
            if data == _PING and not begun:
                to_amqtt(data)
                return
            if not begun and self._calm():
                data = self._forward(data)
            if data:
                self.busy()
                begun = _unfinished(begun + data)
                to_amqtt(data)

        def feed_eof() -> None:
            self.busy()
            end()

        reader.feed_data = feed_data  # type: ignore[method-assign, assignment]
        reader.feed_eof = feed_eof  # type: ignore[method-assign]

    def busy(self) -> None:
        """amqtt has something to do, after which other clients may want other things."""
        self._busy_at = asyncio.get_running_loop().time()
        self._targets.clear()

    def _calm(self) -> bool:
        broker = self._broker
        return (
            asyncio.get_running_loop().time() - self._busy_at > _CALM
            and broker._broadcast_queue.empty()
            and all(task.done() for task in broker._tasks_queue)
        )

    def _forward(self, data: bytes) -> bytes:
        """Send on the messages at the beginning; returns what is amqtt's."""
        start = 0
        while start < len(data) and data[start] == _PUBLISH:
            end, content = _measure(data, start)
            if not start < end <= len(data) or content + 2 > end:
                break
            topic = data[content + 2 : content + 2 + int.from_bytes(data[content : content + 2], "big")]
            try:
                targets = self._targets[topic]
            except KeyError:
                targets = self._who_wants(topic)
            if targets is None or any(each.transport.get_write_buffer_size() > _BACKLOG for each in targets):
                break
            message = data[start:end]
            for each in targets:
                each.write(message)
            start = end
        return data[start:] if start else data

    def _who_wants(self, topic: bytes) -> _Targets | None:
        if len(self._targets) >= _MOST_TOPICS:
            self._targets.clear()
        targets = self._targets[topic] = self._find(topic)
        return targets

    def _find(self, topic: bytes) -> _Targets | None:
        try:
            name = topic.decode()
        except UnicodeDecodeError:
            return None
        if not name or name.startswith("$") or set(name) & {"#", "+", "\0"}:
            return None
        targets: list[asyncio.StreamWriter] = []
        for wanted, subscriptions in self._broker._subscriptions.items():
            if self._broker._matches(name, wanted):
                for session, qos in subscriptions:
                    if session.transitions.state == "connected":
                        targets.append(self._broker._get_handler(session).writer._writer)
                    elif qos:  # amqtt may keep it for this one
                        return None
        return tuple(targets)


def _measure(data: bytes, start: int) -> tuple[int, int]:
    """Where the packet at `start` ends, and where its header ends; 0 for the former when that isn't known yet."""
    length = 0
    for place in range(4):  # MQTT 3.1.1, 2.2.3: seven bits a byte, the lowest first
        at = start + 1 + place
        if at >= len(data):
            return 0, 0
        length |= (data[at] & 0x7F) << 7 * place
        if not data[at] & 0x80:
            return at + 1 + length, at + 1
    return 0, 0


def _unfinished(data: bytes) -> bytes:
    """The packet at the end that isn't whole yet."""
    start = 0
    while start < len(data):
        end, _ = _measure(data, start)
        if not start < end <= len(data):
            break
        start = end
    return data[start:]

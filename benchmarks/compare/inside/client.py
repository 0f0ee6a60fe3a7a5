"""An MQTT client beside the bridge."""

import asyncio
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from gmqtt import Client
from gmqtt.mqtt.constants import MQTTv311

BASE = "zigbee2mqtt/"


class Mqtt:
    """Subscribes to everything and publishes."""

    def __init__(self, loop: Any, url: str, received: Callable[[str, bytes], None]) -> None:
        self._loop = loop
        self._received = received
        self._waiting: list[tuple[Callable[[str, Any], bool], asyncio.Future[Any]]] = []
        #: Last payload on each topic below the base, parsed; None when it is not JSON.
        self.last: dict[str, Any] = {}
        self._client = Client("compare")
        self._client.set_config({"reconnect_retries": 0})
        self._client.on_message = self._message
        loop.run_until_complete(self._connect(url))

    async def _connect(self, url: str) -> None:
        parts, subscribed = urlsplit(url), asyncio.Event()
        self._client.on_subscribe = lambda *_: subscribed.set()
        await self._client.connect(parts.hostname, parts.port, version=MQTTv311)
        self._client.subscribe("#", qos=0)
        await subscribed.wait()

    def close(self) -> None:
        self._loop.run_until_complete(self._client.disconnect())

    def publish(self, topic: str, payload: Any) -> None:
        self._client.publish(BASE + topic, json.dumps(payload))

    def wait_for(self, wanted: Callable[[str, Any], bool], seconds: float) -> Any:
        """The next message for which `wanted(topic, payload)` is true; TimeoutError after `seconds` of virtual time."""
        future = self._loop.create_future()
        self._waiting.append((wanted, future))

        async def wait() -> Any:
            return await asyncio.wait_for(future, seconds)

        try:
            return self._loop.run_until_complete(wait())
        finally:
            self._waiting = [each for each in self._waiting if each[1] is not future]

    def _message(self, _client: Any, topic: str, payload: bytes, _qos: int, _properties: Any) -> int:
        self._received(topic, bytes(payload))
        short = topic.removeprefix(BASE)
        try:
            value = json.loads(payload)
        except ValueError:
            value = None
        self.last[short] = value
        for wanted, future in self._waiting:
            if not future.done() and wanted(short, value):
                future.set_result(value)
        return 0

"""From a message on MQTT to its handler."""

import logging
from typing import Any

from zigloop_bridge.errors import RequestError
from zigloop_bridge.extension import Extension
from zigloop_bridge.mqtt.client import MqttClient
from zigloop_bridge.mqtt.payloads import read_json, to_json
from zigloop_bridge.requests import bridge as bridge_requests  # noqa: F401 - declares its handlers
from zigloop_bridge.requests import device as device_requests  # noqa: F401 - declares its handlers
from zigloop_bridge.requests.context import Context
from zigloop_bridge.requests.registry import HANDLERS, BadRequestError
from zigloop_bridge.requests.set_get import SetGet
from zigloop_bridge.requests.topics import subscriptions
from zigloop_bridge.tasks import Tasks
from zigloop_bridge.zigbee.device import Device

LOGGER = logging.getLogger(__name__)

PREFIX = "bridge/request/"


class Dispatcher(Extension):
    """Subscribes to requests, and starts a task for each message."""

    def __init__(self, context: Context, set_get: SetGet, mqtt: MqttClient) -> None:
        self._context = context
        self._directory = context.directory
        self._set_get = set_get
        self._mqtt = mqtt
        self._tasks = Tasks(LOGGER)

    def start(self) -> None:
        """Subscribe."""
        self._subscribe()

    async def stop(self) -> None:
        """Cancel unanswered requests."""
        await self._tasks.cancel()

    def joined(self, device: Device) -> None:
        """Its name may be longer than the others."""
        self._subscribe()

    def renamed(self, device: Device, old: str) -> None:
        """Its name may be longer than the others."""
        self._subscribe()

    def removed(self, device: Device, name: str) -> None:
        """Its name may have been the longest."""
        self._subscribe()

    def _subscribe(self) -> None:
        self._mqtt.subscribe(subscriptions(self._directory.names()))

    def receive(self, topic: str, payload: bytes) -> None:
        """A message, on a topic without the base topic."""
        if topic.startswith(PREFIX):
            self._tasks.spawn(self._answer(topic, payload), topic)
        elif not topic.startswith("bridge/"):
            self._tasks.spawn(self._set_get.handle(topic, payload), topic)

    async def _answer(self, topic: str, payload: bytes) -> None:
        """Answer a request. One that doesn't exist gets no answer, as from Zigbee2MQTT, but is logged."""
        name = topic.removeprefix(PREFIX)
        handler = HANDLERS.get(name.lower())
        if handler is None:
            LOGGER.warning("Request '%s' is unknown; it gets no response", name)
            return
        message: Any
        try:
            message = read_json(payload)
        except ValueError:
            message = payload.decode("utf-8", "replace")
        response: dict[str, Any]
        try:
            response = {"data": await handler(self._context, message), "status": "ok"}
        except (BadRequestError, RequestError) as error:
            LOGGER.error("Request '%s/%s' failed with error: '%s'", self._mqtt.base, topic, error)
            response = {"data": {}, "status": "error", "error": str(error)}
        if isinstance(message, dict) and "transaction" in message:
            response["transaction"] = message["transaction"]
        self._mqtt.publish(f"bridge/response/{name}", to_json(response))

"""`bridge/request/…` and `bridge/response/…`: finding the handler, answering in Zigbee2MQTT's form."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from zigloop_bridge.errors import RequestError
from zigloop_bridge.mqtt.payloads import read_json, to_json
from zigloop_bridge.zigbee.device import Device

if TYPE_CHECKING:
    from zigloop_bridge.app import Bridge

LOGGER = logging.getLogger(__name__)

PREFIX = "bridge/request/"

Handler = Callable[["Bridge", Any], Awaitable[dict[str, Any]]]
HANDLERS: dict[str, Handler] = {}


class BadRequestError(Exception):
    """The request can't be fulfilled; the text goes into the response."""


def request(name: str) -> Callable[[Handler], Handler]:
    """Declare a request's handler: payload to the response's data, or `BadRequestError`."""

    def declare(handler: Handler) -> Handler:
        HANDLERS[name] = handler
        return handler

    return declare


async def handle(bridge: Bridge, topic: str, payload: bytes) -> None:
    """Answer a request. One that doesn't exist gets no answer, as from Zigbee2MQTT, but is logged."""
    name = topic.removeprefix(PREFIX)
    handler = HANDLERS.get(name.lower())
    if handler is None:
        LOGGER.warning("Request '%s' is unknown, there is no response to it", name)
        return
    message: Any
    try:
        message = read_json(payload)
    except ValueError:
        message = payload.decode("utf-8", "replace")
    response: dict[str, Any]
    try:
        response = {"data": await handler(bridge, message), "status": "ok"}
    except (BadRequestError, RequestError) as error:
        LOGGER.error("Request '%s/%s' failed with error: '%s'", bridge.config.mqtt.base_topic, topic, error)
        response = {"data": {}, "status": "error", "error": str(error)}
    if isinstance(message, dict) and "transaction" in message:
        response["transaction"] = message["transaction"]
    bridge.mqtt.publish(f"bridge/response/{name}", to_json(response))


def device_named(bridge: Bridge, identity: Any) -> Device:
    """The device with this name or address. Raises `BadRequestError`."""
    device = bridge.find(identity) if isinstance(identity, str) else None
    if device is None:
        shown = identity if isinstance(identity, str) else "undefined" if identity is None else to_json(identity)
        raise BadRequestError(f"Device '{shown}' does not exist")
    return device


def field(message: Any, key: str) -> Any:
    """A key that must be there."""
    if not isinstance(message, dict) or message.get(key) is None:
        raise BadRequestError("Invalid payload")
    return message[key]

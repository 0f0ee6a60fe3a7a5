"""The handlers of `bridge/request/…` by name, and what they share."""

from collections.abc import Awaitable, Callable
from typing import Any

from zigloop_bridge.mqtt.payloads import to_json
from zigloop_bridge.requests.context import Context
from zigloop_bridge.zigbee.device import COORDINATOR, Device

Handler = Callable[[Context, Any], Awaitable[dict[str, Any]]]
HANDLERS: dict[str, Handler] = {}


class BadRequestError(Exception):
    """The request can't be fulfilled; the message is the response's error."""


def request(name: str) -> Callable[[Handler], Handler]:
    """Declare a request's handler: it gets the payload and returns the response's data, or raises `BadRequestError`.

    The payload is the value of its JSON, or the text itself when it is not JSON.
    """

    def declare(handler: Handler) -> Handler:
        HANDLERS[name] = handler
        return handler

    return declare


def device_named(context: Context, identity: Any, *, coordinator: bool = False) -> Device:
    """The device with this name or address. Raises `BadRequestError`, also for a coordinator unless it may be one."""
    device = context.directory.find(identity) if isinstance(identity, str) else None
    if device is None or (device.type == COORDINATOR and not coordinator):
        text = identity if isinstance(identity, str) else "undefined" if identity is None else to_json(identity)
        raise BadRequestError(f"Device '{text}' does not exist")
    return device


def field(message: Any, key: str) -> Any:
    """A key that must be in the payload."""
    if not isinstance(message, dict) or message.get(key) is None:
        raise BadRequestError("Invalid payload")
    return message[key]

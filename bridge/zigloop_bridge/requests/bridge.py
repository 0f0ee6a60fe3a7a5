"""Requests about the bridge itself: permit_join, health_check, restart."""

import logging
import re
from typing import Any

from zigloop_bridge.requests.context import Context
from zigloop_bridge.requests.registry import BadRequestError, device_named, request

LOGGER = logging.getLogger(__name__)

LONGEST_PERMIT = 254  # seconds; 255 would mean for ever, which Zigbee 3.0 forbids
_LEADING_NUMBER = re.compile(r"\s*[+-]?\d+")


@request("permit_join")
async def permit_join(context: Context, message: Any) -> dict[str, Any]:
    """Let devices join for some seconds, 0 stops it: {"time": 60, "device": "NAME"} or just 60."""
    device = None
    seconds = message
    if isinstance(message, dict):
        if message.get("time") is None:
            raise BadRequestError("Invalid payload")
        seconds = message["time"]
        if message.get("device"):
            device = device_named(context, message["device"], coordinator=True)
    match = _LEADING_NUMBER.match(str(seconds)) if not isinstance(seconds, bool) else None
    if match is None:
        raise BadRequestError("Invalid payload")
    time = int(match[0])
    if time < 0:
        raise BadRequestError("Invalid payload")
    if time > LONGEST_PERMIT:
        raise BadRequestError(f"Cannot permit join for more than {LONGEST_PERMIT} seconds.")
    await context.permit_join(time, device)
    return {"time": time, **({"device": context.directory.name(device)} if device is not None else {})}


@request("health_check")
async def health_check(context: Context, message: Any) -> dict[str, Any]:
    """Whether the bridge works: it does when its radio is connected, and it answers."""
    return {"healthy": context.network.online}


@request("restart")
async def restart(context: Context, message: Any) -> dict[str, Any]:
    """Restart, half a second later so that the response is sent before."""
    LOGGER.info("Restarting")
    context.restart()
    return {}

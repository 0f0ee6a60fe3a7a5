"""Requests about the bridge itself: permit_join, health_check, restart."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any

from zigloop_bridge.requests.responses import BadRequestError, device_named, request

if TYPE_CHECKING:
    from zigloop_bridge.app import Bridge

LOGGER = logging.getLogger(__name__)

LONGEST_PERMIT = 254  # seconds; 255 would mean for ever, which Zigbee 3.0 forbids
_LEADING_NUMBER = re.compile(r"\s*[+-]?\d+")


@request("permit_join")
async def permit_join(bridge: Bridge, message: Any) -> dict[str, Any]:
    """Let devices join for some seconds, 0 stops it: {"time": 60, "device": "NAME"} or just 60."""
    device = None
    seconds = message
    if isinstance(message, dict):
        if message.get("time") is None:
            raise BadRequestError("Invalid payload")
        seconds = message["time"]
        if message.get("device"):
            device = device_named(bridge, message["device"])
    match = _LEADING_NUMBER.match(str(seconds)) if not isinstance(seconds, bool) else None
    if match is None:
        raise BadRequestError("Invalid payload")
    time = int(match[0])
    if time < 0:
        raise BadRequestError("Invalid payload")
    if time > LONGEST_PERMIT:
        raise BadRequestError(f"Cannot permit join for more than {LONGEST_PERMIT} seconds.")
    await bridge.permit_join(time, device)
    return {"time": time, **({"device": bridge.publisher.name(device)} if device is not None else {})}


@request("health_check")
async def health_check(bridge: Bridge, message: Any) -> dict[str, Any]:
    """Whether the bridge works: it does when it can reach its radio, and answers."""
    return {"healthy": bridge.network.online}


@request("restart")
async def restart(bridge: Bridge, message: Any) -> dict[str, Any]:
    """Start anew, half a second later so that the response can go out."""
    LOGGER.info("Restarting")
    bridge.restart_soon()
    return {}

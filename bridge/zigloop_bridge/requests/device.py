"""Requests about devices: remove, rename, options, interview, configure."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from zigloop_bridge.config.names import check_friendly_name
from zigloop_bridge.config.schema import (
    DEVICE_LIST_OPTIONS,
    DEVICE_OPTIONS,
    RESTART_OPTIONS,
    UNSUPPORTED_DEVICE_OPTIONS,
)
from zigloop_bridge.errors import RequestError
from zigloop_bridge.requests.responses import BadRequestError, device_named, field, request
from zigloop_bridge.requests.set_get import check
from zigloop_bridge.zigbee.device import COORDINATOR
from zigloop_bridge.zigbee.interview import InterviewError

if TYPE_CHECKING:
    from zigloop_bridge.app import Bridge
    from zigloop_bridge.zigbee.device import Device

LOGGER = logging.getLogger(__name__)


@request("device/remove")
async def remove(bridge: Bridge, message: Any) -> dict[str, Any]:
    """Make a device leave, and forget it: "NAME" or {"id": "NAME", "force": true, …}."""
    asked = message if isinstance(message, dict) else {"id": message}
    identity = asked.get("id")
    if isinstance(identity, str):
        identity = identity.strip()
    device = _not_coordinator(bridge, identity)
    name = bridge.publisher.name(device)
    flags = {key: bool(asked.get(key)) for key in ("block", "force", "keep_config", "clear_cache")}
    words = (
        f" (block: {flags['block']}, force: {flags['force']}, "
        f"keep config: {flags['keep_config']}, clear cache: {flags['clear_cache']})".lower()
        if isinstance(message, dict)
        else ""
    )
    LOGGER.info("Removing device '%s'%s", name, words)
    if flags["block"]:
        raise BadRequestError(f"Failed to remove device '{name}'{words} (Error: this bridge has no blocklist)")
    try:
        await bridge.network.remove(device, force=flags["force"])
    except RequestError as error:
        raise BadRequestError(f"Failed to remove device '{name}'{words} (Error: {error})") from None
    bridge.removed(device, name)
    if not flags["keep_config"]:
        bridge.config.remove_device(device.ieee)
        bridge.names_changed()
    LOGGER.info("Successfully removed device '%s'%s", name, words)
    bridge.events.groups()
    bridge.events.devices()
    return {"id": identity, **flags}


@request("device/rename")
async def rename(bridge: Bridge, message: Any) -> dict[str, Any]:
    """Rename a device: {"from": "OLD", "to": "NEW"}, or {"last": true, "to": "NEW"} for the newest."""
    if not isinstance(message, dict) or message.get("to") is None:
        raise BadRequestError("Invalid payload")
    last = message.get("last") is True
    if not last and message.get("from") is None:
        raise BadRequestError("Invalid payload")
    if last and bridge.events.last_joined is None:
        raise BadRequestError("No device has joined since start")
    device = _not_coordinator(bridge, bridge.events.last_joined if last else message["from"])
    if not isinstance(message["to"], str):
        raise BadRequestError("to is not a string!")
    to = message["to"].strip()
    problem = check_friendly_name(to)
    if problem:
        raise BadRequestError(problem)
    if bridge.find(to) is not None:
        raise BadRequestError(f"friendly_name '{to}' is already in use")
    old = bridge.publisher.name(device)
    bridge.config.set_device(device.ieee, {**bridge.config.devices.get(device.ieee, {}), "friendly_name": to})
    bridge.renamed(device, old)
    return {"from": old, "to": to, "homeassistant_rename": bool(message.get("homeassistant_rename", False))}


@request("device/options")
async def options(bridge: Bridge, message: Any) -> dict[str, Any]:
    """Change options of a device: {"id": "NAME", "options": {…}}; null takes one away."""
    identity, wanted = field(message, "id"), field(message, "options")
    if not isinstance(wanted, dict):
        raise BadRequestError("Invalid payload")
    device = _not_coordinator(bridge, identity)
    wanted = {key: value for key, value in wanted.items() if key not in ("friendly_name", "devices")}
    defined = {option.property: option for option in device.definition.options} if device.definition else {}
    for key, value in wanted.items():
        if value is None:
            continue
        if key in DEVICE_OPTIONS:
            if not DEVICE_OPTIONS[key].accepts(value):
                raise BadRequestError(f"{key} must be {DEVICE_OPTIONS[key]}")
        elif key in DEVICE_LIST_OPTIONS:
            if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
                raise BadRequestError(f"{key} must be a list of regular expressions")
        elif key in defined:
            if not defined[key].accepts(value):
                raise BadRequestError(f"{key} must be {_allowed(defined[key])}")
        elif key in UNSUPPORTED_DEVICE_OPTIONS:
            LOGGER.warning("Option '%s' is one of Zigbee2MQTT that this bridge doesn't have", key)
        else:
            LOGGER.warning("Device '%s' does not support option '%s'", identity, key)
    if wanted.get("retention") is not None and bridge.config.mqtt.version != 5:
        raise BadRequestError("MQTT retention requires protocol version 5")
    entry = dict(bridge.config.devices.get(device.ieee, {"friendly_name": device.ieee}))
    before = {key: value for key, value in entry.items() if key != "friendly_name"}
    entry = {key: value for key, value in {**entry, **wanted}.items() if value is not None}
    bridge.config.set_device(device.ieee, entry)
    bridge.publisher.options_changed()
    bridge.availability.refresh(device)
    # Debounce, throttle and disabled take effect at once here; the flag is Zigbee2MQTT's, whose frontends
    # show it.
    restart = any(key in RESTART_OPTIONS for key in wanted)
    bridge.restart_required = bridge.restart_required or restart
    LOGGER.info("Successfully changed config for device %s", identity)
    bridge.events.info()
    if {"description", "disabled"} & set(wanted):
        bridge.events.devices()
    after = {key: value for key, value in entry.items() if key != "friendly_name"}
    return {"id": identity, "from": before, "to": after, "restart_required": bridge.restart_required}


@request("device/interview")
async def interview(bridge: Bridge, message: Any) -> dict[str, Any]:
    """Ask a device once more what it is: {"id": "NAME"}."""
    identity = field(message, "id")
    device = _not_coordinator(bridge, identity)
    name = bridge.publisher.name(device)
    LOGGER.info("Interviewing '%s'", name)
    try:
        await bridge.network.interview(device)
    except InterviewError as error:
        raise BadRequestError(f"Interview of '{name}' ({device.ieee}) failed: Error: {error}") from None
    return {"id": identity}


@request("device/configure")
async def configure_again(bridge: Bridge, message: Any) -> dict[str, Any]:
    """Configure a device once more: "NAME" or {"id": "NAME"}."""
    identity = message.get("id") if isinstance(message, dict) else message
    if identity is None or identity == "":
        raise BadRequestError("Invalid payload")
    device = device_named(bridge, identity)
    if device.definition is None:
        raise BadRequestError(f"Device '{bridge.publisher.name(device)}' cannot be configured")
    try:
        await configure(bridge, device)
    except RequestError as error:
        raise BadRequestError(f"Failed to configure ({error})") from None
    return {"id": identity}


async def configure(bridge: Bridge, device: Device) -> None:
    """Send what the definition says a new device needs. Raises `RequestError`."""
    definition = device.definition
    if definition is None:
        return
    name = bridge.publisher.name(device)
    LOGGER.info("Configuring '%s'", name)
    try:
        for wanted in definition.configure:
            check(device, wanted, await bridge.network.request(device, wanted))
    except RequestError as error:
        LOGGER.error("Failed to configure '%s' (%s)", name, error)
        raise
    LOGGER.info("Successfully configured '%s' (definition v%s)", name, definition.version)
    device.meta["configured"] = definition.version
    bridge.network.changed()
    bridge.events.devices(device)


def _not_coordinator(bridge: Bridge, identity: Any) -> Device:
    device = device_named(bridge, identity)
    if device.type == COORDINATOR:
        raise BadRequestError(f"Device '{identity}' does not exist")
    return device


def _allowed(option: Any) -> str:
    if option.type == "binary":
        return "true or false"
    low, high = option.value_min, option.value_max
    return "a number" + (f" from {low:g}" if low is not None else "") + (f" to {high:g}" if high is not None else "")

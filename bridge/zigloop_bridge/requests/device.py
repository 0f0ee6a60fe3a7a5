"""Requests about devices: remove, rename, options, interview, configure."""

import logging
from typing import Any

from zigloop_bridge.config.names import check_friendly_name
from zigloop_bridge.config.schema import DEVICE_OPTIONS, RESTART_OPTIONS, UNSUPPORTED_DEVICE_OPTIONS
from zigloop_bridge.converters.exposes import Expose
from zigloop_bridge.errors import InterviewError, RequestError
from zigloop_bridge.requests.context import Context
from zigloop_bridge.requests.registry import BadRequestError, device_named, field, request
from zigloop_bridge.zigbee.device import Device

LOGGER = logging.getLogger(__name__)


@request("device/remove")
async def remove(context: Context, message: Any) -> dict[str, Any]:
    """Make a device leave, and forget it: "NAME" or {"id": "NAME", "force": true, …}."""
    wanted = message if isinstance(message, dict) else {"id": message}
    identity = wanted.get("id")
    if isinstance(identity, str):
        identity = identity.strip()
    device = device_named(context, identity)
    name = context.directory.name(device)
    flags = {key: bool(wanted.get(key)) for key in ("block", "force", "keep_config", "clear_cache")}
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
        await context.network.remove(device, force=flags["force"])
    except RequestError as error:
        raise BadRequestError(f"Failed to remove device '{name}'{words} (Error: {error})") from None
    if not flags["keep_config"]:
        context.directory.remove(device)
    context.events.removed(device, name)
    LOGGER.info("Successfully removed device '%s'%s", name, words)
    context.events.devices_changed()
    return {"id": identity, **flags}


@request("device/rename")
async def rename(context: Context, message: Any) -> dict[str, Any]:
    """Rename a device: {"from": "OLD", "to": "NEW"}, or {"last": true, "to": "NEW"} for the newest."""
    directory = context.directory
    if not isinstance(message, dict) or message.get("to") is None:
        raise BadRequestError("Invalid payload")
    last = message.get("last") is True
    if not last and message.get("from") is None:
        raise BadRequestError("Invalid payload")
    if last and directory.last_joined is None:
        raise BadRequestError("No device has joined since start")
    device = device_named(context, directory.last_joined if last else message["from"])
    if not isinstance(message["to"], str):
        raise BadRequestError("to is not a string!")
    to = message["to"].strip()
    problem = check_friendly_name(to)
    if problem:
        raise BadRequestError(problem)
    if directory.is_taken(to):
        raise BadRequestError(f"friendly_name '{to}' is already in use")
    old = directory.name(device)
    context.events.renaming(device)
    directory.rename(device, to)
    context.events.renamed(device, old)
    return {"from": old, "to": to, "homeassistant_rename": bool(message.get("homeassistant_rename", False))}


@request("device/options")
async def options(context: Context, message: Any) -> dict[str, Any]:
    """Change options of a device: {"id": "NAME", "options": {…}}; null removes one."""
    identity, wanted = field(message, "id"), field(message, "options")
    if not isinstance(wanted, dict):
        raise BadRequestError("Invalid payload")
    device = device_named(context, identity)
    wanted = {key: value for key, value in wanted.items() if key not in ("friendly_name", "devices")}
    _check_options(device, identity, {key: value for key, value in wanted.items() if value is not None})
    if wanted.get("retention") is not None and context.mqtt_version != 5:
        raise BadRequestError("MQTT retention requires protocol version 5")
    before = context.directory.own_options(device)
    after = {key: value for key, value in {**before, **wanted}.items() if value is not None}
    context.directory.set_options(device, after)
    # Debounce, throttle and disabled take effect at once here; the flag is Zigbee2MQTT's, whose frontends
    # show it.
    context.status.restart_required |= any(key in RESTART_OPTIONS for key in wanted)
    LOGGER.info("Successfully changed config for device %s", identity)
    context.events.options_changed(device, wanted)
    return {"id": identity, "from": before, "to": after, "restart_required": context.status.restart_required}


def _check_options(device: Device, identity: str, wanted: dict[str, Any]) -> None:
    """Raise `BadRequestError` when an option has a wrong value. An unknown option is only logged."""
    defined = {option.property: option for option in device.definition.options} if device.definition else {}
    for key, value in wanted.items():
        if key in DEVICE_OPTIONS:
            if not DEVICE_OPTIONS[key].accepts(value):
                raise BadRequestError(f"{key} must be {DEVICE_OPTIONS[key]}")
        elif key in defined:
            if not defined[key].accepts(value):
                raise BadRequestError(f"{key} must be {_allowed(defined[key])}")
        elif key in UNSUPPORTED_DEVICE_OPTIONS:
            LOGGER.warning("Option '%s' is a Zigbee2MQTT option that this bridge doesn't implement", key)
        else:
            LOGGER.warning("Device '%s' does not support option '%s'", identity, key)


def _allowed(option: Expose) -> str:
    if option.type == "binary":
        return "true or false"
    low, high = option.value_min, option.value_max
    return "a number" + (f" from {low:g}" if low is not None else "") + (f" to {high:g}" if high is not None else "")


@request("device/interview")
async def interview(context: Context, message: Any) -> dict[str, Any]:
    """Interview a device again: {"id": "NAME"}."""
    identity = field(message, "id")
    device = device_named(context, identity)
    name = context.directory.name(device)
    LOGGER.info("Interviewing '%s'", name)
    try:
        await context.network.interview(device)
    except InterviewError as error:
        raise BadRequestError(f"Interview of '{name}' ({device.ieee}) failed: Error: {error}") from None
    return {"id": identity}


@request("device/configure")
async def configure(context: Context, message: Any) -> dict[str, Any]:
    """Configure a device again: "NAME" or {"id": "NAME"}."""
    identity = message.get("id") if isinstance(message, dict) else message
    if identity is None or identity == "":
        raise BadRequestError("Invalid payload")
    device = device_named(context, identity, coordinator=True)
    if device.definition is None:
        raise BadRequestError(f"Device '{context.directory.name(device)}' cannot be configured")
    try:
        await context.configure(device)
    except RequestError as error:
        raise BadRequestError(f"Failed to configure ({error})") from None
    return {"id": identity}

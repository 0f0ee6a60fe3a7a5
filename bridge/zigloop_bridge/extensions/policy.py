"""How long a device may be silent before availability takes it for offline. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zigloop_bridge.config.schema import AvailabilityConfig
from zigloop_bridge.zigbee.device import COORDINATOR, ROUTER, Device


@dataclass(frozen=True)
class Policy:
    """How long a device may be silent: `timeout` and `jitter` in seconds."""

    active: bool
    timeout: float
    jitter: float
    backoff: bool
    #: The backoff at which pinging pauses until the device is heard; 0 for never.
    pause_above: float


def policy_of(device: Device, options: Mapping[str, Any], config: AvailabilityConfig) -> Policy | None:
    """How a device with these options is watched; None when it isn't."""
    own = options.get("availability")
    if device.type == COORDINATOR or options.get("disabled") or not (config.enabled if own is None else own):
        return None
    more: dict[str, Any] = own if isinstance(own, dict) else {}
    active = is_active(device)
    timeout = more.get("timeout", config.active.timeout if active else config.passive.timeout)
    return Policy(
        active=active,
        timeout=timeout * 60,
        jitter=more.get("max_jitter", config.active.max_jitter) / 1000 if active else 0.0,
        backoff=more.get("backoff", config.active.backoff),
        pause_above=more.get("pause_on_backoff_gt", config.active.pause_on_backoff_gt),
    )


def is_active(device: Device) -> bool:
    """Whether a device listens all the time, so that it can be pinged: a router, or one on mains."""
    battery = device.power_source == "Battery"
    return (device.type == ROUTER and not battery) or (device.power_source not in (None, "Unknown") and not battery)

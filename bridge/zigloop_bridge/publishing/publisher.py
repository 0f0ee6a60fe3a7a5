"""State: what is known of each device, and how it is published.

A publish is the cached state with the update merged in, and `linkquality` of the frame that caused it. Some
keys are events and no state: they appear once and are never cached.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from zigloop_bridge.config.schema import Config
from zigloop_bridge.converters.definition import Payload
from zigloop_bridge.mqtt.client import MqttClient
from zigloop_bridge.mqtt.payloads import to_json
from zigloop_bridge.publishing.states import States, matches
from zigloop_bridge.zcl import codec as zcl
from zigloop_bridge.zigbee.device import Device

LOGGER = logging.getLogger(__name__)


class Publisher:
    """Publishes states, as the devices' options say."""

    def __init__(self, config: Config, mqtt: MqttClient, states: States, now: Callable[[], float]) -> None:
        self.config = config
        self.mqtt = mqtt
        self.states = states
        self.now = now
        self.missed: set[Device] = set()
        """Devices whose state changed while the broker was away."""
        self._options: dict[str, dict[str, Any]] = {}
        self._last_message: dict[str, float] = {}
        self._debounced: dict[str, tuple[asyncio.TimerHandle, Payload]] = {}
        self._throttled: dict[str, Payload | None] = {}
        self._timers: set[asyncio.TimerHandle] = set()

    def stop(self) -> None:
        """Let go of what debounce or throttle hold back: it is in the cache, and published with the next start."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        for ieee in list(self._debounced):
            self._debounced[ieee][0].cancel()
        self._debounced.clear()
        self._throttled.clear()

    # Names and options

    def name(self, device: Device) -> str:
        """The friendly name; without one, the address."""
        entry = self.config.devices.get(device.ieee)
        return str(entry["friendly_name"]) if entry and "friendly_name" in entry else device.ieee

    def options(self, device: Device) -> dict[str, Any]:
        """The device's options, above those for all devices."""
        found = self._options.get(device.ieee)
        if found is None:
            found = {**self.config.device_options, **self.config.devices.get(device.ieee, {})}
            self._options[device.ieee] = found
        return found

    def options_changed(self) -> None:
        """Options have changed."""
        self._options.clear()

    # What a device said

    def heard(self, device: Device, endpoint: int, cluster: int, frame: zcl.Frame) -> None:
        """Decode a frame and publish what it means. Raises `zcl.MalformedError`."""
        definition = device.definition
        if definition is None:
            self.said_nothing(device)
            return
        self._update(device, definition.decode(endpoint, cluster, frame, self.options(device)))

    def said_nothing(self, device: Device) -> None:
        """A frame without news: only that the device was seen just now, when that is wanted."""
        if self.config.advanced.last_seen != "disable":
            self._update(device, {})

    def _update(self, device: Device, update: Payload) -> None:
        """Publish, now or when the device's options allow it; nothing but `last_seen` is worth an empty update."""
        if not update and self.config.advanced.last_seen == "disable":
            return
        options = self.options(device)
        if self.config.advanced.elapsed:
            now = self.now()
            before = self._last_message.get(device.ieee)
            if before is not None:
                update["elapsed"] = int((now - before) * 1000)
            self._last_message[device.ieee] = now
        if options.get("debounce"):
            self._debounce(device, update, options["debounce"], options.get("debounce_ignore") or ())
        elif options.get("throttle"):
            self._throttle(device, update, options["throttle"])
        else:
            self.publish(device, update)

    def _debounce(self, device: Device, update: Payload, seconds: float, protected: tuple[str, ...]) -> None:
        """Collect updates until the device was quiet; a protected key's value isn't overwritten."""
        held = self._debounced.get(device.ieee)
        collected: Payload = {}
        if held is not None:
            held[0].cancel()
            collected = held[1]
            if any(key in collected and key in update and collected[key] != update[key] for key in protected):
                self._flush_debounced(device)
                collected = {}
        self._cache(device, update)
        timer = asyncio.get_running_loop().call_later(seconds, self._flush_debounced, device)
        self._debounced[device.ieee] = (timer, {**collected, **update})

    def _flush_debounced(self, device: Device) -> None:
        timer, collected = self._debounced.pop(device.ieee)
        timer.cancel()
        self.publish(device, collected)

    def _throttle(self, device: Device, update: Payload, seconds: float) -> None:
        """Publish at once, then for some seconds only remember the last update."""
        self._cache(device, update)
        if device.ieee in self._throttled:
            self._throttled[device.ieee] = update
            return
        self.publish(device, update)
        self._throttled[device.ieee] = None
        self._after(seconds, self._throttle_over, device, seconds)

    def _throttle_over(self, device: Device, seconds: float) -> None:
        update = self._throttled.pop(device.ieee, None)
        if update is not None:
            self._throttle(device, update, seconds)

    def _after(self, seconds: float, call: Callable[..., None], *args: Any) -> None:
        def run() -> None:
            self._timers.discard(timer)
            call(*args)

        timer = asyncio.get_running_loop().call_later(seconds, run)
        self._timers.add(timer)

    def _cache(self, device: Device, update: Payload) -> Payload:
        return self.states.merge(device, update, tuple(self.options(device).get("filtered_cache") or ()))

    # Publishing

    def publish(self, device: Device, update: Mapping[str, Any]) -> None:
        """Merge an update into the state, and publish."""
        options = self.options(device)
        merged = self.states.merge(device, update, tuple(options.get("filtered_cache") or ()))
        message = merged if self.config.advanced.cache_state else dict(update)
        if self.config.mqtt.include_device_information:
            message["device"] = self._information(device)
        stamp = self._last_seen(device)
        if stamp is not None:
            message["last_seen"] = stamp
        if device.linkquality is not None:
            message["linkquality"] = device.linkquality
        filtered = options.get("filtered_attributes")
        if filtered:
            message = {key: value for key, value in message.items() if not matches(tuple(filtered), key)}
        if message and not self._send(device, message, options):
            self.missed.add(device)

    def publish_missed(self) -> None:
        """After the broker was away: publish the states that changed meanwhile.

        Actions aren't published: a button that was pressed a minute ago must not switch a lamp now.
        """
        missed, self.missed = self.missed, set()
        for device in missed:
            self.publish(device, {})

    def publish_retained(self, devices: Iterable[Device]) -> None:
        """After a reconnect: the broker may have come back without what it retained."""
        for device in devices:
            if device not in self.missed and self.options(device).get("retain") and self.states.get(device):
                self.publish(device, {})

    def clear_retained(self, name: str) -> None:
        """Take a retained state away."""
        self.mqtt.publish(name, "", retain=True)

    def _send(self, device: Device, message: Payload, options: Mapping[str, Any]) -> bool:
        name = self.name(device)
        qos, retain = options.get("qos", 0), options.get("retain", False)
        expiry = options.get("retention")
        output = self.config.advanced.output
        sent = True
        if output != "attribute":
            payload = to_json(message)
            sent = self.mqtt.publish(name, payload, qos=qos, retain=retain, expiry=expiry)
            if LOGGER.isEnabledFor(logging.DEBUG):
                LOGGER.debug("MQTT publish: topic '%s/%s', payload '%s'", self.mqtt.base, name, payload)
        if output != "json":
            for key, text in attributes(message):
                sent &= self.mqtt.publish(f"{name}/{key}", text, qos=qos, retain=retain, expiry=expiry)
        return sent

    def _last_seen(self, device: Device) -> str | int | None:
        kind = self.config.advanced.last_seen
        if kind == "disable" or device.last_seen is None:
            return None
        if kind == "epoch":
            return int(device.last_seen * 1000)
        stamp = datetime.fromtimestamp(device.last_seen, UTC)
        if kind == "ISO_8601":
            return stamp.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return stamp.astimezone().isoformat(timespec="seconds")

    def _information(self, device: Device) -> Payload:
        basics = device.basics
        facts = {
            "friendlyName": self.name(device),
            "model": device.definition.model if device.definition else None,
            "ieeeAddr": device.ieee,
            "networkAddress": device.nwk,
            "type": device.type,
            "manufacturerID": device.manufacturer_id,
            "manufacturerName": basics.manufacturer_name,
            "powerSource": device.power_source,
            "applicationVersion": basics.app_version,
            "stackVersion": basics.stack_version,
            "zclVersion": basics.zcl_version,
            "hardwareVersion": basics.hw_version,
            "dateCode": basics.date_code,
            "softwareBuildID": basics.sw_build_id,
        }
        return {key: value for key, value in facts.items() if value is not None}


def attributes(message: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """A message as one text per key, for `advanced.output: attribute`."""
    found: list[tuple[str, str]] = []
    for key, value in message.items():
        if key == "color" and isinstance(value, dict) and {"r", "g", "b"} <= set(value):
            value = [value["r"], value["g"], value["b"]]
        if isinstance(value, dict):
            found += attributes(value, f"{prefix}{key}-")
        elif isinstance(value, list):
            found.append((prefix + key, ",".join(map(str, value))))
        elif value is None:
            found.append((prefix + key, ""))
        else:
            found.append((prefix + key, value if isinstance(value, str) else to_json(value)))
    return found

"""Publishes the states of devices.

A publish is the cached state with the update merged in, and `linkquality` of the frame that caused it. Some keys are
events, not state: they are published once and never cached.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from zigloop_bridge.config.schema import Config
from zigloop_bridge.converters.definition import Payload
from zigloop_bridge.directory import Directory
from zigloop_bridge.extension import Extension
from zigloop_bridge.mqtt.client import MqttClient
from zigloop_bridge.mqtt.payloads import to_json
from zigloop_bridge.publishing.patterns import matches
from zigloop_bridge.publishing.states import States
from zigloop_bridge.zigbee.device import Device

LOGGER = logging.getLogger(__name__)


class Publisher(Extension):
    """Publishes states according to the devices' options. `now` is the wall clock in seconds since 1970."""

    def __init__(
        self, directory: Directory, config: Config, mqtt: MqttClient, states: States, now: Callable[[], float]
    ) -> None:
        self._directory = directory
        self._config = config
        self._mqtt = mqtt
        self._states = states
        self._now = now
        #: Devices whose state changed without a connection to the broker.
        self._missed: set[Device] = set()
        self._last_message: dict[str, float] = {}
        self._debounced: dict[str, tuple[asyncio.TimerHandle, Payload]] = {}
        self._throttled: dict[str, Payload | None] = {}
        self._timers: set[asyncio.TimerHandle] = set()

    async def stop(self) -> None:
        """Drop what debounce or throttle hold back: it is in the cache, and published with the next start."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        for ieee in list(self._debounced):
            self._debounced[ieee][0].cancel()
        self._debounced.clear()
        self._throttled.clear()

    # Hooks

    def republish(self, again: bool) -> None:
        """Publish states that changed during the outage."""
        if again:
            self._publish_retained()
        self._publish_missed()

    def announced(self, device: Device) -> None:
        """It was seen."""
        self.touch(device)

    def touched(self, device: Device) -> None:
        """It was seen."""
        self.touch(device)

    def renaming(self, device: Device) -> None:
        """Clear its retained state."""
        self._clear_retained(self._directory.name(device))

    def renamed(self, device: Device, old: str) -> None:
        """Publish its state."""
        self.publish(device, {})

    def removed(self, device: Device, name: str) -> None:
        """Clear its state, and drop what is held back of it."""
        held = self._debounced.pop(device.ieee, None)
        if held is not None:
            held[0].cancel()
        self._throttled.pop(device.ieee, None)
        self._last_message.pop(device.ieee, None)
        self._missed.discard(device)
        self._states.remove(device)
        self._clear_retained(name)

    # Updates

    def touch(self, device: Device) -> None:
        """A device sent something without a value: publish that it was seen, when that is wanted."""
        if self._config.advanced.last_seen != "disable":
            self.update(device, {})

    def update(self, device: Device, update: Payload) -> None:
        """Publish what a device reported, now or when its options allow it; an empty update only for `last_seen`."""
        if not update and self._config.advanced.last_seen == "disable":
            return
        options = self._directory.options(device)
        if self._config.advanced.elapsed:
            now = self._now()
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
        return self._states.merge(device, update, tuple(self._directory.options(device).get("filtered_cache") or ()))

    # Publishing

    def publish(self, device: Device, update: Mapping[str, Any]) -> None:
        """Merge an update into the state, and publish."""
        options = self._directory.options(device)
        merged = self._states.merge(device, update, tuple(options.get("filtered_cache") or ()))
        message = merged if self._config.advanced.cache_state else dict(update)
        if self._config.mqtt.include_device_information:
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
            self._missed.add(device)

    def _publish_missed(self) -> None:
        """After a reconnect, publish the states that changed meanwhile.

        Actions aren't published: a button that was pressed a minute ago must not switch a lamp now.
        """
        missed, self._missed = self._missed, set()
        for device in missed:
            self.publish(device, {})

    def publish_cached(self) -> None:
        """Publish every state that is known."""
        for device in self._directory:
            if self._states.get(device):
                self.publish(device, {})

    def _publish_retained(self) -> None:
        """After a reconnect: the broker may have lost what it retained."""
        for device in self._directory:
            if (
                device not in self._missed
                and self._directory.options(device).get("retain")
                and self._states.get(device)
            ):
                self.publish(device, {})

    def _clear_retained(self, name: str) -> None:
        self._mqtt.publish(name, "", retain=True)

    def _send(self, device: Device, message: Payload, options: Mapping[str, Any]) -> bool:
        name = self._directory.name(device)
        qos, retain = options.get("qos", 0), options.get("retain", False)
        expiry = options.get("retention")
        output = self._config.advanced.output
        sent = True
        if output != "attribute":
            payload = to_json(message)
            sent = self._mqtt.publish(name, payload, qos=qos, retain=retain, expiry=expiry)
            if LOGGER.isEnabledFor(logging.DEBUG):
                LOGGER.debug("MQTT publish: topic '%s/%s', payload '%s'", self._mqtt.base, name, payload)
        if output != "json":
            for key, text in attributes(message):
                sent &= self._mqtt.publish(f"{name}/{key}", text, qos=qos, retain=retain, expiry=expiry)
        return sent

    def _last_seen(self, device: Device) -> str | int | None:
        kind = self._config.advanced.last_seen
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
            "friendlyName": self._directory.name(device),
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

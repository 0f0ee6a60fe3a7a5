"""`bridge/…`: what the bridge says about itself, its devices and their comings and goings."""

from __future__ import annotations

import asyncio
import logging
import os
import platform
import sys
from collections.abc import Callable
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from zigloop_bridge import __version__
from zigloop_bridge.converters import clusters
from zigloop_bridge.mqtt.payloads import to_json
from zigloop_bridge.zigbee.device import COORDINATOR, IN_PROGRESS, SUCCESSFUL, Device

if TYPE_CHECKING:
    from zigloop_bridge.app import Bridge

LOGGER = logging.getLogger(__name__)

SUPPORT_URL = "https://www.zigbee2mqtt.io/advanced/support-new-devices/01_support_new_devices.html"


_DEVICES_AT_ONCE, _DEVICES_PERIOD = 4, 0.25  # publishes of bridge/devices in so many seconds


class Events:
    """Publishes `bridge/info`, `bridge/devices`, `bridge/groups` and `bridge/event`."""

    def __init__(self, bridge: Bridge) -> None:
        self.bridge = bridge
        self.last_joined: str | None = None
        self._computer = _computer()
        self._texts: dict[str, str] = {}
        self._devices_sent: list[float] = []
        self._devices_timer: asyncio.TimerHandle | None = None

    def everything(self) -> None:
        """All retained topics, after a connect."""
        self.info()
        self.devices()
        self.groups()

    def info(self) -> None:
        """`bridge/info`"""
        bridge = self.bridge
        network = bridge.network
        payload = {
            "version": __version__,
            "commit": "",
            "os": self._computer,
            "mqtt": {"version": bridge.config.mqtt.version, "server": bridge.mqtt.server},
            "zigpy": {"version": version("zigpy")},
            "zigpy_znp": {"version": version("zigpy-znp")},
            "coordinator": {
                "ieee_address": network.coordinator.ieee,
                "type": "zStack3x0",
                "meta": network.link.firmware,
            },
            "network": network.network_parameters(),
            "log_level": bridge.config.advanced.log_level,
            "permit_join": bridge.permit_join_end is not None,
            "restart_required": bridge.restart_required,
            "config": bridge.config.public(),
            "config_schema": {},
        }
        if bridge.permit_join_end is not None:
            payload["permit_join_end"] = bridge.permit_join_end
        self._retained("bridge/info", payload)

    def devices(self, changed: Device | None = None) -> None:
        """`bridge/devices`, of which only `changed` is described anew; None describes all.

        When many devices join at once, each of which causes four publishes that grow with their number, they
        are put together: a few at once, then one in a while.
        """
        if changed is None:
            self._texts.clear()
        else:
            self._texts.pop(changed.ieee, None)
        if self._devices_timer is not None:
            return
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._devices_sent = [sent for sent in self._devices_sent if now - sent < _DEVICES_PERIOD]
        if len(self._devices_sent) < _DEVICES_AT_ONCE:
            self._send_devices()
        else:
            self._devices_timer = loop.call_later(_DEVICES_PERIOD, self._send_devices)

    def _send_devices(self) -> None:
        self._devices_timer = None
        self._devices_sent.append(asyncio.get_running_loop().time())
        devices = self.bridge.network.devices
        for device in devices.values():
            if device.ieee not in self._texts:
                self._texts[device.ieee] = to_json(self._device(device))
        payload = f"[{','.join(self._texts[ieee] for ieee in devices)}]"
        self.bridge.mqtt.publish("bridge/devices", payload, retain=True)

    def stop(self) -> None:
        """Publish what is held back."""
        if self._devices_timer is not None:
            self._devices_timer.cancel()
            self._send_devices()

    def groups(self) -> None:
        """`bridge/groups`: there are none yet."""
        self._retained("bridge/groups", [])

    def joined(self, device: Device) -> None:
        """A device joined."""
        self.last_joined = device.ieee
        LOGGER.info("Device '%s' joined", self._name(device))
        self.devices(device)
        self._event("device_joined", device)

    def announced(self, device: Device) -> None:
        """A device announced itself."""
        self.devices(device)
        self._event("device_announce", device)

    def left(self, device: Device, name: str) -> None:
        """A device left."""
        LOGGER.warning("Device '%s' left the network", name)
        self.groups()
        self.devices(device)
        self._publish(
            "bridge/event",
            {"type": "device_leave", "data": {"ieee_address": device.ieee, "friendly_name": name}},
        )

    def interviewed(self, device: Device, status: str) -> None:
        """An interview started or ended."""
        name = self._name(device)
        more: dict[str, Any] = {"status": status}
        if status == "started":
            LOGGER.info("Starting interview of '%s'", name)
        elif status == "failed":
            LOGGER.error("Failed to interview '%s', device has not successfully been paired", name)
        else:
            LOGGER.info("Successfully interviewed '%s', device has successfully been paired", name)
            more["supported"] = device.supported
            if device.definition is not None:
                more["definition"] = device.definition.json
                LOGGER.info(
                    "Device '%s' is supported, identified as: %s %s (%s)",
                    name,
                    device.definition.vendor,
                    device.definition.description,
                    device.definition.model,
                )
            else:
                LOGGER.warning(
                    "Device '%s' with Zigbee model '%s' and manufacturer name '%s' is NOT supported, please follow %s",
                    name,
                    device.basics.model_id,
                    device.basics.manufacturer_name,
                    SUPPORT_URL,
                )
        self.devices(device)
        self._event("device_interview", device, **more)

    def _name(self, device: Device) -> str:
        return self.bridge.publisher.name(device)

    def _event(self, kind: str, device: Device, **more: Any) -> None:
        data = {"friendly_name": self._name(device), "ieee_address": device.ieee, **more}
        self._publish("bridge/event", {"type": kind, "data": data})

    def _publish(self, topic: str, payload: Any) -> None:
        self.bridge.mqtt.publish(topic, to_json(payload))

    def _retained(self, topic: str, payload: Any) -> None:
        self.bridge.mqtt.publish(topic, to_json(payload), retain=True)

    def _device(self, device: Device) -> dict[str, Any]:
        options = self.bridge.publisher.options(device)
        names = device.definition.endpoint_names if device.definition else {}
        facts: dict[str, Any] = {
            "ieee_address": device.ieee,
            "type": device.type,
            "network_address": device.nwk,
            "supported": device.supported,
            "friendly_name": "Coordinator" if device.type == COORDINATOR else self._name(device),
            "disabled": bool(options.get("disabled")),
            "description": options.get("description"),
            "definition": device.definition.json if device.definition else None,
            "power_source": device.power_source,
            "software_build_id": device.basics.sw_build_id,
            "date_code": device.basics.date_code,
            "model_id": device.basics.model_id,
            "interviewing": device.interview_state == IN_PROGRESS,
            "interview_completed": device.interview_state == SUCCESSFUL,
            "interview_state": device.interview_state,
            "manufacturer": device.basics.manufacturer_name,
            "endpoints": {
                str(endpoint.number): {
                    **({"name": names[endpoint.number]} if endpoint.number in names else {}),
                    "scenes": [],
                    "bindings": [],
                    "configured_reportings": [],
                    "clusters": {
                        "input": [clusters.name(each) for each in endpoint.input_clusters],
                        "output": [clusters.name(each) for each in endpoint.output_clusters],
                    },
                }
                for endpoint in device.endpoints.values()
            },
        }
        return {key: value for key, value in facts.items() if value is not None}


def _computer() -> dict[str, Any]:
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return {
        "version": f"{platform.system()} - {platform.release()} - {platform.machine()}",
        "python_version": sys.version.split()[0],
        "cpus": f"{platform.processor() or platform.machine()} (x{os.cpu_count()})",
        "memory_mb": pages * size // 1024 // 1024,
    }


class MqttLogHandler(logging.Handler):
    """Publishes log records to `bridge/logging`; one that repeats the one before is dropped."""

    def __init__(self, publish: Callable[[str, str], object], level: int) -> None:
        super().__init__(level)
        self._publish = publish
        self._last = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Publish it, with Zigbee2MQTT's names of levels and namespaces."""
        namespace = "z2m:mqtt" if record.name == "zigloop_bridge.mqtt.client" else "z2m"
        try:
            payload = to_json(
                {
                    "level": {logging.WARNING: "warning", logging.INFO: "info", logging.DEBUG: "debug"}.get(
                        record.levelno, "error"
                    ),
                    "message": f"{namespace}: {record.getMessage()}",
                    "namespace": namespace,
                }
            )
            if payload != self._last:
                self._last = payload
                self._publish("bridge/logging", payload)
        except Exception:
            self.handleError(record)

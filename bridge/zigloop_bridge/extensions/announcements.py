"""`bridge/…`: information on the bridge and its devices, and events."""

import asyncio
import logging
import math
import os
import platform
import sys
from collections.abc import Collection
from importlib.metadata import version
from typing import Any, Protocol

from zigloop_bridge import __version__
from zigloop_bridge.config.schema import Config
from zigloop_bridge.directory import COORDINATOR_NAME, Directory
from zigloop_bridge.extension import Extension
from zigloop_bridge.mqtt.client import MqttClient
from zigloop_bridge.mqtt.payloads import to_json
from zigloop_bridge.status import Status
from zigloop_bridge.zcl import names
from zigloop_bridge.zigbee.device import COORDINATOR, IN_PROGRESS, SUCCESSFUL, Device

LOGGER = logging.getLogger(__name__)

SUPPORT_URL = "https://www.zigbee2mqtt.io/advanced/support-new-devices/01_support_new_devices.html"

#: Seconds from one publish of bridge/devices to the next.
DEVICES_PERIOD = 0.1


class Network(Protocol):
    """The network, as `bridge/info` needs it."""

    @property
    def coordinator(self) -> Device:
        """The radio as a device."""

    @property
    def firmware(self) -> dict[str, int]:
        """The radio's firmware, in Zigbee2MQTT's keys."""

    def network_parameters(self) -> dict[str, Any]:
        """PAN id, extended PAN id and channel."""


class Announcements(Extension):
    """Publishes `bridge/info`, `bridge/devices`, `bridge/groups` and `bridge/event`."""

    def __init__(
        self, directory: Directory, network: Network, config: Config, mqtt: MqttClient, status: Status
    ) -> None:
        self._directory = directory
        self._network = network
        self._config = config
        self._mqtt = mqtt
        self._status = status
        self._computer = _computer()
        self._texts: dict[str, str] = {}
        self._devices_sent = -math.inf  # loop time of the last publish
        self._devices_timer: asyncio.TimerHandle | None = None

    async def stop(self) -> None:
        """Publish delayed messages."""
        if self._devices_timer is not None:
            self._send_devices()

    def mqtt_connected(self) -> None:
        """Publish all retained topics."""
        self.everything()

    def radio_connected(self) -> None:
        """Publish all retained topics: the coordinator may be another one."""
        self.everything()

    def everything(self) -> None:
        """Publish all retained topics."""
        self._texts.clear()
        self.info()
        self.devices()
        self.groups()

    def info_changed(self) -> None:
        """Publish `bridge/info`."""
        self.info()

    def info(self) -> None:
        """Publish `bridge/info`."""
        network, status = self._network, self._status
        payload = {
            "version": __version__,
            "commit": "",
            "os": self._computer,
            "mqtt": {"version": self._config.mqtt.version, "server": self._mqtt.server},
            "zigpy": {"version": version("zigpy")},
            "zigpy_znp": {"version": version("zigpy-znp")},
            "coordinator": {
                "ieee_address": network.coordinator.ieee,
                "type": "zStack3x0",
                "meta": network.firmware,
            },
            "network": network.network_parameters(),
            "log_level": self._config.advanced.log_level,
            "permit_join": status.permit_join_end is not None,
            "restart_required": status.restart_required,
            "config": self._config.public(),
            "config_schema": {},
        }
        if status.permit_join_end is not None:
            payload["permit_join_end"] = status.permit_join_end
        self._retained("bridge/info", payload)

    def devices(self, *changed: Device) -> None:
        """Publish `bridge/devices`, of which `changed` is serialized again; at most once each `DEVICES_PERIOD`.

        Each device that joins changes the list four times, and the list grows with their number: what changes within
        the period is published together.
        """
        for device in changed:
            self._texts.pop(device.ieee, None)
        if self._devices_timer is not None:
            return
        loop = asyncio.get_running_loop()
        due = self._devices_sent + DEVICES_PERIOD
        if loop.time() >= due:
            self._send_devices()
        else:
            self._devices_timer = loop.call_at(due, self._send_devices)

    def _send_devices(self) -> None:
        if self._devices_timer is not None:
            self._devices_timer.cancel()
            self._devices_timer = None
        self._devices_sent = asyncio.get_running_loop().time()
        devices = self._directory.devices
        for gone in self._texts.keys() - devices.keys():
            del self._texts[gone]
        for device in devices.values():
            if device.ieee not in self._texts:
                self._texts[device.ieee] = to_json(self._device(device))
        payload = f"[{','.join(self._texts[ieee] for ieee in devices)}]"
        self._mqtt.publish("bridge/devices", payload, retain=True)

    def groups(self) -> None:
        """Publish `bridge/groups`, which is empty: the bridge has no groups yet."""
        self._retained("bridge/groups", [])

    def joined(self, device: Device) -> None:
        """Publish the device, and an event."""
        LOGGER.info("Device '%s' joined", self._name(device))
        self.devices(device)
        self._event("device_joined", device)

    def introduced(self, device: Device) -> None:
        """Publish the configuration, which has its name, and the device: at once, since a test goes on with it."""
        self.info()
        self._texts.pop(device.ieee, None)
        self._send_devices()

    def announced(self, device: Device) -> None:
        """Publish an event."""
        self.devices(device)
        self._event("device_announce", device)

    def moved(self, device: Device) -> None:
        """Publish its address."""
        self.devices(device)

    def configured(self, device: Device) -> None:
        """Publish it."""
        self.devices(device)

    def renamed(self, device: Device, old: str) -> None:
        """Publish its name."""
        self.info()
        self.devices(device)

    def options_changed(self, device: Device, keys: Collection[str]) -> None:
        """Publish its options."""
        self.info()
        if "description" in keys or "disabled" in keys:
            self.devices(device)

    def left(self, device: Device) -> None:
        """Publish an event."""
        LOGGER.warning("Device '%s' left the network", self._name(device))
        self.groups()
        self.devices(device)
        self._event("device_leave", device)

    def devices_changed(self) -> None:
        """Publish the devices at once."""
        self.groups()
        self._send_devices()

    def interviewed(self, device: Device, status: str) -> None:
        """Publish an event, and the interviewed device."""
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
        return self._directory.name(device)

    def _event(self, kind: str, device: Device, **more: Any) -> None:
        data = {"friendly_name": self._name(device), "ieee_address": device.ieee, **more}
        self._publish("bridge/event", {"type": kind, "data": data})

    def _publish(self, topic: str, payload: Any) -> None:
        self._mqtt.publish(topic, to_json(payload))

    def _retained(self, topic: str, payload: Any) -> None:
        self._mqtt.publish(topic, to_json(payload), retain=True)

    def _device(self, device: Device) -> dict[str, Any]:
        options = self._directory.options(device)
        endpoint_names = device.definition.endpoint_names if device.definition else {}
        facts: dict[str, Any] = {
            "ieee_address": device.ieee,
            "type": device.type,
            "network_address": device.nwk,
            "supported": device.supported,
            "friendly_name": COORDINATOR_NAME if device.type == COORDINATOR else self._name(device),
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
                    **({"name": endpoint_names[endpoint.number]} if endpoint.number in endpoint_names else {}),
                    "scenes": [],
                    "bindings": [],
                    "configured_reportings": [],
                    "clusters": {
                        "input": [names.cluster_name(each) for each in endpoint.input_clusters],
                        "output": [names.cluster_name(each) for each in endpoint.output_clusters],
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

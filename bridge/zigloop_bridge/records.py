"""Records of devices that have joined: what the bridge knows of one, to add it again without a join.

A record is plain JSON: the device's entry in the database, its name and options, its state, and the data of its last
frames; times are seconds before the record was made. It serves benches, which let the same device join again and again.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from zigloop_bridge.config.schema import Config
from zigloop_bridge.directory import Directory
from zigloop_bridge.extension import Extension
from zigloop_bridge.extensions.retrieval import Retrieval
from zigloop_bridge.mqtt.client import MqttClient
from zigloop_bridge.publishing.states import States
from zigloop_bridge.status import Status
from zigloop_bridge.zigbee import database
from zigloop_bridge.zigbee.device import Device
from zigloop_bridge.zigbee.network import Network

LOGGER = logging.getLogger(__name__)

#: Keys of `advanced` that say which network it is.
NETWORK = ("pan_id", "ext_pan_id", "channel", "network_key")


class Records:
    """Makes records, and adds devices from them. `now` is the wall clock in seconds since 1970, `time` the loop's."""

    def __init__(
        self,
        config: Config,
        directory: Directory,
        network: Network,
        states: States,
        retrieval: Retrieval,
        mqtt: MqttClient,
        status: Status,
        events: Extension,
        *,
        permit: Callable[[int, Device | None], Awaitable[None]],
        now: Callable[[], float],
        time: Callable[[], float],
    ) -> None:
        self._config = config
        self._directory = directory
        self._network = network
        self._states = states
        self._retrieval = retrieval
        self._mqtt = mqtt
        self._status = status
        self._events = events
        self._permit = permit
        self._now = now
        self._time = time

    def record(self, ieee: str) -> dict[str, Any] | None:
        """The record of a device; None when it isn't known, or something is still in progress."""
        device = self._directory.devices.get(ieee)
        if device is None or not device.interviewed or device.definition is None:
            return None
        if device.request_lock.locked() or device.messages.locked() or self._retrieval.awaits(device):
            return None
        entry = database.entry_of(device)
        entry.pop("lastSeen", None)
        return {
            "entry": entry,
            "name": self._directory.name(device),
            "options": self._directory.own_options(device),
            "configuration": self._configuration(),
            "state": self._states.get(device),
            "link_quality": device.linkquality,
            "seen_before": None if device.last_seen is None else self._now() - device.last_seen,
            "frames": [[*key[:2], key[2].hex(), self._time() - at] for key, at in device.recent_frames.items()],
            "reported": sorted(device.reported),
        }

    def introduce(self, record: dict[str, Any], nwk: int) -> bool:
        """Add a device under a network address.

        False when the bridge knows its IEEE address or its name already, or is configured otherwise than it was for the
        record.
        """
        if record["configuration"] != self._configuration():
            return False
        device = database.device_of(record["entry"])
        if any(map(self._directory.is_taken, (device.ieee, record["name"]))) or self._has_entry(device):
            return False
        device.nwk = nwk
        device.linkquality = record["link_quality"]
        device.last_seen = None if record["seen_before"] is None else self._now() - record["seen_before"]
        for endpoint, cluster, data, before in record["frames"]:
            device.recent_frames[endpoint, cluster, bytes.fromhex(data)] = self._time() - before
        device.reported.update(record["reported"])
        self._network.introduce(device)
        self._directory.introduce(device, {"friendly_name": record["name"], **record["options"]})
        self._states.merge(device, record["state"])
        LOGGER.info("Added device '%s' (%s) from its record", record["name"], device.ieee)
        self._events.introduced(device)
        return True

    def _has_entry(self, device: Device) -> bool:
        """Whether the configuration has a name or options for the device."""
        return self._directory.name(device) != device.ieee or bool(self._directory.own_options(device))

    def _configuration(self) -> dict[str, Any]:
        """The configuration without devices, without where broker and radio are, and without the network."""
        public = self._config.public()
        kept = {key: value for key, value in public.items() if key not in ("devices", "serial", "mqtt", "advanced")}
        mqtt = {key: value for key, value in public["mqtt"].items() if key != "server"}
        advanced = {key: value for key, value in public["advanced"].items() if key not in NETWORK}
        return kept | {"mqtt": mqtt, "advanced": advanced}

    async def clear(self) -> None:
        """Forget all devices with their names, options and states, those that left too; close the network."""
        if self._status.permit_join_end is not None:
            await self._permit(0, None)
        there = {each.ieee for each in self._directory}
        devices = self._network.forget_all()
        names = self._directory.remove_all()
        for device in devices:
            name = names.get(device.ieee, device.ieee)
            self._events.removed(device, name)
            if device.ieee not in there and name != device.ieee:
                self._mqtt.publish(f"{name}/availability", "", qos=1, retain=True)
        if devices or names or self._status.restart_required:
            self._status.restart_required = False
            self._events.devices_changed()
            self._events.info_changed()
        LOGGER.info("Forgot all devices")

"""Records of devices that have joined: what the bridge knows of one, to add it again without a join.

A record is plain JSON: the device's entry in the database, its name and options, its state, and the data of its last
frames; times are seconds before the record was made. It serves benches, which let the same device join again and again.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

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


class Records:
    """Makes records, and adds devices from them. `now` is the wall clock in seconds since 1970, `time` the loop's."""

    def __init__(
        self,
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
        """The record of a device; None when it isn't known, or something is still under way with it."""
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
            "state": self._states.get(device),
            "link_quality": device.linkquality,
            "seen_before": None if device.last_seen is None else self._now() - device.last_seen,
            "frames": [[*key[:2], key[2].hex(), self._time() - at] for key, at in device.recent_frames.items()],
            "reported": sorted(device.reported),
        }

    def introduce(self, record: dict[str, Any], nwk: int) -> bool:
        """Add a device under a network address; False when the bridge knows its IEEE address or its name already."""
        device = database.device_of(record["entry"])
        if device.ieee in self._directory.devices or self._directory.is_taken(record["name"]):
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

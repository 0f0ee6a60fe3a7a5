"""The devices of the network by address and by name, and their options."""

from collections.abc import Iterator, Mapping
from typing import Any

from zigloop_bridge.config.file import ConfigFile
from zigloop_bridge.extension import Extension
from zigloop_bridge.zigbee.device import COORDINATOR, Device

#: What the coordinator is called on MQTT. It has no entry in the configuration.
COORDINATOR_NAME = "Coordinator"


class Directory(Extension):
    """Finds devices, and knows their names and options.

    `devices` are the network's by IEEE address, including the coordinator; the network adds and removes them.
    Names and options are stored in the configuration: all changes go through here and are saved.
    """

    def __init__(self, file: ConfigFile) -> None:
        self.devices: dict[str, Device] = {}
        #: The IEEE address of the device that joined last, since the start.
        self.last_joined: str | None = None
        self._file = file
        self._entries = file.config.devices
        self._shared = file.config.device_options
        self._addresses = {self._entry_name(ieee): ieee for ieee in self._entries}
        self._names: dict[str, str] = {}
        self._options: dict[str, Mapping[str, Any]] = {}

    def __iter__(self) -> Iterator[Device]:
        return iter(self.devices.values())

    def find(self, identity: str) -> Device | None:
        """A device by friendly name or IEEE address; None when the network has no such device."""
        device = self.devices.get(identity) or self.devices.get(self._addresses.get(identity, ""))
        if device is None and identity == COORDINATOR_NAME:
            return next((each for each in self if each.type == COORDINATOR), None)
        return device

    def is_taken(self, name: str) -> bool:
        """Whether a device has this name, even one that left the network and may rejoin."""
        return name in self._addresses or self.find(name) is not None

    def name(self, device: Device) -> str:
        """The friendly name; without one, the IEEE address."""
        name = self._names.get(device.ieee)
        if name is None:
            name = self._names[device.ieee] = self._entry_name(device.ieee)
        return name

    def options(self, device: Device) -> Mapping[str, Any]:
        """The device's options, over those for all devices."""
        options = self._options.get(device.ieee)
        if options is None:
            options = self._options[device.ieee] = {**self._shared, **self._entries.get(device.ieee, {})}
        return options

    def own_options(self, device: Device) -> dict[str, Any]:
        """The device's entry in the configuration without its name."""
        entry = self._entries.get(device.ieee, {})
        return {key: value for key, value in entry.items() if key != "friendly_name"}

    def names(self) -> list[str]:
        """The names of all devices of the network."""
        return [self.name(device) for device in self]

    # Changes

    def start(self) -> None:
        """Add an entry for each device that has none, with its address as name."""
        for device in self:
            if device.type != COORDINATOR:
                self._add(device)

    def joined(self, device: Device) -> None:
        """Add an entry, unless the device has one."""
        self._add(device)
        self.last_joined = device.ieee

    def introduce(self, device: Device, entry: Mapping[str, Any]) -> None:
        """Add the entry of a device that has just been added."""
        self._set(device.ieee, entry)
        self.last_joined = device.ieee

    def rename(self, device: Device, name: str) -> None:
        """Give a device another name."""
        self._set(device.ieee, {**self._entries.get(device.ieee, {}), "friendly_name": name})

    def set_options(self, device: Device, options: Mapping[str, Any]) -> None:
        """Replace a device's own options."""
        self._set(device.ieee, {"friendly_name": self.name(device), **options})

    def remove(self, device: Device) -> None:
        """Remove a device's entry."""
        self._drop(device.ieee)
        self._file.remove_device(device.ieee)

    def remove_all(self) -> dict[str, str]:
        """Remove all entries, those of devices that left included; returns the names by IEEE address."""
        names = {ieee: self._entry_name(ieee) for ieee in self._entries}
        for ieee in names:
            self._drop(ieee)
            self._file.remove_device(ieee)
        self.last_joined = None
        return names

    def _add(self, device: Device) -> None:
        if device.ieee not in self._entries:
            self._set(device.ieee, {"friendly_name": device.ieee})

    def _set(self, ieee: str, entry: Mapping[str, Any]) -> None:
        self._drop(ieee)
        self._file.set_device(ieee, entry)
        self._addresses[self._entry_name(ieee)] = ieee

    def _drop(self, ieee: str) -> None:
        if ieee in self._entries:
            self._addresses.pop(self._entry_name(ieee), None)
        self._names.pop(ieee, None)
        self._options.pop(ieee, None)

    def _entry_name(self, ieee: str) -> str:
        return str(self._entries.get(ieee, {}).get("friendly_name", ieee))

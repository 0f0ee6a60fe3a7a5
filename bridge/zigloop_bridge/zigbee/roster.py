"""The devices of the network, by IEEE and by network address, kept in `database.db`."""

import logging
from pathlib import Path
from typing import Any

from zigloop_bridge.errors import RadioError
from zigloop_bridge.storage import Saver
from zigloop_bridge.zigbee import database
from zigloop_bridge.zigbee.device import COORDINATOR, Device

LOGGER = logging.getLogger(__name__)

DATABASE_DELAY = 5.0  # seconds from a change to the file


class Roster:
    """Keeps `devices` by IEEE address; `path` None saves nothing."""

    def __init__(self, devices: dict[str, Device], path: Path | None) -> None:
        self.devices = devices
        self.by_nwk: dict[int, Device] = {}
        self._removed: dict[str, Device] = {}
        self._others: list[dict[str, Any]] = []  # entries of the database that are not devices
        self._saver = Saver(path, lambda: database.dump(self.devices.values(), self._others), DATABASE_DELAY)

    @property
    def coordinator(self) -> Device:
        """The radio as a device."""
        return next(device for device in self.devices.values() if device.type == COORDINATOR)

    def load(self) -> None:
        """Read the database. Raises `RadioError`."""
        if self._saver.path is None or self.devices:
            return
        try:
            devices, self._others = database.load(self._saver.path)
        except OSError as error:
            raise RadioError(f"{self._saver.path} can't be read: {error.strerror or error}") from None
        except UnicodeDecodeError as error:
            raise RadioError(f"{self._saver.path} can't be read: {error}") from None
        for device in devices:
            self.devices[device.ieee] = device
            self.by_nwk[device.nwk] = device

    def changed(self) -> None:
        """Save soon."""
        self._saver.changed()

    def flush(self) -> None:
        """Save now what isn't saved yet."""
        self._saver.flush()

    def admit(self, ieee: str, nwk: int) -> Device:
        """Add a device: a new one, or one that was on the network before."""
        device = self._removed.pop(ieee, None) or Device(ieee=ieee, nwk=nwk)
        device.number = self._free_number()
        device.nwk = nwk
        self.devices[ieee] = device
        self.by_nwk[nwk] = device
        self.changed()
        return device

    def put_back(self, device: Device) -> None:
        """Add a device whose data is known; it gets a new number."""
        device.number = self._free_number()
        self.devices[device.ieee] = device
        self.by_nwk[device.nwk] = device
        self.changed()

    def forget_removed(self) -> list[Device]:
        """Forget the devices that were removed, for good; returns them."""
        removed, self._removed = list(self._removed.values()), {}
        return removed

    def move(self, device: Device, nwk: int) -> bool:
        """Give a device a network address; False when it has it already."""
        if device.nwk == nwk and self.by_nwk.get(nwk) is device:
            return False
        if device.nwk != nwk:
            self.changed()
        if self.by_nwk.get(device.nwk) is device:
            del self.by_nwk[device.nwk]
        device.nwk = nwk
        self.by_nwk[nwk] = device
        return True

    def remove(self, device: Device) -> None:
        """Remove a device. The same object is used when it rejoins and is interviewed again."""
        self.devices.pop(device.ieee, None)
        if self.by_nwk.get(device.nwk) is device:
            del self.by_nwk[device.nwk]
        device.forget_interview()
        device.recent_frames.clear()  # after a rejoin its sequence numbers restart
        device.reported.clear()
        self._removed[device.ieee] = device
        self.changed()

    def keep_coordinator(self, found: Device) -> None:
        """Put the radio in the place of the coordinator that is known."""
        known = next((device for device in self.devices.values() if device.type == COORDINATOR), None)
        if known is not None and known.ieee != found.ieee:
            LOGGER.info("Coordinator address changed, updating to '%s'", found.ieee)
            del self.devices[known.ieee]
        found.number = known.number if known else self._free_number()
        if known is None or known.ieee != found.ieee or known.endpoints != found.endpoints:
            self.changed()
        others = {ieee: device for ieee, device in self.devices.items() if ieee != found.ieee}
        self.devices.clear()
        self.devices.update({found.ieee: found, **others})

    def _free_number(self) -> int:
        taken = [device.number for device in self.devices.values()] + [entry["id"] for entry in self._others]
        return max(taken, default=0) + 1

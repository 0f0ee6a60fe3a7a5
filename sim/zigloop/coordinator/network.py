"""The coordinator's network: starting it, admitting and removing devices.

State that survives a reset is in the store; this object is a coordinator's RAM, and a reset recreates it.

Not modelled: scanning for the PAN id of other networks (a configured PAN id is always free), key switches,
network manager elections, the link key exchange itself (each device that joins gets a key at once, as after a
successful one), address conflicts.
"""

import logging
import random
from typing import Final

from zigloop.air.air import Air
from zigloop.air.frame import COORDINATOR, UNKNOWN_NWK
from zigloop.air.mesh import END_DEVICE_TIMEOUT
from zigloop.air.station import FULL_FUNCTION, Station
from zigloop.coordinator.processor import Processor
from zigloop.coordinator.store import Admission, NetworkSettings, Store
from zigloop.events import DeviceMoved

LOGGER = logging.getLogger(__name__)

#: Permit-join duration 255 counts as 254 (Zigbee specification R22, 2.4.3.3.7).
_LONGEST_PERMIT: Final = 254
#: First short address that is reserved (Zigbee specification, table 3-69).
_NO_DEVICE: Final = 0xFFF8


class Network:
    """The coordinator's view of its network. `rng` chooses the devices' short addresses."""

    def __init__(self, air: Air, store: Store, processor: Processor, rng: random.Random) -> None:
        self._air = air
        self._loop = air.loop
        self._store = store
        self._rng = rng
        self._moves = air.events.channel(DeviceMoved)
        self._boot()
        processor.on_reset(self._boot)

    def _boot(self) -> None:
        #: Whether the network is up.
        self.started = False
        #: Keys of devices, by IEEE address; `joins_need_install_code`: others may not join.
        self.install_codes: dict[int, bytes] = {}
        self.joins_need_install_code = False
        self._started_at = self._loop.time()
        self._permits: dict[int, float] = {}  # loop time until which a router admits devices, by router
        self._read_settings()

    def _read_settings(self) -> None:
        #: The network in the store, None without one.
        self.settings: NetworkSettings | None = self._store.settings
        #: Identifies this network: one that is formed again has another key, and devices of the old one can't receive
        #: it.
        self.identity = b""
        if self.settings is not None:
            self.identity = self.settings.extended_pan_id.to_bytes(8, "little") + self.settings.key

    # What it is

    @property
    def formed(self) -> bool:
        """Whether the store holds a network to start."""
        return self.settings is not None

    @property
    def nwk(self) -> int:
        """The coordinator's short address."""
        return COORDINATOR if self.started else UNKNOWN_NWK

    @property
    def pan_id(self) -> int:
        """The PAN id, 0xFFFF without a network."""
        return 0xFFFF if self.settings is None else self.settings.pan_id

    @property
    def extended_pan_id(self) -> int:
        """The extended PAN id, 0 without a network."""
        return 0 if self.settings is None else self.settings.extended_pan_id

    @property
    def channel(self) -> int:
        """The logical channel 11..26, 0 without a network."""
        return 0 if self.settings is None else self.settings.channel

    @property
    def update_id(self) -> int:
        """The network update id, 0 without a network."""
        return 0 if self.settings is None else self.settings.update_id

    def start(self) -> None:
        """Bring up the network in the store, which was just formed or existed before."""
        self._store.start()
        self.started = True
        self._started_at = self._loop.time()
        self._read_settings()

    def stop(self) -> None:
        """Take the network down."""
        self.started = False

    def change_channel(self, channel: int) -> None:
        """Move to another channel; devices follow the broadcast."""
        self._store.change_channel(channel)
        self._read_settings()

    # Its members

    def is_member(self, station: Station) -> bool:
        """Whether a station is in this network and has its key, powered or not."""
        return self.identity != b"" and station.membership == self.identity

    def station(self, nwk: int) -> Station | None:
        """The device with this address, powered or not, when it is in this network."""
        station = self._air.station(nwk)
        return station if station is not None and self.is_member(station) else None

    def stations(self) -> list[Station]:
        """The other devices of this network, powered or not."""
        return [
            station
            for station in self._air.stations
            if station.nwk not in (COORDINATOR, UNKNOWN_NWK) and self.is_member(station)
        ]

    def routers(self) -> list[Station]:
        """The other routers that listen."""
        return [each for each in self.stations() if each.listening and each.capability & FULL_FUNCTION]

    def relays(self, nwk: int) -> list[int]:
        """The routers between the coordinator and a device, the nearest first."""
        station, center = self.station(nwk), self._air.trust_center
        if station is None or center is None:
            return []
        return [each.nwk for each in self._air.mesh.route(center, station)[:-1]]

    # In and out

    def permit(self, router: int, duration: int) -> None:
        """Let `router` (0: the coordinator) admit devices for `duration` seconds; 0 ends it."""
        self._permits[router] = self._loop.time() + min(duration, _LONGEST_PERMIT)

    @property
    def open(self) -> bool:
        """Whether any router admits devices now."""
        return any(self.permits(router) for router in self._permits)

    def permits(self, router: int) -> bool:
        """Whether `router` admits devices now."""
        return self._permits.get(router, 0.0) > self._loop.time()

    def admit(self, station: Station, *, rejoin: bool, new_address: bool = False) -> int | None:
        """Admit a device and store it; returns its short address. None, with a log message, when it may not join."""
        ieee = station.ieee
        known = self._store.nwk(ieee)
        if not self.started:
            return None
        secured = rejoin and known is not None and self.is_member(station)
        parent = self._open_parent(station, secured=secured)
        if parent is None:
            return None
        direct = parent.nwk == COORDINATOR
        keeps = known is not None and known < _NO_DEVICE and not new_address
        admission = Admission(
            ieee=ieee,
            nwk=known if known is not None and keeps else self._free_address(),
            capability=station.capability,
            direct=direct,
            child=direct and not station.capability & FULL_FUNCTION,
            lqi=self._air.link_lqi(parent, station) if direct else 0,
        )
        if not self._store.admit(admission):
            LOGGER.warning("%016x may not join: the radio's tables are full", ieee)
            return None
        self._air.mesh.adopt(station, parent)
        return admission.nwk

    def _open_parent(self, station: Station, *, secured: bool) -> Station | None:
        """The router that the device joins through. A secured rejoin, with the network's key, needs no permission."""
        ieee = station.ieee
        if not secured and self.joins_need_install_code and ieee not in self.install_codes:
            LOGGER.info("%016x may not join: only devices with an install code may", ieee)
            return None
        near = [each for each in self._air.mesh.candidates(station) if secured or self.permits(each.nwk)]
        if not near:
            LOGGER.info("%016x may not join: joining isn't permitted, or no router is in range", ieee)
            return None
        if station.capability & FULL_FUNCTION or self._has_room_for_child(ieee):
            return near[0]
        parent = next((each for each in near if each.nwk != COORDINATOR), None)
        if parent is None:
            LOGGER.warning("%016x may not join: the coordinator's child table is full", ieee)
        return parent

    def _has_room_for_child(self, ieee: int) -> bool:
        self._age_children()
        return self._store.is_child(ieee) or len(self._store.children) < self._store.max_children

    def _age_children(self) -> None:
        """Forget children that were silent for too long, which makes room for others."""
        for child in self._store.children:
            station = self.station(child)
            if station is not None:
                silent = not self._air.mesh.knows(station)
            else:  # not on the air: not heard since the network was started
                silent = self._loop.time() - self._started_at >= END_DEVICE_TIMEOUT
            if silent:
                self._store.drop_child(child)

    def _free_address(self) -> int:
        while True:
            nwk = self._rng.randrange(1, _NO_DEVICE)
            if self._air.station(nwk) is None and self._store.ieee_of(nwk) is None:
                return nwk

    def forget(self, ieee: int) -> None:
        """Forget a device that has left for good."""
        self._store.forget(ieee)

    def moved(self, ieee: int, nwk: int) -> None:
        """A device has announced its short address."""
        known = self._store.nwk(ieee)
        if known is None or known == nwk:
            return
        self._store.move(ieee, nwk)
        if self._moves.listeners:
            self._moves.emit(DeviceMoved(at=self._loop.time(), ieee=ieee, nwk=nwk))

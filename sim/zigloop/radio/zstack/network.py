"""The coordinator's network: forming it, starting it again, letting devices in and out.

Everything that must survive lives in NV; this object is what the firmware holds in RAM, and a reset makes it
anew.

Not modelled: scanning for the PAN id of other networks (a configured PAN id is always free), key switches,
network manager elections, the link key exchange itself (each device that joins gets a hashed key at once, as
after a successful one), child aging, address conflicts.
"""

import asyncio
import logging
import random
from enum import IntEnum
from typing import Any, Final

import zigpy_znp.types as t
from zigpy_znp.types.nvids import OsalNvIds

from zigloop.air.air import Air
from zigloop.air.frame import COORDINATOR, UNKNOWN_NWK
from zigloop.air.mesh import END_DEVICE_TIMEOUT
from zigloop.air.station import Station
from zigloop.radio.zstack.frame_counter import FrameCounter
from zigloop.radio.zstack.nib import NIB_LENGTH, new_nib
from zigloop.radio.zstack.nv import NvMemory
from zigloop.radio.zstack.tables import (
    CHILD_RFD,
    CHILD_RFD_RX_IDLE,
    NEIGHBOR,
    USER_ASSOC,
    USER_SECURITY,
    Address,
    AddressManager,
    Associated,
    AssociationList,
    LinkKeys,
)

LOGGER = logging.getLogger(__name__)


class DeviceState(IntEnum):
    """The states of the firmware's ZDO that a coordinator goes through (devStates_t)."""

    HOLD = 0
    STARTING_AS_COORDINATOR = 8
    STARTED_AS_COORDINATOR = 9


CHANNELS: Final = range(11, 27)
#: BDB's primary channel set of the firmware when neither host nor NV gives one: channel 11.
_DEFAULT_CHANNEL_MASK = 1 << 11
_ALL_KEYS_ZERO = bytes(16)
#: MAC capability: full function device, receiver on when idle (Zigbee specification, table 2-40).
_FFD = 0x02
_RX_ON = 0x08
#: Permit-join duration 255 counts as 254 (Zigbee specification R22, 2.4.3.3.7).
_LONGEST_PERMIT = 254


class Network:
    """What the radio knows of its network."""

    def __init__(self, air: Air, nv: NvMemory, rng: random.Random) -> None:
        self._air = air
        self._loop: asyncio.AbstractEventLoop = air.loop
        self._nv = nv
        self._rng = rng
        self.addresses = AddressManager(nv)
        self.associations = AssociationList(nv)
        self.link_keys = LinkKeys(nv, self.addresses)
        self.frame_counter = FrameCounter(nv)
        self.boot()

    def boot(self) -> None:
        """A reset: RAM is lost."""
        self.state = DeviceState.HOLD
        self.starting = False
        self._started_at = self._loop.time()
        self.ieee = int.from_bytes(self._nv.get(OsalNvIds.EXTADDR), "little")
        self.channel_masks = [0, 0]  # BDB's primary and secondary channel set
        self.install_codes: dict[int, bytes] = {}
        self.joins_need_install_code = False
        self._permits: dict[int, float] = {}  # until when which router lets devices in
        nib = self._nv.get(OsalNvIds.NIB)
        self.nib: Any = t.NIB.deserialize(nib, align=True)[0] if len(nib) == NIB_LENGTH else None
        self._identify()
        self.associations.load()

    # What it is

    @property
    def formed(self) -> bool:
        """Does NV hold a network to start?"""
        return self.nib is not None and self.nib.nwkLogicalChannel in CHANNELS and bool(self.nib.nwkKeyLoaded)

    @property
    def started(self) -> bool:
        """Is the network up?"""
        return self.state is DeviceState.STARTED_AS_COORDINATOR

    @property
    def nwk(self) -> int:
        """The coordinator's short address."""
        return COORDINATOR if self.started else UNKNOWN_NWK

    @property
    def pan_id(self) -> int:
        """The PAN id, 0xFFFF without a network."""
        return int(self.nib.nwkPanId) if self.formed else 0xFFFF

    @property
    def extended_pan_id(self) -> int:
        """The extended PAN id, 0 without a network."""
        return int.from_bytes(self.nib.extendedPANID.serialize(), "little") if self.formed else 0

    @property
    def channel(self) -> int:
        """The logical channel 11..26, 0 without a network."""
        return int(self.nib.nwkLogicalChannel) if self.formed else 0

    @property
    def key(self) -> bytes:
        """The active network key."""
        return self._nv.get(OsalNvIds.NWK_ACTIVE_KEY_INFO)[1:]

    # Starting

    def form(self) -> bool:
        """A new network with the parameters in NV. False when they allow none."""
        nv = self._nv
        mask = next(filter(None, (*self.channel_masks, nv_int(nv, OsalNvIds.CHANLIST))), _DEFAULT_CHANNEL_MASK)
        channels = [channel for channel in CHANNELS if mask >> channel & 1]
        if not channels:
            return False
        pan_id = nv_int(nv, OsalNvIds.PANID)
        if pan_id in (0xFFFF, 0xFFFE):
            pan_id = self._rng.randrange(1, 0xFFFE)
        epid = nv.get(OsalNvIds.APS_USE_EXT_PANID)
        if len(epid) != 8 or not any(epid):
            epid = nv.get(OsalNvIds.EXTADDR)
        # Hosts set PRECFGKEYS_ENABLE to 0 and still rely on PRECFGKEY.
        key = nv.get(OsalNvIds.PRECFGKEY)
        if len(key) != 16 or key == _ALL_KEYS_ZERO:
            key = self._rng.randbytes(16)
        nv.prepare_network()
        self.nib = new_nib(self._rng, pan_id, epid, self._rng.choice(channels), mask)
        self._save_nib()
        nv.put(OsalNvIds.EXTENDED_PAN_ID, epid)
        nv.put(OsalNvIds.NWK_ACTIVE_KEY_INFO, b"\x00" + key)
        nv.put(OsalNvIds.NWK_ALTERN_KEY_INFO, b"\x00" + key)
        self.associations.load()
        self.start()
        return True

    def start(self) -> None:
        """The network that NV holds is up from now on."""
        nv = self._nv
        nv.prepare_network()
        nv.put(OsalNvIds.BDBNODEISONANETWORK, b"\x01")
        nv.put(
            OsalNvIds.NWKKEY,
            nv.get(OsalNvIds.NWK_ACTIVE_KEY_INFO) + b"\xff\xff\xff" + nv.get(OsalNvIds.NWKKEY)[20:],
        )
        option = nv_int(nv, OsalNvIds.STARTUP_OPTION)
        nv.put(OsalNvIds.STARTUP_OPTION, bytes((option & ~0x02,)))
        self.frame_counter.start(self.extended_pan_id)
        self.state = DeviceState.STARTED_AS_COORDINATOR
        self._started_at = self._loop.time()
        self._identify()

    def _identify(self) -> None:
        #: Which network this is: one that is formed anew has another key, and devices of the old one can't hear it.
        self.identity = self.nib.extendedPANID.serialize() + self.key if self.formed else b""

    def change_channel(self, channel: int) -> None:
        """Move to another channel; the devices are told by broadcast and follow."""
        self.nib.nwkLogicalChannel = t.uint8_t(channel)
        self.nib.channelList = t.Channels(1 << channel)
        self.nib.nwkUpdateId = t.uint8_t((self.nib.nwkUpdateId + 1) & 0xFF)
        self._save_nib()

    def _save_nib(self) -> None:
        self._nv.put(OsalNvIds.NIB, self.nib.serialize(align=True))

    # Who is in it

    def is_member(self, station: Station) -> bool:
        """Is it in this network, powered or not? Not when it has another one's key."""
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

    def relays(self, nwk: int) -> list[int]:
        """The routers between the coordinator and a device, the nearest first."""
        station, center = self.station(nwk), self._air.trust_center
        if station is None or center is None:
            return []
        return [each.nwk for each in self._air.mesh.route(center, station)[:-1]]

    # In and out

    def permit(self, router: int, duration: int) -> None:
        """`router` (0 is the coordinator) lets devices in for `duration` seconds; 0 ends it."""
        self._permits[router] = self._loop.time() + min(duration, _LONGEST_PERMIT)

    def permits(self, router: int) -> bool:
        """Does `router` let devices in now?"""
        return self._permits.get(router, 0.0) > self._loop.time()

    def admit(self, station: Station, *, rejoin: bool, new_address: bool = False) -> int | None:
        """Let a device in and remember it. None, with a line in the log, when it may not."""
        ieee = station.ieee
        known = self.addresses.by_ieee(ieee)
        if not self.started:
            return None
        parent = self._open_parent(station, known, secured=rejoin and known is not None and self.is_member(station))
        if parent is None:
            return None
        is_end_device = not station.capability & _FFD
        child = parent.nwk == COORDINATOR and is_end_device
        keeps = known is not None and known.nwk < 0xFFF8 and not new_address
        nwk = known.nwk if known is not None and keeps else self._free_address()
        user = USER_SECURITY | (USER_ASSOC if child else 0)
        address = self.addresses.put(ieee, nwk, user)
        if address is None or not self.link_keys.exchange(ieee, self._rng.randrange(16)):
            LOGGER.warning("%016x may not join: the radio's tables are full", ieee)
            return None
        self._air.mesh.adopt(station, parent)
        if parent.nwk == COORDINATOR:
            relation = NEIGHBOR
            if is_end_device:
                relation = CHILD_RFD_RX_IDLE if station.capability & _RX_ON else CHILD_RFD
            self.associations.put(Associated(nwk, address.index, relation, self._air.link_lqi(parent, station)))
        else:
            self.associations.remove(address.index)
        return nwk

    def _open_parent(self, station: Station, known: Address | None, *, secured: bool) -> Station | None:
        """Who takes it in. A secured rejoin, with the network's key, needs nobody's permission."""
        ieee = station.ieee
        if not secured and self.joins_need_install_code and ieee not in self.install_codes:
            LOGGER.info("%016x may not join: only devices with an install code may", ieee)
            return None
        near = [each for each in self._air.mesh.candidates(station) if secured or self.permits(each.nwk)]
        if not near:
            LOGGER.info("%016x may not join: joining isn't permitted, or nobody is in range", ieee)
            return None
        if station.capability & _FFD or self._has_room_for_child(known):
            return near[0]
        parent = next((each for each in near if each.nwk != COORDINATOR), None)
        if parent is None:
            LOGGER.warning("%016x may not join: the coordinator has all the children it takes", ieee)
        return parent

    def _has_room_for_child(self, known: Address | None) -> bool:
        self._age_children()
        children = self.associations.children
        is_child = known is not None and any(child.address_index == known.index for child in children)
        return is_child or len(children) < AssociationList.MAX_CHILDREN

    def _age_children(self) -> None:
        """Children that haven't spoken for too long are forgotten, so that others may come."""
        for child in list(self.associations.children):
            station = self.station(child.nwk)
            if station is not None:
                silent = not self._air.mesh.knows(station)
            else:  # it isn't there at all: nobody has heard it since the network was started
                silent = self._loop.time() - self._started_at >= END_DEVICE_TIMEOUT
            if silent:
                self.associations.remove(child.address_index)

    def _free_address(self) -> int:
        taken = {station.nwk for station in self._air.stations} | {a.nwk for a in self.addresses.entries()}
        while (nwk := self._rng.randrange(1, 0xFFF8)) in taken:
            pass
        return nwk

    def forget(self, ieee: int) -> None:
        """A device has left for good."""
        if (address := self.addresses.by_ieee(ieee)) is None:
            return
        self.associations.remove(address.index)
        self.link_keys.forget(ieee)
        self.addresses.release(ieee, 0xFF)

    def moved(self, ieee: int, nwk: int) -> None:
        """A device announces its short address."""
        known = self.addresses.by_ieee(ieee)
        if known is not None and known.nwk != nwk:
            self.addresses.put(ieee, nwk, known.user)
            if (device := self.associations.by_nwk(known.nwk)) is not None:
                self.associations.put(Associated(nwk, device.address_index, device.relation, device.lqi))


def nv_int(nv: NvMemory, item: int) -> int:
    """A number that NV holds, 0 when it doesn't."""
    return int.from_bytes(nv.get(item), "little")

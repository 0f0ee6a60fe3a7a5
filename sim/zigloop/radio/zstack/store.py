"""The coordinator's store, implemented on Z-Stack's NV memory."""

import random
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import zigpy_znp.types as t
from zigpy_znp.types.nvids import OsalNvIds

from zigloop.air.station import RX_ON_WHEN_IDLE
from zigloop.coordinator.processor import Processor
from zigloop.coordinator.scan import channels_of
from zigloop.coordinator.store import Admission, NetworkSettings
from zigloop.node.zdo_server import CHANNELS
from zigloop.radio.autosave import Autosave
from zigloop.radio.zstack.frame_counter import FrameCounter
from zigloop.radio.zstack.nib import NIB_LENGTH, new_nib
from zigloop.radio.zstack.nv import CC2652, Capacity, NvMemory
from zigloop.radio.zstack.nv_file import Key
from zigloop.radio.zstack.tables import (
    CHILD_RFD,
    CHILD_RFD_RX_IDLE,
    NEIGHBOR,
    USER_ASSOC,
    USER_SECURITY,
    AddressManager,
    Associated,
    AssociationList,
    LinkKeys,
)

#: BDB's primary channel set of the firmware when neither host nor NV gives one: channel 11.
_DEFAULT_CHANNEL_MASK: Final = 1 << 11
_ALL_KEYS_ZERO: Final = bytes(16)
#: STARTUP_OPTION's order to clear the network.
_CLEAR_NETWORK: Final = 0x02


class NvStore:
    """Settings, addresses, children and keys in NV, in the firmware's layout.

    `state` is the file of an NV memory. `hardware_ieee` is the address of a blank radio; keys and PAN ids that aren't
    configured come from `rng`.
    """

    def __init__(
        self,
        processor: Processor,
        *,
        hardware_ieee: int,
        rng: random.Random,
        state: Path | None = None,
        capacity: Capacity = CC2652,
    ) -> None:
        self.nv = nv = NvMemory(state, self._changed, capacity)
        self._autosave = Autosave(processor.loop, nv.save)
        self._hardware_ieee = hardware_ieee
        self._rng = rng
        self.addresses = AddressManager(nv)
        self.associations = AssociationList(nv)
        self.link_keys = LinkKeys(nv, self.addresses)
        self.frame_counter = FrameCounter(nv)
        self._boot()
        processor.on_reset(self._boot)
        self._changed()  # the file is written soon, also when the first boot has created nothing

    def _changed(self) -> None:
        if self.nv.file is not None:
            self._autosave.changed()

    def _boot(self) -> None:
        self.nv.boot(self._hardware_ieee, self._rng)
        #: In RAM, as the firmware has it.
        self.ieee = int.from_bytes(self.nv.get(OsalNvIds.EXTADDR), "little")
        nib = self.nv.get(OsalNvIds.NIB)
        self._nib: Any = t.NIB.deserialize(nib, align=True)[0] if len(nib) == NIB_LENGTH else None
        self.associations.load()

    # Of the coordinator itself

    def set_ieee(self, ieee: bytes) -> None:
        """Change the address, at once and permanently."""
        self.nv.put(OsalNvIds.EXTADDR, ieee)
        self.ieee = int.from_bytes(ieee, "little")

    @property
    def settings(self) -> NetworkSettings | None:
        """The network in NV."""
        nib = self._nib
        if nib is None or nib.nwkLogicalChannel not in CHANNELS or not nib.nwkKeyLoaded:
            return None
        return NetworkSettings(
            pan_id=int(nib.nwkPanId),
            extended_pan_id=int.from_bytes(nib.extendedPANID.serialize(), "little"),
            channel=int(nib.nwkLogicalChannel),
            key=self.nv.get(OsalNvIds.NWK_ACTIVE_KEY_INFO)[1:],
            update_id=int(nib.nwkUpdateId),
        )

    def form(self, channel_masks: list[int]) -> bool:
        """Form a network with the parameters in NV; the first mask that isn't 0 counts. False when they allow none."""
        nv = self.nv
        mask = next(filter(None, (*channel_masks, nv.number(OsalNvIds.CHANLIST))), _DEFAULT_CHANNEL_MASK)
        channels = channels_of(mask)
        if not channels:
            return False
        pan_id = nv.number(OsalNvIds.PANID)
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
        self._nib = new_nib(self._rng, pan_id, epid, self._rng.choice(channels), mask)
        self._save_nib()
        nv.put(OsalNvIds.EXTENDED_PAN_ID, epid)
        nv.put(OsalNvIds.NWK_ACTIVE_KEY_INFO, b"\x00" + key)
        nv.put(OsalNvIds.NWK_ALTERN_KEY_INFO, b"\x00" + key)
        self.associations.load()
        return True

    def start(self) -> None:
        """The network in NV starts."""
        nv = self.nv
        nv.prepare_network()
        nv.put(OsalNvIds.BDBNODEISONANETWORK, b"\x01")
        nv.put(
            OsalNvIds.NWKKEY,
            nv.get(OsalNvIds.NWK_ACTIVE_KEY_INFO) + b"\xff\xff\xff" + nv.get(OsalNvIds.NWKKEY)[20:],
        )
        option = nv.number(OsalNvIds.STARTUP_OPTION)
        nv.put(OsalNvIds.STARTUP_OPTION, bytes((option & ~_CLEAR_NETWORK,)))
        settings = self.settings
        self.frame_counter.start(0 if settings is None else settings.extended_pan_id)

    def change_channel(self, channel: int) -> None:
        """The network is on another channel, under the next update id."""
        self._nib.nwkLogicalChannel = t.uint8_t(channel)
        self._nib.channelList = t.Channels(1 << channel)
        self._nib.nwkUpdateId = t.uint8_t((self._nib.nwkUpdateId + 1) & 0xFF)
        self._save_nib()

    def count_frame(self) -> None:
        """A frame is sent."""
        self.frame_counter.count()

    def _save_nib(self) -> None:
        self.nv.put(OsalNvIds.NIB, self._nib.serialize(align=True))

    # Of the devices

    def nwk(self, ieee: int) -> int | None:
        """The short address of a known device: UNKNOWN_NWK when another has taken it. None for others."""
        known = self.addresses.by_ieee(ieee)
        return None if known is None else known.nwk

    def ieee_of(self, nwk: int) -> int | None:
        """The known device with this short address."""
        known = self.addresses.by_nwk(nwk)
        return None if known is None else known.ieee

    def admit(self, device: Admission) -> bool:
        """Remember a device, with a hashed link key. False when a table is full."""
        user = USER_SECURITY | (USER_ASSOC if device.child else 0)
        address = self.addresses.put(device.ieee, device.nwk, user)
        if address is None or not self.link_keys.exchange(device.ieee, self._rng.randrange(16)):
            return False
        if device.direct:
            relation = NEIGHBOR
            if device.child:
                relation = CHILD_RFD_RX_IDLE if device.capability & RX_ON_WHEN_IDLE else CHILD_RFD
            self.associations.put(Associated(device.nwk, address.index, relation, device.lqi))
        else:
            self.associations.remove(address.index)
        return True

    def move(self, ieee: int, nwk: int) -> None:
        """A known device changed its short address."""
        known = self.addresses.by_ieee(ieee)
        if known is None:
            return
        self.addresses.put(ieee, nwk, known.user)
        if (device := self.associations.by_nwk(known.nwk)) is not None:
            self.associations.put(replace(device, nwk=nwk))

    def forget(self, ieee: int) -> None:
        """Forget a device, its key too."""
        if (address := self.addresses.by_ieee(ieee)) is None:
            return
        self.associations.remove(address.index)
        self.link_keys.forget(ieee)
        self.addresses.release(ieee, 0xFF)

    def associated(self, ieee: int) -> Associated | None:
        """A device's entry of the association list."""
        address = self.addresses.by_ieee(ieee)
        return None if address is None else self.associations.at(address.index)

    # Of the coordinator's own end devices

    @property
    def max_children(self) -> int:
        """The maximum number of children."""
        return self.nv.capacity.children

    @property
    def children(self) -> list[int]:
        """Their short addresses."""
        return [child.nwk for child in self.associations.children]

    def is_child(self, ieee: int) -> bool:
        """Whether a device is one."""
        device = self.associated(ieee)
        return device is not None and device.relation != NEIGHBOR

    def drop_child(self, nwk: int) -> None:
        """Remove a device from the children, but keep it."""
        child = next((each for each in self.associations.children if each.nwk == nwk), None)
        if child is not None:
            self.associations.remove(child.address_index)

    # Everything

    def erase(self) -> dict[Key, bytes]:
        """Erase everything; returns the content for `put_back`."""
        return self.nv.erase()

    def put_back(self, lost: object) -> None:
        """Restore what `erase` returned."""
        assert isinstance(lost, dict)
        self.nv.put_back(lost)

    def save(self) -> None:
        """Write NV's file now, if it has one. OSError when that fails."""
        self._autosave.save()

    def close(self) -> None:
        """Power off."""
        self._autosave.close()

"""A Z-Stack coordinator's tables of other devices, stored in NV entry by entry.

Address manager, direct children (association list), trust center link keys, application link keys. Layouts are those of
aligned structs (CC2652): docs/protocols.md 5.3.
"""

import struct
from dataclasses import dataclass
from typing import Final

from zigpy_znp.types.nvids import ExNvIds, OsalNvIds

from zigloop.air.frame import UNKNOWN_NWK
from zigloop.radio.zstack.nv import EMPTY_ADDRESS, EMPTY_DEVICE, EMPTY_KEY_DATA, EMPTY_TCLK, NvMemory

#: Users of an address manager entry.
USER_ASSOC: Final = 0x01
USER_SECURITY: Final = 0x02

#: Relations of an associated device (zigpy-znp's NodeRelation).
CHILD_RFD: Final = 1
CHILD_RFD_RX_IDLE: Final = 2
NEIGHBOR: Final = 5
NOT_USED: Final = 0xFF

_ADDRESS = struct.Struct("<BxHQ")  # user, nwk, ieee; the padding is FF
_DEVICE = struct.Struct("<HHBBBxBxxxI")  # nwk, address index, relation, status, children, end device: cfg, timeout
_TCLK = struct.Struct("<IIQBBBx")  # tx counter, rx counter, ieee, attributes, type, seed shift
_KEY_DATA = struct.Struct("<16sII")  # key, tx counter, rx counter
_LINK_KEY = struct.Struct("<HHBx")  # address manager index, index in the key data table, authentication
_VERIFIED_KEY = 0x02  # keyAttributes: unique key, verified by the coordinator
_AUTHENTICATED_CBCK = 0x01
_NO_IEEE = (0, 0xFFFF_FFFF_FFFF_FFFF)


@dataclass(frozen=True, slots=True)
class AddressEntry:
    """An entry of the address manager."""

    index: int
    user: int
    nwk: int
    ieee: int


@dataclass(frozen=True, slots=True)
class LinkKey:
    """An APS link key and its counters; `nv_id` is its place in the key data table, None for a hashed one."""

    key: bytes
    tx_counter: int
    rx_counter: int
    nv_id: int | None


class AddressManager:
    """Short addresses by IEEE address, with the users of each entry."""

    def __init__(self, nv: NvMemory) -> None:
        self._nv = nv

    def entries(self) -> list[AddressEntry]:
        """All entries in use."""
        found = []
        for index, entry in self._nv.table(ExNvIds.ADDRMGR):
            if entry != EMPTY_ADDRESS and len(entry) == _ADDRESS.size:
                user, nwk, ieee = _ADDRESS.unpack(entry)
                if user not in (0, 0xFF) and ieee not in _NO_IEEE:
                    found.append(AddressEntry(index, user, nwk, ieee))
        return found

    def by_ieee(self, ieee: int) -> AddressEntry | None:
        """The entry of a device."""
        return next((entry for entry in self.entries() if entry.ieee == ieee), None)

    def by_nwk(self, nwk: int) -> AddressEntry | None:
        """The entry with a short address."""
        return next((entry for entry in self.entries() if entry.nwk == nwk), None)

    def put(self, ieee: int, nwk: int, user: int) -> AddressEntry | None:
        """Remember a device, also for `user`. None when the table is full.

        Another device that had that short address loses it.
        """
        old = self.by_ieee(ieee)
        if old is not None:
            index, user = old.index, old.user | user
        else:
            used = {entry.index for entry in self.entries()}
            free = (i for i, _ in self._nv.table(ExNvIds.ADDRMGR) if i not in used)
            if (index := next(free, -1)) < 0:
                return None
        if (conflict := self.by_nwk(nwk)) is not None and conflict.ieee != ieee:
            self._write(AddressEntry(conflict.index, conflict.user, UNKNOWN_NWK, conflict.ieee))
        self._write(AddressEntry(index, user, nwk, ieee))
        return AddressEntry(index, user, nwk, ieee)

    def release(self, ieee: int, user: int) -> None:
        """`user` no longer needs a device's entry; an entry without users is removed."""
        if (old := self.by_ieee(ieee)) is None:
            return
        if left := old.user & ~user:
            self._write(AddressEntry(old.index, left, old.nwk, ieee))
        else:
            self._nv.put_entry(ExNvIds.ADDRMGR, old.index, EMPTY_ADDRESS)

    def _write(self, entry: AddressEntry) -> None:
        packed = bytearray(_ADDRESS.pack(entry.user, entry.nwk, entry.ieee))
        packed[1] = 0xFF
        self._nv.put_entry(ExNvIds.ADDRMGR, entry.index, bytes(packed))


@dataclass(slots=True)
class Associated:
    """A device of the association list: a direct child, or a neighbouring router."""

    nwk: int
    address_index: int
    relation: int
    lqi: int = 0


class AssociationList:
    """Direct children (kept in NV) and neighbouring routers (not kept, since they are heard again)."""

    #: Direct children that a CC2652 takes (docs/protocols.md 9.1), and with them the capacity of the table.
    MAX_CHILDREN: Final = 50

    def __init__(self, nv: NvMemory) -> None:
        self._nv = nv
        self.devices: list[Associated] = []

    def load(self) -> None:
        """After a reset: the children that NV knows."""
        self.devices = []
        for _, entry in self._nv.table(ExNvIds.DEVICE_LIST):
            if entry != EMPTY_DEVICE and len(entry) == _DEVICE.size:
                nwk, address_index, relation, *_ = _DEVICE.unpack(entry)
                self.devices.append(Associated(nwk, address_index, relation))

    @property
    def children(self) -> list[Associated]:
        """The direct children."""
        return [device for device in self.devices if device.relation != NEIGHBOR]

    def by_nwk(self, nwk: int) -> Associated | None:
        """The device with this short address."""
        return next((device for device in self.devices if device.nwk == nwk), None)

    def put(self, device: Associated) -> None:
        """Add a device, or replace what was known of it."""
        self.devices = [d for d in self.devices if d.address_index != device.address_index] + [device]
        self._save()

    def remove(self, address_index: int) -> bool:
        """Forget a device. False when it wasn't there."""
        left = [d for d in self.devices if d.address_index != address_index]
        removed = len(left) < len(self.devices)
        self.devices = left
        self._save()
        return removed

    def _save(self) -> None:
        entries = [_DEVICE.pack(d.nwk, d.address_index, d.relation, 0, 0, 0, 0) for d in self.children]
        for index, _ in list(self._nv.table(ExNvIds.DEVICE_LIST)):
            entry = entries[index] if index < len(entries) else EMPTY_DEVICE
            self._nv.put_entry(ExNvIds.DEVICE_LIST, index, entry)


class LinkKeys:
    """The two kinds of link key: hashed from the trust center's seed, or stored as such."""

    def __init__(self, nv: NvMemory, addresses: AddressManager) -> None:
        self._nv = nv
        self._addresses = addresses

    def exchange(self, ieee: int, shift: int) -> bool:
        """The device and the trust center agree on a new hashed key. False when the table is full."""
        free = None
        for index, entry in self._nv.table(ExNvIds.TCLK_TABLE):
            owner = _TCLK.unpack(entry)[2] if len(entry) == _TCLK.size else 0
            if owner == ieee:
                return True
            if free is None and owner in _NO_IEEE:
                free = index
        if free is None:
            return False
        self._nv.put_entry(ExNvIds.TCLK_TABLE, free, _TCLK.pack(0, 0, ieee, _VERIFIED_KEY, 0, shift))
        return True

    def store(self, ieee: int, nwk: int, key: bytes) -> bool:
        """Store a key itself. False when a table is full."""
        if (address := self._addresses.put(ieee, nwk, USER_SECURITY)) is None:
            return False
        links = self._links()
        slot = next((slot for index, slot, _ in links if index == address.index), None)
        if slot is None:
            taken = {slot for _, slot, _ in links}
            slot = next((i for i, _ in self._nv.table(ExNvIds.APS_KEY_DATA_TABLE) if i not in taken), None)
            if slot is None:
                return False
            self._save_links([*links, (address.index, slot, _AUTHENTICATED_CBCK)])
        self._nv.put_entry(ExNvIds.APS_KEY_DATA_TABLE, slot, _KEY_DATA.pack(key, 0, 0))
        return True

    def find(self, ieee: int) -> LinkKey | None:
        """The link key of a device."""
        if (address := self._addresses.by_ieee(ieee)) is not None:
            data = dict(self._nv.table(ExNvIds.APS_KEY_DATA_TABLE))
            for index, slot, _ in self._links():
                if index == address.index and len(data.get(slot, b"")) == _KEY_DATA.size:
                    key, tx, rx = _KEY_DATA.unpack(data[slot])
                    return LinkKey(key, tx, rx, slot)
        for _, entry in self._nv.table(ExNvIds.TCLK_TABLE):
            if len(entry) == _TCLK.size:
                tx, rx, owner, _, _, shift = _TCLK.unpack(entry)
                if owner == ieee:
                    return LinkKey(self._hashed(ieee, shift), tx, rx, None)
        return None

    def forget(self, ieee: int) -> bool:
        """Remove a device's keys. False when it had none."""
        found = False
        for index, entry in list(self._nv.table(ExNvIds.TCLK_TABLE)):
            if len(entry) == _TCLK.size and _TCLK.unpack(entry)[2] == ieee:
                self._nv.put_entry(ExNvIds.TCLK_TABLE, index, EMPTY_TCLK)
                found = True
        if (address := self._addresses.by_ieee(ieee)) is not None:
            links = self._links()
            for index, slot, _ in links:
                if index == address.index:
                    self._nv.put_entry(ExNvIds.APS_KEY_DATA_TABLE, slot, EMPTY_KEY_DATA)
                    found = True
            self._save_links([link for link in links if link[0] != address.index])
            self._addresses.release(ieee, USER_SECURITY)
        return found

    def _hashed(self, ieee: int, shift: int) -> bytes:
        seed = self._nv.get(OsalNvIds.TCLK_SEED)
        rotated = seed[shift:] + seed[:shift]
        return bytes(a ^ b for a, b in zip(rotated, ieee.to_bytes(8, "little") * 2, strict=False))

    def _links(self) -> list[tuple[int, int, int]]:
        table = self._nv.get(OsalNvIds.APS_LINK_KEY_TABLE)
        count = min(int.from_bytes(table[:2], "little"), max(len(table) - 2, 0) // _LINK_KEY.size)
        return [_LINK_KEY.unpack_from(table, 2 + i * _LINK_KEY.size) for i in range(count)]

    def _save_links(self, links: list[tuple[int, int, int]]) -> None:
        table = struct.pack("<H", len(links)) + b"".join(_LINK_KEY.pack(*link) for link in links)
        self._nv.put(OsalNvIds.APS_LINK_KEY_TABLE, table.ljust(20, b"\x00"))

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
from zigloop.radio.zstack.rows import Rows

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
        self._rows = Rows(nv, ExNvIds.ADDRMGR, _address, lambda row: row.ieee, lambda row: row.nwk)

    def entries(self) -> list[AddressEntry]:
        """All entries in use."""
        return self._rows.all()

    def by_ieee(self, ieee: int) -> AddressEntry | None:
        """The entry of a device."""
        return self._rows.find(0, ieee)

    def by_nwk(self, nwk: int) -> AddressEntry | None:
        """The entry with a short address."""
        return self._rows.find(1, nwk)

    def put(self, ieee: int, nwk: int, user: int) -> AddressEntry | None:
        """Remember a device, also for `user`. None when the table is full.

        Another device that had that short address loses it.
        """
        old = self.by_ieee(ieee)
        if old is not None:
            index, user = old.index, old.user | user
        elif (free := self._rows.free()) is None:
            return None
        else:
            index = free
        if (conflict := self.by_nwk(nwk)) is not None and conflict.ieee != ieee:
            self._write(AddressEntry(conflict.index, conflict.user, UNKNOWN_NWK, conflict.ieee))
        entry = AddressEntry(index, user, nwk, ieee)
        if entry != old:
            self._write(entry)
        return entry

    def release(self, ieee: int, user: int) -> None:
        """`user` no longer needs a device's entry; an entry without users is removed."""
        if (old := self.by_ieee(ieee)) is None:
            return
        if left := old.user & ~user:
            self._write(AddressEntry(old.index, left, old.nwk, ieee))
        else:
            self._rows.put(old.index, EMPTY_ADDRESS)

    def _write(self, entry: AddressEntry) -> None:
        packed = bytearray(_ADDRESS.pack(entry.user, entry.nwk, entry.ieee))
        packed[1] = 0xFF
        self._rows.put(entry.index, bytes(packed))


def _address(index: int, entry: bytes) -> AddressEntry | None:
    if entry == EMPTY_ADDRESS or len(entry) != _ADDRESS.size:
        return None
    user, nwk, ieee = _ADDRESS.unpack(entry)
    return None if user in (0, 0xFF) or ieee in _NO_IEEE else AddressEntry(index, user, nwk, ieee)


@dataclass(slots=True)
class Associated:
    """A device of the association list: a direct child, or a neighbouring router."""

    nwk: int
    address_index: int
    relation: int
    lqi: int = 0


class AssociationList:
    """Direct children (kept in NV) and neighbouring routers (not kept, since they are heard again)."""

    def __init__(self, nv: NvMemory) -> None:
        self._nv = nv
        self._devices: dict[int, Associated] = {}  # by address index

    def load(self) -> None:
        """After a reset: the children that NV knows."""
        self._devices = {}
        for _, entry in self._nv.table(ExNvIds.DEVICE_LIST):
            if entry != EMPTY_DEVICE and len(entry) == _DEVICE.size:
                nwk, address_index, relation, *_ = _DEVICE.unpack(entry)
                self._devices[address_index] = Associated(nwk, address_index, relation)

    @property
    def devices(self) -> list[Associated]:
        """All, those last that were added last."""
        return list(self._devices.values())

    @property
    def children(self) -> list[Associated]:
        """The direct children."""
        return [device for device in self._devices.values() if device.relation != NEIGHBOR]

    def by_nwk(self, nwk: int) -> Associated | None:
        """The device with this short address."""
        return next((device for device in self._devices.values() if device.nwk == nwk), None)

    def at(self, address_index: int) -> Associated | None:
        """The device with this entry of the address manager."""
        return self._devices.get(address_index)

    def put(self, device: Associated) -> None:
        """Add a device, or replace what was known of it."""
        old = self._devices.pop(device.address_index, device)
        self._devices[device.address_index] = device
        self._save(old, device)

    def remove(self, address_index: int) -> bool:
        """Forget a device. False when it wasn't there."""
        old = self._devices.pop(address_index, None)
        if old is not None:
            self._save(old)
        return old is not None

    def _save(self, *changed: Associated) -> None:
        if all(device.relation == NEIGHBOR for device in changed):
            return
        entries = [_DEVICE.pack(d.nwk, d.address_index, d.relation, 0, 0, 0, 0) for d in self.children]
        for index, _ in list(self._nv.table(ExNvIds.DEVICE_LIST)):
            entry = entries[index] if index < len(entries) else EMPTY_DEVICE
            self._nv.put_entry(ExNvIds.DEVICE_LIST, index, entry)


@dataclass(frozen=True, slots=True)
class _HashedKey:
    """An entry of the trust center link key table."""

    index: int
    ieee: int
    tx_counter: int
    rx_counter: int
    shift: int


def _hashed_key(index: int, entry: bytes) -> _HashedKey | None:
    if len(entry) != _TCLK.size:
        return None
    tx, rx, ieee, _, _, shift = _TCLK.unpack(entry)
    return None if ieee in _NO_IEEE else _HashedKey(index, ieee, tx, rx, shift)


class LinkKeys:
    """The two kinds of link key: hashed from the trust center's seed, or stored as such."""

    def __init__(self, nv: NvMemory, addresses: AddressManager) -> None:
        self._nv = nv
        self._addresses = addresses
        self._hashed_keys = Rows(nv, ExNvIds.TCLK_TABLE, _hashed_key, lambda row: row.ieee)

    def exchange(self, ieee: int, shift: int) -> bool:
        """The device and the trust center agree on a new hashed key. False when the table is full."""
        if self._hashed_keys.find(0, ieee) is not None:
            return True
        if (free := self._hashed_keys.free()) is None:
            return False
        self._hashed_keys.put(free, _TCLK.pack(0, 0, ieee, _VERIFIED_KEY, 0, shift))
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
        if (known := self._hashed_keys.find(0, ieee)) is not None:
            return LinkKey(self._hashed(ieee, known.shift), known.tx_counter, known.rx_counter, None)
        return None

    def forget(self, ieee: int) -> bool:
        """Remove a device's keys. False when it had none."""
        found = False
        while (known := self._hashed_keys.find(0, ieee)) is not None:
            self._hashed_keys.put(known.index, EMPTY_TCLK)
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

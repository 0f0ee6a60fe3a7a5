"""Non-volatile memory: the items that a Z-Stack 3.x.0 radio keeps.

The names, lengths, capacities and defaults come from NVRAM dumps of a real CC2652R (zigpy-znp, `tests/nvram`).

Not modelled: flash pages, wear, compaction (and the seconds it takes).
"""

import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zigpy_znp.types.nvids import ExNvIds, NvSysIds, OsalNvIds

from zigloop import jsonfile
from zigloop.radio.zstack.nv_file import MAX_ITEM_LENGTH, Key, dump, legacy, load

#: Sum of all items: five flash pages of 8 KiB.
MAX_TOTAL_LENGTH = 5 * 8192
#: Flash that each item costs beside its data: the header of NVOCMP.
_ITEM_OVERHEAD = 7
#: Flash for everything but the tables: the firmware's items and those of hosts.
_OTHER_ITEMS = 8192

#: Items of a blank radio, written on its first boot (zigpy-znp, `CC2652R-ZStack4.reset.json`).
_DEFAULTS: dict[OsalNvIds, str] = {
    OsalNvIds.STARTUP_OPTION: "00",
    OsalNvIds.START_DELAY: "0a",
    OsalNvIds.POLL_RATE_OLD16: "b80b",
    OsalNvIds.POLL_RATE: ("b80b0000b8010000640000006400000000000000e803000000000000000000008459002001000000"),
    OsalNvIds.DATA_RETRIES: "02",
    OsalNvIds.POLL_FAILURE_RETRIES: "03",
    OsalNvIds.STACK_PROFILE: "02",
    OsalNvIds.INDIRECT_MSG_TIMEOUT: "14",
    OsalNvIds.ROUTE_EXPIRY_TIME: "1e",
    OsalNvIds.BCAST_RETRIES: "02",
    OsalNvIds.PASSIVE_ACK_TIMEOUT: "05",
    OsalNvIds.BCAST_DELIVERY_TIME: "1e",
    OsalNvIds.CONCENTRATOR_ENABLE: "01",
    OsalNvIds.CONCENTRATOR_DISCOVERY: "78",
    OsalNvIds.CONCENTRATOR_RADIUS: "0a",
    OsalNvIds.CONCENTRATOR_RC: "01",
    OsalNvIds.NWK_MGR_MODE: "01",
    OsalNvIds.SRC_RTG_EXPIRY_TIME: "ff",
    OsalNvIds.ROUTE_DISCOVERY_TIME: "0d",
    OsalNvIds.NWK_ACTIVE_KEY_INFO: "00" * 17,
    OsalNvIds.NWK_ALTERN_KEY_INFO: "00" * 17,
    OsalNvIds.ROUTER_OFF_ASSOC_CLEANUP: "00",
    OsalNvIds.NWK_LEAVE_REQ_ALLOWED: "01",
    OsalNvIds.NWK_CHILD_AGE_ENABLE: "00",
    OsalNvIds.APS_FRAME_RETRIES: "03",
    OsalNvIds.APS_ACK_WAIT_DURATION: "b80b",
    OsalNvIds.APS_ACK_WAIT_MULTIPLIER: "02",
    OsalNvIds.BINDING_TIME: "803e",
    OsalNvIds.APS_USE_EXT_PANID: "00" * 8,
    OsalNvIds.APS_USE_INSECURE_JOIN: "01",
    OsalNvIds.COMMISSIONED_NWK_ADDR: "feff",
    OsalNvIds.APS_NONMEMBER_RADIUS: "02",
    OsalNvIds.APS_DUPREJ_TIMEOUT_INC: "e803",
    OsalNvIds.APS_DUPREJ_TIMEOUT_COUNT: "0a",
    OsalNvIds.APS_DUPREJ_TABLE_SIZE: "0500",
    OsalNvIds.NWK_PARENT_INFO: "01",
    OsalNvIds.NWK_ENDDEV_TIMEOUT_DEF: "08",
    OsalNvIds.END_DEV_TIMEOUT_VALUE: "08",
    OsalNvIds.END_DEV_CONFIGURATION: "00",
    OsalNvIds.BDBNODEISONANETWORK: "00",
    OsalNvIds.PRECFGKEYS_ENABLE: "00",
    OsalNvIds.SECURE_PERMIT_JOIN: "01",
    OsalNvIds.APS_LINK_KEY_TYPE: "01",
    OsalNvIds.APS_ALLOW_R19_SECURITY: "00",
    OsalNvIds.USE_DEFAULT_TCLK: "01",
    OsalNvIds.TRUSTCENTER_ADDR: "00" * 8,
    OsalNvIds.USERDESC: "00" * 17,
    OsalNvIds.NWKKEY: "00" * 24,
    OsalNvIds.PANID: "ffff",
    OsalNvIds.CHANLIST: "00000000",
    OsalNvIds.SCAN_DURATION: "04",
    OsalNvIds.LOGICAL_TYPE: "00",
    OsalNvIds.NWKMGR_MIN_TX: "14",
    OsalNvIds.ZDO_DIRECT_CB: "01",
    OsalNvIds.SAPI_ENDPOINT: "e0",
}

#: Empty entries of tables.
EMPTY_TCLK = bytes(16) + bytes.fromhex("ff000000")
EMPTY_KEY_DATA = bytes(24)
EMPTY_SECURITY_MATERIAL = bytes(12)
EMPTY_ADDRESS = b"\xff" * 12
EMPTY_DEVICE = b"\xff" * 16
EMPTY_BINDING = b"\xff" * 14


@dataclass(frozen=True, slots=True)
class Capacity:
    """How many devices a firmware's tables take. The defaults are Koenkk's for a CC2652 (docs/protocols.md 9.1).

    ValueError when they don't fit into the flash memory.
    """

    devices: int = 200  # with a trust center link key
    children: int = 50  # end devices whose parent is the coordinator

    def __post_init__(self) -> None:
        tables = [*self.first_tables.values(), *self.network_tables.values()]
        needed = sum(capacity * (len(empty) + _ITEM_OVERHEAD) for capacity, empty in tables)
        if self.devices < 1 or self.children < 0 or needed > MAX_TOTAL_LENGTH - _OTHER_ITEMS:
            raise ValueError(f"no radio has tables for {self.devices} devices and {self.children} children")

    @property
    def first_tables(self) -> dict[ExNvIds, tuple[int, bytes]]:
        """Capacity and empty entry of the tables that exist from the first boot on."""
        return {
            ExNvIds.TCLK_TABLE: (self.devices, EMPTY_TCLK),
            ExNvIds.APS_KEY_DATA_TABLE: (3, EMPTY_KEY_DATA),
            ExNvIds.NWK_SEC_MATERIAL_TABLE: (5, EMPTY_SECURITY_MATERIAL),
        }

    @property
    def network_tables(self) -> dict[ExNvIds, tuple[int, bytes]]:
        """Those that a network needs. The dumps' address manager has 257 entries: 7 more than devices and children."""
        return {
            ExNvIds.ADDRMGR: (self.devices + self.children + 7, EMPTY_ADDRESS),
            ExNvIds.BINDING_TABLE: (1, EMPTY_BINDING),
            ExNvIds.DEVICE_LIST: (self.children + 1, EMPTY_DEVICE),
        }


#: The tables of a CC2652.
CC2652 = Capacity()
#: Items that exist only after a network was formed. 0x4C: a count and three entries of six bytes.
_NETWORK_ITEMS: dict[OsalNvIds, bytes] = {
    OsalNvIds.APS_LINK_KEY_TABLE: bytes(20),
    OsalNvIds.GROUP_TABLE: b"\x00\x00" + b"\xff" * 20,
    OsalNvIds.LEAVE_CTRL: b"\x00",
}
#: Items with which hosts mark a radio as configured: cleared with the network (docs/protocols.md 3.6).
_HOST_FLAGS = (
    OsalNvIds.HAS_CONFIGURED_ZSTACK1,
    OsalNvIds.HAS_CONFIGURED_ZSTACK3,
    OsalNvIds.ZIGPY_ZNP_MIGRATION_ID,
)


class NvMemory:
    """The items, in memory and, with `file`, on disk.

    Without an existing file the radio is blank; an invalid file raises ValueError. Only `save` writes the file;
    `changed` is called after changes.
    """

    def __init__(
        self,
        file: str | os.PathLike[str] | None = None,
        changed: Callable[[], None] = lambda: None,
        capacity: Capacity = CC2652,
    ) -> None:
        self.file = Path(file) if file is not None else None
        self.capacity = capacity
        self._changed = changed
        self._items: dict[Key, bytes] = {}
        self._revisions: Counter[int] = Counter()  # changes of each table
        self._replaced = 0  # changes of all
        self._used = 0
        if self.file is not None and self.file.exists():
            self._replace(load(self.file))

    # Items, as the MT commands see them

    def length(self, key: Key) -> int:
        """Bytes of an item, 0 when it doesn't exist."""
        return len(self._items.get(key, b""))

    def read(self, key: Key) -> bytes | None:
        """An item's bytes, None when it doesn't exist."""
        return self._items.get(key)

    def create(self, key: Key, value: bytes) -> bool:
        """Create an item, or replace one of any length. False when the memory is full."""
        used = self._used + len(value) + _ITEM_OVERHEAD
        if (old := self._items.get(key)) is not None:
            used -= len(old) + _ITEM_OVERHEAD
        if not value or len(value) > MAX_ITEM_LENGTH or used > MAX_TOTAL_LENGTH:
            return False
        if value != old:
            self._items[key] = bytes(value)
            self._used = used
            self._revisions[key.item] += 1
            self._changed()
        return True

    def write(self, key: Key, offset: int, data: bytes) -> bool:
        """Overwrite a part of an item. False when that part doesn't exist."""
        old = self._items.get(key)
        if old is None or offset + len(data) > len(old):
            return False
        new = old[:offset] + data + old[offset + len(data) :]
        if new != old:
            self._items[key] = new
            self._revisions[key.item] += 1
            self._changed()
        return True

    def delete(self, key: Key) -> bool:
        """Remove an item. False when it doesn't exist."""
        old = self._items.pop(key, None)
        if old is None:
            return False
        self._used -= len(old) + _ITEM_OVERHEAD
        self._revisions[key.item] += 1
        self._changed()
        return True

    def keys(self) -> list[Key]:
        """Every item's name."""
        return list(self._items)

    # Items, as the firmware itself uses them

    def get(self, item: int) -> bytes:
        """An OSAL item's bytes, empty when it doesn't exist."""
        return self._items.get(legacy(item), b"")

    def number(self, item: int) -> int:
        """An OSAL item as a number, 0 when it doesn't exist."""
        return int.from_bytes(self.get(item), "little")

    def put(self, item: int, value: bytes) -> None:
        """Set an OSAL item; an existing one is replaced."""
        self.create(legacy(item), value)

    def table(self, table: int) -> Iterator[tuple[int, bytes]]:
        """A table's entries with their index, up to its end."""
        index = 0
        while (entry := self._items.get(Key(NvSysIds.ZSTACK, table, index))) is not None:
            yield index, entry
            index += 1

    def revision(self, table: int) -> int:
        """A number that changes with the content of a table."""
        return self._replaced + self._revisions[table]

    def put_entry(self, table: int, index: int, entry: bytes) -> None:
        """Set a table's entry."""
        self.create(Key(NvSysIds.ZSTACK, table, index), entry)

    # All items

    def boot(self, hardware_ieee: int, rng: random.Random) -> None:
        """Start as the firmware does: obey the startup option, create missing items."""
        option = self.number(OsalNvIds.STARTUP_OPTION)
        if option & 0x02:
            self._clear_network()
        if option & 0x01:
            for item in _DEFAULTS:
                self.delete(legacy(item))
            self.delete(legacy(OsalNvIds.PRECFGKEY))
            self.delete(legacy(OsalNvIds.EXTENDED_PAN_ID))
            self.delete(legacy(OsalNvIds.TCLK_SEED))
        if option & 0x80:
            for index, _ in list(self.table(ExNvIds.NWK_SEC_MATERIAL_TABLE)):
                self.put_entry(ExNvIds.NWK_SEC_MATERIAL_TABLE, index, EMPTY_SECURITY_MATERIAL)
        self._default(OsalNvIds.EXTADDR, hardware_ieee.to_bytes(8, "little"))
        for item, value in _DEFAULTS.items():
            self._default(item, bytes.fromhex(value))
        self._default(OsalNvIds.EXTENDED_PAN_ID, self.get(OsalNvIds.EXTADDR))
        self._default(OsalNvIds.PRECFGKEY, rng.randbytes(16))
        self._default(OsalNvIds.TCLK_SEED, rng.randbytes(16))
        if option & 0x01:
            # The firmware resets the bit that clears the configuration; the bit that clears the network stays set until
            # a network has been formed (the reset dump has 02, the formed one 00).
            self.put(OsalNvIds.STARTUP_OPTION, bytes((option & 0x02,)))
        self._create_tables(self.capacity.first_tables)

    def erase(self) -> dict[Key, bytes]:
        """Erase everything; returns the content for `put_back`."""
        lost = self._items
        self._replace({})
        self._changed()
        return lost

    def put_back(self, items: dict[Key, bytes]) -> None:
        """Restore what `erase` returned."""
        self._replace(items)
        self._changed()

    def prepare_network(self) -> None:
        """Create the items that a network needs."""
        self._create_tables(self.capacity.network_tables)
        for item, value in _NETWORK_ITEMS.items():
            self._default(item, value)

    def _clear_network(self) -> None:
        for item in (OsalNvIds.NIB, *_NETWORK_ITEMS, *_HOST_FLAGS):
            self.delete(legacy(item))
        for item in (
            OsalNvIds.NWK_ACTIVE_KEY_INFO,
            OsalNvIds.NWK_ALTERN_KEY_INFO,
            OsalNvIds.NWKKEY,
            OsalNvIds.BDBNODEISONANETWORK,
        ):
            self.put(item, bytes.fromhex(_DEFAULTS[item]))
        # The security material stays: a frame counter outlives a network. Only bit 7 clears it.
        for table in (*self.capacity.network_tables, ExNvIds.TCLK_TABLE, ExNvIds.APS_KEY_DATA_TABLE):
            for index, _ in list(self.table(table)):
                self.delete(Key(NvSysIds.ZSTACK, table, index))

    def _default(self, item: int, value: bytes) -> None:
        if legacy(item) not in self._items:
            self.put(item, value)

    def _create_tables(self, tables: dict[Any, tuple[int, bytes]]) -> None:
        for table, (capacity, empty) in tables.items():
            for index in range(capacity):
                key = Key(NvSysIds.ZSTACK, table, index)
                if key not in self._items:
                    self.create(key, empty)

    # The file

    def save(self) -> None:
        """Write the file, if it has one. OSError when that fails."""
        if self.file is not None:
            jsonfile.write(self.file, dump(self._items))

    def _replace(self, items: dict[Key, bytes]) -> None:
        self._items = items
        self._replaced += 1
        self._used = sum(len(value) + _ITEM_OVERHEAD for value in items.values())

"""The network frame counter, and its copies in NV, one for each network (the security material table)."""

import struct
from typing import Final

from zigpy_znp.types.nvids import ExNvIds, OsalNvIds

from zigloop.radio.zstack.nv import NvMemory

_MATERIAL = struct.Struct("<IQ")  # frame counter, extended PAN id
_ANY_NETWORK = 0xFFFF_FFFF_FFFF_FFFF


class FrameCounter:
    """The network frame counter, which must never decrease, not even after a power failure.

    It is written to NV every 1,000 frames, and each start skips ahead by more than that (MAX_NWK_FRAMECOUNTER_CHANGES
    plus NWK_FRAMECOUNTER_CHANGES_RESTORE_DELTA of Z-Stack; the counters in real dumps are multiples of
    1,250).
    """

    SAVE_EVERY: Final = 1000
    SKIP: Final = 1250
    #: Its maximum, where it stays: no counter may be used twice.
    MAXIMUM: Final = 0xFFFF_FFFF

    def __init__(self, nv: NvMemory) -> None:
        self._nv = nv
        self._epid = 0
        self._unsaved = 0
        self.value = 0

    def start(self, epid: int) -> None:
        """The network with this extended PAN id starts, new or resumed."""
        self._epid = epid
        self.value = min(self._stored() + self.SKIP, self.MAXIMUM)
        self._save()

    def count(self) -> None:
        """One frame has been sent."""
        self.value = min(self.value + 1, self.MAXIMUM)
        self._unsaved += 1
        if self._unsaved >= self.SAVE_EVERY:
            self._save()

    def set(self, value: int) -> None:
        """The host sets the counter."""
        self.value = value
        self._save()

    def _entries(self) -> list[tuple[int, int, int]]:
        table = self._nv.table(ExNvIds.NWK_SEC_MATERIAL_TABLE)
        return [(i, *_MATERIAL.unpack(entry)) for i, entry in table if len(entry) == _MATERIAL.size]

    def _stored(self) -> int:
        entries = self._entries()
        for wanted in (self._epid, _ANY_NETWORK):
            for _, counter, epid in entries:
                if epid == wanted:
                    return int(counter)
        return 0

    def _save(self) -> None:
        self._unsaved = 0
        key_item = self._nv.get(OsalNvIds.NWKKEY)
        self._nv.put(OsalNvIds.NWKKEY, key_item[:20] + struct.pack("<I", self.value))
        entries = self._entries()
        index = next((i for i, _, epid in entries if epid == self._epid), None)
        if index is None:
            index = next((i for i, _, epid in entries[:-1] if epid in (0, _ANY_NETWORK)), None)
        if index is not None:
            entry = _MATERIAL.pack(self.value, self._epid)
        elif entries:  # no room: the last entry is good for any network
            index = entries[-1][0]
            entry = _MATERIAL.pack(max(self.value, entries[-1][1]), _ANY_NETWORK)
        else:
            index, entry = 0, _MATERIAL.pack(self.value, self._epid)
        self._nv.put_entry(ExNvIds.NWK_SEC_MATERIAL_TABLE, index, entry)

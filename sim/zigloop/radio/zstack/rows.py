"""The used entries of a table in NV, found by what they contain.

The table is read when it is first needed, and again when others have written it (a host may). What is written through
`Rows` only changes what is known, so that a device is found in the same time however many there are.
"""

import heapq
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from zigloop.radio.zstack.nv import NvMemory

Row = TypeVar("Row")


class Rows(Generic[Row]):
    """`parse` reads an entry, given its index (None: it is free); `keys` are the values by which one is found.

    When several have the same key, the one with the lowest index is found.
    """

    def __init__(
        self,
        nv: NvMemory,
        table: Any,
        parse: Callable[[int, bytes], Row | None],
        *keys: Callable[[Row], int],
    ) -> None:
        self._nv = nv
        self._table = table
        self._parse = parse
        self._keys = keys
        self._revision = -1  # of the table, as it is known
        self._rows: dict[int, Row] = {}
        self._found: list[dict[int, Row]] = []
        self._free: list[int] = []  # a heap

    def all(self) -> list[Row]:
        """The used entries, in the table's order."""
        self._read()
        return [row for _, row in sorted(self._rows.items(), key=lambda item: item[0])]

    def find(self, key: int, value: int) -> Row | None:
        """The first entry with this value of the key with this number."""
        self._read()
        return self._found[key].get(value)

    def free(self) -> int | None:
        """The lowest free index; None when the table is full."""
        self._read()
        return self._free[0] if self._free else None

    def put(self, index: int, entry: bytes) -> None:
        """Write an entry."""
        self._read()
        self._nv.put_entry(self._table, index, entry)
        if self._adds(index, entry):
            self._revision = self._nv.revision(self._table)

    def _adds(self, index: int, entry: bytes) -> bool:
        """Note an entry at the lowest free index, with new keys; False when it is another change."""
        row = self._parse(index, entry)
        if row is None or not self._free or self._free[0] != index:
            return False
        values = [key(row) for key in self._keys]
        if any(value in found for value, found in zip(values, self._found, strict=True)):
            return False
        heapq.heappop(self._free)
        self._rows[index] = row
        for value, found in zip(values, self._found, strict=True):
            found[value] = row
        return True

    def _read(self) -> None:
        revision = self._nv.revision(self._table)
        if revision == self._revision:
            return
        self._revision = revision
        self._rows, self._found, self._free = {}, [{} for _ in self._keys], []
        for index, entry in self._nv.table(self._table):
            row = self._parse(index, entry)
            if row is None:
                self._free.append(index)
                continue
            self._rows[index] = row
            for key, found in zip(self._keys, self._found, strict=True):
                found.setdefault(key(row), row)

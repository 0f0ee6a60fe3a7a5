"""The entries of a table are found as by reading all of it, and those that are added cost the same each."""

import struct
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from zigpy_znp.types.nvids import ExNvIds, NvSysIds

from zigloop.radio.zstack.nv import NvMemory
from zigloop.radio.zstack.nv_file import Key
from zigloop.radio.zstack.rows import Rows
from zigloop.radio.zstack.tables import AddressManager

TABLE, CAPACITY, EMPTY = ExNvIds.ADDRMGR, 8, b"\x00\x00"
values, indices = st.integers(0, 3), st.integers(0, CAPACITY - 1)
Row = tuple[int, int, int]  # index, and two values


def parse(index: int, entry: bytes) -> Row | None:
    return None if entry == EMPTY else (index, *struct.unpack("BB", entry))


def memory() -> NvMemory:
    nv = NvMemory()
    for index in range(CAPACITY):
        nv.put_entry(TABLE, index, EMPTY)
    return nv


steps = st.lists(
    st.one_of(
        st.tuples(st.just("add"), values, values),
        st.tuples(
            st.sampled_from(["put", "by others"]), st.integers(0, CAPACITY - 1), st.binary(min_size=2, max_size=2)
        ),
        st.tuples(st.just("clear"), st.integers(0, CAPACITY - 1), st.none()),
        st.tuples(st.sampled_from(["erase", "cut"]), st.none(), st.none()),
    ),
    max_size=12,
)


@given(steps)
def test_what_is_found(steps: list[tuple[str, Any, Any]]) -> None:
    nv = memory()
    rows: Rows[Row] = Rows(nv, TABLE, parse, lambda row: row[1], lambda row: row[2])
    for what, one, two in steps:
        if what == "add" and (free := rows.free()) is not None:
            rows.put(free, bytes((one, two)))
        elif what in ("put", "clear"):
            rows.put(one, EMPTY if what == "clear" else two)
        elif what == "by others":
            nv.write(Key(NvSysIds.ZSTACK, TABLE, one), 0, two)
        elif what == "erase":
            nv.erase()
        elif what == "cut":
            nv.delete(Key(NvSysIds.ZSTACK, TABLE, CAPACITY - 1))
        entries = list(nv.table(TABLE))
        used = [row for index, entry in entries if (row := parse(index, entry)) is not None]
        assert rows.all() == used
        assert rows.free() == next((index for index, entry in entries if entry == EMPTY), None)
        for key in (0, 1):
            for value in range(5):
                assert rows.find(key, value) == next((row for row in used if row[1 + key] == value), None)


def test_a_table_is_not_read_again_for_each_entry_that_is_added() -> None:
    parsed: list[int] = []

    def counted(index: int, entry: bytes) -> Row | None:
        parsed.append(index)
        return parse(index, entry)

    nv = memory()
    rows: Rows[Row] = Rows(nv, TABLE, counted, lambda row: row[1])
    for number in range(CAPACITY):
        assert rows.find(0, number + 1) is None
        rows.put(number, bytes((number + 1, 0)))
    assert len(parsed) == 2 * CAPACITY  # all at first, then each once


def test_addresses_that_change_hands() -> None:
    nv = NvMemory()
    nv.prepare_network()
    addresses = AddressManager(nv)
    assert addresses.put(0x11, 0x1000, 2) is not None
    assert addresses.put(0x22, 0x1000, 2) is not None  # the first one loses it
    assert [(each.ieee, each.nwk) for each in addresses.entries()] == [(0x11, 0xFFFE), (0x22, 0x1000)]
    addresses.release(0x11, 2)
    assert addresses.by_ieee(0x11) is None
    again = addresses.put(0x33, 0x3000, 2)
    assert again is not None
    assert again.index == 0

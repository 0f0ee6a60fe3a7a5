"""Values of all ZCL types: (type, value as the simulator packs it, value as the bridge reads it)."""

import math
import os
from typing import Any

from hypothesis import strategies as st

from zigloop.lumi.structure import Entry, structure
from zigloop.zcl.frame import u16
from zigloop.zcl.types import TYPES

#: `ZIGLOOP_EXAMPLES=20` tries twenty times as many.
MORE = int(os.environ.get("ZIGLOOP_EXAMPLES", "1"))

STRINGS = {0x41: 1, 0x42: 1, 0x43: 2, 0x44: 2}
FLOATS = {0x38: 16, 0x39: 32, 0x3A: 64}
LISTS = (0x48, 0x50, 0x51)  # array, set, bag
STRUCTURE, NO_DATA, KEY = 0x4C, 0x00, 0xF1
COMPOSITES = (*LISTS, STRUCTURE)
SIGNED = range(0x28, 0x30)
INTEGERS = sorted(set(TYPES) - set(STRINGS) - set(FLOATS) - set(COMPOSITES) - {NO_DATA, KEY})

Typed = tuple[int, Any, Any]


def same(value: Any) -> tuple[Any, Any]:
    return value, value


@st.composite
def scalars(draw: st.DrawFn, types: tuple[int, ...] = tuple(sorted(set(TYPES) - set(COMPOSITES)))) -> Typed:
    kind = draw(st.sampled_from(types))
    if kind == NO_DATA:
        return kind, 0, None
    if kind in STRINGS:
        return kind, *same(draw(st.binary(max_size=20)))
    if kind in FLOATS:
        return kind, *same(draw(st.floats(width=FLOATS[kind])))  # type: ignore[arg-type]
    if kind == KEY:
        key = draw(st.binary(min_size=16, max_size=16))
        return kind, int.from_bytes(key, "little"), key
    bits = 8 * len(TYPES[kind].pack(0))
    if kind in SIGNED:
        return kind, *same(draw(st.integers(-(1 << bits - 1), (1 << bits - 1) - 1)))
    return kind, *same(draw(st.integers(0, (1 << bits) - 1)))


@st.composite
def composites(draw: st.DrawFn) -> Typed:
    """One level deep: a list of one type, or a structure."""
    kind = draw(st.sampled_from(COMPOSITES))
    if kind == STRUCTURE:
        elements = draw(st.lists(scalars(), max_size=4))
        body = b"".join(bytes((each,)) + TYPES[each].pack(value) for each, value, _ in elements)
        packed = u16(len(elements)) + body
    else:
        each = draw(st.sampled_from(sorted(set(TYPES) - set(COMPOSITES) - {NO_DATA})))
        elements = draw(st.lists(scalars((each,)), max_size=4))
        packed = bytes((each,)) + u16(len(elements)) + b"".join(TYPES[each].pack(value) for _, value, _ in elements)
    return kind, packed, [read for _, _, read in elements]


typed_values = scalars() | composites()


def equal(one: Any, other: Any) -> bool:
    """As values, where not-a-number equals itself."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(equal, one, other))
    if isinstance(one, float) and isinstance(other, float) and math.isnan(one):
        return math.isnan(other)
    return bool(one == other)


structures = st.lists(st.tuples(st.integers(0, 255), typed_values), max_size=8)


def packed(tags: list[tuple[int, Typed]]) -> bytes:
    entries: list[Entry] = [(tag, kind, value) for tag, (kind, value, _) in tags]
    return structure(entries)

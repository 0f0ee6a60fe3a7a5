"""ZCL data types on the wire, as plain Python values (ZCL specification 075123r6, section 2.6.2).

Integers, enumerations and bitmaps are `int`, booleans `bool` (parsed as `int`, since hosts do send 2),
floats `float`, strings `bytes` without their length. Composite types (array, structure, set, bag) are the raw bytes
after the type octet; zigpy's types find their end.

Not modelled: the "invalid" value of each type, except that a string of length 0xFF (0xFFFF) reads as empty.
"""

import struct
from collections.abc import Callable
from typing import Final, NamedTuple, TypeAlias

Value: TypeAlias = int | float | bytes

BOOL: Final = 0x10
MAP8: Final = 0x18
UINT8: Final = 0x20
UINT16: Final = 0x21
UINT32: Final = 0x23
UINT40: Final = 0x24
UINT64: Final = 0x27
INT8: Final = 0x28
INT16: Final = 0x29
INT32: Final = 0x2B
ENUM8: Final = 0x30
SINGLE: Final = 0x39
OCTET_STRING: Final = 0x41
CHARACTER_STRING: Final = 0x42
UTC: Final = 0xE2


class ZclType(NamedTuple):
    """The encoding of one data type. Only `analog` types have a reportable change (table 2-10)."""

    pack: Callable[[Value], bytes]
    unpack: Callable[[bytes, int], tuple[Value, int]]  # (data, offset) -> (value, offset behind it)
    analog: bool


def _integer(size: int, *, signed: bool, analog: bool) -> ZclType:
    def pack(value: Value) -> bytes:
        return int(value).to_bytes(size, "little", signed=signed)

    def unpack(data: bytes, offset: int) -> tuple[Value, int]:
        end = offset + size
        if end > len(data):
            raise ValueError(f"expected {size} bytes, {len(data) - offset} left")
        return int.from_bytes(data[offset:end], "little", signed=signed), end

    return ZclType(pack, unpack, analog)


def _float(code: str) -> ZclType:
    codec = struct.Struct(code)

    def unpack(data: bytes, offset: int) -> tuple[Value, int]:
        try:
            value: float = codec.unpack_from(data, offset)[0]
        except struct.error as error:
            raise ValueError(str(error)) from None
        return value, offset + codec.size

    return ZclType(codec.pack, unpack, analog=True)


def _string(prefix: int) -> ZclType:
    invalid = (1 << 8 * prefix) - 1

    def pack(value: Value) -> bytes:
        assert isinstance(value, bytes)
        return len(value).to_bytes(prefix, "little") + value

    def unpack(data: bytes, offset: int) -> tuple[Value, int]:
        start = offset + prefix
        length = int.from_bytes(data[offset:start], "little")
        if length == invalid:
            length = 0
        if start + length > len(data):
            raise ValueError(f"a string of {length} bytes, {len(data) - start} left")
        return data[start : start + length], start + length

    return ZclType(pack, unpack, analog=False)


def _composite(type_id: int) -> ZclType:
    def pack(value: Value) -> bytes:
        assert isinstance(value, bytes)
        return value

    def unpack(data: bytes, offset: int) -> tuple[Value, int]:
        from zigpy.zcl.foundation import DataType  # slow to import, and few values are composite

        python_type = DataType.from_type_id(type_id).python_type
        try:
            _, rest = python_type.deserialize(data[offset:])
        except RecursionError:
            raise ValueError("composite values nested too deeply") from None
        end = len(data) - len(rest)
        return data[offset:end], end

    return ZclType(pack, unpack, analog=False)


def _table() -> dict[int, ZclType]:
    table = {0x00: _integer(0, signed=False, analog=False), BOOL: _integer(1, signed=False, analog=False)}
    for size in range(1, 9):
        table[0x07 + size] = _integer(size, signed=False, analog=False)  # general data
        table[0x17 + size] = _integer(size, signed=False, analog=False)  # bitmaps
        table[0x1F + size] = _integer(size, signed=False, analog=True)
        table[0x27 + size] = _integer(size, signed=True, analog=True)
    table |= {0x30: table[0x08], 0x31: table[0x09]}  # enumerations
    table |= {0x38: _float("<e"), SINGLE: _float("<f"), 0x3A: _float("<d")}
    table |= {0x41: _string(1), 0x42: _string(1), 0x43: _string(2), 0x44: _string(2)}
    table |= {type_id: _composite(type_id) for type_id in (0x48, 0x4C, 0x50, 0x51)}
    for type_id in (0xE0, 0xE1, 0xE2):  # time of day, date, UTC time
        table[type_id] = _integer(4, signed=False, analog=True)
    table |= {0xE8: table[0x09], 0xE9: table[0x09], 0xEA: table[0x0B]}  # cluster, attribute, BACnet OID
    table[0xF0] = _integer(8, signed=False, analog=False)  # IEEE address
    table[0xF1] = _integer(16, signed=False, analog=False)  # 128-bit security key
    return table


TYPES: Final = _table()


def pack(type_id: int, value: Value) -> bytes:
    """The value's bytes, without its type octet. OverflowError or struct.error when it doesn't fit."""
    return TYPES[type_id].pack(value)


def unpack(type_id: int, data: bytes, offset: int) -> tuple[Value, int]:
    """Value and the offset behind it; ValueError for an unknown type or when the data ends early."""
    zcl_type = TYPES.get(type_id)
    if zcl_type is None:
        raise ValueError(f"unknown ZCL data type 0x{type_id:02X}")
    return zcl_type.unpack(data, offset)

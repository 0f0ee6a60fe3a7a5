"""Zigbee Cluster Library frames: conversion between bytes and values only.

zigpy's ZCL types parse a frame through dynamic structs, some 300 µs each; a bridge that receives a thousand
reports a second needs a tenth of that. So reports and responses of devices are parsed here, and zigpy handles the
frames that it answers by itself.

Strings stay bytes (a lock's user 128 is the byte 0x80, not a character), and booleans stay the byte on the
wire (some firmware sends 255). All functions raise `MalformedError` on bytes that end early or have a type that isn't
in the specification.

Source: Zigbee Cluster Library Specification (07-5123), chapter 2.
"""

import struct
from dataclasses import dataclass
from typing import NamedTuple

#: A decoded attribute value; None is the type "no data".
Value = int | float | bytes | list["Value"] | None

GLOBAL, CLUSTER = 0, 1
READ, READ_RESPONSE, WRITE, WRITE_RESPONSE = 0x00, 0x01, 0x02, 0x04
REPORT, DEFAULT_RESPONSE = 0x0A, 0x0B

SUCCESS = 0x00

BOOLEAN, UINT8, UINT16, OCTETS, CHARACTERS = 0x10, 0x20, 0x21, 0x41, 0x42

# Statuses in answers of devices, as Zigbee2MQTT spells them in its errors.
STATUS_NAMES = {
    0x00: "SUCCESS",
    0x01: "FAILURE",
    0x7E: "NOT_AUTHORIZED",
    0x80: "MALFORMED_COMMAND",
    0x81: "UNSUP_COMMAND",
    0x82: "UNSUP_GENERAL_COMMAND",
    0x83: "UNSUP_MANUF_CLUSTER_COMMAND",
    0x84: "UNSUP_MANUF_GENERAL_COMMAND",
    0x85: "INVALID_FIELD",
    0x86: "UNSUPPORTED_ATTRIBUTE",
    0x87: "INVALID_VALUE",
    0x88: "READ_ONLY",
    0x89: "INSUFFICIENT_SPACE",
    0x8B: "NOT_FOUND",
    0x8C: "UNREPORTABLE_ATTRIBUTE",
    0x8D: "INVALID_DATA_TYPE",
    0x94: "TIMEOUT",
    0xC3: "UNSUPPORTED_CLUSTER",
}


def status_name(status: int) -> str:
    """The name of a ZCL status, or its number in hex."""
    return STATUS_NAMES.get(status, f"0x{status:02x}")


class MalformedError(ValueError):
    """Bytes that are not a ZCL frame, or end too early."""


class Frame(NamedTuple):
    """One ZCL frame. `manufacturer` is the manufacturer code, None in a standard frame."""

    frame_type: int
    command: int
    payload: bytes
    manufacturer: int | None = None
    tsn: int = 0
    from_server: bool = False
    disable_default_response: bool = False


def parse(data: bytes) -> Frame:
    """The frame in `data`, an APS payload."""
    try:
        control = data[0]
        if control & 0x04:
            return Frame(
                control & 0x03,
                data[4],
                data[5:],
                data[1] | data[2] << 8,
                data[3],
                bool(control & 0x08),
                bool(control & 0x10),
            )
        return Frame(control & 0x03, data[2], data[3:], None, data[1], bool(control & 0x08), bool(control & 0x10))
    except IndexError:
        raise MalformedError("the header ends early") from None


_UNSIGNED = {1: "B", 2: "H", 4: "I", 8: "Q"}
_SCALARS: dict[int, struct.Struct] = {
    0x10: struct.Struct("<B"),
    0x30: struct.Struct("<B"),
    0x31: struct.Struct("<H"),
    0x38: struct.Struct("<e"),
    0x39: struct.Struct("<f"),
    0x3A: struct.Struct("<d"),
    0xE0: struct.Struct("<I"),
    0xE1: struct.Struct("<I"),
    0xE2: struct.Struct("<I"),
    0xE8: struct.Struct("<H"),
    0xE9: struct.Struct("<H"),
    0xEA: struct.Struct("<I"),
    0xF0: struct.Struct("<Q"),
}
# The integer-like families: data, bitmap, unsigned, signed; each has lengths of 1 to 8 bytes in a row.
_FAMILIES = {0x08: False, 0x18: False, 0x20: False, 0x28: True}
_INTEGERS: dict[int, tuple[int, bool]] = {}
for _first, _signed in _FAMILIES.items():
    for _length in range(1, 9):
        if _length in _UNSIGNED:
            _code = _UNSIGNED[_length]
            _SCALARS[_first + _length - 1] = struct.Struct("<" + (_code.lower() if _signed else _code))
        else:
            _INTEGERS[_first + _length - 1] = (_length, _signed)

_STRINGS = {0x41: 1, 0x42: 1, 0x43: 2, 0x44: 2}
_NESTING = 4  # nested arrays; deeper nesting is noise


def read_value(data: bytes, offset: int, kind: int, depth: int = 0) -> tuple[Value, int]:
    """The value of type `kind` that starts at `offset`, and the offset behind it."""
    scalar = _SCALARS.get(kind)
    if scalar is not None:
        end = offset + scalar.size
        if end > len(data):
            raise MalformedError("a value ends early")
        return scalar.unpack_from(data, offset)[0], end
    if kind in _STRINGS:
        width = _STRINGS[kind]
        start = offset + width
        if start > len(data):
            raise MalformedError("a string's length is missing")
        length = int.from_bytes(data[offset:start], "little")
        if length == (1 << 8 * width) - 1:  # "invalid string": no value
            return b"", start
        if start + length > len(data):
            raise MalformedError("a string ends early")
        return data[start : start + length], start + length
    if kind in _INTEGERS:
        width, signed = _INTEGERS[kind]
        if offset + width > len(data):
            raise MalformedError("a value ends early")
        return int.from_bytes(data[offset : offset + width], "little", signed=signed), offset + width
    if kind in (0x48, 0x4C, 0x50, 0x51) and depth < _NESTING:
        return _read_collection(data, offset, kind, depth)
    if kind == 0xF1:
        if offset + 16 > len(data):
            raise MalformedError("a key ends early")
        return data[offset : offset + 16], offset + 16
    if kind in (0x00, 0xFF):
        return None, offset
    raise MalformedError(f"no such type: 0x{kind:02x}")


def _read_collection(data: bytes, offset: int, kind: int, depth: int) -> tuple[Value, int]:
    """An array, set or bag (one type for all) or a structure (a type for each)."""
    try:
        each = None
        if kind != 0x4C:
            each = data[offset]
            offset += 1
        count = data[offset] | data[offset + 1] << 8
        offset += 2
        values: list[Value] = []
        if count == 0xFFFF or (each in (0x00, 0xFF) and count):
            return values, offset
        for _ in range(count):
            element = each
            if element is None:
                element = data[offset]
                offset += 1
            value, offset = read_value(data, offset, element, depth + 1)
            values.append(value)
    except IndexError:
        raise MalformedError("a collection ends early") from None
    return values, offset


def read_report(payload: bytes) -> dict[int, Value]:
    """Attributes of a Report Attributes command."""
    values: dict[int, Value] = {}
    offset, end = 0, len(payload)
    while offset < end:
        if offset + 3 > end:
            raise MalformedError("an attribute's header ends early")
        attribute = payload[offset] | payload[offset + 1] << 8
        values[attribute], offset = read_value(payload, offset + 3, payload[offset + 2])
    return values


@dataclass(frozen=True, slots=True)
class ReadResponse:
    """A response to Read Attributes: values, and the status of each attribute that it refused."""

    values: dict[int, Value]
    refused: dict[int, int]


def read_response(payload: bytes) -> ReadResponse:
    """Attributes of a Read Attributes Response command."""
    values: dict[int, Value] = {}
    refused: dict[int, int] = {}
    offset, end = 0, len(payload)
    while offset < end:
        if offset + 3 > end:
            raise MalformedError("an attribute's status ends early")
        attribute = payload[offset] | payload[offset + 1] << 8
        status = payload[offset + 2]
        offset += 3
        if status != SUCCESS:
            refused[attribute] = status
            continue
        if offset == end:
            raise MalformedError("an attribute's type is missing")
        values[attribute], offset = read_value(payload, offset + 1, payload[offset])
    return ReadResponse(values, refused)


def read_write_response(payload: bytes) -> dict[int, int]:
    """Statuses of the attributes that a Write Attributes Response refuses; empty when all were written."""
    if len(payload) == 1:
        return {} if payload[0] == SUCCESS else {0xFFFF: payload[0]}
    if len(payload) % 3:
        raise MalformedError("a write status ends early")
    return {
        payload[at + 1] | payload[at + 2] << 8: payload[at]
        for at in range(0, len(payload), 3)
        if payload[at] != SUCCESS
    }


@dataclass(frozen=True, slots=True)
class Request:
    """A frame to a device, without its sequence number: the network gives it one and waits for the answer.

    `disable_default_response` follows common practice: set for reads and writes, which have their own response, clear
    for cluster commands, whose default response has the result.
    """

    endpoint: int
    cluster: int
    command: int
    payload: bytes = b""
    frame_type: int = GLOBAL
    manufacturer: int | None = None
    disable_default_response: bool = True

    def serialize(self, tsn: int | None) -> bytes:
        """The frame's bytes; with `tsn` None, without a sequence number, as in golden vectors."""
        control = self.frame_type
        if self.manufacturer is not None:
            control |= 0x04
        if self.disable_default_response:
            control |= 0x10
        code = b"" if self.manufacturer is None else self.manufacturer.to_bytes(2, "little")
        number = b"" if tsn is None else bytes([tsn])
        return bytes([control]) + code + number + bytes([self.command]) + self.payload


def command(endpoint: int, cluster: int, identifier: int, payload: bytes = b"") -> Request:
    """A cluster command, such as On."""
    return Request(endpoint, cluster, identifier, payload, CLUSTER, disable_default_response=False)


def read(endpoint: int, cluster: int, *attributes: int, manufacturer: int | None = None) -> Request:
    """Read Attributes."""
    payload = b"".join(attribute.to_bytes(2, "little") for attribute in attributes)
    return Request(endpoint, cluster, READ, payload, manufacturer=manufacturer)


def write(
    endpoint: int, cluster: int, attribute: int, kind: int, value: bytes, *, manufacturer: int | None = None
) -> Request:
    """Write Attributes, one of them; `value` is serialised already (an octet string with its length)."""
    payload = attribute.to_bytes(2, "little") + bytes([kind]) + value
    return Request(endpoint, cluster, WRITE, payload, manufacturer=manufacturer)


def default_response(frame: Frame, status: int = SUCCESS) -> bytes:
    """The default response to `frame`, with its sequence number and manufacturer code."""
    control = 0x10 | (0x00 if frame.from_server else 0x08)
    code = b""
    if frame.manufacturer is not None:
        control |= 0x04
        code = frame.manufacturer.to_bytes(2, "little")
    return bytes([control]) + code + bytes([frame.tsn, DEFAULT_RESPONSE, frame.command, status])

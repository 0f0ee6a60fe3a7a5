"""Read Attributes, and the three variants of Write Attributes (ZCL 2.5.1 to 2.5.6)."""

import struct

from zigloop.zcl.attributes import Access, Attribute, ZclError
from zigloop.zcl.cluster import Answer, Cluster, Request
from zigloop.zcl.codes import GeneralCommand, Status
from zigloop.zcl.frame import u16
from zigloop.zcl.types import TYPES, Value, unpack

MALFORMED = Status.MALFORMED_COMMAND


def read(cluster: Cluster, request: Request) -> Answer:
    """Read Attributes (2.5.1). An attribute that doesn't fit the answer any more has INSUFFICIENT_SPACE."""
    if len(request.payload) % 2:
        raise ZclError(MALFORMED)
    answer = bytearray()
    room = request.room
    for (attribute_id,) in struct.iter_unpack("<H", request.payload):
        record = _value(cluster, attribute_id, request.header.manufacturer)
        if len(answer) + len(record) > room:
            record = u16(attribute_id) + bytes((Status.INSUFFICIENT_SPACE,))
            if len(answer) + len(record) > room:
                break
        answer += record
    return GeneralCommand.Read_Attributes_rsp, bytes(answer)


def _value(cluster: Cluster, attribute_id: int, manufacturer: int | None) -> bytes:
    """A read's record: id, status, and on success type and value."""
    attribute = cluster.attributes.find(attribute_id, manufacturer)
    if attribute is None:
        return u16(attribute_id) + bytes((Status.UNSUPPORTED_ATTRIBUTE,))
    if Access.READ not in attribute.access:
        return u16(attribute_id) + bytes((Status.WRITE_ONLY,))
    try:
        value = cluster.attributes.get(attribute_id, manufacturer)
    except ZclError as error:
        return u16(attribute_id) + bytes((error.status,))
    return u16(attribute_id) + bytes((Status.SUCCESS, attribute.type)) + TYPES[attribute.type].pack(value)


def write(cluster: Cluster, request: Request) -> Answer:
    """Write Attributes (2.5.3): each record for itself, failures reported one by one."""
    failed = b""
    for attribute_id, type_id, value in _writes(request.payload):
        try:
            cluster.attributes.write(_writable(cluster, request, attribute_id, type_id, value), value)
        except ZclError as error:
            failed += bytes((error.status,)) + u16(attribute_id)
    return GeneralCommand.Write_Attributes_rsp, failed or bytes((Status.SUCCESS,))


def write_undivided(cluster: Cluster, request: Request) -> Answer:
    """Write Attributes Undivided (2.5.4): all of them or none.

    A refusal that only the product knows (`on_write`) comes after the others have been written.
    """
    failed = b""
    accepted = []
    for attribute_id, type_id, value in _writes(request.payload):
        try:
            accepted.append((_writable(cluster, request, attribute_id, type_id, value), value))
        except ZclError as error:
            failed += bytes((error.status,)) + u16(attribute_id)
    if failed:
        return GeneralCommand.Write_Attributes_rsp, failed
    return write(cluster, request)


def write_no_response(cluster: Cluster, request: Request) -> Answer:
    """Write Attributes No Response (2.5.6): an attribute that is refused is refused in silence."""
    write(cluster, request)
    return None


def _writes(payload: bytes) -> list[tuple[int, int, Value]]:
    """Attribute id, type and value of each record. All are parsed before any is written."""
    records = []
    offset = 0
    while offset < len(payload):
        if offset + 3 > len(payload):
            raise ZclError(MALFORMED)
        attribute_id, type_id = payload[offset] | payload[offset + 1] << 8, payload[offset + 2]
        try:
            value, offset = unpack(type_id, payload, offset + 3)
        except ValueError:
            raise ZclError(MALFORMED) from None
        records.append((attribute_id, type_id, value))
    if not records:
        raise ZclError(MALFORMED)
    return records


def _writable(cluster: Cluster, request: Request, attribute_id: int, type_id: int, value: Value) -> Attribute:
    """The checks of 2.5.3.3 in their order."""
    attribute = cluster.attributes.find(attribute_id, request.header.manufacturer)
    if attribute is None:
        raise ZclError(Status.UNSUPPORTED_ATTRIBUTE)
    if attribute.type != type_id:
        raise ZclError(Status.INVALID_DATA_TYPE)
    if Access.WRITE not in attribute.access:
        raise ZclError(Status.READ_ONLY)
    if not attribute.allows(value):
        raise ZclError(Status.INVALID_VALUE)
    return attribute

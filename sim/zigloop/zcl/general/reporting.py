"""Configure Reporting and Read Reporting Configuration (ZCL 2.5.7, 2.5.9)."""

import struct

from zigloop.zcl.attributes import Access, ZclError
from zigloop.zcl.cluster import Answer, Cluster, Request
from zigloop.zcl.codes import GeneralCommand, Status
from zigloop.zcl.frame import u16
from zigloop.zcl.reporting import NEVER
from zigloop.zcl.types import TYPES, Value, unpack

MALFORMED = Status.MALFORMED_COMMAND


def configure(cluster: Cluster, request: Request) -> Answer:
    """Configure Reporting (2.5.7), with the checks of 2.5.7.3 in their order; failures reported one by one."""
    failed = b""
    for direction, attribute_id, type_id, minimum, maximum, change in _report_requests(request.payload):
        status = Status.SUCCESS
        attribute = cluster.attributes.find(attribute_id, request.header.manufacturer)
        if direction != 0 or attribute is None:
            status = Status.UNSUPPORTED_ATTRIBUTE
        elif Access.REPORT not in attribute.access:
            status = Status.UNREPORTABLE_ATTRIBUTE
        elif attribute.type != type_id:
            status = Status.INVALID_DATA_TYPE
        elif minimum > maximum != 0 and (minimum, maximum) != (0xFFFF, 0):
            status = Status.INVALID_VALUE
        elif (minimum, maximum) == (0xFFFF, 0):  # back to the default, which is none (2.5.7.1.6)
            cluster.reporting.configure(attribute, 0, NEVER, None)
        else:
            cluster.reporting.configure(attribute, minimum, maximum, change)
        if status:
            failed += bytes((status, direction)) + u16(attribute_id)
    return GeneralCommand.Configure_Reporting_rsp, failed or bytes((Status.SUCCESS,))


def _report_requests(payload: bytes) -> list[tuple[int, int, int, int, int, Value | None]]:
    """Direction, id, type, minimum, maximum and reportable change of each record."""
    requests: list[tuple[int, int, int, int, int, Value | None]] = []
    offset = 0
    try:
        while offset < len(payload):
            direction = payload[offset]
            attribute_id = payload[offset + 1] | payload[offset + 2] << 8
            if direction != 0:  # a timeout for reports that this device would receive
                _ = payload[offset + 4]
                requests.append((direction, attribute_id, 0, 0, 0, None))
                offset += 5
                continue
            type_id = payload[offset + 3]
            minimum = payload[offset + 4] | payload[offset + 5] << 8
            maximum = payload[offset + 6] | payload[offset + 7] << 8
            offset += 8
            change: Value | None = None
            if type_id not in TYPES:
                raise ValueError
            if TYPES[type_id].analog:
                change, offset = unpack(type_id, payload, offset)
            requests.append((direction, attribute_id, type_id, minimum, maximum, change))
    except (IndexError, ValueError):
        raise ZclError(MALFORMED) from None
    if not requests:
        raise ZclError(MALFORMED)
    return requests


def read_configuration(cluster: Cluster, request: Request) -> Answer:
    """Read Reporting Configuration (2.5.9)."""
    if len(request.payload) % 3 or not request.payload:
        raise ZclError(MALFORMED)
    answer = b""
    for direction, attribute_id in struct.iter_unpack("<BH", request.payload):
        record = _configuration(cluster, request.header.manufacturer, direction, attribute_id)
        if len(answer) + len(record) > request.room:
            break
        answer += record
    return GeneralCommand.Read_Reporting_Configuration_rsp, answer


def _configuration(cluster: Cluster, manufacturer: int | None, direction: int, attribute_id: int) -> bytes:
    head = bytes((direction,)) + u16(attribute_id)
    attribute = cluster.attributes.find(attribute_id, manufacturer)
    if attribute is None:
        return bytes((Status.UNSUPPORTED_ATTRIBUTE,)) + head
    if Access.REPORT not in attribute.access:
        return bytes((Status.UNREPORTABLE_ATTRIBUTE,)) + head
    configuration = cluster.reporting.find(attribute)
    if direction != 0 or configuration is None:
        return bytes((Status.NOT_FOUND,)) + head
    intervals = configuration.minimum.to_bytes(2, "little") + configuration.maximum.to_bytes(2, "little")
    change = b"" if configuration.change is None else TYPES[attribute.type].pack(configuration.change)
    return bytes((Status.SUCCESS,)) + head + bytes((attribute.type,)) + intervals + change

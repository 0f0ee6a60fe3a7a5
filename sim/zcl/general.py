"""The general commands that every cluster understands (ZCL 2.5): read, write, discover, configure reporting.

Each function takes the cluster and the request and returns the answer. Attributes of a manufacturer are
reached by a frame that carries its code, and by no other.

Not modelled: structured reads and writes (0x0E, 0x0F), which are refused as unsupported.
"""

from collections.abc import Callable, Iterator

from zigpy.zcl.foundation import GeneralCommand, Status

from sim.zcl.attributes import Access, Attribute, ZclError
from sim.zcl.cluster import Answer, Cluster, Request
from sim.zcl.frame import MAX_FRAME
from sim.zcl.reporting import NEVER
from sim.zcl.types import TYPES, Value, unpack

MALFORMED = Status.MALFORMED_COMMAND


def carry_out(cluster: Cluster, request: Request) -> Answer:
    """Do what a general command asks; ZclError when it can't be done."""
    act = _COMMANDS.get(request.header.command)
    if act is None:
        manufacturer_specific = request.header.manufacturer is not None
        unsupported = Status.UNSUP_MANUF_GENERAL_COMMAND, Status.UNSUP_GENERAL_COMMAND
        raise ZclError(unsupported[0] if manufacturer_specific else unsupported[1])
    return act(cluster, request)


def _room(request: Request) -> int:
    """Bytes of payload that still fit an answer's frame."""
    return MAX_FRAME - (3 if request.header.manufacturer is None else 5)


def _read(cluster: Cluster, request: Request) -> Answer:
    """Read Attributes (2.5.1). An attribute that doesn't fit the answer any more has INSUFFICIENT_SPACE."""
    if len(request.payload) % 2:
        raise ZclError(MALFORMED)
    answer = bytearray()
    room = _room(request)
    for (attribute_id,) in _records(request.payload, 2):
        record = _value(cluster, attribute_id, request.header.manufacturer)
        if len(answer) + len(record) > room:
            record = _identified(attribute_id) + bytes((Status.INSUFFICIENT_SPACE,))
            if len(answer) + len(record) > room:
                break
        answer += record
    return GeneralCommand.Read_Attributes_rsp, bytes(answer)


def _value(cluster: Cluster, attribute_id: int, manufacturer: int | None) -> bytes:
    """A read's record: id, status, and on success type and value."""
    attribute = cluster.attributes.find(attribute_id, manufacturer)
    if attribute is None:
        return _identified(attribute_id) + bytes((Status.UNSUPPORTED_ATTRIBUTE,))
    if Access.READ not in attribute.access:
        return _identified(attribute_id) + bytes((Status.WRITE_ONLY,))
    try:
        value = cluster.attributes.get(attribute_id, manufacturer)
    except ZclError as error:
        return _identified(attribute_id) + bytes((error.status,))
    return (
        _identified(attribute_id)
        + bytes((Status.SUCCESS, attribute.type))
        + TYPES[attribute.type].pack(value)
    )


def _write(cluster: Cluster, request: Request) -> Answer:
    """Write Attributes (2.5.3): each record for itself, failures reported one by one."""
    failed = b""
    for attribute_id, type_id, value in _writes(request.payload):
        try:
            cluster.attributes.write(_writable(cluster, request, attribute_id, type_id, value), value)
        except ZclError as error:
            failed += bytes((error.status,)) + _identified(attribute_id)
    return GeneralCommand.Write_Attributes_rsp, failed or bytes((Status.SUCCESS,))


def _write_undivided(cluster: Cluster, request: Request) -> Answer:
    """Write Attributes Undivided (2.5.4): all of them or none.

    A refusal that only the product knows (`on_write`) comes after the others have been written.
    """
    failed = b""
    accepted = []
    for attribute_id, type_id, value in _writes(request.payload):
        try:
            accepted.append((_writable(cluster, request, attribute_id, type_id, value), value))
        except ZclError as error:
            failed += bytes((error.status,)) + _identified(attribute_id)
    if failed:
        return GeneralCommand.Write_Attributes_rsp, failed
    return _write(cluster, request)


def _write_no_response(cluster: Cluster, request: Request) -> Answer:
    """Write Attributes No Response (2.5.6): an attribute that is refused is refused in silence."""
    _write(cluster, request)
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


def _configure_reporting(cluster: Cluster, request: Request) -> Answer:
    """Configure Reporting (2.5.7); failures reported one by one."""
    failed = b""
    for direction, attribute_id, type_id, minimum, maximum, change in _report_requests(request.payload):
        status = Status.SUCCESS
        attribute = cluster.attributes.find(attribute_id, request.header.manufacturer)
        if direction != 0 or attribute is None:
            status = Status.UNSUPPORTED_ATTRIBUTE
        elif attribute.type != type_id:
            status = Status.INVALID_DATA_TYPE
        elif Access.REPORT not in attribute.access:
            status = Status.UNREPORTABLE_ATTRIBUTE
        elif minimum > maximum != 0 and (minimum, maximum) != (0xFFFF, 0):
            status = Status.INVALID_VALUE
        elif (minimum, maximum) == (0xFFFF, 0):  # back to the default, which is none (2.5.7.1.6)
            cluster.reporting.configure(attribute, 0, NEVER, None)
        else:
            cluster.reporting.configure(attribute, minimum, maximum, change)
        if status:
            failed += bytes((status, direction)) + _identified(attribute_id)
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


def _read_reporting(cluster: Cluster, request: Request) -> Answer:
    """Read Reporting Configuration (2.5.9)."""
    if len(request.payload) % 3 or not request.payload:
        raise ZclError(MALFORMED)
    answer = b""
    for direction, attribute_id in _records(request.payload, 1, 2):
        record = _configuration(cluster, request.header.manufacturer, direction, attribute_id)
        if len(answer) + len(record) > _room(request):
            break
        answer += record
    return GeneralCommand.Read_Reporting_Configuration_rsp, answer


def _configuration(cluster: Cluster, manufacturer: int | None, direction: int, attribute_id: int) -> bytes:
    head = bytes((direction,)) + _identified(attribute_id)
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


def _discover(cluster: Cluster, request: Request) -> Answer:
    """Discover Attributes (2.5.13)."""
    return _listed(cluster, request, GeneralCommand.Discover_Attributes_rsp, access=False)


def _discover_extended(cluster: Cluster, request: Request) -> Answer:
    """Discover Attributes Extended (2.5.22): with access control."""
    return _listed(cluster, request, GeneralCommand.Discover_Attribute_Extended_rsp, access=True)


def _listed(cluster: Cluster, request: Request, command: int, *, access: bool) -> Answer:
    start, maximum = request.fields("HB")
    found = [each for each in cluster.attributes.listed(request.header.manufacturer) if each.id >= start]
    shown = found[: min(maximum, (_room(request) - 1) // (4 if access else 3))]
    records = b"".join(
        _identified(each.id) + bytes((each.type, _rights(each)) if access else (each.type,)) for each in shown
    )
    return command, bytes((len(shown) == len(found),)) + records


def _rights(attribute: Attribute) -> int:
    """The access control octet of 2.5.23.1."""
    rights = {Access.READ: 1, Access.WRITE: 2, Access.REPORT: 4}
    return sum(bit for flag, bit in rights.items() if flag in attribute.access)


def _discover_received(cluster: Cluster, request: Request) -> Answer:
    """Discover Commands Received (2.5.18)."""
    return _commands(request, GeneralCommand.Discover_Commands_Received_rsp, sorted(cluster.received))


def _discover_generated(cluster: Cluster, request: Request) -> Answer:
    """Discover Commands Generated (2.5.20)."""
    return _commands(request, GeneralCommand.Discover_Commands_Generated_rsp, sorted(cluster.generated))


def _commands(request: Request, command: int, known: list[int]) -> Answer:
    start, maximum = request.fields("BB")
    found = [each for each in known if each >= start and request.header.manufacturer is None]
    shown = found[: min(maximum, _room(request) - 1)]
    return command, bytes((len(shown) == len(found), *shown))


def _heard_values(cluster: Cluster, request: Request) -> Answer:
    """Somebody answers our read, or reports to us."""
    payload, offset = request.payload, 0
    is_report = request.header.command == GeneralCommand.Report_Attributes
    while offset < len(payload):
        try:
            attribute_id = payload[offset] | payload[offset + 1] << 8
            offset += 2
            if not is_report:
                offset += 1
                if payload[offset - 1] != Status.SUCCESS:
                    continue
            value, offset = unpack(payload[offset], payload, offset + 1)
        except (IndexError, ValueError):
            raise ZclError(MALFORMED) from None
        cluster.learned(attribute_id, value)
    return None


def _heard(cluster: Cluster, request: Request) -> Answer:
    """An answer that nothing here waits for."""
    return None


def _identified(attribute_id: int) -> bytes:
    return attribute_id.to_bytes(2, "little")


def _records(payload: bytes, *sizes: int) -> Iterator[tuple[int, ...]]:
    """Little-endian integers of these sizes, record after record."""
    offset = 0
    while offset < len(payload):
        record = []
        for size in sizes:
            record.append(int.from_bytes(payload[offset : offset + size], "little"))
            offset += size
        yield tuple(record)


_COMMANDS: dict[int, Callable[[Cluster, Request], Answer]] = {
    GeneralCommand.Read_Attributes: _read,
    GeneralCommand.Read_Attributes_rsp: _heard_values,
    GeneralCommand.Write_Attributes: _write,
    GeneralCommand.Write_Attributes_Undivided: _write_undivided,
    GeneralCommand.Write_Attributes_rsp: _heard,
    GeneralCommand.Write_Attributes_No_Response: _write_no_response,
    GeneralCommand.Configure_Reporting: _configure_reporting,
    GeneralCommand.Configure_Reporting_rsp: _heard,
    GeneralCommand.Read_Reporting_Configuration: _read_reporting,
    GeneralCommand.Read_Reporting_Configuration_rsp: _heard,
    GeneralCommand.Report_Attributes: _heard_values,
    GeneralCommand.Discover_Attributes: _discover,
    GeneralCommand.Discover_Attributes_rsp: _heard,
    GeneralCommand.Discover_Commands_Received: _discover_received,
    GeneralCommand.Discover_Commands_Received_rsp: _heard,
    GeneralCommand.Discover_Commands_Generated: _discover_generated,
    GeneralCommand.Discover_Commands_Generated_rsp: _heard,
    GeneralCommand.Discover_Attribute_Extended: _discover_extended,
    GeneralCommand.Discover_Attribute_Extended_rsp: _heard,
}

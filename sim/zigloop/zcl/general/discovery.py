"""Discovery of a cluster's attributes and commands (ZCL 2.5.13 to 2.5.23)."""

from zigloop.zcl.attributes import Access, Attribute
from zigloop.zcl.cluster import Answer, Cluster, Request
from zigloop.zcl.codes import GeneralCommand
from zigloop.zcl.frame import u16


def attributes(cluster: Cluster, request: Request) -> Answer:
    """Discover Attributes (2.5.13)."""
    return _listed(cluster, request, GeneralCommand.Discover_Attributes_rsp, access=False)


def attributes_extended(cluster: Cluster, request: Request) -> Answer:
    """Discover Attributes Extended (2.5.22): with access control."""
    return _listed(cluster, request, GeneralCommand.Discover_Attribute_Extended_rsp, access=True)


def _listed(cluster: Cluster, request: Request, command: int, *, access: bool) -> Answer:
    start, maximum = request.fields("HB")
    found = [each for each in cluster.attributes.listed(request.header.manufacturer) if each.id >= start]
    shown = found[: min(maximum, (request.room - 1) // (4 if access else 3))]
    records = b"".join(u16(each.id) + bytes((each.type, _rights(each)) if access else (each.type,)) for each in shown)
    return command, bytes((len(shown) == len(found),)) + records


def _rights(attribute: Attribute) -> int:
    """The access control octet of 2.5.23.1."""
    rights = {Access.READ: 1, Access.WRITE: 2, Access.REPORT: 4}
    return sum(bit for flag, bit in rights.items() if flag in attribute.access)


def commands_received(cluster: Cluster, request: Request) -> Answer:
    """Discover Commands Received (2.5.18)."""
    return _commands(request, GeneralCommand.Discover_Commands_Received_rsp, sorted(cluster.received))


def commands_generated(cluster: Cluster, request: Request) -> Answer:
    """Discover Commands Generated (2.5.20)."""
    return _commands(request, GeneralCommand.Discover_Commands_Generated_rsp, sorted(cluster.generated))


def _commands(request: Request, command: int, known: list[int]) -> Answer:
    start, maximum = request.fields("BB")
    found = [each for each in known if each >= start and request.header.manufacturer is None]
    shown = found[: min(maximum, request.room - 1)]
    return command, bytes((len(shown) == len(found), *shown))

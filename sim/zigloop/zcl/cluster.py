"""One side of one cluster: its attributes, its commands, its reports."""

import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from zigloop.air.frame import BROADCASTS, ApsFrame
from zigloop.zcl import frame as zcl
from zigloop.zcl.attributes import Attribute, AttributeStore, ZclError
from zigloop.zcl.codes import Status
from zigloop.zcl.owner import ClusterOwner
from zigloop.zcl.reporting import Reporting
from zigloop.zcl.types import TYPES, Value


@dataclass(frozen=True, slots=True)
class Request:
    """A ZCL command that arrived."""

    header: zcl.Header
    payload: bytes
    aps: ApsFrame

    @property
    def unicast(self) -> bool:
        """Sent to this endpoint alone: only then is anything answered (ZCL 2.5.12.2)."""
        aps = self.aps
        return aps.group is None and aps.dst not in BROADCASTS and aps.dst_endpoint != 0xFF

    @property
    def room(self) -> int:
        """Bytes of payload that fit into the answer."""
        return zcl.MAX_FRAME - (3 if self.header.manufacturer is None else 5)

    def fields(self, layout: str) -> tuple[Any, ...]:
        """The payload's leading fields: `layout` is a struct format without `<`; trailing bytes are ignored."""
        try:
            return struct.unpack_from("<" + layout, self.payload)
        except struct.error:
            raise ZclError(Status.MALFORMED_COMMAND) from None


#: The result of a command's function: the command and payload that answer it, or None when it was executed and only a
#: default response may be due. A failure is raised as `ZclError`.
Answer: TypeAlias = tuple[int, bytes] | None


#: Short address, endpoint and group (None: a unicast) that a report is sent to.
Destination: TypeAlias = tuple[int, int, int | None]


@dataclass(frozen=True)
class ClusterDeclaration:
    """The declaration of a server cluster."""

    id: int
    attributes: tuple[Attribute, ...] = ()
    behaviour: "type[Cluster] | None" = None  # None: attributes only, no commands of its own


class Neighbourhood(Protocol):
    """A cluster's endpoint, as the cluster needs it."""

    id: int
    node: ClusterOwner
    servers: "dict[int, Cluster]"

    def send(
        self, nwk: int, endpoint: int, cluster: int, data: bytes, *, group: int | None = None, answer: bool = False
    ) -> None: ...


class Cluster:
    """A cluster of a device. A subclass fills `received` with the commands that it executes."""

    #: Commands this side sends, for Discover Commands Generated.
    generated: tuple[int, ...] = ()

    def __init__(self, endpoint: Neighbourhood, declaration: ClusterDeclaration, *, server: bool = True) -> None:
        self.id = declaration.id
        self.endpoint = endpoint
        self.node = endpoint.node
        self.server = server
        self.attributes = AttributeStore(declaration.attributes, self._changed)
        self.reporting = Reporting(self.node, self.attributes, self.report)
        self.received: dict[int, Callable[[Request], Answer]] = {}

    def get(self, attribute_id: int) -> Value:
        return self.attributes.get(attribute_id)

    def set(self, attribute_id: int, value: Value) -> None:
        self.attributes.set(attribute_id, value)

    def records(self, attribute_ids: Iterable[int], manufacturer: int | None = None) -> bytes:
        """Id, type and value of each attribute, as reports carry them."""
        store = self.attributes
        parts = []
        for attribute_id in attribute_ids:
            attribute = store.find(attribute_id, manufacturer)
            assert attribute is not None, f"attribute 0x{attribute_id:04X} is not declared"
            value = TYPES[attribute.type].pack(store.get(attribute_id, manufacturer))
            parts.append(bytes((attribute_id & 0xFF, attribute_id >> 8, attribute.type)) + value)
        return b"".join(parts)

    def report(
        self,
        *attribute_ids: int,
        manufacturer: int | None = None,
        also_to: Destination | None = None,
        distort: Callable[[bytes], bytes] | None = None,
    ) -> None:
        """Report the attributes' values now, to everything this cluster is bound to.

        `also_to` is a destination that gets the report without a binding. `distort` turns the correct frame into that
        of faulty firmware.
        """
        node = self.node
        if not node.announced:
            return
        destinations = node.bindings.destinations(self.endpoint.id, self.id)
        if also_to is not None and also_to not in destinations:
            destinations.append(also_to)
        if not destinations:
            return
        data = zcl.report(node.next_tsn(), self.records(attribute_ids, manufacturer), manufacturer)
        if distort is not None:
            data = distort(data)
        for nwk, endpoint, group in destinations:
            self.endpoint.send(nwk, endpoint, self.id, data, group=group)
        self.reporting.mark_reported(attribute_ids, manufacturer)

    def read_from(self, nwk: int, endpoint: int, *attribute_ids: int) -> None:
        """Read attributes of another device's server; `ClusterOwner.value_received` gets the answer."""
        payload = b"".join(each.to_bytes(2, "little") for each in attribute_ids)
        self.endpoint.send(nwk, endpoint, self.id, zcl.frame(0, None, self.node.next_tsn(), 0x00, payload))

    # What behaviours may override

    def on_value(self, attribute_id: int, value: Value) -> None:
        """A client received a value, from a read response or a report."""
        self.node.value_received(self.endpoint.id, self.id, attribute_id, value)

    def group_left(self, group: int) -> None:
        """The endpoint has left a group."""

    def scene_fields(self) -> bytes | None:
        """What a scene stores of this cluster (the extension field set's content), or None."""
        return None

    def apply_scene(self, fields: bytes) -> None:
        """Bring the cluster into the state that `scene_fields` gave."""

    def reset(self) -> None:
        """Back to factory defaults."""
        self.attributes.reset()
        self.reporting.reset()

    def power_cut(self) -> None:
        """Forget what is only in RAM; the node has cancelled all timers."""

    def power_restored(self) -> None:
        self.reporting.restart()

    def snapshot(self) -> dict[str, Any]:
        """What survives a power cut, as JSON, apart from what the product keeps itself."""
        return {"reporting": self.reporting.snapshot()}

    def restore_snapshot(self, snapshot: dict[str, Any]) -> None:
        self.reporting.restore_snapshot(snapshot["reporting"])

    def volatile(self) -> dict[str, Any]:
        """What a power cut erases, as JSON; times are relative to now."""
        return {"reported": self.reporting.volatile()}

    def restore_volatile(self, volatile: dict[str, Any]) -> None:
        """Restore what `volatile` returned, after `restore_snapshot`."""
        self.reporting.restore_volatile(volatile["reported"])

    def _changed(self, attribute: Attribute) -> None:
        self.node.attribute_changed(self.endpoint.id, self.id, attribute)
        self.reporting.changed(attribute)

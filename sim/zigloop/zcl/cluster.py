"""One side of one cluster: its attributes, its commands, and what it tells others."""

import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from zigpy.zcl.foundation import Status

from zigloop.air.frame import BROADCASTS, ApsFrame
from zigloop.zcl import frame as zcl
from zigloop.zcl.attributes import Attribute, AttributeStore, ZclError
from zigloop.zcl.reporting import Reporting
from zigloop.zcl.types import TYPES, Value

if TYPE_CHECKING:
    from zigloop.zcl.endpoint import Endpoint


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
        """Bytes of payload that fit an answer's frame."""
        return zcl.MAX_FRAME - (3 if self.header.manufacturer is None else 5)

    def fields(self, layout: str) -> tuple[Any, ...]:
        """The payload's leading fields by `struct` layout, less its `<`; what follows is let be."""
        try:
            return struct.unpack_from("<" + layout, self.payload)
        except struct.error:
            raise ZclError(Status.MALFORMED_COMMAND) from None


#: What a command's function gives back: the command and payload that answer it, or None when it was carried
#: out and only a default response may be due. A failure is raised as `ZclError`.
Answer: TypeAlias = tuple[int, bytes] | None


@dataclass(frozen=True)
class ClusterDeclaration:
    """What a product says of one of its server clusters."""

    id: int
    attributes: tuple[Attribute, ...] = ()
    behaviour: "type[Cluster] | None" = None  # None: attributes only, no commands of its own


class Cluster:
    """A cluster at work. A subclass fills `received` with the commands it carries out.

    `learned` is called with attribute id and value when somebody answers a read or reports to this side.
    """

    #: Commands this side sends, for Discover Commands Generated.
    generated: tuple[int, ...] = ()

    def __init__(self, endpoint: "Endpoint", declaration: ClusterDeclaration, *, server: bool = True) -> None:
        self.id = declaration.id
        self.endpoint = endpoint
        self.node = endpoint.node
        self.server = server
        self.attributes = AttributeStore(declaration.attributes)
        self.attributes.changed = self._changed
        self.reporting = Reporting(self)
        self.received: dict[int, Callable[[Request], Answer]] = {}
        self.learned: Callable[[int, Value], None] = lambda attribute, value: None
        self.watchers: list[Callable[[Attribute], None]] = []

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
        unbound: bool = True,
        distort: Callable[[bytes], bytes] | None = None,
    ) -> None:
        """Report the attributes' values now, to everything this cluster is bound to.

        With `unbound` also to the coordinator's endpoint 1, whether a binding says so or not: what Lumi
        firmware does. `distort` makes of the right frame the one that faulty firmware sends.
        """
        destinations = self.node.bindings.destinations(self.endpoint.id, self.id)
        if unbound and (0x0000, 1, None) not in destinations:
            destinations.append((0x0000, 1, None))
        if not destinations or not self.node.announced:
            return
        data = zcl.report(self.node.next_tsn(), self.records(attribute_ids, manufacturer), manufacturer)
        if distort is not None:
            data = distort(data)
        for nwk, endpoint, group in destinations:
            self.endpoint.send(nwk, endpoint, self.id, data, group=group)
        self.reporting.spoke(attribute_ids, manufacturer)

    def read_from(self, nwk: int, endpoint: int, *attribute_ids: int) -> None:
        """Ask another device's server for attributes; `learned` hears the answer."""
        payload = b"".join(each.to_bytes(2, "little") for each in attribute_ids)
        self.endpoint.send(nwk, endpoint, self.id, zcl.frame(0, None, self.node.next_tsn(), 0x00, payload))

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

    def memory(self) -> dict[str, Any]:
        """What survives a power cut, as JSON, apart from what a behaviour's product keeps itself."""
        return {"reporting": self.reporting.memory()}

    def remember(self, memory: dict[str, Any]) -> None:
        self.reporting.remember(memory["reporting"])

    def _changed(self, attribute: Attribute) -> None:
        for watcher in self.watchers:
            watcher(attribute)
        self.reporting.changed(attribute)

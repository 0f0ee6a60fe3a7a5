"""What a ZDO server needs from its node, and how nodes differ."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from zigloop.air.mesh import Neighbour
from zigloop.node.codes import ZDOCmd
from zigloop.node.tables import Bindings

#: Whether a neighbour permits joining: it isn't known (Zigbee specification, table 2-130).
UNKNOWN: Final = 2


@dataclass(frozen=True, slots=True)
class SimpleDescriptor:
    """An endpoint, as it is described to others (Zigbee specification 2.3.2.5)."""

    endpoint: int
    profile: int
    device: int
    version: int
    in_clusters: tuple[int, ...]
    out_clusters: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """Differences between stacks. The defaults are the specification's, or the behaviour of most devices."""

    #: Requests that are answered also when they were broadcast; None: all.
    answers_broadcast: frozenset[int] | None = frozenset(
        {ZDOCmd.NWK_addr_req, ZDOCmd.Match_Desc_req, ZDOCmd.System_Server_Discovery_req}
    )
    #: Addresses of a device that it doesn't know.
    unknown_nwk: int = 0xFFFF
    unknown_ieee: int = 0xFFFF_FFFF_FFFF_FFFF
    #: Request types of address requests beyond the extended one are refused.
    refuses_request_types: bool = True
    #: An extended answer without children still has their start index.
    start_index_always: bool = False
    #: Endpoints above this are invalid, not just inactive.
    last_endpoint: int = 240
    #: Match_Desc_req for any address is answered for itself.
    matches_any_address: bool = False
    #: Bits of the server mask that System_Server_Discovery_req looks at.
    server_bits: int = 0xFFFF
    #: The answer to a refused Mgmt_NWK_Update_req repeats its channels.
    returns_channels: bool = False


class ZdoOwner(Protocol):
    """The node that a ZDO server answers for."""

    @property
    def ieee(self) -> int: ...
    @property
    def nwk(self) -> int: ...
    @property
    def node_descriptor(self) -> bytes:
        """13 bytes (2.3.2.3)."""

    @property
    def power_descriptor(self) -> bytes:
        """2 bytes (2.3.2.4)."""

    @property
    def endpoints(self) -> Sequence[SimpleDescriptor]:
        """In the order in which they are listed."""

    @property
    def bindings(self) -> Bindings | None:
        """None: it has no room for any."""

    @property
    def extended_pan_id(self) -> int:
        """The network's, 0 without one."""

    def nwk_of(self, ieee: int) -> int | None:
        """The short address of another device that it answers for."""

    def ieee_of(self, nwk: int) -> int | None:
        """The IEEE address of another device that it answers for."""

    def children(self) -> list[int]:
        """Short addresses of its children, as it lists them."""

    def neighbours(self) -> list[Neighbour]: ...
    def permits(self, neighbour: Neighbour) -> int:
        """Whether a neighbour permits joining: 0, 1 or `UNKNOWN`."""

    def routes(self) -> list[tuple[int, int]]:
        """Destinations, and the next hop to each."""

    def scan(self, channels: list[int], exponent: int, count: int, done: Callable[[list[int]], None]) -> None:
        """Measure energy, 0..255: higher is busier."""

    def change_channel(self, channels: list[int]) -> bool:
        """Move the network to another channel. False: not possible with this request."""

    def permit(self, seconds: int) -> None:
        """Permit joining for some time."""

"""How a coordinator answers ZDO requests: with its family's descriptors, its neighbours, its permit to join.

Not modelled: binding by the coordinator (its table is full at once).
"""

import random
from collections.abc import Callable, Sequence
from typing import Final

from zigloop.air.air import Air
from zigloop.air.frame import COORDINATOR
from zigloop.air.mesh import Neighbour
from zigloop.air.station import Station, routes
from zigloop.coordinator import scan
from zigloop.coordinator.higher_layer import HigherLayer
from zigloop.coordinator.network import Network
from zigloop.coordinator.processor import Processor
from zigloop.coordinator.store import Store
from zigloop.node.codes import Status, ZDOCmd
from zigloop.node.tables import Bindings
from zigloop.node.zdo_owner import UNKNOWN, Habits, SimpleDescriptor
from zigloop.node.zdo_server import Service

#: Requests that a coordinator answers, but devices don't.
SERVICES: Final[dict[int, Service]] = {ZDOCmd.Parent_annce: lambda _: bytes((Status.SUCCESS, 0))}
#: As in Z-Stack. ASSUMPTION: other stacks have the same.
HABITS: Final = Habits(
    answers_broadcast=None,
    unknown_nwk=0xFFFE,
    unknown_ieee=0,
    refuses_request_types=False,
    start_index_always=True,
    last_endpoint=254,
    matches_any_address=True,
    server_bits=0x7F,
    returns_channels=True,
)


class CoordinatorZdo:
    """The coordinator, as its ZDO server sees it. `rng` draws the energies that it measures."""

    def __init__(
        self,
        air: Air,
        station: Station,
        network: Network,
        store: Store,
        processor: Processor,
        above: HigherLayer,
        rng: random.Random,
    ) -> None:
        self._air = air
        self._station = station
        self._network = network
        self._store = store
        self._processor = processor
        self._above = above
        self._rng = rng

    nwk: Final = COORDINATOR

    @property
    def ieee(self) -> int:
        return self._store.ieee

    @property
    def node_descriptor(self) -> bytes:
        return self._above.node_descriptor

    @property
    def power_descriptor(self) -> bytes:
        return self._above.power_descriptor

    @property
    def endpoints(self) -> Sequence[SimpleDescriptor]:
        return self._above.endpoints

    @property
    def bindings(self) -> Bindings | None:
        return None

    @property
    def extended_pan_id(self) -> int:
        return self._network.extended_pan_id

    def nwk_of(self, ieee: int) -> int | None:
        """A parent answers for its sleeping children."""
        return self._store.nwk(ieee) if self._store.is_child(ieee) else None

    def ieee_of(self, nwk: int) -> int | None:
        return self._store.ieee_of(nwk)

    def children(self) -> list[int]:
        return self._store.children

    def neighbours(self) -> list[Neighbour]:
        return self._air.mesh.neighbours(self._station)

    def permits(self, neighbour: Neighbour) -> int:
        return self._network.permits(neighbour.station.nwk) if routes(neighbour.station) else UNKNOWN

    def routes(self) -> list[tuple[int, int]]:
        """To the devices behind routers; the others are neighbours."""
        found = {each.nwk: hops[0] for each in self._network.stations() if (hops := self._network.relays(each.nwk))}
        return list(found.items())

    def scan(self, channels: list[int], exponent: int, count: int, done: Callable[[list[int]], None]) -> None:
        energy = [scan.energy(self._rng, channel) for channel in channels]
        self._processor.later(count * scan.scan_time(exponent, len(channels)), done, energy)

    def change_channel(self, channels: list[int]) -> bool:
        if len(channels) != 1 or not self._network.started:
            return False
        self._network.change_channel(channels[0])
        return True

    def permit(self, seconds: int) -> None:
        self._network.permit(COORDINATOR, seconds)

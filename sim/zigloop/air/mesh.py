"""The mesh: each end device's parent, the routes between stations, neighbour and routing tables.

A route is searched when a frame needs one: the cheapest by Zigbee's link cost, over routers that listen. It is kept
until a hop fails, as in reality. Not modelled: the time and frames that a search takes, source routes other than those
the radio reports, asymmetric links, table sizes.
"""

import asyncio
import heapq
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from zigloop.air.frame import COORDINATOR
from zigloop.air.link import Link, pair
from zigloop.air.links import Links
from zigloop.air.station import FULL_FUNCTION, Station, routes
from zigloop.air.stations import Stations

#: A parent forgets an end device that was silent for this many seconds: nwkEndDeviceTimeoutDefault, 2^8 minutes
#: (Zigbee specification R21, table 3-58).
END_DEVICE_TIMEOUT = 256 * 60.0


#: Cost of a link on which nothing is lost.
_BEST = 1


def cost(link: Link) -> int:
    """1 for a good link to 7 for a hopeless one (Zigbee specification 3.6.3.1: p to the power of -4)."""
    return min(7, round((1 - link.loss) ** -4)) if link.loss < 1 else 7


@dataclass(frozen=True, slots=True)
class Neighbour:
    """One line of a neighbour table."""

    station: Station
    relation: int  # 0 parent, 1 child, 2 sibling (Zigbee specification, table 2-130)
    depth: int  # hops from the coordinator
    lqi: int


class Mesh:
    """Parents and routes of the stations on an air. `abandoned` is called with a child that changed its parent."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        stations: Stations,
        links: Links,
        abandoned: Callable[[Station], None],
    ) -> None:
        self._loop = loop
        self._stations = stations
        self._links = links
        self._abandoned = abandoned
        self._parents: dict[int, Station] = {}  # other than the coordinator; by the child's IEEE address
        self._heard: dict[int, float] = {}  # loop time at which its parent last heard an end device, by IEEE address
        self._routes: dict[tuple[int, int], list[Station]] = {}

    # Parents

    def parent(self, child: Station) -> Station | None:
        """The coordinator or router that it joined through. An end device exchanges frames with its parent alone."""
        return self._parents.get(child.ieee, self._stations.trust_center)

    def adopt(self, child: Station, parent: Station) -> None:
        """`parent` has admitted `child`. Frames that its old parent holds for it are lost."""
        if self.parent(child) is not parent:
            self._abandoned(child)
        if parent is self._stations.trust_center:
            self._parents.pop(child.ieee, None)
        else:
            self._parents[child.ieee] = parent
        self._heard[child.ieee] = self._loop.time()
        self.changed()

    def heard(self, child: Station) -> bool:
        """An end device sent something to its parent or polled it; False when the parent has forgotten it meanwhile."""
        if not self.knows(child):
            return False
        self._heard[child.ieee] = self._loop.time()
        return True

    def knows(self, child: Station) -> bool:
        """Whether an end device is still among its parent's children."""
        now = self._loop.time()
        return now - self._heard.setdefault(child.ieee, now) < END_DEVICE_TIMEOUT

    def silence(self, child: Station) -> float:
        """Seconds since its parent has last heard an end device; 0 when it never has."""
        now = self._loop.time()
        return now - self._heard.get(child.ieee, now)

    def heard_before(self, child: Station, seconds: float) -> None:
        """Its parent has last heard an end device this long ago."""
        self._heard[child.ieee] = self._loop.time() - seconds

    def forget_child(self, child: Station) -> None:
        """Let its parent forget an end device, before its timeout."""
        self._heard[child.ieee] = -END_DEVICE_TIMEOUT

    def forget(self, station: Station) -> None:
        """Forget a station that left or is off the air; its children notice when they next send."""
        self._parents.pop(station.ieee, None)
        self._heard.pop(station.ieee, None)
        self.changed()

    def children(self, parent: Station) -> list[Station]:
        """Its end devices, in the order of the bench."""
        return [each for each in self._stations.members() if not routes(each) and self.parent(each) is parent]

    def candidates(self, station: Station) -> list[Station]:
        """Routers in range, possible parents of a station: the best link first; among equals, the coordinator."""
        heard = [
            (link.lqi, each)
            for each in self._stations.routers()
            if each is not station and (link := self._links.between(each, station)) is not None
        ]
        heard.sort(key=lambda item: (-item[0], item[1].nwk != COORDINATOR))
        return [each for _, each in heard]

    # Routes

    def route(self, source: Station, target: Station) -> list[Station]:
        """The stations from `source` (left out) to `target`; empty without a route."""
        if not target.capability & FULL_FUNCTION and target.nwk != COORDINATOR and not self.knows(target):
            return []
        if self._links.medium.fully_connected and not self._parents:
            return [target]
        key = (source.ieee, target.ieee)
        known = self._routes.get(key)
        if known is None:
            known = self._search(source, target)
            if known:
                self._routes[key] = known
        return known

    def broken(self, a: Station, b: Station) -> None:
        """A hop has failed: drop the routes over it."""
        gone = pair(a, b)
        self._routes = {key: path for key, path in self._routes.items() if gone not in self._hops(key[0], path)}

    def changed(self) -> None:
        """Links or members have changed."""
        self._routes.clear()

    @staticmethod
    def _hops(source: int, path: list[Station]) -> set[frozenset[int]]:
        addresses = [source, *(each.ieee for each in path)]
        return {frozenset(hop) for hop in pairwise(addresses)}

    def _search(self, source: Station, target: Station) -> list[Station]:
        """The cheapest route. An end device sends and receives through its parent alone."""
        first, last = self._entry(source), self._entry(target)
        if first is None or last is None:
            return []
        between = self._cheapest(first, last)
        if between is None:
            return []
        path = ([first] if first is not source else []) + between
        return path + ([target] if last is not target else [])

    def _entry(self, station: Station) -> Station | None:
        return station if routes(station) else self.parent(station)

    def _cheapest(self, first: Station, last: Station) -> list[Station] | None:
        direct = None if first is last else self._links.between(first, last)
        if direct is not None and cost(direct) <= 2 * _BEST:
            return [last]  # no search: another way has two hops or more
        best = {first.ieee: 0}
        before: dict[int, Station] = {}
        known = {each.ieee: each for each in [*self._stations.routers(), last]}
        queue: list[tuple[int, int, Station]] = [(0, 0, first)]
        order = 0
        while queue:
            spent, _, here = heapq.heappop(queue)
            if here is last:
                path = [last]
                while path[0] is not first:
                    path.insert(0, before[path[0].ieee])
                return path[1:]
            for there in known.values():
                link = None if there is here else self._links.between(here, there)
                if link is not None and (total := spent + cost(link)) < best.get(there.ieee, 1 << 30):
                    best[there.ieee], before[there.ieee] = total, here
                    order += 1
                    heapq.heappush(queue, (total, order, there))
        return None

    def reach(self, source: Station) -> Iterator[tuple[Station, Station, int]]:
        """The path of a broadcast: each receiver, the router that it receives it from, and the number of hops.

        An end device exchanges broadcasts with its parent alone, so each is looked at once, in its parent's turn. A
        router is looked at until it has received the broadcast: once, where all stations hear each other.
        """
        entry = self._entry(source)
        others = [each for each in self._stations.members() if each.ieee != source.ieee]
        places = {id(each): place for place, each in enumerate(others)}
        routers: list[Station] = []
        children: dict[int, list[Station]] = {}  # by the identity of their parent
        for each in others:
            (routers if routes(each) else children.setdefault(id(self.parent(each)), [])).append(each)
        wave = deque([(source, 0)])
        while wave:
            here, hops = wave.popleft()
            asked = routers if routes(here) else [each for each in routers if each is entry]
            heard = [each for each in asked if self._links.between(here, each) is not None]
            if heard:
                gone = set(map(id, heard))
                routers = [each for each in routers if id(each) not in gone]
            if routes(here) and (own := children.get(id(here))):
                heard = sorted(heard + own, key=lambda each: places[id(each)])
            for there in heard:
                yield there, here, hops + 1
                if routes(there) and there.listening:
                    wave.append((there, hops + 1))

    # Tables

    def neighbours(self, station: Station) -> list[Neighbour]:
        """Its neighbour table: parent, routers in range, and its children."""
        if not routes(station):
            parent = self.parent(station)
            return [] if parent is None else [self._neighbour(station, parent, 0)]
        return [
            self._neighbour(station, each, relation)
            for each in self._stations.members()
            if each is not station and (relation := self._relation(station, each)) is not None
        ]

    def _relation(self, station: Station, other: Station) -> int | None:
        """Between routers in range the coordinator is the parent, the others are siblings; None: not a neighbour."""
        if not routes(other):
            return 1 if self.parent(other) is station else None
        if not other.listening or self._links.between(station, other) is None:
            return None
        return 0 if other is self._stations.trust_center else 2

    def _neighbour(self, station: Station, other: Station, relation: int) -> Neighbour:
        depth = 0 if other is self._stations.trust_center else len(self._to(other)) or 1
        return Neighbour(other, relation, depth, self._links.lqi(station, other))

    def _to(self, station: Station) -> list[Station]:
        center = self._stations.trust_center
        return [] if center is None else self.route(center, station)

    def table(self, station: Station) -> list[tuple[Station, Station]]:
        """Its routing table: destinations that are reached through others, and the next hop to each."""
        found = {}
        for (source, _), path in self._routes.items():
            way = [each.ieee for each in path]
            if station.ieee == source:
                found[path[-1].ieee] = (path[-1], path[0])
            elif station.ieee in way[:-1]:
                found[path[-1].ieee] = (path[-1], path[way.index(station.ieee) + 1])
        return list(found.values())

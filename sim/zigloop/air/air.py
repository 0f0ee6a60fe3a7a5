"""The medium between the radio and the devices.

Stations stand on the air; a station sends APS frames and learns, as a real one does, only what its MAC and
network layer can know: that the next hop took the frame, that nobody did, or that there is no route. Who hears whom,
and what is lost, says the medium (`zigloop.air.medium`); which way a frame takes, the mesh (`zigloop.air.mesh`).

Not modelled: collisions and CSMA back-off (a loss on a link stands for them), the frames of routing itself, encryption
(frames are marked secured, never enciphered; who isn't in the sender's network doesn't hear it).
"""

import asyncio
from collections.abc import Callable
from functools import partial
from itertools import pairwise

from zigloop.air.frame import BROADCAST_ALL, BROADCAST_RX_ON, BROADCASTS, COORDINATOR, UNKNOWN_NWK, ApsFrame, Outcome
from zigloop.air.indirect import Sleeper
from zigloop.air.medium import DEFAULT_DELAY, Chance, Link, Medium, Pair, Stated, pair
from zigloop.air.mesh import Mesh
from zigloop.air.station import Station, TrustCenter, sleeps
from zigloop.events import Events, FrameSent

#: Tries after the first that isn't acknowledged (macMaxFrameRetries, IEEE 802.15.4-2006, table 86), and what each takes
#: longer, in seconds: waiting for the acknowledgement (0.9 ms) and the back-off (1.2 ms on average).
MAC_RETRIES = 3
MAC_RETRY = 0.004
#: Times that a router says a broadcast (nwkMaxBroadcastRetries + 1, Zigbee specification, table 3-58).
BROADCAST_TRIES = 3
#: How often a frame with an APS acknowledgement is sent (apscMaxFrameRetries + 1), and how long each waits for it, in
#: seconds (apscAckWaitDuration; Zigbee specification 2.2.7.1).
APS_TRIES = 4
APS_ACK_WAIT = 1.6


class Air:
    """Delivers frames between stations: each hop takes `delay` seconds of the loop's time, and what its link adds.

    All chance comes from `seed`, each link's from its own share. What happens on it is emitted on `events`.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        *,
        delay: float = DEFAULT_DELAY,
        seed: int = 0,
        events: Events | None = None,
    ) -> None:
        self.loop = loop
        self.delay = delay
        self.seed = seed
        self.stations: list[Station] = []
        self.trust_center: TrustCenter | None = None
        self.events = Events() if events is None else events
        self._sent = self.events.channel(FrameSent)
        self.mesh = Mesh(self)
        self._medium: Medium = Stated()
        self._chances: dict[Pair, Chance] = {}
        self._lqi: dict[int, int] = {}  # of links to the coordinator, as told; by IEEE address
        self._sleepers: dict[int, Sleeper] = {}  # by IEEE address
        self._known: dict[int, Station] = {}  # who last had a short address: stations change theirs by themselves

    @property
    def medium(self) -> Medium:
        """Who hears whom; a new one takes effect at once."""
        return self._medium

    @medium.setter
    def medium(self, medium: Medium) -> None:
        self._medium = medium
        self.mesh.changed()

    # Stations

    def attach(self, station: Station) -> None:
        self.stations.append(station)

    def detach(self, station: Station) -> None:
        self.stations.remove(station)
        sleeper = self._sleepers.pop(station.ieee, None)
        if sleeper is not None:
            sleeper.gone()
        self.mesh.forget(station)
        self.medium.forget(station)
        self._known = {nwk: known for nwk, known in self._known.items() if known is not station}

    def station(self, nwk: int) -> Station | None:
        """Who has this short address, powered or not."""
        known = self._known.get(nwk)
        if known is None or known.nwk != nwk:
            known = next((station for station in self.stations if station.nwk == nwk), None)
            if known is not None:
                self._known[nwk] = known
        return known

    def polls(self, station: Station, until: float) -> None:
        """A station that sleeps is awake: it polls its parent now, and regularly until `until` (loop time)."""
        self._sleeper(station).awake(until)

    def stops_polling(self, station: Station) -> None:
        """It has gone back to sleep, or has no power."""
        if station.ieee in self._sleepers:
            self._sleepers[station.ieee].asleep()

    def abandoned(self, station: Station) -> None:
        """It has left, or has another parent: the old one keeps its frames until they expire."""
        sleeper = self._sleepers.pop(station.ieee, None)
        if sleeper is not None:
            sleeper.asleep()

    def _sleeper(self, station: Station) -> Sleeper:
        sleeper = self._sleepers.get(station.ieee)
        if sleeper is None:
            sleeper = self._sleepers[station.ieee] = Sleeper(self.loop)
        return sleeper

    # Links

    def set_lqi(self, station: Station, lqi: int) -> None:
        """From now on frames between this station and the coordinator arrive with `lqi` (0..255)."""
        if not 0 <= lqi <= 255:
            raise ValueError(f"link quality must be 0..255, not {lqi}")
        self._lqi[station.ieee] = lqi

    def lqi(self, station: Station) -> int:
        """The link quality between this station and whoever it talks to first: its parent, or the next hop."""
        center = self.trust_center
        path = [] if center is None else self.mesh.route(center, station)
        if center is None:
            return self._lqi.get(station.ieee, Link().lqi)
        return self.link_lqi(path[-2] if len(path) > 1 else center, station)

    def link_lqi(self, a: Station, b: Station) -> int:
        """The link quality between two stations just now; 0 when they don't hear each other."""
        if COORDINATOR in (a.nwk, b.nwk):
            told = self._lqi.get((b if a.nwk == COORDINATOR else a).ieee)
            if told is not None:
                return told
        link = self._medium.link(a, b)
        if link is None:
            return 0
        return self._chance(a, b).lqi(link, self.loop.time()) if link.drift else link.lqi

    def _chance(self, a: Station, b: Station) -> Chance:
        key = pair(a, b)
        chance = self._chances.get(key)
        if chance is None:
            low, high = sorted((a.ieee, b.ieee))
            chance = self._chances[key] = Chance(f"{self.seed}/link/{low:016x}-{high:016x}")
        return chance

    # Frames

    def send(self, frame: ApsFrame, confirm: Callable[[Outcome], None] | None = None) -> None:
        """Put a frame on the air; `confirm` learns once, later, what became of it.

        A unicast is confirmed when the next hop has taken it or given it up, with `ack` when the acknowledgement has
        come or given up; a broadcast or groupcast as soon as it has been sent, for nobody acknowledges those.
        """
        if self._sent.listeners:
            self._sent.emit(FrameSent(at=self.loop.time(), frame=frame))
        tell = confirm if confirm is not None else _nobody
        sender = self.station(frame.src)
        if frame.group is not None or frame.dst in BROADCASTS:
            if sender is not None:
                self._flood(frame, sender)
            self.loop.call_later(self.delay, tell, Outcome.DELIVERED)
            return
        target = self.station(frame.dst)
        if sender is None or target is None or target.membership != sender.membership:
            path: list[Station] = []
        else:
            path = self.mesh.route(sender, target)
        if sender is None or not path:
            self.loop.call_later(self.delay, tell, Outcome.NO_ROUTE)
        elif target is not None and frame.ack and len(path) > 1:
            _Acknowledged(self, frame, sender, target, tell).send()
        else:
            self.forward(frame, sender, path, tell)

    def forward(
        self,
        frame: ApsFrame,
        here: Station,
        path: list[Station],
        confirm: Callable[[Outcome], None],
        arrived: Callable[[], None] = lambda: None,
    ) -> None:
        """Send a frame along a path. `confirm` learns of the first hop, `arrived` when it is at the end."""
        there, rest = path[0], path[1:]

        def arrive() -> None:
            if rest:
                self.forward(frame, there, rest, _nobody, arrived)
            else:
                arrived()
                self._hand_over(frame, there, here)

        if not rest and sleeps(there):
            self._sleeper(there).hold(
                lambda before: self._hop(here, there, arrive, confirm, before=before, polled=True),
                lambda: confirm(Outcome.EXPIRED),
            )
        else:
            self._hop(here, there, arrive, confirm)

    def _hop(
        self,
        here: Station,
        there: Station,
        arrive: Callable[[], None],
        confirm: Callable[[Outcome], None],
        *,
        before: int = 0,
        polled: bool = False,
    ) -> None:
        """One hop of a frame that has `before` others in front of it. Whoever polled, listens."""
        link = self._medium.link(here, there)
        takes = (before + 1) * self.delay
        if link is None or not (polled or there.listening):
            self._failed(here, there, takes, confirm)
            return
        sent = self.loop.time() + takes
        if link.perfect:
            arrivals = [sent + link.delay]
        else:
            chance = self._chance(here, there)
            tries = 0
            while chance.lost(link):
                tries += 1
                if tries > MAC_RETRIES:
                    self._failed(here, there, takes + tries * MAC_RETRY, confirm)
                    return
            arrivals = chance.arrivals(link, sent + tries * MAC_RETRY)

        def heard() -> None:
            if polled or there.listening:
                arrive()

        for at in arrivals:
            self.loop.call_at(at, heard)
        self.loop.call_at(arrivals[0], confirm, Outcome.DELIVERED)

    def _failed(self, here: Station, there: Station, takes: float, confirm: Callable[[Outcome], None]) -> None:
        """Nobody acknowledges: routes over this hop are no more."""
        self.mesh.broken(here, there)
        self.loop.call_later(takes, confirm, Outcome.NO_ACK)

    def heard_back(self, path: list[Station]) -> bool:
        """Whether an acknowledgement makes its way back along these stations, the far end first."""
        for here, there in pairwise(path):
            link = self._medium.link(here, there)
            if link is None or not there.listening:
                return False
            if link.loss and all(self._chance(here, there).lost(link) for _ in range(1 + MAC_RETRIES)):
                return False
        return True

    def _flood(self, frame: ApsFrame, sender: Station) -> None:
        """A broadcast: each router that hears it says it again."""
        missed: set[int] = set()  # behind somebody who hasn't heard it
        for station, via, hops in self.mesh.reach(sender):
            link = self._medium.link(via, station)
            lost = link is not None and link.loss and self._all_lost(via, station, link)
            if via.ieee in missed or lost:
                missed.add(station.ieee)
            elif self._addressed(frame, station):
                arrive = self._broadcast_to(frame, station, via)
                if sleeps(station):
                    self._sleeper(station).hold(partial(self._later, arrive), lambda: None)
                else:
                    self._later(arrive, hops - 1)

    def _later(self, act: Callable[[], None], before: int) -> None:
        """As soon as a frame with so many in front of it has been sent."""
        self.loop.call_later((before + 1) * self.delay, act)

    def _broadcast_to(self, frame: ApsFrame, station: Station, via: Station) -> Callable[[], None]:
        def arrive() -> None:
            if station.listening or sleeps(station):
                self._hand_over(frame, station, via)

        return arrive

    def _all_lost(self, a: Station, b: Station, link: Link) -> bool:
        chance = self._chance(a, b)
        return all(chance.lost(link) for _ in range(BROADCAST_TRIES))

    def _addressed(self, frame: ApsFrame, station: Station) -> bool:
        if station.nwk == frame.src:
            return False
        if frame.group is None and frame.dst == BROADCAST_ALL:
            return station.listening or sleeps(station)
        if frame.group is not None or frame.dst == BROADCAST_RX_ON:
            return station.listening
        is_router = bool(station.capability & 0x02) or station.nwk == COORDINATOR
        return station.listening and is_router

    def _hand_over(self, frame: ApsFrame, station: Station, via: Station) -> None:
        if station.nwk != UNKNOWN_NWK:
            station.receive(frame, self.link_lqi(via, station))


def _nobody(outcome: Outcome) -> None:
    """Who isn't interested in what became of a frame."""


class _Acknowledged:
    """A frame over several hops whose far end acknowledges it: sent again until it does."""

    def __init__(
        self,
        air: Air,
        frame: ApsFrame,
        sender: Station,
        target: Station,
        confirm: Callable[[Outcome], None],
    ) -> None:
        self._air = air
        self._frame = frame
        self._sender, self._target = sender, target
        self._confirm = confirm
        self._tries = 0
        self._done = False

    def send(self) -> None:
        if self._done:
            return
        path = self._air.mesh.route(self._sender, self._target)
        if self._tries == APS_TRIES or not path:
            self._end(Outcome.NO_APS_ACK)
            return
        self._tries += 1
        self._air.loop.call_later(APS_ACK_WAIT, self.send)

        def arrived() -> None:
            if self._air.heard_back([*reversed(path), self._sender]):
                self._air.loop.call_later(len(path) * self._air.delay, self._end, Outcome.DELIVERED)

        self._air.forward(self._frame, self._sender, path, self._first_hop, arrived)

    def _first_hop(self, outcome: Outcome) -> None:
        if outcome is not Outcome.DELIVERED:
            self._end(outcome)

    def _end(self, outcome: Outcome) -> None:
        if not self._done:
            self._done = True
            self._confirm(outcome)

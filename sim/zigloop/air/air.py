"""The medium between the radio and the devices.

Stations are attached to the air. A station sends APS frames and learns, as a real one does, only what its MAC and
network layer can know: that the next hop took the frame, that none did, or that no route exists. The medium
(`zigloop.air.medium`) decides which stations hear each other, and what is lost; the mesh (`zigloop.air.mesh`) routes
frames.

Not modelled: collisions and CSMA back-off (a loss on a link stands for them), the frames of routing itself, encryption
(frames are marked as secured, but never encrypted; stations outside the sender's network don't receive them).
"""

import asyncio
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Final

from zigloop.air.acknowledged import Acknowledged
from zigloop.air.frame import BROADCAST_ALL, BROADCAST_RX_ON, BROADCASTS, UNKNOWN_NWK, ApsFrame, Outcome
from zigloop.air.hop import MAC_RETRIES, Confirm, Hops
from zigloop.air.indirect import IndirectQueue
from zigloop.air.link import DEFAULT_LQI, Link
from zigloop.air.links import Links
from zigloop.air.medium import Medium
from zigloop.air.mesh import Mesh
from zigloop.air.station import Station, TrustCenter, routes, sleeps
from zigloop.air.stations import Stations
from zigloop.events import Events, FrameOnAir, FrameSent

#: Seconds that a secured ZCL report of 58 bytes takes at 250 kbit/s.
DEFAULT_DELAY: Final = 0.002
#: How often a router repeats a broadcast (nwkMaxBroadcastRetries + 1, Zigbee specification, table 3-58).
BROADCAST_TRIES: Final = 3


class Air:
    """Delivers frames between stations: each hop takes `delay` seconds of the loop's time, plus its link's delay.

    All randomness comes from `seed`; each link has its own random generator. Events are emitted on `events`.
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
        self.seed = seed
        self.events = Events() if events is None else events
        self._sent = self.events.channel(FrameSent)
        self._on_air = self.events.channel(FrameOnAir)
        self._stations = Stations()
        self._links = Links(loop, seed)
        self.mesh = Mesh(loop, self._stations, self._links, self.abandoned)
        self._hops = Hops(loop, self._links, delay, self._on_air, self.mesh.broken)
        self._queues: dict[int, IndirectQueue] = {}  # for stations that sleep, by IEEE address

    @property
    def delay(self) -> float:
        """Seconds that a transmission takes; a new value takes effect with the next one."""
        return self._hops.delay

    @delay.setter
    def delay(self, seconds: float) -> None:
        self._hops.delay = seconds

    @property
    def medium(self) -> Medium:
        """Decides which stations hear each other; a new one takes effect at once."""
        return self._links.medium

    @medium.setter
    def medium(self, medium: Medium) -> None:
        self._links.medium = medium
        self.mesh.changed()

    # Stations

    @property
    def stations(self) -> list[Station]:
        """All attached stations, in the order in which they were attached."""
        return self._stations.all

    @property
    def trust_center(self) -> TrustCenter | None:
        """The radio, once it is attached."""
        return self._stations.trust_center

    @trust_center.setter
    def trust_center(self, station: TrustCenter | None) -> None:
        self._stations.trust_center = station

    def attach(self, station: Station) -> None:
        """Put a station on the air."""
        self._stations.all.append(station)

    def detach(self, station: Station) -> None:
        """Take a station off the air for good: frames held for it expire."""
        self._stations.remove(station)
        queue = self._queues.pop(station.ieee, None)
        if queue is not None:
            queue.close()
        self.mesh.forget(station)
        self._links.forget(station)

    def station(self, nwk: int) -> Station | None:
        """The station with this short address, powered or not."""
        return self._stations.at(nwk)

    def polls(self, station: Station, until: float, *, since: float | None = None) -> None:
        """A sleeping station woke up: it polls its parent now, and regularly until `until` (loop time).

        `since`: it woke up then, and has polled since.
        """
        self._queue(station).awake(until, since)

    def polling(self, station: Station) -> tuple[float, float] | None:
        """Since and until when (loop time) a sleeping station polls; None when it doesn't."""
        queue = self._queues.get(station.ieee)
        return None if queue is None else queue.polling

    def stops_polling(self, station: Station) -> None:
        """The station sleeps again, or lost its power."""
        if station.ieee in self._queues:
            self._queues[station.ieee].asleep()

    def abandoned(self, station: Station) -> None:
        """A station left or changed its parent: the old parent keeps its frames until they expire."""
        queue = self._queues.pop(station.ieee, None)
        if queue is not None:
            queue.asleep()

    def _queue(self, station: Station) -> IndirectQueue:
        queue = self._queues.get(station.ieee)
        if queue is None:
            queue = self._queues[station.ieee] = IndirectQueue(self.loop)
        return queue

    # Links

    def set_lqi(self, station: Station, lqi: int) -> None:
        """Set the link quality of frames between this station and the coordinator; ValueError unless 0..255."""
        self._links.set_lqi(station, lqi)

    def lqi(self, station: Station) -> int:
        """The quality of the last link on the way from the coordinator to this station."""
        center = self.trust_center
        if center is None:
            return DEFAULT_LQI
        path = self.mesh.route(center, station)
        return self._links.lqi(path[-2] if len(path) > 1 else center, station)

    def link_lqi(self, a: Station, b: Station) -> int:
        """The current link quality between two stations; 0 when they don't hear each other."""
        return self._links.lqi(a, b)

    # Frames

    def send(self, frame: ApsFrame, confirm: Confirm | None = None) -> None:
        """Put a frame on the air; `confirm` is called once, later, with its outcome.

        A unicast is confirmed when its first hop has succeeded or failed, with `ack` when the acknowledgement has
        arrived or timed out; a broadcast or groupcast, which isn't acknowledged, as soon as it has been sent.
        """
        if self._sent.listeners:
            self._sent.emit(FrameSent(at=self.loop.time(), frame=frame))
        sender = self._stations.at(frame.src)
        if frame.group is not None or frame.dst in BROADCASTS:
            if sender is not None:
                self._flood(frame, sender)
            self.loop.call_later(self.delay, confirm or _ignore, Outcome.DELIVERED)
            return
        target = self._stations.at(frame.dst)
        if sender is None or target is None or target.membership != sender.membership:
            path: list[Station] = []
        else:
            path = self.mesh.route(sender, target)
        if sender is None or target is None or not path:
            self.loop.call_later(self.delay, confirm or _ignore, Outcome.NO_ROUTE)
        elif frame.ack and len(path) > 1:
            Acknowledged(
                self.loop,
                partial(self.mesh.route, sender, target),
                partial(self._forward, frame, sender),
                partial(self._acknowledge, sender),
                confirm or _ignore,
            ).send(path)
        else:
            self._forward(frame, sender, path, confirm)

    def _forward(
        self,
        frame: ApsFrame,
        here: Station,
        path: list[Station],
        confirm: Confirm | None,
        arrived: Callable[[], None] | None = None,
    ) -> None:
        """Send a frame along a path: `confirm` for the first hop, `arrived` when it has reached the end."""
        there = path[0]
        if len(path) > 1:
            self._hops.send(frame, here, there, lambda _: self._forward(frame, there, path[1:], None, arrived), confirm)
            return

        def arrive(link: Link) -> None:
            if arrived is not None:
                arrived()
            if there.nwk != UNKNOWN_NWK:
                there.receive(frame, self._links.lqi_over(link, here, there))

        if sleeps(there):
            self._queue(there).hold(
                lambda before: self._hops.send(frame, here, there, arrive, confirm, before=before, polled=True),
                partial(confirm or _ignore, Outcome.EXPIRED),
            )
        else:
            self._hops.send(frame, here, there, arrive, confirm)

    def _acknowledge(self, sender: Station, path: list[Station]) -> float | None:
        """Seconds that an acknowledgement takes from the end of the path to the sender, None when it gets lost."""
        for here, there in pairwise([*reversed(path), sender]):
            link = self._links.between(here, there)
            if link is None or not there.listening:
                return None
            if self._links.lost(link, here, there, 1 + MAC_RETRIES) == 1 + MAC_RETRIES:
                return None
        return len(path) * self.delay

    def _flood(self, frame: ApsFrame, sender: Station) -> None:
        """Send a broadcast: each router that hears it repeats it."""
        missed: set[int] = set()  # by IEEE address: stations that a router should have repeated it to
        waves: dict[int, list[Callable[[], None]]] = {}  # what arrives, by the number of hops
        for station, via, hops in self.mesh.reach(sender):
            link = self._links.between(via, station)
            lost = 0 if link is None else self._links.lost(link, via, station, BROADCAST_TRIES)
            if via.ieee in missed:
                missed.add(station.ieee)
                continue
            delivered = lost < BROADCAST_TRIES
            if not delivered:
                missed.add(station.ieee)
            elif self._addressed(frame, station):
                arrive = partial(self._broadcast_arrives, frame, via, station, link)
                if sleeps(station):
                    self._queue(station).hold(partial(self._later, arrive), _nothing)
                else:
                    waves.setdefault(hops, []).append(arrive)
            if self._on_air.listeners:
                self._hops.emit(frame, via, station, link, lost, delivered=delivered)
        for hops, arrivals in waves.items():
            self._later(partial(_call_all, arrivals), hops - 1)

    def _later(self, act: Callable[[], None], before: int) -> None:
        """Call back once a frame with `before` others in front of it has been sent."""
        self.loop.call_later((before + 1) * self.delay, act)

    def _broadcast_arrives(self, frame: ApsFrame, via: Station, station: Station, link: Link | None) -> None:
        if (station.listening or sleeps(station)) and station.nwk != UNKNOWN_NWK:
            station.receive(frame, self._links.lqi_over(link, via, station))

    @staticmethod
    def _addressed(frame: ApsFrame, station: Station) -> bool:
        if station.nwk == frame.src:
            return False
        if frame.group is None and frame.dst == BROADCAST_ALL:
            return station.listening or sleeps(station)
        if frame.group is not None or frame.dst == BROADCAST_RX_ON:
            return station.listening
        return station.listening and routes(station)


def _ignore(outcome: Outcome) -> None:
    """Confirm callback that ignores the outcome."""


def _nothing() -> None:
    """Callback for a broadcast that a sleeping station misses: nothing happens."""


def _call_all(callbacks: list[Callable[[], None]]) -> None:
    for callback in callbacks:
        callback()

"""The medium between the radio and the devices.

Stations stand on the air; a station sends APS frames and learns, as a real one does, only what its MAC and
network layer can know: that the next hop took the frame, that nobody did, or that there is no route.

Not modelled: collisions and CSMA back-off, routing (each device is one hop from the coordinator), encryption
(frames are marked secured, never enciphered; who isn't in the sender's network doesn't hear it), loss. Every
frame takes `delay`.
"""

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Protocol

COORDINATOR = 0x0000
UNKNOWN_NWK = 0xFFFE  # "no short address", Zigbee specification 3.6.1.1
BROADCAST_ALL = 0xFFFF
BROADCAST_RX_ON = 0xFFFD
BROADCAST_ROUTERS = 0xFFFC
BROADCASTS = range(0xFFF8, 0x10000)  # Zigbee specification, table 3-69
RX_ON_WHEN_IDLE = 0x08  # in the MAC capability flags: without it, a station sleeps and polls

#: A secured ZCL report of 58 bytes at 250 kbit/s: 1.9 ms.
DEFAULT_DELAY = 0.002
DEFAULT_LQI = 160

#: How long a parent keeps a frame for a child that sleeps: macTransactionPersistenceTime, 0x01F4 unit periods of
#: 15.36 ms (IEEE 802.15.4-2006, table 86).
PERSISTENCE = 7.68
#: Seconds between two polls of a child that is awake. ASSUMPTION: Lumi's isn't known; stacks poll each 100 ms to 1 s
#: while they expect something.
POLL_INTERVAL = 0.25


class Outcome(Enum):
    """What the sender's own stack learns of a unicast."""

    DELIVERED = auto()
    NO_ACK = auto()  # the neighbour did not acknowledge: no power, or out of range
    NO_ROUTE = auto()  # nobody on this network has the address
    EXPIRED = auto()  # it sleeps, and has not asked its parent for the frame in time


@dataclass(frozen=True, slots=True, kw_only=True)
class ApsFrame:
    """One APS data frame on the air. `data` is the ASDU: a ZCL frame, or on endpoint 0 a ZDO one."""

    src: int
    dst: int  # short address or broadcast address; meaningless when `group` is set
    src_endpoint: int
    dst_endpoint: int
    profile: int
    cluster: int
    data: bytes
    counter: int = 0  # APS counter, 0..255
    group: int | None = None
    ack: bool = False  # APS acknowledgement asked for
    secure: bool = False  # APS (link key) security; network security is always on
    radius: int = 30
    relays: tuple[int, ...] = ()  # source route, nearest the coordinator first


class Station(Protocol):
    """Whatever stands on the air: a device's node, and the radio."""

    @property
    def ieee(self) -> int: ...
    @property
    def nwk(self) -> int: ...
    @property
    def membership(self) -> bytes:
        """In which network it is (extended PAN id and key: one that is formed anew is another). Empty: in none."""

    @property
    def capability(self) -> int:
        """MAC capability flags, Zigbee specification table 2-40 (0x8E: mains powered router)."""

    @property
    def listening(self) -> bool:
        """Has power and its receiver on. One that sleeps never listens: it polls (`Air.polls`)."""

    def receive(self, frame: ApsFrame, lqi: int) -> None: ...


class TrustCenter(Station, Protocol):
    """The station that forms the network: it alone lets others in, and who is let in has its `membership`."""

    @property
    def extended_pan_id(self) -> int:
        """The network's, 0 without one."""

    def admit(self, station: Station, *, rejoin: bool) -> int | None:
        """The short address for a station that wants in, or None when joining isn't permitted."""

    def departed(self, station: Station, *, rejoin: bool) -> None:
        """A station said that it leaves the network (and, with `rejoin`, that it comes back)."""


def sleeps(station: Station) -> bool:
    """Whether a station's receiver is off when idle: frames for it wait with its parent until it polls."""
    return not station.capability & RX_ON_WHEN_IDLE


@dataclass(slots=True, eq=False)
class _Held:
    """A frame that a parent keeps for a child."""

    frame: ApsFrame
    confirm: Callable[[Outcome], None] | None
    expiry: asyncio.TimerHandle = field(init=False)


@dataclass(slots=True)
class _Child:
    """What a parent keeps of a child that sleeps: its frames, and when it polls."""

    held: list[_Held] = field(default_factory=list)
    since: float = 0.0  # loop time of the first poll of this waking
    until: float = -math.inf  # loop time of its end
    poll: asyncio.TimerHandle | None = None  # only while there are frames to be had


class Air:
    """Delivers frames between stations, each after `delay` seconds of the loop's time.

    Frames for stations that sleep wait up to `PERSISTENCE` seconds for a poll. Each child's parent is the coordinator.

    `taps` see every frame that is sent, before it is delivered: captures and failure reports use them.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, *, delay: float = DEFAULT_DELAY) -> None:
        self.loop = loop
        self.delay = delay
        self.stations: list[Station] = []
        self.trust_center: TrustCenter | None = None
        self.taps: list[Callable[[ApsFrame], None]] = []
        self._lqi: dict[int, int] = {}  # by IEEE address
        self._children: dict[int, _Child] = {}  # those that sleep, by IEEE address
        self._known: dict[int, Station] = {}  # who last had a short address: stations change theirs by themselves

    def attach(self, station: Station) -> None:
        self.stations.append(station)

    def detach(self, station: Station) -> None:
        self.stations.remove(station)
        self.stops_polling(station)
        for held in self._children.pop(station.ieee, _Child()).held:
            held.expiry.cancel()
        self._known = {nwk: known for nwk, known in self._known.items() if known is not station}

    def set_lqi(self, station: Station, lqi: int) -> None:
        """From now on frames from and to this station arrive with `lqi` (0..255)."""
        if not 0 <= lqi <= 255:
            raise ValueError(f"link quality must be 0..255, not {lqi}")
        self._lqi[station.ieee] = lqi

    def lqi(self, station: Station) -> int:
        return self._lqi.get(station.ieee, DEFAULT_LQI)

    def station(self, nwk: int) -> Station | None:
        """Who has this short address, powered or not."""
        known = self._known.get(nwk)
        if known is None or known.nwk != nwk:
            known = next((station for station in self.stations if station.nwk == nwk), None)
            if known is not None:
                self._known[nwk] = known
        return known

    # Stations that sleep

    def polls(self, station: Station, until: float) -> None:
        """A station that sleeps is awake: it polls its parent now, and regularly until `until` (loop time)."""
        child = self._children.setdefault(station.ieee, _Child())
        now = self.loop.time()
        if now > child.until:
            child.since = now
        child.until = max(child.until, until)
        self._schedule_poll(station, child)

    def stops_polling(self, station: Station) -> None:
        """It has gone back to sleep, or has no power."""
        child = self._children.get(station.ieee)
        if child is not None:
            child.until = -math.inf
            if child.poll is not None:
                child.poll.cancel()
                child.poll = None

    def _schedule_poll(self, station: Station, child: _Child) -> None:
        """Its polls find nothing until something is there: only the one that fetches it is worth a timer."""
        if not child.held or child.poll is not None:
            return
        polls = math.ceil((self.loop.time() - child.since) / POLL_INTERVAL) if child.until > -math.inf else 0
        at = child.since + polls * POLL_INTERVAL
        if at <= child.until:
            child.poll = self.loop.call_at(at, self._polled, station, child)

    def _polled(self, station: Station, child: _Child) -> None:
        """All that is held goes over, one frame after the other: each says that there is more."""
        child.poll = None
        held, child.held = child.held, []
        for number, each in enumerate(held, 1):
            each.expiry.cancel()
            self.loop.call_later(number * self.delay, self._hand_over, each.frame, station)
            if each.confirm is not None:
                self.loop.call_later(number * self.delay, each.confirm, Outcome.DELIVERED)

    def _hold(self, frame: ApsFrame, station: Station, confirm: Callable[[Outcome], None] | None) -> None:
        child = self._children.setdefault(station.ieee, _Child())
        held = _Held(frame, confirm)
        held.expiry = self.loop.call_later(PERSISTENCE, self._expire, child, held)
        child.held.append(held)
        self._schedule_poll(station, child)

    def _expire(self, child: _Child, held: _Held) -> None:
        child.held.remove(held)
        if held.confirm is not None:
            held.confirm(Outcome.EXPIRED)

    # Frames

    def send(self, frame: ApsFrame, confirm: Callable[[Outcome], None] | None = None) -> None:
        """Put a frame on the air; `confirm` learns once, later, what became of it.

        A unicast is confirmed when the next hop has taken it or given it up; a broadcast or groupcast as soon
        as it has been sent, for nobody acknowledges those.
        """
        for tap in self.taps:
            tap(frame)
        sender = self.station(frame.src)
        network = b"" if sender is None else sender.membership
        if frame.group is not None or frame.dst in BROADCASTS:
            for station in self.stations:
                if (
                    station.nwk not in (frame.src, UNKNOWN_NWK)
                    and station.membership == network
                    and self._addressed(frame, station)
                ):
                    if sleeps(station):
                        self._hold(frame, station, None)
                    else:
                        self.loop.call_later(self.delay, self._deliver, frame, station)
            outcome = Outcome.DELIVERED
        else:
            target = self.station(frame.dst)
            if target is None or target.membership != network:
                outcome = Outcome.NO_ROUTE
            elif sleeps(target):
                self._hold(frame, target, confirm)
                return
            elif not target.listening:
                outcome = Outcome.NO_ACK
            else:
                self.loop.call_later(self.delay, self._deliver, frame, target)
                outcome = Outcome.DELIVERED
        if confirm is not None:
            self.loop.call_later(self.delay, confirm, outcome)

    def _addressed(self, frame: ApsFrame, station: Station) -> bool:
        if frame.group is None and frame.dst == BROADCAST_ALL:
            return station.listening or sleeps(station)
        if frame.group is not None or frame.dst == BROADCAST_RX_ON:
            return station.listening
        is_router = bool(station.capability & 0x02) or station.nwk == COORDINATOR
        return station.listening and is_router

    def _deliver(self, frame: ApsFrame, station: Station) -> None:
        if station.listening:
            self._hand_over(frame, station)

    def _hand_over(self, frame: ApsFrame, station: Station) -> None:
        if station.nwk != UNKNOWN_NWK:
            sender = self.station(frame.src)
            device = station if sender is None or sender.nwk == COORDINATOR else sender
            station.receive(frame, self.lqi(device))

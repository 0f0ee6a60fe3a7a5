"""The medium between the radio and the devices.

Stations stand on the air; a station sends APS frames and learns, as a real one does, only what its MAC and
network layer can know: that the next hop took the frame, that nobody did, or that there is no route.

Not modelled: collisions and CSMA back-off, routing (each device is one hop from the coordinator), encryption
(frames are marked secured, never enciphered; who isn't in the sender's network doesn't hear it), sleeping receivers,
loss. Every frame takes `delay`.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

COORDINATOR = 0x0000
UNKNOWN_NWK = 0xFFFE  # "no short address", Zigbee specification 3.6.1.1
BROADCAST_ALL = 0xFFFF
BROADCAST_RX_ON = 0xFFFD
BROADCAST_ROUTERS = 0xFFFC
BROADCASTS = range(0xFFF8, 0x10000)  # Zigbee specification, table 3-69

#: A secured ZCL report of 58 bytes at 250 kbit/s: 1.9 ms.
DEFAULT_DELAY = 0.002
DEFAULT_LQI = 160


class Outcome(Enum):
    """What the sender's own stack learns of a unicast."""

    DELIVERED = auto()
    NO_ACK = auto()  # the neighbour did not acknowledge: no power, or out of range
    NO_ROUTE = auto()  # nobody on this network has the address


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
        """Has power and its receiver on."""

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


class Air:
    """Delivers frames between stations, each after `delay` seconds of the loop's time.

    `taps` see every frame that is sent, before it is delivered: captures and failure reports use them.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, *, delay: float = DEFAULT_DELAY) -> None:
        self.loop = loop
        self.delay = delay
        self.stations: list[Station] = []
        self.trust_center: TrustCenter | None = None
        self.taps: list[Callable[[ApsFrame], None]] = []
        self._lqi: dict[int, int] = {}  # by IEEE address
        self._known: dict[int, Station] = {}  # who last had a short address: stations change theirs by themselves

    def attach(self, station: Station) -> None:
        self.stations.append(station)

    def detach(self, station: Station) -> None:
        self.stations.remove(station)
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
                    self.loop.call_later(self.delay, self._deliver, frame, station)
            outcome = Outcome.DELIVERED
        else:
            target = self.station(frame.dst)
            if target is None or target.membership != network:
                outcome = Outcome.NO_ROUTE
            elif not target.listening:
                outcome = Outcome.NO_ACK
            else:
                self.loop.call_later(self.delay, self._deliver, frame, target)
                outcome = Outcome.DELIVERED
        if confirm is not None:
            self.loop.call_later(self.delay, confirm, outcome)

    def _addressed(self, frame: ApsFrame, station: Station) -> bool:
        if frame.group is not None or frame.dst in (BROADCAST_ALL, BROADCAST_RX_ON):
            return station.listening
        is_router = bool(station.capability & 0x02) or station.nwk == COORDINATOR
        return station.listening and is_router

    def _deliver(self, frame: ApsFrame, station: Station) -> None:
        if station.listening and station.nwk != UNKNOWN_NWK:
            sender = self.station(frame.src)
            device = station if sender is None or sender.nwk == COORDINATOR else sender
            station.receive(frame, self.lqi(device))

"""Stations, as the air sees them."""

from typing import Protocol

from zigloop.air.frame import COORDINATOR, ApsFrame

FULL_FUNCTION = 0x02  # in the MAC capability flags: it can route
RX_ON_WHEN_IDLE = 0x08  # in the MAC capability flags: without it, a station sleeps and polls


class Station(Protocol):
    """A station on the air: a device's node, or the radio."""

    @property
    def ieee(self) -> int: ...
    @property
    def nwk(self) -> int: ...
    @property
    def membership(self) -> bytes:
        """Its network (extended PAN id and key: a network that is formed again is a different one). Empty: in none."""

    @property
    def capability(self) -> int:
        """MAC capability flags, Zigbee specification table 2-40 (0x8E: mains powered router)."""

    @property
    def listening(self) -> bool:
        """Whether it has power and its receiver is on. A sleeping station never listens: it polls (`Air.polls`)."""

    def receive(self, frame: ApsFrame, lqi: int) -> None: ...


class TrustCenter(Station, Protocol):
    """The station that forms the network: it alone admits others, which then have its `membership`."""

    @property
    def extended_pan_id(self) -> int:
        """The network's, 0 without one."""

    def admit(self, station: Station, *, rejoin: bool, new_address: bool = False) -> int | None:
        """The short address for a station that joins, or None when it is not permitted.

        A station that was in the network before keeps its address, unless it asks for a `new_address`.
        """

    def departed(self, station: Station, *, rejoin: bool) -> None:
        """A station has announced that it leaves the network (with `rejoin`: to rejoin it)."""


def sleeps(station: Station) -> bool:
    """Whether a station's receiver is off when idle: its parent holds frames for it until it polls."""
    return not station.capability & RX_ON_WHEN_IDLE


def routes(station: Station) -> bool:
    """Whether it forwards others' frames: the coordinator, and every full function device."""
    return bool(station.capability & FULL_FUNCTION) or station.nwk == COORDINATOR

"""A frame on the air, and its outcome for the sender."""

from dataclasses import dataclass
from enum import Enum, auto

COORDINATOR = 0x0000
UNKNOWN_NWK = 0xFFFE  # "no short address", Zigbee specification 3.6.1.1
BROADCAST_ALL = 0xFFFF
BROADCAST_RX_ON = 0xFFFD
BROADCAST_ROUTERS = 0xFFFC
BROADCASTS = range(0xFFF8, 0x10000)  # Zigbee specification, table 3-69

#: In a frame: to each endpoint of its destination; for endpoints of any profile.
ALL_ENDPOINTS = 0xFF
WILDCARD_PROFILE = 0xFFFF


class Outcome(Enum):
    """The outcome of a unicast, as the sender's own stack knows it."""

    DELIVERED = auto()
    NO_ACK = auto()  # the neighbour did not acknowledge: no power, or out of range
    NO_ROUTE = auto()  # no station of this network has the address
    EXPIRED = auto()  # it sleeps, and didn't poll its parent for the frame in time
    NO_APS_ACK = auto()  # the next hop took it, but the requested acknowledgement never arrived


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

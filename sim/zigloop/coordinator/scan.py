"""Scans: their duration and their results.

Not modelled: foreign networks; an active scan only finds our own routers.
"""

import random
from dataclasses import dataclass
from typing import Final

from zigloop.air.air import Air
from zigloop.coordinator.network import Network
from zigloop.node.zdo_server import CHANNELS

#: aBaseSuperframeDuration in seconds: 960 symbols of 16 µs. A scan stays (2^n + 1) of them on each channel.
_SUPERFRAME: Final = 0.01536
#: Channels that Wi-Fi's usual channels 1, 6 and 11 leave free.
_QUIET: Final = (15, 20, 25, 26)


@dataclass(frozen=True, slots=True)
class Beacon:
    """A router's answer to an active scan."""

    nwk: int
    pan_id: int
    extended_pan_id: int
    channel: int
    permits: bool
    update_id: int
    lqi: int


def channels_of(mask: int) -> list[int]:
    """The channels of a mask, lowest first."""
    return [channel for channel in CHANNELS if mask >> channel & 1]


def scan_time(exponent: int, channels: int) -> float:
    """Seconds that a scan with this exponent takes over `channels` channels."""
    return channels * _SUPERFRAME * ((1 << exponent) + 1)


def energy(rng: random.Random, channel: int) -> int:
    """0..255: Wi-Fi covers Zigbee's channels 11-14, 16-19 and 21-24; the rest is quieter."""
    return rng.randrange(5, 40) if channel in _QUIET else rng.randrange(60, 180)


def beacons(network: Network, air: Air, mask: int) -> list[Beacon]:
    """What an active scan of these channels finds."""
    if not network.formed or not mask >> network.channel & 1:
        return []
    return [
        Beacon(
            nwk=router.nwk,
            pan_id=network.pan_id,
            extended_pan_id=network.extended_pan_id,
            channel=network.channel,
            permits=network.permits(router.nwk),
            update_id=network.update_id,
            lqi=air.lqi(router),
        )
        for router in network.routers()
    ]

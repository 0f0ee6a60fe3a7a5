"""The links on an air: those of its medium, each with its random outcomes."""

import asyncio

from zigloop.air.frame import COORDINATOR
from zigloop.air.link import Chance, Link, Pair, pair
from zigloop.air.medium import LinkTable, Medium
from zigloop.air.station import Station


class Links:
    """The links of the medium, each with its random outcomes; all randomness comes from `seed`."""

    def __init__(self, loop: asyncio.AbstractEventLoop, seed: int) -> None:
        self.medium: Medium = LinkTable()
        self._loop = loop
        self._seed = seed
        self._chances: dict[Pair, Chance] = {}
        self._lqi: dict[int, int] = {}  # as set for links to the coordinator, by IEEE address

    def set_lqi(self, station: Station, lqi: int) -> None:
        """Set the link quality of frames between this station and the coordinator; ValueError unless 0..255."""
        if not 0 <= lqi <= 255:
            raise ValueError(f"link quality must be 0..255, not {lqi}")
        self._lqi[station.ieee] = lqi

    def forget(self, station: Station) -> None:
        """Forget what was set for a station, and its links' random outcomes."""
        self._lqi.pop(station.ieee, None)
        self._chances = {key: chance for key, chance in self._chances.items() if station.ieee not in key}
        self.medium.forget(station)

    def between(self, a: Station, b: Station) -> Link | None:
        """The link between two stations, None when they don't hear each other."""
        return self.medium.link(a, b)

    def lqi(self, a: Station, b: Station) -> int:
        """The current link quality between two stations; 0 when they don't hear each other."""
        return self.lqi_over(self.medium.link(a, b), a, b)

    def lqi_over(self, link: Link | None, a: Station, b: Station) -> int:
        """The quality of a link that was looked up already."""
        if self._lqi and COORDINATOR in (a.nwk, b.nwk):
            lqi = self._lqi.get((b if a.nwk == COORDINATOR else a).ieee)
            if lqi is not None:
                return lqi
        if link is None:
            return 0
        return self.chance(a, b).lqi(link, self._loop.time()) if link.drift else link.lqi

    def chance(self, a: Station, b: Station) -> Chance:
        """The random outcomes of the link between two stations."""
        key = pair(a, b)
        chance = self._chances.get(key)
        if chance is None:
            low, high = sorted((a.ieee, b.ieee))
            chance = self._chances[key] = Chance(f"{self._seed}/link/{low:016x}-{high:016x}")
        return chance

    def lost(self, link: Link, a: Station, b: Station, times: int) -> int:
        """Number of transmissions over this link that are lost before one arrives: `times` when none does."""
        if not link.loss:
            return 0
        chance = self.chance(a, b)
        return next((count for count in range(times) if not chance.lost(link)), times)

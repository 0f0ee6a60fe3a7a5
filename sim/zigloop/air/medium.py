"""The medium: who hears whom, and what becomes of one transmission between two stations.

Two models. `Stated` says it for each pair, and by default that all are in one room and hear each other: without loss it
is the ideal air, with loss a bad day. `Distance` derives it from positions, walls and physics.
All chance is a link's own, drawn from the seed and the pair's addresses: what one link does doesn't change another.
"""

import math
import random
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Protocol

#: A secured ZCL report of 58 bytes at 250 kbit/s: 1.9 ms.
DEFAULT_DELAY: Final = 0.002
DEFAULT_LQI: Final = 160

#: Seconds between two corners of a drifting link quality.
DRIFT_STEP: Final = 600.0
#: A frame that is reordered comes this much later, in seconds: long enough for the next to overtake it.
LATE: Final = (0.02, 0.1)


class Located(Protocol):
    """Of a station, what the medium looks at."""

    @property
    def ieee(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """How well two stations hear each other, in both directions."""

    lqi: int = DEFAULT_LQI  # 0..255
    drift: float = 0.0  # the link quality wanders up to this much around `lqi`
    loss: float = 0.0  # share of transmissions that aren't heard (or whose acknowledgement isn't), 0..1
    delay: float = 0.0  # seconds that each transmission takes longer than the frame's own time
    jitter: float = 0.0  # seconds: each takes up to this much longer
    duplicates: float = 0.0  # share of frames that arrive twice, 0..1
    reordering: float = 0.0  # share of frames that the next one overtakes, 0..1

    def __post_init__(self) -> None:
        for name in ("loss", "duplicates", "reordering"):
            share = getattr(self, name)
            if not 0 <= share <= 1:
                raise ValueError(f"{name} is a share from 0 to 1, not {share!r}")
        for name in ("delay", "jitter", "drift"):
            number = getattr(self, name)
            if not 0 <= number < math.inf:
                raise ValueError(f"{name} is 0 or more, not {number!r}")
        if not 0 <= self.lqi <= 255:
            raise ValueError(f"link quality must be 0..255, not {self.lqi!r}")

    @property
    def perfect(self) -> bool:
        """Whether it leaves nothing to chance."""
        return not (self.loss or self.jitter or self.duplicates or self.reordering)


class Medium(Protocol):
    """Who hears whom."""

    @property
    def one_room(self) -> bool:
        """Everybody hears everybody: no route has to be looked for."""

    def link(self, a: Located, b: Located) -> Link | None:
        """The link between two stations, None when they don't hear each other."""

    def take_away(self, station: Located) -> None:
        """Out of everybody's range, wherever it stands."""

    def bring_back(self, station: Located) -> None:
        """Where it was before it was taken away."""

    def is_away(self, station: Located) -> bool: ...

    def forget(self, station: Located) -> None:
        """It is gone for good, and with it what was told of it."""


Pair = frozenset[int]  # of IEEE addresses


def pair(a: Located, b: Located) -> Pair:
    return frozenset((a.ieee, b.ieee))


class Stated:
    """Who hears whom as it is told: everybody everybody by `usual`, but for what is told otherwise."""

    def __init__(self, usual: Link | None = None) -> None:
        self._usual = Link() if usual is None else usual
        self._told: dict[Pair, Link | None] = {}
        self._away: set[int] = set()  # out of everybody's range, by IEEE address

    @property
    def ideal(self) -> bool:
        """Whether nothing has been told, and nothing is lost."""
        return type(self) is Stated and self._usual == Link() and not self._told and not self._away

    @property
    def one_room(self) -> bool:
        return not self._away and None not in self._told.values()

    @property
    def usual(self) -> Link:
        """The link between any two that nothing is told of."""
        return self._usual

    @usual.setter
    def usual(self, link: Link) -> None:
        self._usual = link

    def link(self, a: Located, b: Located) -> Link | None:
        if self._away and (a.ieee in self._away or b.ieee in self._away):
            return None
        if self._told and (key := pair(a, b)) in self._told:
            return self._told[key]
        return self._untold(a, b)

    def _untold(self, a: Located, b: Located) -> Link | None:
        return self._usual

    def tell(self, a: Located, b: Located, link: Link | None) -> None:
        """From now on these two hear each other so; None: not at all."""
        self._told[pair(a, b)] = link

    def retract(self, a: Located, b: Located) -> None:
        """Nothing is told of these two any more."""
        self._told.pop(pair(a, b), None)

    def take_away(self, station: Located) -> None:
        self._away.add(station.ieee)

    def bring_back(self, station: Located) -> None:
        self._away.discard(station.ieee)

    def is_away(self, station: Located) -> bool:
        return station.ieee in self._away

    def forget(self, station: Located) -> None:
        self._away.discard(station.ieee)
        self._told = {key: link for key, link in self._told.items() if station.ieee not in key}


Point = tuple[float, float]  # metres


@dataclass(frozen=True, slots=True)
class Wall:
    """From one point to another; what goes through it is weaker by this many dB."""

    start: Point
    end: Point
    decibels: float


#: dBm. What dongles and devices send with; 0 dB antennas.
TRANSMIT_POWER: Final = 5.0
#: dBm: thermal noise in 2 MHz (-111), and 19 dB for the receiver and the neighbours' Wi-Fi. ASSUMPTION.
NOISE: Final = -92.0
#: dBm that are link quality 0 and 255. ASSUMPTION: the range that TI's MAC spreads over 0..255.
LQI_RANGE: Final = (-87.0, -10.0)
#: Bits of a frame of 60 bytes: the loss is that of such a one.
_FRAME_BITS: Final = 480
#: Beyond this loss two stations are none another's neighbours.
_HOPELESS: Final = 0.9


def path_loss(metres: float) -> float:
    """dB in a building at 2.4 GHz (IEEE 802.15.4-2006, annex E.5.3)."""
    metres = max(metres, 0.5)
    return 40.2 + 20 * math.log10(metres) if metres <= 8 else 58.5 + 33 * math.log10(metres / 8)


def frame_loss(snr: float) -> float:
    """The share of frames of 60 bytes lost at this signal-to-noise ratio in dB (IEEE 802.15.4-2006, annex E.4.1.8)."""
    ratio = 10 ** (snr / 10)
    terms = ((-1) ** k * math.comb(16, k) * math.exp(20 * ratio * (1 / k - 1)) for k in range(2, 17))
    bit_errors = min(max(8 / 15 / 16 * sum(terms), 0.0), 0.5)
    return 1 - float((1 - bit_errors) ** _FRAME_BITS)


class Distance(Stated):
    """Positions in metres, walls, physics: link quality and loss follow, but for what is told of a pair.

    Who isn't placed stands beside the radio. Loss, delay and so on of `usual` come on top.
    """

    @property
    def one_room(self) -> bool:
        return False

    @classmethod
    def of(cls, medium: Stated) -> "Distance":
        """What has been told of the other stays told."""
        it = cls(usual=medium.usual)
        it._told, it._away = dict(medium._told), set(medium._away)
        return it

    def __init__(self, walls: Iterable[Wall] = (), *, usual: Link | None = None) -> None:
        super().__init__(usual)
        self.walls = list(walls)
        self.places: dict[int, Point] = {}  # by IEEE address
        self._links: dict[tuple[Point, Point], Link | None] = {}

    @property
    def usual(self) -> Link:
        """What each link has beside what follows from where its stations stand."""
        return self._usual

    @usual.setter
    def usual(self, link: Link) -> None:
        self._usual = link
        self._links.clear()

    def place(self, station: Located, x: float, y: float = 0.0) -> None:
        """Put a station somewhere; the radio is at 0, 0 unless it is placed too."""
        self.places[station.ieee] = (x, y)

    def wall(self, wall: Wall) -> None:
        self.walls.append(wall)
        self._links.clear()

    def forget(self, station: Located) -> None:
        super().forget(station)
        self.places.pop(station.ieee, None)

    def _untold(self, a: Located, b: Located) -> Link | None:
        here, there = self.places.get(a.ieee, (0.0, 0.0)), self.places.get(b.ieee, (0.0, 0.0))
        key = (here, there) if here <= there else (there, here)
        if key not in self._links:
            self._links[key] = self._between(*key)
        return self._links[key]

    def _between(self, here: Point, there: Point) -> Link | None:
        through = sum(wall.decibels for wall in self.walls if _cross(here, there, wall.start, wall.end))
        power = TRANSMIT_POWER - path_loss(math.dist(here, there)) - through
        loss = frame_loss(power - NOISE)
        if loss > _HOPELESS:
            return None
        low, high = LQI_RANGE
        lqi = round(255 * min(max((power - low) / (high - low), 0.0), 1.0))
        return replace(self._usual, lqi=lqi, loss=1 - (1 - loss) * (1 - self._usual.loss))


def _cross(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Whether the straight lines a-b and c-d cross."""

    def side(p: Point, q: Point, r: Point) -> float:
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0


class Chance:
    """The dice of one link."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._rng = random.Random(seed)
        self._last_arrival = -math.inf

    def lost(self, link: Link) -> bool:
        return link.loss > 0 and self._rng.random() < link.loss

    def arrivals(self, link: Link, sent: float) -> list[float]:
        """When a frame sent at that time arrives, which may be twice. Frames stay in order but for those reordered."""
        at = sent + link.delay + (self._rng.uniform(0, link.jitter) if link.jitter else 0.0)
        if link.reordering and self._rng.random() < link.reordering:
            at += self._rng.uniform(*LATE)
        else:
            at = max(at, self._last_arrival)
            self._last_arrival = at
        if link.duplicates and self._rng.random() < link.duplicates:
            return [at, at + self._rng.uniform(*LATE)]
        return [at]

    def lqi(self, link: Link, now: float) -> int:
        """The link quality at this time: `lqi`, or a slow walk around it."""
        if not link.drift:
            return link.lqi
        step = math.floor(now / DRIFT_STEP)
        corners = [random.Random(f"{self._seed}/{each}").uniform(-link.drift, link.drift) for each in (step, step + 1)]
        share = now / DRIFT_STEP - step
        return min(max(round(link.lqi + corners[0] * (1 - share) + corners[1] * share), 0), 255)


def describe(link: Link | None) -> str:
    """For people: "LQI 160, 10 % lost"."""
    if link is None:
        return "out of range"
    said = [f"LQI {link.lqi}"]
    said += [f"drifting by {link.drift:g}"] if link.drift else []
    said += [
        f"{100 * share:g} % {what}"
        for what, share in (("lost", link.loss), ("doubled", link.duplicates), ("reordered", link.reordering))
        if share
    ]
    said += (
        [f"late by {1000 * link.delay:g} ms" + (f" + up to {1000 * link.jitter:g} ms" if link.jitter else "")]
        if link.delay or link.jitter
        else []
    )
    return ", ".join(said)

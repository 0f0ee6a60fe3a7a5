"""A medium with positions, walls and physics."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from zigloop.air.link import Link, Located
from zigloop.air.medium import LinkTable

Point = tuple[float, float]  # metres


@dataclass(frozen=True, slots=True)
class Wall:
    """A wall from one point to another, with its attenuation in dB."""

    start: Point
    end: Point
    decibels: float


#: Transmit power of dongles and devices in dBm, with 0 dB antennas.
TRANSMIT_POWER: Final = 5.0
#: dBm: thermal noise in 2 MHz (-111), and 19 dB for the receiver and the neighbours' Wi-Fi. ASSUMPTION.
NOISE: Final = -92.0
#: dBm that are link quality 0 and 255. ASSUMPTION: the range that TI's MAC spreads over 0..255.
LQI_RANGE: Final = (-87.0, -10.0)
#: Bits of a frame of 60 bytes, for which the loss is computed.
_FRAME_BITS: Final = 480
#: Stations whose link loses more than this share don't hear each other.
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


class Distance(LinkTable):
    """Positions in metres and walls, from which link quality and loss follow, except for links that were set.

    A station that isn't placed is beside the radio. Loss, delay and so on of `default_link` are added.
    """

    def __init__(self, walls: Iterable[Wall] = (), *, default_link: Link | None = None) -> None:
        super().__init__(default_link)
        self.walls = list(walls)
        self.places: dict[int, Point] = {}  # by IEEE address
        self._derived: dict[tuple[Point, Point], Link | None] = {}

    @classmethod
    def of(cls, table: LinkTable) -> "Distance":
        """A medium with a table's default link and the links that were set there."""
        it = cls(default_link=table.default_link)
        it.copy_links(table)
        return it

    @property
    def ideal(self) -> bool:
        return False

    @property
    def fully_connected(self) -> bool:
        return False

    @property
    def default_link(self) -> Link:
        """Properties of each link that don't follow from positions."""
        return self._default_link

    @default_link.setter
    def default_link(self, link: Link) -> None:
        self._default_link = link
        self._derived.clear()

    def place(self, station: Located, x: float, y: float = 0.0) -> None:
        """Put a station somewhere; the radio is at 0, 0 unless it is placed too."""
        self.places[station.ieee] = (x, y)

    def wall(self, wall: Wall) -> None:
        """Build a wall."""
        self.walls.append(wall)
        self._derived.clear()

    def forget(self, station: Located) -> None:
        super().forget(station)
        self.places.pop(station.ieee, None)

    def _derived_link(self, a: Located, b: Located) -> Link | None:
        here, there = self.places.get(a.ieee, (0.0, 0.0)), self.places.get(b.ieee, (0.0, 0.0))
        key = (here, there) if here <= there else (there, here)
        if key not in self._derived:
            self._derived[key] = self._between(*key)
        return self._derived[key]

    def _between(self, here: Point, there: Point) -> Link | None:
        through = sum(wall.decibels for wall in self.walls if _cross(here, there, wall.start, wall.end))
        power = TRANSMIT_POWER - path_loss(math.dist(here, there)) - through
        loss = frame_loss(power - NOISE)
        if loss > _HOPELESS:
            return None
        low, high = LQI_RANGE
        lqi = round(255 * min(max((power - low) / (high - low), 0.0), 1.0))
        default = self._default_link
        return replace(default, lqi=lqi, loss=1 - (1 - loss) * (1 - default.loss))


def _cross(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Whether the straight lines a-b and c-d cross."""

    def side(p: Point, q: Point, r: Point) -> float:
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0

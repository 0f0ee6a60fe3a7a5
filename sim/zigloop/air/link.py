"""A link between two stations, and the random outcome of each transmission on it.

Each link draws from its own generator, seeded with the seed and the pair's addresses: one link's traffic doesn't affect
another's outcomes.
"""

import math
import random
from dataclasses import dataclass
from typing import Final, Protocol

DEFAULT_LQI: Final = 160

#: Seconds between two corner points of a drifting link quality.
DRIFT_STEP: Final = 600.0
#: Delay of a reordered frame in seconds: long enough for the next one to overtake it.
LATE: Final = (0.02, 0.1)


class Located(Protocol):
    """A station, as a medium sees it."""

    @property
    def ieee(self) -> int: ...


Pair = frozenset[int]  # of IEEE addresses


def pair(a: Located, b: Located) -> Pair:
    """The key of the link between two stations, the same in both directions."""
    return frozenset((a.ieee, b.ieee))


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """How well two stations hear each other, in both directions. ValueError for values out of their range."""

    lqi: int = DEFAULT_LQI  # 0..255
    drift: float = 0.0  # the link quality wanders up to this much around `lqi`
    loss: float = 0.0  # share of transmissions that are lost, or whose acknowledgement is, 0..1
    delay: float = 0.0  # seconds added to the frame's own time for each transmission
    jitter: float = 0.0  # most seconds added at random
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
        """Whether every frame arrives, in time and once."""
        return not (self.loss or self.jitter or self.duplicates or self.reordering)


class Chance:
    """Random outcomes of transmissions on one link."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._rng = random.Random(seed)
        self._last_arrival = -math.inf

    def lost(self, link: Link) -> bool:
        """Whether one transmission is lost."""
        return link.loss > 0 and self._rng.random() < link.loss

    def arrivals(self, link: Link, sent: float) -> list[float]:
        """Arrival times of a frame sent at `sent`, two for a duplicate. Only reordered frames change their order."""
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
    """Human-readable: "LQI 160, 10 % lost"."""
    if link is None:
        return "out of range"
    parts = [f"LQI {link.lqi}"]
    parts += [f"drifting by {link.drift:g}"] if link.drift else []
    parts += [
        f"{100 * share:g} % {what}"
        for what, share in (("lost", link.loss), ("duplicated", link.duplicates), ("reordered", link.reordering))
        if share
    ]
    parts += (
        [f"delayed by {1000 * link.delay:g} ms" + (f" + up to {1000 * link.jitter:g} ms" if link.jitter else "")]
        if link.delay or link.jitter
        else []
    )
    return ", ".join(parts)

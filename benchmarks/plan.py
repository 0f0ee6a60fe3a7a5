"""How much is measured, and the results."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from benchmarks.figures import SECTIONS, Figures, median
from zigloop.radio.line import DEFAULT_BAUD

#: Prints a line of progress.
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """Sections that are measured, and the number of runs of each."""

    sections: Collection[str] = SECTIONS
    starts: int = 3
    crowds: int = 4  # times that 50 plugs join at once: what Zigbee2MQTT takes has two values
    singles: int = 5
    sets: int = 200
    warm_up: int = 5000
    paced: int = 1000
    step: float = 4.0  # seconds of each step of the ladder
    bursts: int = 3
    baud: int = DEFAULT_BAUD  # for starts and interviews; loads are not paced
    log_level: str = "info"

    @classmethod
    def quick(cls, **others: Any) -> "Plan":
        """Fewer and shorter runs."""
        return cls(starts=1, crowds=1, singles=3, sets=100, warm_up=2500, paced=250, step=1.5, bursts=1, **others)

    def wants(self, *sections: str) -> bool:
        """Whether any of these sections is measured."""
        return any(section in self.sections for section in sections)

    @property
    def loads(self) -> bool:
        """Whether any section with a load is measured."""
        return self.wants("set", "paced", "ladder", "burst")


@dataclass(slots=True)
class Result:
    """Results of one host."""

    figures: Figures = field(default_factory=dict)
    ladder: list[dict[str, Any]] = field(default_factory=list)
    samples: dict[str, list[float]] = field(default_factory=dict)
    broker: str = ""
    ceiling: float | None = None  # reports/s that the radio sends to a process that only reads
    dongle: float | None = None  # reports/s that a line of 115,200 baud carries
    problems: list[str] = field(default_factory=list)

    @property
    def ranges(self) -> dict[str, tuple[float, float]]:
        """The least and the most of figures that were measured several times."""
        return {key: (min(values), max(values)) for key, values in self.samples.items() if len(values) > 1}

    def sample(self, key: str, value: float) -> None:
        """Add one of several runs; the figure is their median."""
        samples = self.samples.setdefault(key, [])
        samples.append(value)
        self.figures[key] = median(samples)

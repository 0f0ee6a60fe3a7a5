"""The figures: titles, units and aims."""

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

#: Figures of one host by key; a figure that was not measured is missing.
Figures = dict[str, float]

SECTIONS = ("start", "interview", "set", "paced", "ladder", "burst", "memory")


@dataclass(frozen=True, slots=True)
class Aim:
    """The aim for a figure; `met` takes ours and Zigbee2MQTT's (None: not measured)."""

    text: str
    met: Callable[[float, float | None], bool | None]


def _ratio(text: str, met: Callable[[float], bool]) -> Aim:
    return Aim(text, lambda ours, theirs: None if theirs is None else met(ours / theirs))


FASTER = _ratio("faster", lambda ratio: ratio < 1)
NO_WORSE = _ratio("at most 1.5 times", lambda ratio: ratio <= 1.5)
HALF = _ratio("at most half", lambda ratio: ratio <= 0.5)
THREE_TIMES = _ratio("3 times or more", lambda ratio: ratio >= 3)
THIRD = _ratio("at most 0.3 times", lambda ratio: ratio <= 0.3)
RATE = Aim("12,500/s or more", lambda ours, _: ours >= 12_500)


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the table."""

    section: str
    key: str
    title: str
    unit: str
    aim: Aim | None = None


ALL = (
    Figure("start", "start_blank", "start to online, blank radio", "s", FASTER),
    Figure("start", "start_resumed", "start to online, resumed", "s", FASTER),
    Figure("start", "start_resumed_50", "start to online, resumed, 50 plugs", "s", FASTER),
    Figure("interview", "interview_1", "1 plug, join to interviewed", "ms", FASTER),
    Figure("interview", "interview_50_first", "50 plugs at once, the first", "ms"),
    Figure("interview", "interview_50", "50 plugs at once, all", "ms", FASTER),
    Figure("set", "set_radio_p50", "set: MQTT to radio, p50", "ms"),
    Figure("set", "set_radio_p99", "set: MQTT to radio, p99", "ms"),
    Figure("set", "set_state_p50", "set: round trip to state on MQTT, p50", "ms"),
    Figure("set", "set_state_p99", "set: round trip to state on MQTT, p99", "ms"),
    Figure("paced", "paced_p50", "50 reports/s: radio to MQTT, p50", "ms", NO_WORSE),
    Figure("paced", "paced_p99", "50 reports/s: radio to MQTT, p99", "ms", NO_WORSE),
    Figure("paced", "paced_cpu", "50 reports/s: CPU per message", "µs"),
    Figure("paced", "paced_lost", "50 reports/s: lost", ""),
    Figure("ladder", "ladder_highest", "highest rate carried, p99 within 20 ms", "/s", RATE),
    Figure("ladder", "ladder_cpu", "CPU per message at 1000/s", "µs", THIRD),
    Figure("burst", "burst_rate", "burst of 4000: messages", "/s", THREE_TIMES),
    Figure("burst", "burst_first", "burst: time to the first message", "s"),
    Figure("burst", "burst_cpu", "burst: CPU per message", "µs"),
    Figure("burst", "burst_lost", "burst: lost", ""),
    Figure("memory", "rss_started", "RSS after a blank start", "MB", HALF),
    Figure("memory", "rss_joined", "RSS after 50 interviews", "MB", HALF),
    Figure("memory", "rss_resumed_50", "RSS resumed with 50 plugs", "MB", HALF),
    Figure("memory", "pss_resumed_50", "PSS resumed with 50 plugs", "MB", HALF),
    Figure("memory", "rss_loaded", "RSS after the paced loads", "MB", HALF),
    Figure("memory", "rss_burst", "RSS after the bursts", "MB", HALF),
    Figure("memory", "rss_peak", "RSS, peak", "MB", HALF),
)


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that `percent` of the values don't exceed (nearest rank). ValueError without values."""
    if not values:
        raise ValueError("no values")
    ranked = sorted(values)
    return ranked[max(0, math.ceil(len(ranked) * percent / 100) - 1)]


def median(values: Sequence[float]) -> float:
    return statistics.median(values)

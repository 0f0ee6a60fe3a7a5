"""`--pace`: how fast simulated time runs for a host in another process."""

import math

from zigloop.clock import VIRTUAL

#: Real seconds of silence after which a clock at pace `max` jumps to the next timer: several times a host's response
#: time. ASSUMPTION: Zigbee2MQTT answers a device in 1 to 15 ms (docs/benchmarks.md).
PATIENCE = 0.05

MAX = "max"
MEANING = "N simulated seconds a second, or max: jump to the next timer whenever host and devices are silent"


def parse_pace(text: str) -> float:
    """A rate for `ClockLoop`: 60, 0.5, or `VIRTUAL` for max. ValueError lists what is allowed."""
    if text == MAX:
        return VIRTUAL
    try:
        pace = float(text)
    except ValueError:
        pace = math.nan
    if not 0 < pace < math.inf:
        allowed = 'a number greater than 0 (1 is real time, 60 a minute a second), or "max"'
        raise ValueError(f"the pace must be {allowed}, not {text}")
    return pace


def describe_pace(pace: float) -> str:
    """Human-readable: "1 simulated minute a second"."""
    if pace == VIRTUAL:
        return f"jumps to the next timer when host and devices have been silent for {PATIENCE:g} s"
    units = (("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1))
    unit, seconds = next((each for each in units if pace >= each[1] and not pace % each[1]), units[-1])
    count = pace / seconds
    return f"{count:g} simulated {unit}{'' if count == 1 else 's'} a second"

"""Does an MQTT payload say what it should: contain what was expected, agree with what a device shows?"""

import math
from typing import Any, Final

#: Properties that hosts round to whole numbers; all others have one digit at least.
WHOLE: Final = frozenset({"battery", "device_temperature", "power_outage_count"})


def contains(expected: Any, got: Any) -> bool:
    """True when `got` has everything that `expected` says, and possibly more keys.

    Objects are compared key by key, lists element by element, numbers by value (21 equals 21.0, but never a
    boolean: `true` is not 1), everything else for equality.
    """
    if isinstance(expected, dict):
        return isinstance(got, dict) and all(key in got and contains(expected[key], got[key]) for key in expected)
    if isinstance(expected, list):
        return isinstance(got, list) and len(expected) == len(got) and all(map(contains, expected, got))
    if isinstance(expected, bool) or isinstance(got, bool):
        return expected is got
    if isinstance(expected, (int, float)) and isinstance(got, (int, float)):
        return math.isclose(expected, got, rel_tol=1e-9, abs_tol=1e-12)
    return bool(expected == got)


def agrees(key: str, published: Any, shown: Any) -> bool:
    """Whether a host publishes what a device shows (`Device.shown`); numbers within what they are rounded to."""
    if isinstance(published, bool) or isinstance(shown, bool) or not isinstance(shown, int | float):
        return bool(published == shown) and type(published) is type(shown)
    if not isinstance(published, int | float):
        return False
    digits = len(repr(published).partition(".")[2]) if isinstance(published, float) else 0
    if key not in WHOLE:
        digits = max(digits, 1)
    return bool(abs(published - shown) <= 0.5 * 10**-digits + 1e-6 * abs(shown))  # single precision on the wire

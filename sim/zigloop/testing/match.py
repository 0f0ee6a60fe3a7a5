"""Comparing MQTT payloads: with an expected subset, and with the state of a device."""

import math
from typing import Any, Final

#: Properties that hosts round to whole numbers; all others have at least one digit.
WHOLE: Final = frozenset({"battery", "device_temperature", "power_outage_count"})


def contains(expected: Any, got: Any) -> bool:
    """Whether `got` has everything in `expected`; objects may have more keys.

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


def agrees(key: str, published: Any, expected: Any) -> bool:
    """Whether a host publishes the value that a device's state gives; numbers may be rounded."""
    if isinstance(published, bool) or isinstance(expected, bool) or not isinstance(expected, int | float):
        return bool(published == expected) and type(published) is type(expected)
    if not isinstance(published, int | float):
        return False
    digits = len(repr(published).partition(".")[2]) if isinstance(published, float) else 0
    if key not in WHOLE:
        digits = max(digits, 1)
    return bool(abs(published - expected) <= 0.5 * 10**-digits + 1e-6 * abs(expected))  # single precision on the wire

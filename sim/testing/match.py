"""Does an MQTT payload contain what was expected? Compared by value on a subset of the JSON."""

import math
from typing import Any


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

"""Comparing MQTT payloads: with an expected subset, and with the state of a device."""

import json
import math
import re
from dataclasses import dataclass
from typing import Any, Final

#: Properties that hosts round to whole numbers; all others have at least one digit.
WHOLE: Final = frozenset({"battery", "device_temperature", "power_outage_count"})

_STEP = re.compile(r"(?:^|\.)([^.\[\]]+)|\[(\d+)\]")


class Expectation:
    """What a value must be where equality can't say it. It may stand anywhere in an expected payload."""

    def accepts(self, got: Any) -> bool:
        """Whether this value is as expected."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Between(Expectation):
    """A number from `low` to `high`, both included."""

    low: float
    high: float

    def accepts(self, got: Any) -> bool:
        return isinstance(got, int | float) and not isinstance(got, bool) and self.low <= got <= self.high

    def __str__(self) -> str:
        return f"between {self.low:g} and {self.high:g}"


@dataclass(frozen=True, slots=True)
class Matching(Expectation):
    """A value whose whole text, or JSON, the regular expression `pattern` matches."""

    pattern: str

    def accepts(self, got: Any) -> bool:
        return re.fullmatch(self.pattern, got if isinstance(got, str) else json.dumps(got)) is not None

    def __str__(self) -> str:
        return f"matching {self.pattern}"


@dataclass(frozen=True, slots=True)
class Anything(Expectation):
    """Any value."""

    def accepts(self, got: Any) -> bool:
        return True

    def __str__(self) -> str:
        return "with any value"


@dataclass(frozen=True, slots=True)
class At(Expectation):
    """A value that is as expected at a path: `color.x`, `list[0].y`, or one key."""

    path: str
    expected: Any

    def accepts(self, got: Any) -> bool:
        try:
            return contains(self.expected, at_path(got, self.path))
        except LookupError:
            return False

    def __str__(self) -> str:
        return f'"{self.path}" {describe(self.expected)}'


@dataclass(frozen=True, slots=True)
class AllOf(Expectation):
    """A value that is as expected in several ways."""

    parts: tuple[Any, ...]

    def accepts(self, got: Any) -> bool:
        return all(contains(part, got) for part in self.parts)

    def __str__(self) -> str:
        return " with ".join(map(describe, self.parts))


def at_path(value: Any, path: str) -> Any:
    """The value at a path: keys joined by dots, and indices of lists, as in `list[0].y`. LookupError without one.

    A key of the value that equals the whole path comes first: names of properties may have dots.
    """
    if isinstance(value, dict) and path in value:
        return value[path]
    at = 0
    for step in _STEP.finditer(path):
        if step.start() != at:
            break
        at = step.end()
        key, index = step.groups()
        if not isinstance(value, dict if index is None else list):
            raise LookupError(path)
        at_this: Any = key if index is None else int(index)
        value = value[at_this]
    if at != len(path) or not path:
        raise LookupError(f"{path!r} is not a path: write it like color.x or list[0].y")
    return value


def contains(expected: Any, got: Any) -> bool:
    """Whether `got` has everything in `expected`; objects may have more keys.

    Objects are compared key by key, lists element by element, numbers by value (21 equals 21.0, but never a
    boolean: `true` is not 1), an `Expectation` decides for itself, everything else for equality.
    """
    if isinstance(expected, Expectation):
        return expected.accepts(got)
    if isinstance(expected, dict):
        return isinstance(got, dict) and all(key in got and contains(expected[key], got[key]) for key in expected)
    if isinstance(expected, list):
        return isinstance(got, list) and len(expected) == len(got) and all(map(contains, expected, got))
    if isinstance(expected, bool) or isinstance(got, bool):
        return expected is got
    if isinstance(expected, (int, float)) and isinstance(got, (int, float)):
        return math.isclose(expected, got, rel_tol=1e-9, abs_tol=1e-12)
    return bool(expected == got)


def describe(expected: Any) -> str:
    """An expected payload as text: JSON, with expectations in words."""
    return str(expected) if isinstance(expected, Expectation) else json.dumps(expected, default=str)


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

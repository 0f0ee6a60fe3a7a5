"""The first difference between two streams, with context."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

#: Lines before a difference, and after it.
BEFORE, AFTER = 4, 2


@dataclass(frozen=True)
class Difference:
    """The first difference. `old` and `new` are the lines from there on, empty at the end of a stream."""

    at: int  # number of the line, from 0
    before: list[str]  # the same in both
    old: list[str]
    new: list[str]


def first_difference(old: Sequence[str], new: Sequence[str]) -> Difference | None:
    """None when they are the same."""
    at = next((n for n, (one, other) in enumerate(zip(old, new, strict=False)) if one != other), None)
    if at is None:
        if len(old) == len(new):
            return None
        at = min(len(old), len(new))
    end = at + 1 + AFTER
    return Difference(at, list(old[max(0, at - BEFORE) : at]), list(old[at:end]), list(new[at:end]))


def digest(lines: Sequence[str]) -> str:
    """Of a stream: short, for reports."""
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]

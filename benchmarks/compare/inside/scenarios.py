"""Finds the scenarios of a recording in another checkout: by name, or by place when the title has changed."""

from collections.abc import Mapping
from typing import Any

#: Feature, number of the test in its file, and number of tests in that file: an outline has a test for each example.
Place = tuple[str, int, int]


def by_place(lines: Mapping[str, int]) -> dict[Place, str]:
    """Keys ("feature::test") by place; `lines` are the lines of their scenarios, in the order of collection."""
    features: dict[str, list[str]] = {}
    for key in sorted(lines, key=lambda key: lines[key]):
        features.setdefault(key.partition("::")[0], []).append(key)
    return {(feature, number, len(keys)): key for feature, keys in features.items() for number, key in enumerate(keys)}


def find(
    recorded: Mapping[str, Mapping[str, Any]], places: Mapping[Place, str], renames: Mapping[str, str]
) -> tuple[dict[str, str], list[str]]:
    """Recorded keys by the keys here, and those that are not found.

    A place counts only when the feature has as many tests as before.
    """
    here = set(places.values())
    found, missing = {}, []
    for key, each in recorded.items():
        feature, number, count = each["place"]
        named = renames.get(key, key)
        key_here = named if named in here else places.get((feature, number, count))
        if key_here is None:
            missing.append(key)
        else:
            found[key_here] = key
    return found, missing

"""What counts as "publishes": by value, on a subset."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zigloop.testing.match import contains

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        ({}, {"a": 1}),
        ({"a": 1}, {"a": 1, "b": 2}),
        ({"a": 1}, {"a": 1.0}),
        ({"v": 230.1}, {"v": 230.10000000000002}),
        ({"a": {"b": 1}}, {"a": {"b": 1, "c": 2}}),
        ([{"a": 1}], [{"a": 1, "b": 2}]),
        ({"a": None}, {"a": None}),
        (True, True),
        ("ON", "ON"),
    ],
)
def test_contains(expected: Any, got: Any) -> None:
    assert contains(expected, got)


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        ({"a": 1}, {}),
        ({"a": 1}, {"a": True}),
        ({"a": True}, {"a": 1}),
        ({"a": 0}, {"a": False}),
        ({"a": "1"}, {"a": 1}),
        ({"a": None}, {}),
        ([1], [1, 2]),
        ({"a": 21.5}, {"a": 21.4}),
        ({}, "text"),
        ({}, []),
    ],
)
def test_does_not_contain(expected: Any, got: Any) -> None:
    assert not contains(expected, got)


@given(JSON)
def test_everything_contains_itself(value: Any) -> None:
    assert contains(value, value)


@given(st.dictionaries(st.text(max_size=3), JSON, max_size=4), st.text(max_size=3), JSON)
def test_additional_keys_are_allowed(value: dict[str, Any], key: str, more: Any) -> None:
    assert contains(value, {key: more} | value)

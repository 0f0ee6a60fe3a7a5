"""Fixtures of the air's tests."""

from tests.support.village import village  # noqa: F401

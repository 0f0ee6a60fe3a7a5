"""A product with a bridge."""

from tests.support.rig import blank, knob, memories, rig  # noqa: F401

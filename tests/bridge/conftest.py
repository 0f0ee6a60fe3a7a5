"""A bridge on a bench, in virtual time."""

from tests.support.rig import blank, knob, memories, plug, rig  # noqa: F401

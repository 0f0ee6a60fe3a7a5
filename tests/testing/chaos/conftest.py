"""A bridge on a bench, in virtual time."""

from tests.support.rig import knob, memories, plug, rig  # noqa: F401

"""Command mode of a Lumi knob: which commands of On/Off, Level Control and Color Control its wheel and key send. Pure.

Level and colour commands are ASSUMPTIONS, of which golden vectors have examples.
"""

from typing import Final, NamedTuple

from zigloop.lumi.rotary import STOPPED
from zigloop.zcl.clusters.lighting import (
    COLOR_CONTROL,
    LEVEL_CONTROL,
    MOVE,
    STEP_COLOR_TEMPERATURE,
    STOP,
    move,
    step_color_temperature,
)
from zigloop.zcl.clusters.on_off import OFF, ON_OFF, TOGGLE

#: Present values of the key (zha-device-handlers' opple remotes; herdsman-converters).
HELD, SINGLE_PRESS, DOUBLE_PRESS, RELEASED = 0, 1, 2, 255

_MOVE_RATE: Final = 10  # per second
_COLOR_MIREDS: Final = 10
_COLOR_TENTHS: Final = 2  # tenths of a second


class Command(NamedTuple):
    """A command of a cluster."""

    cluster: int
    id: int
    payload: bytes = b""


def command_of_turn(action: int, degrees: float, *, pressed: bool) -> Command | None:
    """The command for a report of the wheel: its action, and the degrees since the report before (right: positive)."""
    right = degrees > 0
    if pressed and degrees:
        step = step_color_temperature(up=right, mireds=_COLOR_MIREDS, tenths=_COLOR_TENTHS)
        return Command(COLOR_CONTROL, STEP_COLOR_TEMPERATURE, step)
    if pressed:
        return None
    if action == STOPPED:
        return Command(LEVEL_CONTROL, STOP)
    return Command(LEVEL_CONTROL, MOVE, move(up=right, rate=_MOVE_RATE)) if degrees else None


def command_of_key(value: int) -> Command | None:
    """A double press is toggle, a long one off, others are nothing (zha-device-handlers#2266)."""
    if value == HELD:
        return Command(ON_OFF, OFF)
    return Command(ON_OFF, TOGGLE) if value == DOUBLE_PRESS else None

"""Commands of Level Control (ZCL 3.10) and Color Control (5.2), as the remote of a light sends them."""

import struct
from typing import Final

LEVEL_CONTROL: Final = 0x0008
COLOR_CONTROL: Final = 0x0300

MOVE: Final = 0x01
STOP: Final = 0x03
STEP_COLOR_TEMPERATURE: Final = 0x4C

# Modes of a move (table 3-40), and of a step of the colour (table 5-9).
_MOVE_UP, _MOVE_DOWN = 0x00, 0x01
_STEP_UP, _STEP_DOWN = 0x01, 0x03


def move(*, up: bool, rate: int) -> bytes:
    """Payload of a Move, `rate` units a second."""
    return bytes((_MOVE_UP if up else _MOVE_DOWN, rate))


def step_color_temperature(*, up: bool, mireds: int, tenths: int) -> bytes:
    """Payload of a Step Color Temperature by `mireds` within `tenths` of a second, without limits."""
    return struct.pack("<BHHHH", _STEP_UP if up else _STEP_DOWN, mireds, tenths, 0x0000, 0xFFFF)

"""The wheel of a Lumi knob: the course of a turn, and the values in its reports."""

import asyncio
from collections.abc import Callable
from typing import Final

from zigloop.node.node import Node
from zigloop.zcl.attributes import ZclError
from zigloop.zcl.codes import Status
from zigloop.zcl.frame import u16
from zigloop.zcl.types import SINGLE, TYPES, UINT8, UINT16, UINT32, Value

#: Endpoints of the wheel, turned freely and turned while pressed; they are in no descriptor
#: (zha-device-handlers#2266, #4932).
FREE: Final = 71
PRESSED: Final = 72

#: 0xFCC0: degrees that are 100 %, by the words of the product's page.
SENSITIVITY: Final = 0x0234
SENSITIVITIES: Final = {"low": 720, "medium": 360, "high": 180}

# One report of the wheel. Identifiers and what they are: zha-device-handlers#4932, #2266, herdsman-converters.
TIME_DELTA: Final = 0x022C  # ms since the report before
ANGLE: Final = 0x022E  # degrees since it began to turn, to the right positive
ANGLE_DELTA: Final = 0x0230
TIME: Final = 0x0231  # ms since it began to turn
PERCENT_DELTA: Final = 0x0232
PERCENT: Final = 0x0233
NOTCH: Final = 0x0238  # 12 in all logs, as their angles are multiples of 12. ASSUMPTION: degrees from notch to notch
ACTION: Final = 0x023A
_TYPES: Final = {TIME_DELTA: UINT16, TIME: UINT32, ACTION: UINT8}  # ASSUMPTION; the others are floats, as logs show

# Values of ACTION.
STARTED: Final = 1
TURNED: Final = 2
STOPPED: Final = 3
WHILE_PRESSED: Final = 0x80

NOTCH_DEGREES: Final = 12.0
#: The percentage is limited to this, and turning back counts from there (zha-device-handlers#2266).
MOST_PERCENT: Final = 100.0

#: Seconds from the first movement to its report, and between two reports: each log begins with 200 ms, and the one
#: with a second report (zigbee2mqtt#19995) goes on at 700 ms.
FIRST_REPORT: Final = 0.2
REPORT_INTERVAL: Final = 0.5
#: Seconds without movement after which it has stopped. ASSUMPTION: no source.
STANDSTILL: Final = 0.2
#: Below this speed, in degrees per second, each notch is a turn of its own.
SLOWEST: Final = NOTCH_DEGREES / STANDSTILL

#: Values of a report by attribute identifier.
Figures = dict[int, Value]


class Turn:
    """One turn of the wheel, from its first notch until it has stopped.

    A movement turns it by some degrees at some speed, in whole notches; its first notch starts the turn. A new movement
    during a turn replaces the current one. `report` is called with an action and its values; `percent_of` converts
    degrees. With `stop_repeats` the last report repeats the values of the one before.
    """

    def __init__(
        self,
        node: Node,
        *,
        pressed: bool,
        percent_of: Callable[[float], float],
        stop_repeats: bool,
        report: Callable[[int, Figures], None],
    ) -> None:
        self.pressed = pressed
        self._node = node
        self._percent_of = percent_of
        self._stop_repeats = stop_repeats
        self._report = report
        self._began = self._reported_at = self._hand_at = node.loop.time()
        self._before = self._percent_before = 0.0  # degrees and percent when this movement began
        self._degrees = self._speed = 0.0
        self._reported = 0.0  # degrees, in the last report
        self._next: asyncio.TimerHandle = node.soon(FIRST_REPORT, self._send, STARTED)
        self._standstill: asyncio.TimerHandle | None = None
        self._last: Figures = {}

    @property
    def angle(self) -> float:
        """Degrees since the turn began, in whole notches."""
        way = self._speed * (self._node.loop.time() - self._hand_at)
        notches = 1 + int(way / NOTCH_DEGREES + 1e-6)  # the loop's time is a float
        notches = min(notches, int(abs(self._degrees) / NOTCH_DEGREES))
        return self._before + (notches if self._degrees > 0 else -notches) * NOTCH_DEGREES

    @property
    def percent(self) -> float:
        """The same in percent, limited to 100."""
        percent = self._percent_before + self._percent_of(self.angle - self._before)
        return min(max(percent, -MOST_PERCENT), MOST_PERCENT)

    def turn(self, degrees: float, speed: float) -> None:
        """Start a movement by `degrees`, at `speed` degrees per second."""
        self._percent_before, self._before = self.percent, self.angle
        self._hand_at = self._node.loop.time()
        self._degrees, self._speed = degrees, speed
        if self._standstill is not None:
            self._standstill.cancel()
        rest = max(self._hand_at + abs(degrees) / speed + STANDSTILL, self._began + FIRST_REPORT + STANDSTILL)
        self._standstill = self._node.soon(rest - self._hand_at, self._stop)

    def _send(self, action: int) -> None:
        now, angle = self._node.loop.time(), self.angle
        delta = angle - self._reported
        figures: Figures = {
            TIME_DELTA: _milliseconds(now - self._reported_at),
            ANGLE: angle,
            ANGLE_DELTA: delta,
            TIME: _milliseconds(now - self._began),
            PERCENT_DELTA: self._percent_of(delta),
            PERCENT: self.percent,
            NOTCH: NOTCH_DEGREES,
        }
        if action == STOPPED:
            if self._stop_repeats:
                figures = self._last
            else:
                figures |= {ANGLE_DELTA: 0.0, PERCENT_DELTA: 0.0}
        else:
            self._next = self._node.soon(REPORT_INTERVAL, self._send, TURNED)
        self._reported, self._reported_at, self._last = angle, now, figures
        self._report(action, figures)

    def _stop(self) -> None:
        self._next.cancel()
        self._send(STOPPED)


def records(action: int, figures: Figures) -> bytes:
    """The records of one report: id, type and value of each figure, and of the action."""
    parts = []
    for attribute, value in [*figures.items(), (ACTION, action)]:
        type_id = _TYPES.get(attribute, SINGLE)
        parts.append(u16(attribute) + bytes((type_id,)) + TYPES[type_id].pack(value))
    return b"".join(parts)


def check_sensitivity(value: Value) -> None:
    """ASSUMPTION: it refuses values that the page doesn't name."""
    if value not in SENSITIVITIES.values():
        raise ZclError(Status.INVALID_VALUE)


def _milliseconds(seconds: float) -> int:
    """Firmware seems to count tenths of a second: all logs have multiples of 100 ms."""
    return round(seconds * 10) * 100

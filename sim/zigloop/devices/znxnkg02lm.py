"""ZNXNKG02LM: Aqara smart rotary knob H1 (wireless), `lumi.remote.rkba01`.

Not modelled: more than two presses in a row (no public log has any), the light that blinks, firmware updates.
"""

import asyncio
from typing import Any, Final

from zigpy.zcl.foundation import Status

from zigloop.air.frame import COORDINATOR
from zigloop.control.arguments import Number
from zigloop.control.control import control
from zigloop.device.product import Product, Quirk
from zigloop.lumi.battery import BatteryDevice
from zigloop.lumi.quirks import INTRODUCES_ITSELF, SLEEPS
from zigloop.lumi.reset import ResetWarning
from zigloop.lumi.structure import COMMANDS_ATTRIBUTE, IN_LUMI, LUMI, MANUFACTURER, Entry
from zigloop.node.descriptor import NodeDescriptor
from zigloop.zcl import frame as zcl
from zigloop.zcl.attributes import RW, Attribute, ZclError
from zigloop.zcl.cluster import ClusterDeclaration
from zigloop.zcl.clusters.basic import BATTERY, basic
from zigloop.zcl.clusters.identify import IDENTIFY, identify
from zigloop.zcl.clusters.io import MULTISTATE_INPUT, PRESENT_VALUE, multistate_input
from zigloop.zcl.clusters.on_off import ON_OFF
from zigloop.zcl.clusters.power import BATTERY_VOLTAGE, POWER_CONFIGURATION, battery_configuration
from zigloop.zcl.endpoint import HOME_AUTOMATION, EndpointDeclaration
from zigloop.zcl.types import (
    BOOL,
    CHARACTER_STRING,
    INT8,
    OCTET_STRING,
    SINGLE,
    TYPES,
    UINT8,
    UINT16,
    UINT32,
    UINT64,
    Value,
)

OTA = 0x0019
SOFTWARE_BUILD = 0x4000  # genBasic
LEVEL_CONTROL = 0x0008
COLOR_CONTROL = 0x0300

#: 0xFCC0: what keys and wheel send, commands (for bound lights) or events (for hosts).
MODE: Final = 0x0009
COMMAND_MODE, EVENT_MODE = 0, 1
#: 0xFCC0: degrees that are 100 %, by the words of the product's page.
SENSITIVITY: Final = 0x0234
SENSITIVITIES: Final = {"low": 720, "medium": 360, "high": 180}

#: Present values of the key (zha-device-handlers' opple remotes; herdsman-converters).
HELD, SINGLE_PRESS, DOUBLE_PRESS, RELEASED = 0, 1, 2, 255

#: Endpoints of the wheel, turned freely and turned while pressed; no descriptor tells of them
#: (zha-device-handlers#2266, #4932).
FREE, PRESSED = 71, 72

# One report of the wheel. Identifiers and what they are: zha-device-handlers#4932, #2266, herdsman-converters.
TIME_DELTA: Final = 0x022C  # ms since the report before
ANGLE: Final = 0x022E  # degrees since it began to turn, to the right positive
ANGLE_DELTA: Final = 0x0230
TIME: Final = 0x0231  # ms since it began to turn
PERCENT_DELTA: Final = 0x0232
PERCENT: Final = 0x0233
NOTCH: Final = 0x0238  # 12 in all logs, as their angles are multiples of 12. ASSUMPTION: degrees from notch to notch
ACTION: Final = 0x023A
STARTED, TURNED, STOPPED, WHILE_PRESSED = 1, 2, 3, 0x80
_TYPES: Final = {TIME_DELTA: UINT16, TIME: UINT32, ACTION: UINT8}  # ASSUMPTION; the others are floats, as logs show

NOTCH_DEGREES: Final = 12.0
#: The percentage goes no further, and turning back counts from there (zha-device-handlers#2266).
MOST_PERCENT: Final = 100.0

#: Seconds from the first movement to its report, and between two reports: each log begins with 200 ms, and the one
#: with a second report (zigbee2mqtt#19995) goes on at 700 ms.
FIRST_REPORT: Final = 0.2
REPORT_INTERVAL: Final = 0.5
#: Seconds without movement after which it has stopped. ASSUMPTION: no source.
STANDSTILL: Final = 0.2
#: Who turns slower turns several times, a notch each.
SLOWEST: Final = NOTCH_DEGREES / STANDSTILL

# Command mode: level and colour commands are ASSUMPTIONS, of which golden vectors have examples.
OFF, TOGGLE = 0x00, 0x02  # on/off
MOVE, STOP = 0x01, 0x03  # level control
STEP_COLOR_TEMPERATURE = 0x4C
MOVE_RATE: Final = 10  # per second
COLOR_STEP = bytes.fromhex("0a00 0200 0000 ffff")  # 10 mired in 0.2 s, anywhere
UP, DOWN = 0x00, 0x01
COLOR_UP, COLOR_DOWN = 0x01, 0x03

PRESSED_BIT_MISSING: Final = Quirk(
    "pressed_bit_missing",
    "bit 7 of 0x023A isn't set when it is turned while pressed: only the endpoint tells",
    "zha-device-handlers#5346: a Dimmer Switch H2 EU of firmware 4120",
    default=False,
)
STOP_REPEATS: Final = Quirk(
    "stop_repeats",
    "the report that it has stopped repeats the figures of the one before",
    "zha-device-handlers#2266: the deltas are outdated or 0 when it has stopped",
    default=False,
)
REPORTS_TURNS_IN_COMMAND_MODE: Final = Quirk(
    "reports_turns_in_command_mode",
    "in command mode it reports its turns all the same, and sends no commands for them",
    "nwithan8's blueprint for command mode (on zha-device-handlers#2266) takes turns from 0xFCC0; no second source",
    default=False,
)

product = Product(
    model="ZNXNKG02LM",
    vendor="Aqara",
    description="Smart rotary knob H1 (wireless)",
    zigbee_model="lumi.remote.rkba01",
    nickname="knob",
    # zha-device-handlers#929. Bit 2 of the capability says mains, and isn't true. ASSUMPTION: the power descriptor
    # (receiver as in the node descriptor, a disposable battery, full).
    node=NodeDescriptor(logical_type=2, capability=0x84, manufacturer=MANUFACTURER, server_mask=0x2C00, power=0xC440),
    manufacturers=(MANUFACTURER,),
    firmwares=("2019",),  # its build id (sprut/Hub#857); no dump has its date code
    quirks=(INTRODUCES_ITSELF, SLEEPS, PRESSED_BIT_MISSING, STOP_REPEATS, REPORTS_TURNS_IN_COMMAND_MODE),
    ieee_block=0x54EF4410 << 32,  # zigbee2mqtt#20968, sprut/Hub#857
)


def _lumi(attribute: int, type_id: int, value: Value, **more: Any) -> Attribute:
    return Attribute(attribute, type_id, value, manufacturer=MANUFACTURER, **more)


class Turning:
    """The wheel from when it begins to turn until it has stopped: what its reports say.

    A hand turns it by so many degrees at such a speed, in whole notches, the first of which begins it; while it turns,
    another turn takes over.
    """

    def __init__(self, knob: "Knob", pressed: bool) -> None:
        self.pressed = pressed
        self._knob = knob
        self._began = self._told_at = self._hand_at = knob.loop.time()
        self._before = self._percent_before = 0.0  # degrees turned, and percent, when the hand began this turn
        self._degrees = self._speed = 0.0
        self._told = 0.0  # degrees, as last told
        self._report = knob.node.later(FIRST_REPORT, self._tell, STARTED)
        self._standstill: asyncio.TimerHandle | None = None
        self._last: dict[int, Value] = {}

    @property
    def angle(self) -> float:
        """Degrees turned since it began, in whole notches."""
        way = self._speed * (self._knob.loop.time() - self._hand_at)
        notches = 1 + int(way / NOTCH_DEGREES + 1e-6)  # the loop's time is a float
        notches = min(notches, int(abs(self._degrees) / NOTCH_DEGREES))
        return self._before + (notches if self._degrees > 0 else -notches) * NOTCH_DEGREES

    @property
    def percent(self) -> float:
        """The same in percent, which ends at a hundred."""
        percent = self._percent_before + self._knob.percent(self.angle - self._before)
        return min(max(percent, -MOST_PERCENT), MOST_PERCENT)

    def turn(self, degrees: float, speed: float) -> None:
        """The hand turns on, or back: by `degrees`, at `speed` degrees a second."""
        self._percent_before, self._before = self.percent, self.angle
        self._hand_at = self._knob.loop.time()
        self._degrees, self._speed = degrees, speed
        if self._standstill is not None:
            self._standstill.cancel()
        rest = max(self._hand_at + abs(degrees) / speed + STANDSTILL, self._began + FIRST_REPORT + STANDSTILL)
        self._standstill = self._knob.node.later(rest - self._hand_at, self._stop)

    def _tell(self, action: int) -> None:
        now, angle = self._knob.loop.time(), self.angle
        delta = angle - self._told
        figures: dict[int, Value] = {
            TIME_DELTA: _milliseconds(now - self._told_at),
            ANGLE: angle,
            ANGLE_DELTA: delta,
            TIME: _milliseconds(now - self._began),
            PERCENT_DELTA: self._knob.percent(delta),
            PERCENT: self.percent,
            NOTCH: NOTCH_DEGREES,
        }
        if action == STOPPED:
            if self._knob.has(STOP_REPEATS):
                figures = self._last
            else:
                figures |= {ANGLE_DELTA: 0.0, PERCENT_DELTA: 0.0}
        else:
            self._report = self._knob.node.later(REPORT_INTERVAL, self._tell, TURNED)
        self._told, self._told_at, self._last = angle, now, figures
        self._knob.turning_told(action, figures)

    def _stop(self) -> None:
        self._report.cancel()
        self._tell(STOPPED)


class Knob(BatteryDevice):
    """A knob: a wheel that is a key as well."""

    product = product
    heartbeat_place = IN_LUMI
    battery_range = (2850, 3000)  # the reference of the page's time

    def endpoints(self) -> tuple[EndpointDeclaration, ...]:
        """The one that it advertises (sprut/Hub#857)."""
        return (
            EndpointDeclaration(
                1,
                device_id=0x0103,  # on/off light switch
                servers=(
                    basic(
                        Attribute(SOFTWARE_BUILD, CHARACTER_STRING, self.firmware.encode()),
                        COMMANDS_ATTRIBUTE,
                        model="lumi.remote.rkba01",
                        manufacturer="LUMI",
                        date_code="",
                        power_source=BATTERY,
                        zcl_version=3,
                        application_version=20,
                        stack_version=2,
                        hardware_version=1,
                    ),
                    ClusterDeclaration(
                        LUMI,
                        (
                            # 0x0007, 0x0008, 0x00FC: of unknown meaning. ASSUMPTION: their values.
                            _lumi(0x0007, OCTET_STRING, b""),
                            _lumi(0x0008, OCTET_STRING, b""),
                            # Default: hosts have to set event mode first (zha-device-handlers#2266).
                            _lumi(MODE, UINT8, COMMAND_MODE, access=RW, maximum=EVENT_MODE),
                            _lumi(0x00F6, UINT16, 3300),  # seconds between heartbeats, it seems
                            IN_LUMI.declaration(),
                            _lumi(0x00FC, BOOL, False),
                            # Default: logs of knobs as delivered have 360 degrees for 100 %.
                            _lumi(SENSITIVITY, UINT16, SENSITIVITIES["medium"], access=RW),
                        ),
                    ),
                    battery_configuration(),
                    multistate_input(),
                    identify(),
                ),
                clients=(IDENTIFY, ON_OFF, OTA),
            ),
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        servers = self.node.endpoints[1].servers
        self._key = servers[MULTISTATE_INPUT]
        self._settings = servers[LUMI].attributes
        self._settings.on_write(SENSITIVITY, _check_sensitivity, MANUFACTURER)
        servers[POWER_CONFIGURATION].attributes.computed(BATTERY_VOLTAGE, lambda: round(self.battery.millivolts / 100))
        self._reset = ResetWarning(self)
        self._turning: Turning | None = None
        self.held = False
        self.temperature = 25  # degrees Celsius
        self.restarts = 0
        self.parent = COORDINATOR  # short address

    # What it is like

    @property
    def event_mode(self) -> bool:
        """Whether it tells events, not commands."""
        return self._settings.get(MODE, MANUFACTURER) == EVENT_MODE

    @property
    def sensitivity(self) -> int:
        """Degrees that are 100 %."""
        return int(self._settings.get(SENSITIVITY, MANUFACTURER))

    def percent(self, degrees: float) -> float:
        """What so many degrees are, as sensitive as it is."""
        return 100 * degrees / self.sensitivity

    @property
    def sensitivity_name(self) -> str:
        """low, medium or high."""
        return next(name for name, degrees in SENSITIVITIES.items() if degrees == self.sensitivity)

    def state(self) -> dict[str, Any]:
        return super().state() | {
            "operation_mode": "event" if self.event_mode else "command",
            "sensitivity": self.sensitivity_name,
            "held": self.held,
            "turning": self._turning is not None,
            "reset_prevented": self._reset.prevented,
        }

    def shown(self) -> dict[str, Any]:
        """Mode and sensitivity are told when asked for alone."""
        if not self.battery.millivolts:
            return super().shown()  # no host takes that for a voltage
        return super().shown() | {"battery": self.battery.percent, "voltage": self.battery.millivolts}

    def memory(self) -> dict[str, Any]:
        """`held` is the world's: kept so that a resumed bench is as it was."""
        return super().memory() | {
            "mode": self._settings.get(MODE, MANUFACTURER),
            "sensitivity": self.sensitivity,
            "restarts": self.restarts,
            "held": self.held,
        }

    def remember(self, memory: dict[str, Any]) -> None:
        self._settings.set(MODE, memory["mode"], MANUFACTURER)
        self._settings.set(SENSITIVITY, memory["sensitivity"], MANUFACTURER)
        self.restarts, self.held = memory["restarts"], memory["held"]
        super().remember(memory)

    # What it says

    def heartbeat_entries(self) -> list[Entry]:
        """As in sprut/Hub#857; what 0x04, 0x06, 0x08 and 0x0C mean isn't known."""
        return [
            (0x01, UINT16, self.battery.millivolts),
            (0x03, INT8, self.temperature),
            (0x04, UINT16, 0x13A8),
            (0x05, UINT16, min(self.restarts + 1, 0xFFFF)),
            (0x06, UINT64, 1),
            (0x08, UINT16, 0x0114),
            (0x0A, UINT16, self.parent),
            (0x0C, UINT8, 1),
        ]

    def turning_told(self, action: int, figures: dict[int, Value]) -> None:
        """The wheel has started, turned on, or stopped."""
        assert self._turning is not None
        pressed = self._turning.pressed
        if action == STOPPED:
            self._turning = None
        if self.event_mode or self.has(REPORTS_TURNS_IN_COMMAND_MODE):
            bit = WHILE_PRESSED if pressed and not self.has(PRESSED_BIT_MISSING) else 0
            records = b"".join(_record(*each) for each in [*figures.items(), (ACTION, action | bit)])
            if self.node.announced:
                data = zcl.report(self.node.next_tsn(), records, MANUFACTURER)
                endpoint = PRESSED if pressed else FREE
                self.node.send(COORDINATOR, 1, endpoint, HOME_AUTOMATION, LUMI, data)
            return
        right = float(figures[ANGLE_DELTA]) > 0
        if pressed and figures[ANGLE_DELTA]:
            direction = COLOR_UP if right else COLOR_DOWN
            self._command(COLOR_CONTROL, STEP_COLOR_TEMPERATURE, bytes((direction,)) + COLOR_STEP)
        elif not pressed and action == STOPPED:
            self._command(LEVEL_CONTROL, STOP)
        elif not pressed and figures[ANGLE_DELTA]:
            self._command(LEVEL_CONTROL, MOVE, bytes((UP if right else DOWN, MOVE_RATE)))

    def _key_did(self, value: int) -> None:
        """In command mode a double press is toggle, a long one off, a single one nothing (zha-device-handlers#2266)."""
        if self.event_mode:
            self._key.set(PRESENT_VALUE, value)
            self._key.report(PRESENT_VALUE)
        elif value in (HELD, DOUBLE_PRESS):
            self._command(ON_OFF, OFF if value == HELD else TOGGLE)

    def _command(self, cluster: int, command: int, payload: bytes = b"") -> None:
        """To what is bound, and to the coordinator: ASSUMPTION, as reports go."""
        destinations = self.node.bindings.destinations(1, cluster)
        if (COORDINATOR, 1, None) not in destinations:
            destinations.append((COORDINATOR, 1, None))
        if self.node.announced:
            data = zcl.frame(zcl.CLUSTER_COMMAND, None, self.node.next_tsn(), command, payload)
            for nwk, endpoint, group in destinations:
                self.node.endpoints[1].send(nwk, endpoint, cluster, data, group=group)

    # What happens inside

    def power_lost(self) -> None:
        self._turning = None

    def power_came_back(self) -> None:
        self.restarts += 1

    # Controls

    @control("{name} is pressed")
    def press(self) -> None:
        """Press it once, briefly."""
        if self.powered and not self.held:
            self._key_did(SINGLE_PRESS)

    @control("{name} is pressed twice")
    def double(self) -> None:
        """Press it twice in a row."""
        if self.powered and not self.held:
            self._key_did(DOUBLE_PRESS)

    @control("{name} is held")
    def hold(self) -> None:
        """Press it and hold it, until `release`."""
        if not self.held:
            self.held = True
            if self.powered:
                self._key_did(HELD)

    @control("{name} is released")
    def release(self) -> None:
        """Let it go after `hold`."""
        if self.held:
            self.held = False
            if self.powered:
                self._key_did(RELEASED)

    @control(
        "{name} is turned by {degrees}° at {speed}°/s",
        degrees=Number(-36_000, 36_000, "°"),
        speed=Number(SLOWEST, 3_600, "°/s"),
    )
    def turn(self, degrees: float, speed: float) -> None:
        """Turn it, to the right (or by less than 0 to the left); it clicks each 12°."""
        self._turned(degrees, speed, pressed=self.held)

    @control(
        "{name} is pressed and turned by {degrees}° at {speed}°/s",
        degrees=Number(-36_000, 36_000, "°"),
        speed=Number(SLOWEST, 3_600, "°/s"),
    )
    def press_turn(self, degrees: float, speed: float) -> None:
        """Turn it while it is pressed down, and let go: it tells the turn alone."""
        self._turned(degrees, speed, pressed=True)

    @control("{name} is about to reset itself")
    def near_reset(self) -> None:
        """Make it warn its host, as if it were about to reset itself."""
        self.must_speak()
        self._reset.warn()

    def _turned(self, degrees: float, speed: float, *, pressed: bool) -> None:
        if not self.powered or abs(degrees) < NOTCH_DEGREES:
            return
        if self._turning is None:
            self._turning = Turning(self, pressed)
        self._turning.turn(degrees, speed)


def _record(attribute: int, value: Value) -> bytes:
    type_id = _TYPES.get(attribute, SINGLE)
    return zcl.u16(attribute) + bytes((type_id,)) + TYPES[type_id].pack(value)


def _milliseconds(seconds: float) -> int:
    """Firmware seems to count tenths of a second: all logs have whole ones."""
    return round(seconds * 10) * 100


def _check_sensitivity(value: Value) -> None:
    """ASSUMPTION: it refuses what the page has no word for."""
    if value not in SENSITIVITIES.values():
        raise ZclError(Status.INVALID_VALUE)

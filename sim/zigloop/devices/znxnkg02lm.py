"""ZNXNKG02LM: Aqara smart rotary knob H1 (wireless), `lumi.remote.rkba01`.

Not modelled: more than two presses in a row (no public log has any), the LED, firmware updates.
"""

from typing import Any, Final

from zigloop.air.frame import COORDINATOR
from zigloop.controls.arguments import Number
from zigloop.controls.control import control
from zigloop.device.product import Product, Quirk
from zigloop.lumi.battery import BatteryDevice
from zigloop.lumi.command_mode import (
    DOUBLE_PRESS,
    HELD,
    RELEASED,
    SINGLE_PRESS,
    Command,
    command_of_key,
    command_of_turn,
)
from zigloop.lumi.operation_mode import EVENT_MODE, MODE, MODE_ATTRIBUTE
from zigloop.lumi.quirks import INTRODUCES_ITSELF, SLEEPS
from zigloop.lumi.reset import ResetWarning
from zigloop.lumi.rotary import (
    ANGLE_DELTA,
    FREE,
    NOTCH_DEGREES,
    PRESSED,
    SENSITIVITIES,
    SENSITIVITY,
    SLOWEST,
    STOPPED,
    WHILE_PRESSED,
    Figures,
    Turn,
    check_sensitivity,
    records,
)
from zigloop.lumi.structure import COMMANDS_ATTRIBUTE, HOST, IN_LUMI, LUMI, MANUFACTURER, NEWER_BLOCK, Entry
from zigloop.node.descriptor import NodeDescriptor
from zigloop.zcl import frame as zcl
from zigloop.zcl.attributes import RW, Attribute
from zigloop.zcl.cluster import ClusterDeclaration
from zigloop.zcl.clusters.basic import BATTERY, basic
from zigloop.zcl.clusters.identify import IDENTIFY, identify
from zigloop.zcl.clusters.io import MULTISTATE_INPUT, PRESENT_VALUE, multistate_input
from zigloop.zcl.clusters.on_off import ON_OFF
from zigloop.zcl.clusters.ota import OTA
from zigloop.zcl.clusters.power import BATTERY_VOLTAGE, POWER_CONFIGURATION, battery_configuration
from zigloop.zcl.endpoint import HOME_AUTOMATION, EndpointDeclaration
from zigloop.zcl.types import BOOL, CHARACTER_STRING, INT8, OCTET_STRING, UINT8, UINT16, UINT64, Value

SOFTWARE_BUILD = 0x4000  # genBasic

PRESSED_BIT_MISSING: Final = Quirk(
    "pressed_bit_missing",
    "bit 7 of 0x023A isn't set when it is turned while pressed: only the endpoint differs",
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
    # zha-device-handlers#929. Bit 2 of the capability means mains, which is wrong. ASSUMPTION: the power descriptor
    # (receiver as in the node descriptor, a disposable battery, full).
    node=NodeDescriptor(logical_type=2, capability=0x84, manufacturer=MANUFACTURER, server_mask=0x2C00, power=0xC440),
    manufacturers=(MANUFACTURER,),
    firmwares=("2019",),  # its build id (sprut/Hub#857); no dump has its date code
    quirks=(INTRODUCES_ITSELF, SLEEPS, PRESSED_BIT_MISSING, STOP_REPEATS, REPORTS_TURNS_IN_COMMAND_MODE),
    ieee_block=NEWER_BLOCK,
)


def _lumi(attribute: int, type_id: int, value: Value, **more: Any) -> Attribute:
    return Attribute(attribute, type_id, value, manufacturer=MANUFACTURER, **more)


class Knob(BatteryDevice):
    """A knob: a wheel that is also a key."""

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
                            MODE_ATTRIBUTE,
                            _lumi(0x00F6, UINT16, 3300),  # seems to be the seconds between heartbeats
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
        self._settings.on_write(SENSITIVITY, check_sensitivity, MANUFACTURER)
        servers[POWER_CONFIGURATION].attributes.computed(BATTERY_VOLTAGE, lambda: round(self.battery.millivolts / 100))
        self._reset = ResetWarning(self.basic)
        self._turn: Turn | None = None
        self.held = False
        self.temperature = 25  # degrees Celsius
        self.restarts = 0
        self.parent = COORDINATOR  # short address

    # Its state

    @property
    def event_mode(self) -> bool:
        """Whether it sends events, not commands."""
        return self._settings.get(MODE, MANUFACTURER) == EVENT_MODE

    @property
    def sensitivity(self) -> int:
        """Degrees for 100 %."""
        return int(self._settings.get(SENSITIVITY, MANUFACTURER))

    def percent(self, degrees: float) -> float:
        """Convert degrees, at its sensitivity."""
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
            "turning": self._turn is not None,
            "reset_prevented": self._reset.prevented,
        }

    def expected_state(self) -> dict[str, Any]:
        """Without mode and sensitivity, which it doesn't report."""
        if not self.battery.millivolts:
            return super().expected_state()  # hosts ignore such a voltage
        return super().expected_state() | {"battery": self.battery.percent, "voltage": self.battery.millivolts}

    def snapshot(self) -> dict[str, Any]:
        """Includes `held`, so that a resumed bench is unchanged."""
        return super().snapshot() | {
            "mode": self._settings.get(MODE, MANUFACTURER),
            "sensitivity": self.sensitivity,
            "restarts": self.restarts,
            "held": self.held,
        }

    def restore_snapshot(self, snapshot: dict[str, Any]) -> None:
        self._settings.set(MODE, snapshot["mode"], MANUFACTURER)
        self._settings.set(SENSITIVITY, snapshot["sensitivity"], MANUFACTURER)
        self.restarts, self.held = snapshot["restarts"], snapshot["held"]
        super().restore_snapshot(snapshot)

    # Its reports

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

    def _turn_reported(self, action: int, figures: Figures) -> None:
        """The wheel has started, continued or stopped turning."""
        assert self._turn is not None
        pressed = self._turn.pressed
        if action == STOPPED:
            self._turn = None
        if self.event_mode or self.has(REPORTS_TURNS_IN_COMMAND_MODE):
            bit = WHILE_PRESSED if pressed and not self.has(PRESSED_BIT_MISSING) else 0
            if self.node.announced:
                data = zcl.report(self.node.next_tsn(), records(action | bit, figures), MANUFACTURER)
                endpoint = PRESSED if pressed else FREE
                self.node.send(COORDINATOR, 1, endpoint, HOME_AUTOMATION, LUMI, data)
            return
        self._send(command_of_turn(action, float(figures[ANGLE_DELTA]), pressed=pressed))

    def _key_pressed(self, value: int) -> None:
        if self.event_mode:
            self._key.set(PRESENT_VALUE, value)
            self.send_report(self._key, PRESENT_VALUE)
        else:
            self._send(command_of_key(value))

    def _send(self, command: Command | None) -> None:
        """To what is bound, and to the host: ASSUMPTION, as reports go."""
        if command is not None:
            self.node.endpoints[1].send_command(*command, also_to=HOST)

    def power_lost(self) -> None:
        self._turn = None

    def power_came_back(self) -> None:
        self.restarts += 1

    # Controls

    @control("{name} is pressed")
    def press(self) -> None:
        """Press it once, briefly."""
        if self.powered and not self.held:
            self._key_pressed(SINGLE_PRESS)

    @control("{name} is pressed twice")
    def double(self) -> None:
        """Press it twice in a row."""
        if self.powered and not self.held:
            self._key_pressed(DOUBLE_PRESS)

    @control("{name} is held")
    def hold(self) -> None:
        """Press and hold it until `release`."""
        if not self.held:
            self.held = True
            if self.powered:
                self._key_pressed(HELD)

    @control("{name} is released")
    def release(self) -> None:
        """Release it after `hold`."""
        if self.held:
            self.held = False
            if self.powered:
                self._key_pressed(RELEASED)

    @control(
        "{name} is turned by {degrees}° at {speed}°/s",
        degrees=Number(-36_000, 36_000, "°"),
        speed=Number(SLOWEST, 3_600, "°/s"),
    )
    def turn(self, degrees: float, speed: float) -> None:
        """Turn it to the right, or by negative degrees to the left; it has a notch each 12°."""
        self._turned(degrees, speed, pressed=self.held)

    @control(
        "{name} is pressed and turned by {degrees}° at {speed}°/s",
        degrees=Number(-36_000, 36_000, "°"),
        speed=Number(SLOWEST, 3_600, "°/s"),
    )
    def press_turn(self, degrees: float, speed: float) -> None:
        """Turn it while it is pressed, then release it: only the turn is reported."""
        self._turned(degrees, speed, pressed=True)

    @control("{name} is about to reset itself")
    def near_reset(self) -> None:
        """Make it warn its host that it is about to reset itself."""
        self.require_on_air()
        self._reset.warn()

    def _turned(self, degrees: float, speed: float, *, pressed: bool) -> None:
        if not self.powered or abs(degrees) < NOTCH_DEGREES:
            return
        if self._turn is None:
            self._turn = Turn(
                self.node,
                pressed=pressed,
                percent_of=self.percent,
                stop_repeats=self.has(STOP_REPEATS),
                report=self._turn_reported,
            )
        self._turn.turn(degrees, speed)

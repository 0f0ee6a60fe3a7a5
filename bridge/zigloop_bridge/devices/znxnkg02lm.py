"""Aqara ZNXNKG02LM, the smart rotary knob H1 (wireless)."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zigloop_bridge.converters import exposes, lumi
from zigloop_bridge.converters.definition import (
    CommandContext,
    DecodeContext,
    Decoder,
    Definition,
    Payload,
    Plan,
    Values,
    attribute,
)
from zigloop_bridge.zcl import codec as zcl
from zigloop_bridge.zcl.names import LUMI, MULTISTATE_INPUT, PRESENT_VALUE

MODE, SENSITIVITY = 0x0009, 0x0234
ANGLE, ANGLE_SPEED, TIME, PERCENT_SPEED, PERCENT, ROTATION = 0x022E, 0x0230, 0x0231, 0x0232, 0x0233, 0x023A
PRESSED = 0x80  # in ROTATION, beside what the wheel does

KEY = {0: "hold", 1: "single", 2: "double", 255: "release"}
WHEEL = {1: "start_rotating", 2: "rotation", 3: "stop_rotating"}
FIGURES = {
    ANGLE: "action_rotation_angle",
    ANGLE_SPEED: "action_rotation_angle_speed",
    PERCENT: "action_rotation_percent",
    PERCENT_SPEED: "action_rotation_percent_speed",
    TIME: "action_rotation_time",
}


@dataclass(frozen=True)
class Setting:
    """/set and /get of a property with a number for each word, in the knob's attribute `number` of type `kind`."""

    key: str
    number: int
    kind: int
    words: Mapping[str, int]

    @property
    def keys(self) -> tuple[str, ...]:
        """Its one key."""
        return (self.key,)

    def set(self, key: str, value: Any, context: CommandContext) -> Plan:
        """One write; words in any case, which are published as the page spells them."""
        if not isinstance(value, str):
            raise ValueError(f"Value is not a string, got {_type(value)} ({json.dumps(value)})")
        word = value.lower()
        if word not in self.words:
            raise ValueError(f"Value: '{value}' not found in: [{', '.join(self.words)}]")
        content = self.words[word].to_bytes(2 if self.kind == zcl.UINT16 else 1, "little")
        write = zcl.write(1, LUMI, self.number, self.kind, content, manufacturer=lumi.LUMI)
        return Plan((write,), {key: word})

    def get(self, key: str, context: CommandContext) -> Plan:
        """Read it; the answer is published."""
        return Plan((self.read(),))

    def read(self) -> zcl.Request:
        """The question."""
        return zcl.read(1, LUMI, self.number, manufacturer=lumi.LUMI)

    def decoder(self) -> Decoder:
        """Its word; nothing for an unknown number."""
        by_number = {number: word for word, number in self.words.items()}

        def convert(value: zcl.Value, context: DecodeContext) -> Payload:
            return {self.key: by_number[value]} if isinstance(value, int) and value in by_number else {}

        return attribute(LUMI, self.number, convert)


def _type(value: Any) -> str:
    """A JSON value's type, by its JavaScript name."""
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, int | float) else "object"


mode = Setting("operation_mode", MODE, zcl.UINT8, {"event": 1, "command": 0})
sensitivity = Setting("sensitivity", SENSITIVITY, zcl.UINT16, {"low": 720, "medium": 360, "high": 180})


def key(value: zcl.Value, context: DecodeContext) -> Payload:
    """The action of the key; nothing for an unknown number."""
    return {"action": KEY[value]} if isinstance(value, int) and value in KEY else {}


def wheel(values: Values, context: DecodeContext) -> Payload:
    """The wheel's action and its values, unscaled. An unknown number yields no action."""
    rotation = values.get(ROTATION)
    if not isinstance(rotation, int):
        return {}
    payload: Payload = {"action_rotation_button_state": "pressed" if rotation & PRESSED else "released"}
    if rotation & ~PRESSED in WHEEL:
        payload["action"] = WHEEL[rotation & ~PRESSED]
    for number, name in FIGURES.items():
        value = values.get(number)
        if isinstance(value, int | float) and math.isfinite(value):
            payload[name] = int(value) if value == int(value) else value
    return payload


def battery(value: zcl.Value, context: DecodeContext) -> Payload:
    """Its voltage; 0 mV is none (golden vector in.f7.mv_0)."""
    return of_voltage(value, context) if value else {}


of_voltage = lumi.battery(2850, 3000)

definition = Definition(
    zigbee_models=("lumi.remote.rkba01",),
    model="ZNXNKG02LM",
    vendor="Aqara",
    description="Smart rotary knob H1 (wireless)",
    exposes=(
        exposes.enum(
            "operation_mode",
            tuple(mode.words),
            "Command mode is usefull for binding. Event mode is usefull for processing.",
            access=exposes.ALL,
        ),
        exposes.battery("Remaining battery in %, can take up to 24 hours before reported"),
        exposes.battery_voltage(),
        exposes.enum(
            "action_rotation_button_state",
            ("released", "pressed"),
            "Button state during rotation",
            category="diagnostic",
        ),
        exposes.numeric("action_rotation_angle", "Rotation angle", "*", category="diagnostic"),
        exposes.numeric("action_rotation_angle_speed", "Rotation angle speed", "*", category="diagnostic"),
        exposes.numeric("action_rotation_percent", "Rotation percent", "%", category="diagnostic"),
        exposes.numeric("action_rotation_percent_speed", "Rotation percent speed", "%", category="diagnostic"),
        exposes.numeric("action_rotation_time", "Rotation time", "ms", category="diagnostic"),
        exposes.enum(
            "sensitivity",
            tuple(sensitivity.words),
            "Rotation sensitivity",
            access=exposes.ALL,
        ),
        exposes.action(("hold", "single", "double", "release", "start_rotating", "rotation", "stop_rotating")),
    ),
    decoders=(
        attribute(MULTISTATE_INPUT, PRESENT_VALUE, key),
        Decoder(LUMI, frozenset((*FIGURES, ROTATION)), wheel),
        lumi.heartbeat({1: battery}, cluster=LUMI, attribute_id=lumi.NEW_HEARTBEAT),
        mode.decoder(),
        sensitivity.decoder(),
    ),
    encoders=(mode, sensitivity),
    # Event mode: otherwise the knob reports none of the page's properties. It also answers the write.
    configure=(
        zcl.write(1, LUMI, MODE, zcl.UINT8, b"\x01", manufacturer=lumi.LUMI),
        sensitivity.read(),
    ),
    auto_replies=(lumi.prevent_reset(),),
)

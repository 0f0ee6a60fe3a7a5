"""On/off: what every switch, plug and relay has."""

from dataclasses import dataclass
from typing import Any

from zigloop_bridge.converters.definition import CommandContext, DecodeContext, Decoder, Payload, Plan, attribute
from zigloop_bridge.converters.numbers import round_half_up
from zigloop_bridge.zcl import codec as zcl
from zigloop_bridge.zcl.names import ON_OFF, ON_OFF_STATE

OFF, ON, TOGGLE, ON_WITH_TIMED_OFF = 0x00, 0x01, 0x02, 0x42
_COMMANDS = {"toggle": TOGGLE, "off": OFF, "on": ON}


def on_off_value(name: str = "state") -> Any:
    """A converter: ON for 1, OFF for anything else, as other bridges do."""

    def convert(value: zcl.Value, context: DecodeContext) -> Payload:
        if not isinstance(value, int):
            return {}
        return {name: "ON" if value == 1 else "OFF"}

    return convert


def on_off(name: str = "state", *, endpoint: int | None = None) -> Decoder:
    """The attribute onOff."""
    return attribute(ON_OFF, ON_OFF_STATE, on_off_value(name), endpoint=endpoint)


@dataclass(frozen=True)
class OnOff:
    """/set and /get of `state`: ON, OFF, TOGGLE in any case; `on_time`, `off_wait_time` in seconds."""

    endpoint: int = 1
    keys: tuple[str, ...] = ("state", "on_time", "off_wait_time")

    def set(self, key: str, value: Any, context: CommandContext) -> Plan:
        """One command. The state after TOGGLE follows from the cached one; unknown, it isn't published."""
        state = context.message.get("state")
        wanted = state.lower() if isinstance(state, str) else None
        if wanted not in _COMMANDS:
            shown = "null" if wanted is None else wanted
            raise ValueError(f"'{shown}' not allowed, choose between: {','.join(_COMMANDS)}")
        endpoint = context.endpoint or self.endpoint
        if wanted == "on" and (
            context.message.get("on_time") is not None or context.message.get("off_wait_time") is not None
        ):
            times = b"".join(self._tenths(context, each) for each in ("on_time", "off_wait_time"))
            return Plan((zcl.command(endpoint, ON_OFF, ON_WITH_TIMED_OFF, b"\x00" + times),))
        after: Payload
        if wanted == "toggle":
            suffix = f"_{context.endpoint_name}" if context.endpoint_name else ""
            known = context.state.get(f"state{suffix}")
            after = {"state": "OFF" if known == "ON" else "ON"} if known in ("ON", "OFF") else {}
        else:
            after = {"state": wanted.upper()}
        return Plan((zcl.command(endpoint, ON_OFF, _COMMANDS[wanted]),), after)

    @staticmethod
    def _tenths(context: CommandContext, key: str) -> bytes:
        """Seconds as the tenths of a second that On With Timed Off wants."""
        seconds = context.message.get(key)
        if seconds is None:
            seconds = 0
        if isinstance(seconds, bool) or not isinstance(seconds, int | float):
            raise ValueError(f"The {key} value must be a number!")
        if not 0 <= seconds <= 6553.4:
            raise ValueError(f"The {key} value must be between 0 and 6553.4 seconds!")
        return int(round_half_up(seconds * 10, 0)).to_bytes(2, "little")

    def get(self, key: str, context: CommandContext) -> Plan:
        """Read onOff."""
        return Plan((zcl.read(context.endpoint or self.endpoint, ON_OFF, ON_OFF_STATE),))

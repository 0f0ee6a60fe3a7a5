"""Numbers on their way to MQTT: scaled, rounded, adjusted by the device's options."""

import math
from collections.abc import Callable

from zigloop_bridge.converters.definition import DecodeContext, Options, Payload
from zigloop_bridge.zcl import codec as zcl

#: From here on a double has no fraction that could be rounded.
_NO_DIGITS = 2**53


def round_half_up(value: float, digits: int) -> float:
    """Round as other bridges do: half up on the exact double. A whole number becomes int, unless it is huge."""
    scale = 10**digits
    scaled = value * scale
    if abs(scaled) >= _NO_DIGITS:
        return value
    rounded = math.floor(scaled + 0.5) / scale
    return int(rounded) if rounded.is_integer() else rounded


def option_number(options: Options, name: str, default: float) -> float:
    """A numeric option, also when it was written as a string ("2"); anything else is `default`."""
    value = options.get(name, default)
    if isinstance(value, bool):
        return default
    try:
        number = float(value)
    except (TypeError, ValueError):
        return default
    return number if math.isfinite(number) else default


def number(
    name: str, *, scale: float = 1, digits: int = 2, adjustable: bool = False
) -> Callable[[zcl.Value, DecodeContext], Payload]:
    """A converter: a number under `name`, scaled and rounded.

    `adjustable` obeys the options `NAME_calibration` (added) and `NAME_precision` (digits). A value that isn't a finite
    number is left out: `null` would break calculations.
    """

    def convert(value: zcl.Value, context: DecodeContext) -> Payload:
        if not isinstance(value, int | float) or not math.isfinite(value):
            return {}
        result = value * scale
        places = digits
        if adjustable:
            result += option_number(context.options, f"{name}_calibration", 0)
            places = int(option_number(context.options, f"{name}_precision", digits))
        if not math.isfinite(result):
            return {}
        return {name: round_half_up(result, min(max(places, 0), 9))}

    return convert

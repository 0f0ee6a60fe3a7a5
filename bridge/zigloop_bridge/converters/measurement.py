"""Measurements of the air: temperature, humidity, pressure, in hundredths on the wire.

An impossible value is left out, as Zigbee2MQTT does: sensors whose chip fails report -100 °C and -100 %
(zigbee2mqtt#798, zha-device-handlers#3844).
"""

from collections.abc import Callable

from zigloop_bridge.converters.definition import DecodeContext, Decoder, Payload, Values, attribute
from zigloop_bridge.converters.numbers import number
from zigloop_bridge.zcl import codec as zcl
from zigloop_bridge.zcl.names import (
    HUMIDITY_MEASUREMENT,
    MEASURED_VALUE,
    PRESSURE_MEASUREMENT,
    SCALE,
    SCALED_VALUE,
    TEMPERATURE_MEASUREMENT,
)

Convert = Callable[[zcl.Value, DecodeContext], Payload]


def within(low: float, high: float, convert: Convert) -> Convert:
    """A converter that ignores values outside `low` to `high` (as on the wire)."""

    def converted(value: zcl.Value, context: DecodeContext) -> Payload:
        if not isinstance(value, int | float) or not low <= value <= high:
            return {}
        return convert(value, context)

    return converted


# Of heartbeats' tags too. The limits are Zigbee2MQTT's; calibration may exceed them.
temperature_value = within(-6499, 6499, number("temperature", scale=0.01, adjustable=True))
humidity_value = within(0, 10_000, number("humidity", scale=0.01, adjustable=True))
pressure_value = number("pressure", scale=0.01, digits=1, adjustable=True)  # from Pa


def temperature() -> Decoder:
    """The attribute measuredValue, in 0.01 °C."""
    return attribute(TEMPERATURE_MEASUREMENT, MEASURED_VALUE, temperature_value)


def humidity() -> Decoder:
    """The attribute measuredValue, in 0.01 %."""
    return attribute(HUMIDITY_MEASUREMENT, MEASURED_VALUE, humidity_value)


def pressure() -> Decoder:
    """The scaled value, which is exact, when its scale comes with it; else the measured value in hPa."""

    def convert(values: Values, context: DecodeContext) -> Payload:
        scaled, scale = values.get(SCALED_VALUE), values.get(SCALE)
        if isinstance(scaled, int) and isinstance(scale, int) and abs(scale) <= 127:  # ZCL 4.5: from -127
            return pressure_value(scaled / 10.0**scale, context)
        measured = values.get(MEASURED_VALUE)
        return pressure_value(measured * 100, context) if isinstance(measured, int) else {}

    return Decoder(PRESSURE_MEASUREMENT, frozenset((MEASURED_VALUE, SCALED_VALUE, SCALE)), convert)

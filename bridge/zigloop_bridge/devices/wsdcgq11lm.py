"""Aqara WSDCGQ11LM, temperature, humidity and pressure sensor."""

from zigloop_bridge.converters import exposes, lumi, measurement
from zigloop_bridge.converters.definition import Definition

definition = Definition(
    zigbee_models=("lumi.weather",),
    model="WSDCGQ11LM",
    vendor="Xiaomi",
    description="Aqara temperature, humidity and pressure sensor",
    exposes=(
        exposes.battery(),
        exposes.temperature(),
        exposes.humidity(),
        exposes.pressure(),
        exposes.battery_voltage(),
    ),
    options=(
        exposes.precision("temperature"),
        exposes.calibration("temperature"),
        exposes.precision("humidity"),
        exposes.calibration("humidity"),
        exposes.precision("pressure"),
        exposes.calibration("pressure"),
    ),
    decoders=(
        measurement.temperature(),
        measurement.humidity(),
        measurement.pressure(),
        lumi.heartbeat(
            {
                1: lumi.battery(empty=2850, full=3000),
                5: lumi.outage_count,
                100: measurement.temperature_value,
                101: measurement.humidity_value,
                102: measurement.pressure_value,
            }
        ),
    ),
)

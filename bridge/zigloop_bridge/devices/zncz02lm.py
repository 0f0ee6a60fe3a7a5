"""Xiaomi ZNCZ02LM, the Mi power plug (China)."""

from zigloop_bridge.converters import exposes, lumi, onoff
from zigloop_bridge.converters.definition import Definition, attribute
from zigloop_bridge.converters.encoders import ReadOnly
from zigloop_bridge.converters.numbers import number
from zigloop_bridge.zcl.names import ANALOG_INPUT, PRESENT_VALUE

POWER, METER = 2, 3  # endpoints

definition = Definition(
    zigbee_models=("lumi.plug",),
    model="ZNCZ02LM",
    vendor="Xiaomi",
    description="Mi power plug ZigBee",
    exposes=(
        exposes.switch(),
        exposes.power(access=exposes.STATE_GET),
        exposes.energy(),
        exposes.device_temperature(),
        exposes.power_outage_memory(),
    ),
    options=(
        exposes.precision("device_temperature"),
        exposes.calibration("device_temperature"),
    ),
    decoders=(
        onoff.on_off(),
        attribute(ANALOG_INPUT, PRESENT_VALUE, number("power"), endpoint=POWER),
        attribute(ANALOG_INPUT, PRESENT_VALUE, number("energy"), endpoint=METER),
        # This model gives its current in mA (tag 151), unlike the relays.
        lumi.heartbeat({**lumi.MAINS_TAGS, 151: number("current", scale=0.001, digits=4)}),
        lumi.power_outage_memory(),
    ),
    encoders=(
        onoff.OnOff(endpoint=1),
        ReadOnly("power", POWER, ANALOG_INPUT, PRESENT_VALUE),
        lumi.PowerOutageMemory(),
    ),
    read_report=lumi.read_report,
    ota=True,
)

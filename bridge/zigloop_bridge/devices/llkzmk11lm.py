"""Xiaomi LLKZMK11LM, the Aqara relay with two channels."""

from zigloop_bridge.converters import exposes, lumi, onoff
from zigloop_bridge.converters.definition import Definition, attribute
from zigloop_bridge.converters.encoders import BooleanAttribute, ReadOnly
from zigloop_bridge.converters.numbers import number
from zigloop_bridge.zcl.names import ANALOG_INPUT, BINARY_OUTPUT, PRESENT_VALUE

INTERLOCK = 0xFF06
ENDPOINTS = {"l1": 1, "l2": 2}

TAGS = {
    **lumi.MAINS_TAGS,
    100: onoff.on_off_value("state_l1"),
    101: onoff.on_off_value("state_l2"),
    151: number("current", digits=4),  # in A, unlike the plugs'
}

definition = Definition(
    zigbee_models=("lumi.relay.c2acn01",),
    model="LLKZMK11LM",
    vendor="Xiaomi",
    description="Aqara wireless relay controller",
    exposes=(
        exposes.power(access=exposes.STATE_GET),
        exposes.energy(),
        exposes.device_temperature(),
        exposes.voltage(),
        exposes.current(),
        exposes.switch().at("l1"),
        exposes.switch().at("l2"),
        exposes.power_outage_count(),
        exposes.power_outage_memory(),
        exposes.binary(
            "interlock",
            True,
            False,
            "Enabling prevents both relais being on at the same time",
            access=exposes.STATE_SET,
        ),
    ),
    options=(
        exposes.precision("device_temperature"),
        exposes.calibration("device_temperature"),
    ),
    decoders=(
        *(onoff.on_off(f"state_{name}", endpoint=endpoint) for name, endpoint in ENDPOINTS.items()),
        attribute(ANALOG_INPUT, PRESENT_VALUE, number("power")),
        lumi.heartbeat(TAGS),
        lumi.heartbeat(TAGS, attribute_id=lumi.NEW_HEARTBEAT),
        # In 0.1 V, as in the other heartbeat: the references give it as it is, but the page's unit is V.
        lumi.old_heartbeat({1: lumi.MAINS_TAGS[150], 4: lumi.outage_count}),
        lumi.power_outage_memory(),
    ),
    encoders=(
        onoff.OnOff(endpoint=1),
        ReadOnly("power", 1, ANALOG_INPUT, PRESENT_VALUE),
        lumi.PowerOutageMemory(),
        BooleanAttribute("interlock", 1, BINARY_OUTPUT, INTERLOCK, lumi.LUMI),
    ),
    endpoints=ENDPOINTS,
    read_report=lumi.read_report,
    ota=True,
)

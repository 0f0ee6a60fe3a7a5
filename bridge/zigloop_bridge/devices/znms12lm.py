"""Xiaomi ZNMS12LM, the Aqara S2 lock."""

from zigloop_bridge.converters import exposes, locks, lumi
from zigloop_bridge.converters.definition import Definition, attribute
from zigloop_bridge.converters.numbers import number
from zigloop_bridge.zcl.names import POWER_CONFIGURATION

BATTERY_ALARM_MASK = 0x0035
EMPTY, FULL = 3000, 4200  # mV

battery = lumi.battery(EMPTY, FULL)

definition = Definition(
    zigbee_models=("lumi.lock.acn02",),
    model="ZNMS12LM",
    vendor="Xiaomi",
    description="Aqara S2 lock",
    exposes=(
        exposes.battery(),
        exposes.battery_voltage(),
        exposes.battery_low(),
        locks.STATE,
        locks.REVERSE,
        exposes.enum("action", locks.ACTIONS, ""),
    ),
    options=(locks.LEGACY,),
    decoders=(
        lumi.heartbeat({1: battery, 3: number("device_temperature", digits=0), 5: lumi.outage_count}),
        lumi.old_heartbeat({1: battery, 4: lumi.outage_count}),
        # The mask of alarms is 1 when the battery is low; other values are other alarms (golden vectors).
        attribute(POWER_CONFIGURATION, BATTERY_ALARM_MASK, lambda value, context: {"battery_low": value == 1}),
        locks.events(locks.of_string, locks.managed_in_string),
    ),
    notices=(locks.ENCRYPTED_FOR_HUB,),
    device_type="EndDevice",
    ota=True,
)

"""The S2's definition beyond the golden vectors, and what a host makes of it."""

import pytest

from tests.support.rig import Rig
from zigloop_bridge.devices.znms12lm import definition
from zigloop_bridge.zcl import codec as zcl


@pytest.mark.parametrize(
    ("millivolts", "percent"), [(0, 0), (3005, 0), (3006, 1), (3018, 2), (3017, 1), (4193, 99), (4194, 100)]
)
def test_battery_is_rounded_half_up(millivolts: int, percent: int) -> None:
    content = bytes((4, 1, 0x21, *millivolts.to_bytes(2, "little")))
    payload = definition.decode(1, 0x0000, zcl.parse(bytes.fromhex("1c5f11010a01ff42") + content), {})
    assert payload == {"battery": percent, "voltage": millivolts}
    assert [type(each) for each in payload.values()] == [int, int]


def test_a_type_that_its_descriptor_has_wrong(rig: Rig) -> None:
    rig.start()
    rig.pair("lock", "ZNMS12LM")
    listed = rig.mqtt.fetch_retained("zigbee2mqtt/bridge/devices")
    assert listed is not None
    assert {entry["friendly_name"]: entry["type"] for entry in listed.json}["lock"] == "EndDevice"

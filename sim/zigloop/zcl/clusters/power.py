"""The Power Configuration cluster (ZCL 3.3) of a product on a battery: attributes without commands."""

from typing import Final

from zigloop.zcl.attributes import RP, Attribute
from zigloop.zcl.cluster import ClusterDeclaration
from zigloop.zcl.types import MAP8, UINT8

POWER_CONFIGURATION: Final = 0x0001

BATTERY_VOLTAGE: Final = 0x0020  # 0.1 V
BATTERY_ALARM_MASK: Final = 0x0035


def battery_configuration() -> ClusterDeclaration:
    """The battery's voltage, and the mask of its alarms."""
    return ClusterDeclaration(
        POWER_CONFIGURATION,
        (Attribute(BATTERY_VOLTAGE, UINT8, 0, RP), Attribute(BATTERY_ALARM_MASK, MAP8, 0, RP)),
    )

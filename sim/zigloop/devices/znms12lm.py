"""ZNMS12LM: Aqara S2 lock, `lumi.lock.acn02`."""

from typing import Any

from zigloop.controls.arguments import Choice
from zigloop.controls.control import control
from zigloop.device.product import Product
from zigloop.lumi.lock import HUB_ENCRYPTED, OCTET_STRINGS, Lock
from zigloop.lumi.quirks import CALLS_ITSELF_A_ROUTER, INTRODUCES_ITSELF, OLD_STRUCTURE, READS_TIME, SLEEPS
from zigloop.lumi.structure import MANUFACTURER, NODE_MANUFACTURER, OLDER_BLOCK, Entry
from zigloop.node.descriptor import NodeDescriptor
from zigloop.zcl.clusters.power import BATTERY_ALARM_MASK
from zigloop.zcl.types import BOOL, UINT8, UINT16, UINT40, Value

product = Product(
    model="ZNMS12LM",
    vendor="Xiaomi",
    description="Aqara S2 lock",
    zigbee_model="lumi.lock.acn02",
    nickname="lock",
    # Capabilities are lumi.lock.v1's (zha-device-handlers#669): asleep, and, by mistake, on mains. The power descriptor
    # is an ASSUMPTION: disposable batteries, full.
    node=NodeDescriptor(manufacturer=NODE_MANUFACTURER, capability=0x84, power=0xC440),
    manufacturers=(MANUFACTURER,),
    ieee_block=OLDER_BLOCK,
    firmwares=("20190722",),  # ASSUMPTION: no dump; the day its page was added
    quirks=(
        INTRODUCES_ITSELF,
        READS_TIME,
        SLEEPS,
        CALLS_ITSELF_A_ROUTER,
        OLD_STRUCTURE,
        OCTET_STRINGS,
        HUB_ENCRYPTED,
    ),
)


class S2(Lock):
    """The S2: all its events are strings that begin with three zeros. It also warns of a low battery."""

    product = product
    battery_range = (3000, 4200)
    application_version = 2

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.battery_low = False
        self.battery_cluster.attributes.computed(BATTERY_ALARM_MASK, lambda: int(self.battery_low))

    def packed_number(self, number: int) -> Value:
        return bytes(3) + number.to_bytes(4, "big")

    def packed_management(self, code: int, user: int) -> bytes:
        return bytes((0, 0, 0, 0, 0, 0, user, 0, 0, code))

    def old_heartbeat_entries(self) -> list[Entry]:
        """As in golden vector in.heartbeat.ff02_struct. The first, third, fourth and last are unknown."""
        return [
            (0, BOOL, True),
            (0, UINT16, self.battery.millivolts),
            (0, UINT16, 0x13A8),
            (0, UINT40, 1),
            (0, UINT16, min(self.outages + 1, 0xFFFF)),
            (0, UINT8, 0),
        ]

    def state(self) -> dict[str, Any]:
        return super().state() | {"battery_low": self.battery_low}

    def expected_state(self) -> dict[str, Any]:
        return super().expected_state() | {
            "battery": self.battery.percent,
            "voltage": self.battery.millivolts,
        }

    def snapshot(self) -> dict[str, Any]:
        return super().snapshot() | {"battery_low": self.battery_low}

    def restore_snapshot(self, snapshot: dict[str, Any]) -> None:
        self.battery_low = snapshot["battery_low"]
        super().restore_snapshot(snapshot)

    @control("the low battery warning of {name} is turned {position}", position=Choice(("on", "off")))
    def warn(self, position: str) -> None:
        """Turn its low battery warning on or off; the real lock's threshold isn't known."""
        if self.powered:
            self.battery_low = position == "on"
            self.send_report(self.battery_cluster, BATTERY_ALARM_MASK)
            if self.node.announced:
                self.reported["battery_low"] = self.battery_low

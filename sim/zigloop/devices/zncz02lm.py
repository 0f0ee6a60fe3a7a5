"""ZNCZ02LM: Mi power plug ZigBee (China), `lumi.plug`.

Not modelled: the overload and overheat cut-offs, and the current (only a sibling is known to report it).
"""

from typing import Any

from zigloop.controls.arguments import Number
from zigloop.controls.control import control
from zigloop.device.product import Product
from zigloop.lumi.mains import MOST_WATTS, MainsDevice
from zigloop.lumi.outage import REFUSES_MEMORY_READ
from zigloop.lumi.quirks import INTRODUCES_ITSELF, READS_TIME, REPORTS_0XF000, STRAY_BYTE
from zigloop.lumi.structure import (
    COMMANDS_ATTRIBUTE,
    IN_BASIC,
    MANUFACTURER,
    NODE_MANUFACTURER,
    OLDER_BLOCK,
    ON_OFF_EXTRA_ATTRIBUTE,
    Entry,
)
from zigloop.node.descriptor import NodeDescriptor
from zigloop.zcl.cluster import ClusterDeclaration
from zigloop.zcl.clusters.basic import MAINS_SINGLE_PHASE, TIME, basic, time
from zigloop.zcl.clusters.groups import GROUPS, groups
from zigloop.zcl.clusters.identify import identify
from zigloop.zcl.clusters.io import (
    ANALOG_INPUT,
    BINARY_INPUT,
    CURRENT_TEMPERATURE,
    DEVICE_TEMPERATURE,
    PRESENT_VALUE,
    analog_input,
    binary_input,
    binary_output,
    device_temperature,
)
from zigloop.zcl.clusters.on_off import on_off
from zigloop.zcl.clusters.ota import OTA
from zigloop.zcl.clusters.power import POWER_CONFIGURATION
from zigloop.zcl.clusters.scenes import scenes
from zigloop.zcl.endpoint import EndpointDeclaration
from zigloop.zcl.types import BOOL, INT8, SINGLE, UINT8, UINT16, UINT64

#: The firmware that also reports the mains voltage (the product's page; zigbee2mqtt#4092: 29 plugs without).
WITH_VOLTAGE = "02-28-2017"

product = Product(
    model="ZNCZ02LM",
    vendor="Xiaomi",
    description="Mi power plug ZigBee",
    zigbee_model="lumi.plug",
    nickname="plug",
    node=NodeDescriptor(manufacturer=NODE_MANUFACTURER),
    manufacturers=(MANUFACTURER,),
    ieee_block=OLDER_BLOCK,
    firmwares=("09-04-2018", WITH_VOLTAGE),  # deconz-rest-plugin#2785; the page
    quirks=(REPORTS_0XF000, REFUSES_MEMORY_READ, INTRODUCES_ITSELF, READS_TIME, STRAY_BYTE),
)


class Plug(MainsDevice):
    """A plug: a relay with a button, a power meter, a power outage memory."""

    product = product
    power_endpoint = 2
    memory_waits_for_hand = True

    def endpoints(self) -> tuple[EndpointDeclaration, ...]:
        """Endpoints, devices and clusters as in ioBroker.zigbee#2299 and zhaquirks' plug.py."""
        return (
            EndpointDeclaration(
                1,
                device_id=0x0051,  # smart plug
                device_version=1,
                servers=(
                    # Versions: ASSUMPTION, no dump of this product's. Application and stack are those of
                    # lumi.plug.mmeu01 (sprut/Hub#361), hardware is lumi.relay.c2acn01's (zha-device-
                    # handlers#222).
                    basic(
                        IN_BASIC.declaration(),
                        COMMANDS_ATTRIBUTE,
                        model="lumi.plug",
                        manufacturer="LUMI",
                        date_code=self.firmware,
                        power_source=MAINS_SINGLE_PHASE,
                        zcl_version=1,
                        application_version=22,
                        stack_version=2,
                        hardware_version=18,
                    ),
                    groups(),
                    identify(),
                    on_off(ON_OFF_EXTRA_ATTRIBUTE),
                    binary_output(),
                    scenes(),
                    time(),
                    ClusterDeclaration(POWER_CONFIGURATION),
                    device_temperature(),
                ),
                clients=(OTA, TIME),
            ),
            EndpointDeclaration(2, device_id=0x0009, servers=(analog_input(),), clients=(ANALOG_INPUT, GROUPS)),
            EndpointDeclaration(3, device_id=0x0053, servers=(analog_input(),), clients=(ANALOG_INPUT,)),
            EndpointDeclaration(100, device_id=0x0107, servers=(binary_input(),), clients=(BINARY_INPUT, GROUPS)),
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        endpoints = self.node.endpoints
        self._relay = self.relays[1]
        self._meter = endpoints[3].servers[ANALOG_INPUT]
        self._meter.attributes.computed(PRESENT_VALUE, lambda: self.energy)
        endpoints[1].servers[DEVICE_TEMPERATURE].attributes.computed(
            CURRENT_TEMPERATURE, lambda: round(self.temperature)
        )
        # ASSUMPTION: endpoint 100 reports whether an appliance draws power ("in use").
        endpoints[100].servers[BINARY_INPUT].attributes.computed(PRESENT_VALUE, lambda: self.power > 0)

    # Its state

    @property
    def on(self) -> bool:
        """The relay's position; without power, its position when power was cut."""
        return self._relay.on

    @property
    def load(self) -> float:
        """The appliance's power in W, drawn while the relay is on."""
        return self._relay.load

    @property
    def power(self) -> float:
        """Current power in W."""
        return self._relay.load if self.on and self.powered else 0.0

    def state(self) -> dict[str, Any]:
        return super().state() | {"on": self.on, "load": self.load}

    def expected_state(self) -> dict[str, Any]:
        return super().expected_state() | {"state": "ON" if self.on else "OFF"}

    def snapshot(self) -> dict[str, Any]:
        """Includes the load, so that a resumed bench is unchanged."""
        return super().snapshot() | {"on": self.on, "load": self.load}

    def restore_snapshot(self, snapshot: dict[str, Any]) -> None:
        self._relay.load = snapshot["load"]
        self._relay.restore(snapshot["on"])
        super().restore_snapshot(snapshot)

    # Its reports

    def heartbeat_entries(self) -> list[Entry]:
        """In the order of lumi.plug.mmeu01's structure (sprut/Hub#192) after the first tag: ASSUMPTION."""
        entries: list[Entry] = [
            (0x64, BOOL, self.on),
            (0x03, INT8, round(self.temperature)),
            (0x98, SINGLE, self.power),
            (0x95, SINGLE, self.energy),
            (0x05, UINT16, min(self.outages + 1, 0xFFFF)),
            (0x9A, UINT8, 0x10),  # 0x9A, 0x08, 0x07, 0x09: not known (docs/protocols.md 11.1)
            (0x08, UINT16, 0x01F2),
            (0x07, UINT64, 0),
            (0x09, UINT16, 0x0100),
        ]
        if self.firmware == WITH_VOLTAGE:
            entries.append((0x96, SINGLE, self.voltage * 10))  # 0.1 V
        return entries

    def meter_jumped(self) -> None:
        self._meter.attributes.recomputed(PRESENT_VALUE)

    # Controls

    @control("the button of {name} is pressed")
    def press(self) -> None:
        """Press the button: the relay toggles."""
        if self.powered:
            self.outage_memory.switched_by_hand()
            self._relay.toggle()

    @control("{name} draws {watts} W", watts=Number(0, MOST_WATTS, "W"))
    def draw(self, watts: float) -> None:
        """Set the appliance's power, which it draws while the relay is on."""
        self._relay.load = watts
        self.follow_load()

"""LLKZMK11LM: Aqara wireless relay controller with two channels, `lumi.relay.c2acn01`.

Not modelled: switches that are decoupled from their relays (herdsman-converters#544: it doesn't report them then), and
the pairing button, which switches both relays on (ioBroker.zigbee#585).
"""

from typing import Any, Final

from zigloop.controls.arguments import Number
from zigloop.controls.control import control
from zigloop.device.product import Product, Quirk
from zigloop.lumi.mains import MOST_WATTS, MainsDevice
from zigloop.lumi.outage import REFUSES_MEMORY_READ
from zigloop.lumi.quirks import INTRODUCES_ITSELF, OLD_STRUCTURE, READS_TIME, REPORTS_0XF000
from zigloop.lumi.structure import (
    COMMANDS_ATTRIBUTE,
    IN_BASIC,
    IN_BASIC_OLD,
    MANUFACTURER,
    NODE_MANUFACTURER,
    OLDER_BLOCK,
    ON_OFF_EXTRA,
    Entry,
)
from zigloop.node.descriptor import NodeDescriptor
from zigloop.zcl.attributes import RP, RW, Attribute
from zigloop.zcl.cluster import ClusterDeclaration
from zigloop.zcl.clusters.basic import DC_SOURCE, TIME, basic, time
from zigloop.zcl.clusters.groups import groups
from zigloop.zcl.clusters.identify import identify
from zigloop.zcl.clusters.io import (
    BINARY_OUTPUT,
    CURRENT_TEMPERATURE,
    DEVICE_TEMPERATURE,
    analog_input,
    binary_output,
    device_temperature,
)
from zigloop.zcl.clusters.on_off import ON_WITH_TIMED_OFF, on_off
from zigloop.zcl.clusters.ota import OTA
from zigloop.zcl.clusters.power import POWER_CONFIGURATION
from zigloop.zcl.clusters.scenes import scenes
from zigloop.zcl.endpoint import EndpointDeclaration
from zigloop.zcl.types import BOOL, CHARACTER_STRING, INT8, INT16, SINGLE, UINT8, UINT16, UINT32, UINT40, UINT64, Value

ELECTRICAL_MEASUREMENT = 0x0B04
ON_OFF_OUTPUT = 0x0101  # device id; the profile calls it a dimmable light

#: Of Binary Output: whether only one channel may be on (the frame that Lumi's hub writes: zha-device-handlers#639).
#: ASSUMPTION: it is kept through an outage.
INTERLOCK: Final = 0xFF06

#: With this one heartbeats have other tags, and a stray byte behind them (zigbee2mqtt#7112, zha-device-handlers#881).
NEWER = "9-22-2021"
#: The application versions of both (sprut/Hub#157, zigbee2mqtt#7112).
VERSIONS = {"09-20-2018": 1, NEWER: 47}

REFUSES_TIMED_ON = Quirk(
    "refuses_on_with_timed_off",
    "it doesn't know the command On With Timed Off, and stays as it is",
    "herdsman-converters#3956, a comment of 2025-04-01: with on_time it doesn't even switch on (9-22-2021). "
    "ASSUMPTION: its answer is UNSUP_CLUSTER_COMMAND",
    default=True,
)

product = Product(
    model="LLKZMK11LM",
    vendor="Xiaomi",
    description="Aqara wireless relay controller",
    zigbee_model="lumi.relay.c2acn01",
    nickname="relay",
    node=NodeDescriptor(manufacturer=NODE_MANUFACTURER),
    manufacturers=(MANUFACTURER,),
    ieee_block=OLDER_BLOCK,
    firmwares=tuple(VERSIONS),
    quirks=(
        REPORTS_0XF000,
        REFUSES_MEMORY_READ,
        INTRODUCES_ITSELF,
        READS_TIME,
        OLD_STRUCTURE,
        REFUSES_TIMED_ON,
    ),
)


class RelayController(MainsDevice):
    """A relay with two channels, which measures the power of both together, and can interlock them."""

    product = product
    power_endpoint = 1
    memory_waits_for_hand = False  # its page doesn't require a toggle by hand, unlike ZNCZ02LM's

    def endpoints(self) -> tuple[EndpointDeclaration, ...]:
        """As in zha-device-handlers#222; values of genBasic and genBinaryOutput as in sprut/Hub#157."""
        return (
            EndpointDeclaration(
                1,
                device_id=ON_OFF_OUTPUT,
                device_version=2,
                servers=(
                    basic(
                        IN_BASIC.declaration(),
                        IN_BASIC_OLD.declaration(),
                        COMMANDS_ATTRIBUTE,
                        model="lumi.relay.c2acn01",
                        manufacturer="LUMI",
                        date_code=self.firmware,
                        power_source=DC_SOURCE,
                        zcl_version=0,
                        application_version=VERSIONS[self.firmware],
                        stack_version=2,
                        hardware_version=18,
                    ),
                    identify(),
                    groups(),
                    scenes(),
                    ClusterDeclaration(POWER_CONFIGURATION),
                    device_temperature(),
                    time(),
                    self._switch(),
                    self._output(1, Attribute(INTERLOCK, BOOL, False, RW, manufacturer=MANUFACTURER)),
                    # Active power, which reads 0 (zha-device-handlers#639): the Analog Input has it.
                    ClusterDeclaration(ELECTRICAL_MEASUREMENT, (Attribute(0x050B, INT16, 0),)),
                    analog_input(),
                ),
                clients=(OTA, TIME),
            ),
            EndpointDeclaration(
                2,
                device_id=ON_OFF_OUTPUT,
                device_version=2,
                servers=(self._switch(), self._output(2), groups(), scenes()),
            ),
        )

    @staticmethod
    def _switch() -> ClusterDeclaration:
        return on_off(Attribute(ON_OFF_EXTRA, UINT32, 0x070000AC, RP))  # the value of zigbee2mqtt#7112

    @staticmethod
    def _output(channel: int, *more: Attribute) -> ClusterDeclaration:
        """The second channel's texts: ASSUMPTION, the dump has the first one's."""
        return binary_output(
            Attribute(0x0004, CHARACTER_STRING, b"ON"),
            Attribute(0x001C, CHARACTER_STRING, b"CHANNEL%d" % channel),
            Attribute(0x002E, CHARACTER_STRING, b"OFF"),
            Attribute(0x0100, UINT32, 0x04000200),
            *more,
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.power_factor = 1.0
        self._pressed = dict.fromkeys(self.relays, False)  # the switches on the wall, which latch
        if self.has(REFUSES_TIMED_ON):
            for relay in self.relays.values():
                del relay.cluster.received[ON_WITH_TIMED_OFF]
        first = self.node.endpoints[1]
        self._output_cluster = first.servers[BINARY_OUTPUT]
        self._output_cluster.attributes.on_write(INTERLOCK, self._interlock_written, MANUFACTURER)
        first.servers[DEVICE_TEMPERATURE].attributes.computed(CURRENT_TEMPERATURE, lambda: round(self.temperature))

    # Its state

    @property
    def power(self) -> float:
        """Current power of both channels in W."""
        return sum(relay.load for relay in self.relays.values() if relay.on) if self.powered else 0.0

    @property
    def current(self) -> float:
        """Amperes, at its power, voltage and power factor."""
        return self.power / (self.voltage * self.power_factor) if self.voltage else 0.0

    @property
    def interlock(self) -> bool:
        """Whether only one channel may be on."""
        return bool(self._output_cluster.attributes.get(INTERLOCK, MANUFACTURER))

    def state(self) -> dict[str, Any]:
        of_channels = {
            f"{what}_l{number}": value
            for number, relay in self.relays.items()
            for what, value in (("on", relay.on), ("load", relay.load))
        }
        return super().state() | of_channels | {"current": self.current, "interlock": self.interlock}

    def expected_state(self) -> dict[str, Any]:
        """Without its settings (`interlock`, `power_outage_memory`), which it doesn't report."""
        states = {f"state_l{number}": "ON" if relay.on else "OFF" for number, relay in self.relays.items()}
        return (
            super().expected_state()
            | states
            | {"voltage": self.voltage, "current": self.current, "power_outage_count": self.outages}
        )

    def snapshot(self) -> dict[str, Any]:
        """Includes loads, switches and power factor, so that a resumed bench is unchanged."""
        return super().snapshot() | {
            "channels": [[relay.on, relay.load, self._pressed[number]] for number, relay in self.relays.items()],
            "power_factor": self.power_factor,
            "interlock": self.interlock,
        }

    def restore_snapshot(self, snapshot: dict[str, Any]) -> None:
        self.power_factor = snapshot["power_factor"]
        for (number, relay), (on, load, pressed) in zip(self.relays.items(), snapshot["channels"], strict=True):
            relay.load, self._pressed[number] = load, pressed
            relay.restore(on)
        self._output_cluster.attributes.set(INTERLOCK, snapshot["interlock"], MANUFACTURER)
        super().restore_snapshot(snapshot)

    # Its reports

    def heartbeat_entries(self) -> list[Entry]:
        """Tags as in deconz-rest-plugin#2909, with newer firmware as in zha-device-handlers#881.

        The meaning of 0x07, 0x09, 0x9B, 0x9C, 0x0A, 0x0C is unknown; their values are from those dumps. 0x08 is
        hardware and application version. 0x6E and 0x6F: ASSUMPTION, the switches on the wall (0 or 1 in these two, 255
        in sprut/Hub#157). 0x94 is the power factor in percent: in all three dumps that have it, it follows from power,
        voltage and current.
        """
        newer = self.firmware == NEWER
        one, two = self.relays.values()
        entries: list[Entry] = [
            (0x03, INT8, round(self.temperature)),
            (0x05, UINT16, min(self.outages + 1, 0xFFFF)),
            *([] if newer else [(0x07, UINT64, 0)]),
            (0x08, UINT16, 0x122F if newer else 0x1224),
            (0x09, UINT16, 0x1100 if newer else 0x0401),
            (0x64, BOOL, one.on),
            (0x65, BOOL, two.on),
            (0x6E, UINT8, int(self._pressed[1])),
            (0x6F, UINT8, int(self._pressed[2])),
            (0x94, UINT8, int(100 * self.power_factor) if self.power else 0),
            (0x95, SINGLE, self.energy),
            (0x96, SINGLE, self.voltage * 10),  # 0.1 V
            (0x97, SINGLE, self.current),
            (0x98, SINGLE, self.power),
            (0x9B, UINT16, 0),
        ]
        if newer:
            entries += [(0x9C, UINT8, 1), (0x0A, UINT16, 0), (0x0C, INT8, 0)]
        return entries

    def old_heartbeat_entries(self) -> list[Entry]:
        """ASSUMPTION but for the second, a voltage, and the fifth, the count: those of a golden vector."""
        return [
            (0, BOOL, self.relays[1].on),
            (1, UINT16, round(self.voltage * 10)),  # 0.1 V, as in the other heartbeat
            (2, UINT16, 1),
            (3, UINT40, 1),
            (4, UINT16, min(self.outages + 1, 0xFFFF)),
        ]

    def adds_stray_byte(self) -> bool:
        return self.firmware == NEWER

    # Its interlock

    def left_network(self) -> None:
        """Pairing it again clears its interlock (zigbee2mqtt#4485)."""
        self._output_cluster.attributes.set(INTERLOCK, False, MANUFACTURER)
        super().left_network()

    def switched(self, endpoint: int) -> None:
        if self.relays[endpoint].on and self.interlock:
            self._switch_off_all_but(endpoint)
        super().switched(endpoint)

    def _interlock_written(self, value: Value) -> None:
        """ASSUMPTION: with both on, the second one goes off."""
        if value and all(relay.on for relay in self.relays.values()):
            self._switch_off_all_but(1)

    def _switch_off_all_but(self, number: int) -> None:
        for other, relay in self.relays.items():
            if other != number:
                relay.switch(False)

    # Controls

    @control("switch {channel} of {name} is pressed", channel=Number(1, 2, whole=True))
    def press(self, channel: int) -> None:
        """Press the wall switch of a channel: its relay toggles."""
        self._pressed[channel] = not self._pressed[channel]
        if self.powered:
            self.relays[channel].toggle()

    @control(
        "channel {channel} of {name} draws {watts} W",
        channel=Number(1, 2, whole=True),
        watts=Number(0, MOST_WATTS, "W"),
    )
    def draw(self, channel: int, watts: float) -> None:
        """Set the load of a channel, which draws power while its relay is on."""
        self.relays[channel].load = watts
        self.follow_load()

    @control("the power factor of {name} is {factor}", factor=Number(0.01, 1))
    def factor(self, factor: float) -> None:
        """Set the power factor of its loads: a lower one draws more current for the same power."""
        self.power_factor = factor

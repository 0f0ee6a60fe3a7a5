"""ZNCZ02LM: Mi power plug ZigBee (China), `lumi.plug`.

Not modelled: the overload and overheat cut-offs, and the current (only a sibling is known to tell it).
"""

from typing import Any

from sim.control import Choice, Number, control
from sim.device import Product
from sim.lumi.device import LumiDevice
from sim.lumi.outage import REFUSES_MEMORY_READ, PowerOutageMemory
from sim.lumi.quirks import INTRODUCES_ITSELF, LENGTH_LIES, READS_TIME, REPORTS_0XF000
from sim.lumi.reports import ChangeReport
from sim.lumi.structure import (
    COMMANDS_ATTRIBUTE,
    IN_BASIC,
    MANUFACTURER,
    NODE_MANUFACTURER,
    ON_OFF_EXTRA,
    ON_OFF_EXTRA_ATTRIBUTE,
    Entry,
)
from sim.meter import EnergyMeter
from sim.node import NodeDescriptor
from sim.zcl.attributes import Attribute
from sim.zcl.basic import MAINS_SINGLE_PHASE, TIME, basic, time
from sim.zcl.cluster import ClusterDeclaration
from sim.zcl.endpoint import EndpointDeclaration
from sim.zcl.groups import GROUPS, groups
from sim.zcl.identify import identify
from sim.zcl.io import (
    ANALOG_INPUT,
    BINARY_INPUT,
    BINARY_OUTPUT,
    CURRENT_TEMPERATURE,
    DEVICE_TEMPERATURE,
    PRESENT_VALUE,
    analog_input,
    binary_input,
    binary_output,
    device_temperature,
)
from sim.zcl.onoff import ON_OFF, STATE, OnOff, on_off
from sim.zcl.scenes import scenes
from sim.zcl.types import BOOL, INT8, SINGLE, UINT8, UINT16, UINT64

POWER_CONFIGURATION = 0x0001
OTA = 0x0019

#: The firmware that also tells the mains voltage (the product's page; zigbee2mqtt#4092: 29 plugs without).
WITH_VOLTAGE = "02-28-2017"

#: Seconds between two reports of power at least; a change in between is told when they are over.
#: ASSUMPTION: no source. There is no threshold: a bench's load doesn't flicker, so each change is meant.
POWER_REPORT_INTERVAL = 1.0

MOST_WATTS = 100_000  # more than any fuse lets pass, so that nonsense can be tried too

product = Product(
    model="ZNCZ02LM",
    vendor="Xiaomi",
    description="Mi power plug ZigBee",
    zigbee_model="lumi.plug",
    nickname="plug",
    node=NodeDescriptor(manufacturer=NODE_MANUFACTURER),
    manufacturers=(MANUFACTURER,),
    firmwares=("09-04-2018", WITH_VOLTAGE),  # deconz-rest-plugin#2785; the page
    quirks=(REPORTS_0XF000, REFUSES_MEMORY_READ, INTRODUCES_ITSELF, READS_TIME, LENGTH_LIES),
)


class Plug(LumiDevice):
    """A plug: a relay with a button, a power meter behind it, a memory for outages."""

    product = product

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
        relay = endpoints[1].servers[ON_OFF]
        assert isinstance(relay, OnOff)
        self._relay = relay
        self._power = endpoints[2].servers[ANALOG_INPUT]
        self._meter = endpoints[3].servers[ANALOG_INPUT]
        self._memory = PowerOutageMemory(self)
        self._load = 0.0  # watts drawn when the relay is on
        self._energy = EnergyMeter(self.loop)
        self._state_report = ChangeReport(self, self._send_state)
        self._power_report = ChangeReport(self, self._send_power, interval=POWER_REPORT_INTERVAL)
        self.temperature = 25.0
        self.voltage = 230.0
        self.outages = 0
        self._relay.watchers.append(self._relay_changed)
        self._meter.attributes.computed(PRESENT_VALUE, lambda: self.energy)
        endpoints[1].servers[BINARY_OUTPUT].attributes.computed(PRESENT_VALUE, lambda: self.on)
        endpoints[1].servers[DEVICE_TEMPERATURE].attributes.computed(
            CURRENT_TEMPERATURE, lambda: round(self.temperature)
        )
        # ASSUMPTION: endpoint 100 tells whether something is plugged in that draws power ("in use").
        endpoints[100].servers[BINARY_INPUT].attributes.computed(PRESENT_VALUE, lambda: self.power > 0)

    # What it is like

    @property
    def on(self) -> bool:
        """The relay, as it is or was before power went."""
        return self._relay.on

    @property
    def load(self) -> float:
        """What is plugged in draws this many watts when it gets power."""
        return self._load

    @property
    def power(self) -> float:
        """Watts drawn just now."""
        return self._load if self.on and self.powered else 0.0

    @property
    def energy(self) -> float:
        """The meter's reading in kWh."""
        return self._energy.kwh

    @property
    def power_outage_memory(self) -> bool:
        """As set by the host; it is in force once the plug has been toggled by hand."""
        return self._memory.setting

    @property
    def remembers_outage(self) -> bool:
        """Whether the relay will be restored after an outage."""
        return self._memory.in_force

    def state(self) -> dict[str, Any]:
        return super().state() | {
            "on": self.on,
            "power": self.power,
            "load": self.load,
            "energy": self.energy,
            "voltage": self.voltage,
            "device_temperature": self.temperature,
            "power_outage_memory": self.power_outage_memory,
            "remembers_outage": self.remembers_outage,
            "power_outage_count": self.outages,
        }

    def shown(self) -> dict[str, Any]:
        return super().shown() | {
            "state": "ON" if self.on else "OFF",
            "power": self.power,
            "energy": self.energy,
            "device_temperature": round(self.temperature),
        }

    def memory(self) -> dict[str, Any]:
        """Load, temperature and voltage are the world's: kept so that a resumed bench is as it was."""
        return super().memory() | {
            "on": self.on,
            "load": self.load,
            "energy": self.energy,
            "outages": self.outages,
            "outage_memory": [self._memory.setting, self._memory.in_force],
            "temperature": self.temperature,
            "voltage": self.voltage,
        }

    def remember(self, memory: dict[str, Any]) -> None:
        self._load, self.temperature, self.voltage = memory["load"], memory["temperature"], memory["voltage"]
        self.outages = memory["outages"]
        self._memory.setting, self._memory.in_force = memory["outage_memory"]
        self._relay.set(STATE, memory["on"])
        self._energy.kwh = memory["energy"]
        super().remember(memory)
        self._follow_load()  # when it has no power, nothing flows

    # What it says

    def heartbeat_entries(self) -> list[Entry]:
        """In the order of lumi.plug.mmeu01's structure (sprut/Hub#192) after the first tag: ASSUMPTION."""
        entries: list[Entry] = [
            (0x64, BOOL, self.on),
            (0x03, INT8, round(self.temperature)),
            (0x98, SINGLE, self.power),
            (0x95, SINGLE, self.energy),
            (0x05, UINT16, min(self.outages + 1, 0xFFFF)),
            (0x9A, UINT8, 0x10),  # 0x9A, 0x08, 0x07, 0x09: not known; values of the dossier's dump
            (0x08, UINT16, 0x01F2),
            (0x07, UINT64, 0),
            (0x09, UINT16, 0x0100),
        ]
        if self.firmware == WITH_VOLTAGE:
            entries.append((0x96, SINGLE, self.voltage * 10))  # 0.1 V
        return entries

    def joined_network(self) -> None:
        """ASSUMPTION: it also tells relay and power, so that a host knows them after an outage."""
        super().joined_network()
        self._state_report.changed()
        self._power_report.changed()

    def _send_state(self) -> None:
        if self.has(REPORTS_0XF000):
            self._relay.report(STATE, ON_OFF_EXTRA)
        else:
            self._relay.report(STATE)

    def _send_power(self) -> None:
        self._power.report(PRESENT_VALUE)

    # What happens inside

    def _relay_changed(self, attribute: Attribute) -> None:
        if attribute.id == STATE:
            self._state_report.changed()
            self._follow_load()

    def _follow_load(self) -> None:
        """Whatever has changed: meter what flows now, and tell."""
        if self.power != self._energy.watts:
            self._energy.watts = self.power
            self._power.set(PRESENT_VALUE, self.power)
            self._power_report.changed()

    def power_lost(self) -> None:
        self._follow_load()

    def power_came_back(self) -> None:
        """Without its memory in force a plug comes back off (the product's page)."""
        self.outages += 1
        if not self._memory.in_force:
            self._relay.switch(False)
        self._follow_load()

    # Controls

    @control("the button of {name} is pressed")
    def press(self) -> None:
        """Press the button: the relay toggles."""
        if self.powered:
            self._memory.switched_by_hand()
            self._relay.switch(not self.on)

    @control("{name} draws {watts} W", watts=Number(0, MOST_WATTS, "W"))
    def draw(self, watts: float) -> None:
        """What is plugged in draws this much, as long as the relay is on."""
        self._load = watts
        self._follow_load()

    @control("{name} is at {celsius} °C", celsius=Number(-128, 127, "°C"))
    def heat(self, celsius: float) -> None:
        """Bring the plug to this temperature; its next heartbeat tells."""
        self.temperature = celsius

    @control("the mains of {name} are at {volts} V", volts=Number(0, 400, "V"))
    def mains(self, volts: float) -> None:
        """Give the mains this voltage; only firmware 02-28-2017 tells, in its heartbeat."""
        self.voltage = volts

    @control("the meter of {name} is at {kwh} kWh", kwh=Number(0, 1_000_000, "kWh"))
    def meter(self, kwh: float) -> None:
        """Set the energy meter's reading."""
        self._energy.kwh = kwh
        self._meter.attributes.recomputed(PRESENT_VALUE)

    @control("{name} reports", what=Choice(("all", "state", "power")))
    def report(self, what: str = "all") -> None:
        """Make it report now, changed or not: on/off, power, or both."""
        self.must_speak()
        if what != "power":
            self._state_report.now()
        if what != "state":
            self._power_report.now()

"""A Lumi product on the mains that switches and measures: plugs and relays."""

from typing import Any, ClassVar

from zigloop.controls.arguments import Choice, Number
from zigloop.controls.control import control
from zigloop.device.meter import EnergyMeter
from zigloop.lumi.device import LumiDevice
from zigloop.lumi.outage import REFUSES_MEMORY_READ, PowerOutageMemory
from zigloop.lumi.quirks import REPORTS_0XF000
from zigloop.lumi.relay import Relay
from zigloop.lumi.reports import ChangeReport
from zigloop.lumi.structure import ON_OFF_EXTRA
from zigloop.zcl.attributes import Attribute
from zigloop.zcl.cluster import Cluster
from zigloop.zcl.clusters.io import ANALOG_INPUT, PRESENT_VALUE
from zigloop.zcl.clusters.on_off import ON_OFF, STATE

#: Minimum seconds between two reports of power; a change in between is reported when they have passed.
#: ASSUMPTION: no source. Without a threshold: a bench's load doesn't fluctuate, so each change is intended.
POWER_REPORT_INTERVAL = 1.0

MOST_WATTS = 100_000  # more than any fuse carries, to allow tests with nonsense


class MainsDevice(LumiDevice):
    """A Lumi product on the mains: a power and an energy meter, a temperature, a power outage memory.

    A product declares the endpoint that reports its power, and its power (`power`); it calls `follow_load` when that
    may have changed.
    """

    #: The endpoint whose Analog Input is the power in watts.
    power_endpoint: ClassVar[int]
    #: Whether a new setting of the memory waits until it is switched by hand.
    memory_waits_for_hand: ClassVar[bool]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.outage_memory = PowerOutageMemory(
            self.basic.attributes,
            waits_for_hand=self.memory_waits_for_hand,
            refuses_read=self.has(REFUSES_MEMORY_READ),
        )
        self.temperature = 25.0
        self.voltage = 230.0
        self.outages = 0
        #: By endpoint.
        self.relays = {
            number: Relay(self.node, endpoint, self._report_relay)
            for number, endpoint in self.node.endpoints.items()
            if ON_OFF in endpoint.servers
        }
        self._energy = EnergyMeter(self.loop)
        self._power = self.node.endpoints[self.power_endpoint].servers[ANALOG_INPUT]
        self._power_report = ChangeReport(
            self.node, lambda: self.send_report(self._power, PRESENT_VALUE), interval=POWER_REPORT_INTERVAL
        )

    # What it is like

    @property
    def power(self) -> float:
        """Current power in W."""
        raise NotImplementedError

    @property
    def energy(self) -> float:
        """The meter's reading in kWh."""
        return self._energy.kwh

    @property
    def power_outage_memory(self) -> bool:
        """The setting of the host."""
        return self.outage_memory.setting

    @property
    def remembers_outage(self) -> bool:
        """Whether its relays will be restored after an outage: the setting that is in force."""
        return self.outage_memory.in_force

    def state(self) -> dict[str, Any]:
        return super().state() | {
            "power": self.power,
            "energy": self.energy,
            "voltage": self.voltage,
            "device_temperature": self.temperature,
            "power_outage_memory": self.power_outage_memory,
            "remembers_outage": self.remembers_outage,
            "power_outage_count": self.outages,
        }

    def expected_state(self) -> dict[str, Any]:
        return super().expected_state() | {
            "power": self.power,
            "energy": self.energy,
            "device_temperature": round(self.temperature),
        }

    def snapshot(self) -> dict[str, Any]:
        """Includes temperature and voltage, so that a resumed bench is unchanged."""
        return super().snapshot() | {
            "energy": self.energy,
            "outages": self.outages,
            "outage_memory": [self.outage_memory.setting, self.outage_memory.in_force],
            "temperature": self.temperature,
            "voltage": self.voltage,
        }

    def restore_snapshot(self, snapshot: dict[str, Any]) -> None:
        self.temperature, self.voltage = snapshot["temperature"], snapshot["voltage"]
        self.outages = snapshot["outages"]
        self.outage_memory.setting, self.outage_memory.in_force = snapshot["outage_memory"]
        self._energy.kwh = snapshot["energy"]
        super().restore_snapshot(snapshot)
        self.follow_load()  # without power the load draws nothing

    @property
    def _reports(self) -> tuple[ChangeReport, ...]:
        return (*(relay.report for relay in self.relays.values()), self._power_report)

    def volatile(self) -> dict[str, Any]:
        return super().volatile() | {"reports": [each.volatile() for each in self._reports]}

    def restore_volatile(self, it: dict[str, Any]) -> None:
        super().restore_volatile(it)
        for report, before in zip(self._reports, it["reports"], strict=True):
            report.restore_volatile(before)

    # What happens to it

    def joined_network(self) -> None:
        """ASSUMPTION: it also reports its relays and power, so that a host knows them after an outage."""
        super().joined_network()
        for report in self._reports:
            report.changed()

    def attribute_changed(self, endpoint: int, cluster: int, attribute: Attribute) -> None:
        if (cluster, attribute.id) == (ON_OFF, STATE):
            self.switched(endpoint)

    def switched(self, endpoint: int) -> None:
        """The relay of an endpoint has been switched."""
        self.relays[endpoint].report.changed()
        self.follow_load()

    def _report_relay(self, cluster: Cluster) -> None:
        self.send_report(cluster, *((STATE, ON_OFF_EXTRA) if self.has(REPORTS_0XF000) else (STATE,)))

    def follow_load(self) -> None:
        """Update meter and power, and report the power when it has changed."""
        if self.power != self._energy.watts:
            self._energy.watts = self.power
            self._power.set(PRESENT_VALUE, self.power)
            self._power_report.changed()

    def meter_jumped(self) -> None:
        """The meter's reading was set."""

    def power_lost(self) -> None:
        self.follow_load()

    def power_came_back(self) -> None:
        """Unless its memory is in force, it is off afterwards (ZNCZ02LM's page)."""
        self.outages += 1
        if not self.remembers_outage:
            for relay in self.relays.values():  # ASSUMPTION for other products than the plug
                relay.switch(False)
        self.follow_load()

    # Controls

    @control("{name} is at {celsius} °C", celsius=Number(-128, 127, "°C"))
    def heat(self, celsius: float) -> None:
        """Set the temperature inside it; the next heartbeat reports it."""
        self.temperature = celsius

    @control("the mains voltage of {name} is {volts} V", volts=Number(0, 400, "V"))
    def mains(self, volts: float) -> None:
        """Set the mains voltage; the next heartbeat reports it, if the firmware does."""
        self.voltage = volts

    @control("the meter of {name} reads {kwh} kWh", kwh=Number(0, 1_000_000, "kWh"))
    def meter(self, kwh: float) -> None:
        """Set the energy meter's reading."""
        self._energy.kwh = kwh
        self.meter_jumped()

    @control("{name} reports", what=Choice(("all", "state", "power")))
    def report(self, what: str = "all") -> None:
        """Make it report on/off, power or both now, changed or not."""
        self.require_on_air()
        if what != "power":
            for relay in self.relays.values():
                relay.report.now()
        if what != "state":
            self._power_report.now()

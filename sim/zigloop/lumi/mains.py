"""A Lumi product on the mains that switches and measures: plugs and relays."""

from typing import Any, ClassVar

from zigloop.control.arguments import Choice, Number
from zigloop.control.control import control
from zigloop.device.meter import EnergyMeter
from zigloop.lumi.device import LumiDevice
from zigloop.lumi.outage import PowerOutageMemory
from zigloop.lumi.reports import ChangeReport
from zigloop.zcl.clusters.io import ANALOG_INPUT, PRESENT_VALUE

#: Seconds between two reports of power at least; a change in between is told when they are over.
#: ASSUMPTION: no source. There is no threshold: a bench's load doesn't flicker, so each change is meant.
POWER_REPORT_INTERVAL = 1.0

MOST_WATTS = 100_000  # more than any fuse lets pass, so that nonsense can be tried too


class MainsDevice(LumiDevice):
    """A Lumi product on the mains: a power and an energy meter, a temperature, a memory for outages.

    A product says where it tells its power, what it draws (`power`) and what an outage leaves it as (`come_back_off`);
    it calls `follow_load` when what it draws may have changed, and adds to `state_reports`.
    """

    #: The endpoint whose Analog Input is the power in watts.
    power_endpoint: ClassVar[int]
    #: Whether a new setting of the memory waits until it is switched by hand.
    memory_waits_for_hand: ClassVar[bool]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.outage_memory = PowerOutageMemory(self, waits_for_hand=self.memory_waits_for_hand)
        self.temperature = 25.0
        self.voltage = 230.0
        self.outages = 0
        self.state_reports: list[ChangeReport] = []
        self._energy = EnergyMeter(self.loop)
        self._power = self.node.endpoints[self.power_endpoint].servers[ANALOG_INPUT]
        self._power_report = ChangeReport(
            self, lambda: self._power.report(PRESENT_VALUE), interval=POWER_REPORT_INTERVAL
        )

    # What it is like

    @property
    def power(self) -> float:
        """Watts drawn just now."""
        raise NotImplementedError

    def come_back_off(self) -> None:
        """Power is back, and it remembers nothing."""
        raise NotImplementedError

    @property
    def energy(self) -> float:
        """The meter's reading in kWh."""
        return self._energy.kwh

    @property
    def power_outage_memory(self) -> bool:
        """As set by the host."""
        return self.outage_memory.setting

    @property
    def remembers_outage(self) -> bool:
        """Whether it will be restored after an outage: the setting that is in force."""
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

    def shown(self) -> dict[str, Any]:
        return super().shown() | {
            "power": self.power,
            "energy": self.energy,
            "device_temperature": round(self.temperature),
        }

    def memory(self) -> dict[str, Any]:
        """Temperature and voltage are the world's: kept so that a resumed bench is as it was."""
        return super().memory() | {
            "energy": self.energy,
            "outages": self.outages,
            "outage_memory": [self.outage_memory.setting, self.outage_memory.in_force],
            "temperature": self.temperature,
            "voltage": self.voltage,
        }

    def remember(self, memory: dict[str, Any]) -> None:
        self.temperature, self.voltage = memory["temperature"], memory["voltage"]
        self.outages = memory["outages"]
        self.outage_memory.setting, self.outage_memory.in_force = memory["outage_memory"]
        self._energy.kwh = memory["energy"]
        super().remember(memory)
        self.follow_load()  # when it has no power, nothing flows

    # What happens to it

    def joined_network(self) -> None:
        """ASSUMPTION: it also tells what is on, and power, so that a host knows them after an outage."""
        super().joined_network()
        for report in (*self.state_reports, self._power_report):
            report.changed()

    def follow_load(self) -> None:
        """Whatever has changed: meter what flows now, and tell."""
        if self.power != self._energy.watts:
            self._energy.watts = self.power
            self._power.set(PRESENT_VALUE, self.power)
            self._power_report.changed()

    def meter_jumped(self) -> None:
        """The meter has another reading than what flowed explains."""

    def power_lost(self) -> None:
        self.follow_load()

    def power_came_back(self) -> None:
        """Without its memory in force it comes back off (ZNCZ02LM's page)."""
        self.outages += 1
        if not self.remembers_outage:
            self.come_back_off()
        self.follow_load()

    # Controls

    @control("{name} is at {celsius} °C", celsius=Number(-128, 127, "°C"))
    def heat(self, celsius: float) -> None:
        """Bring it to this temperature; its next heartbeat tells."""
        self.temperature = celsius

    @control("the mains voltage of {name} is {volts} V", volts=Number(0, 400, "V"))
    def mains(self, volts: float) -> None:
        """Give the mains this voltage; the next heartbeat tells, of firmware that does."""
        self.voltage = volts

    @control("the meter of {name} reads {kwh} kWh", kwh=Number(0, 1_000_000, "kWh"))
    def meter(self, kwh: float) -> None:
        """Set the energy meter's reading."""
        self._energy.kwh = kwh
        self.meter_jumped()

    @control("{name} reports", what=Choice(("all", "state", "power")))
    def report(self, what: str = "all") -> None:
        """Make it report now, changed or not: on/off, power, or both."""
        self.must_speak()
        if what != "power":
            for report in self.state_reports:
                report.now()
        if what != "state":
            self._power_report.now()

"""A Lumi product on a battery."""

from typing import Any, ClassVar, Final

from zigloop.controls.arguments import Number
from zigloop.controls.control import control, fault
from zigloop.lumi.device import BATTERY_HEARTBEAT, LumiDevice
from zigloop.zcl.clusters.basic import MODEL_IDENTIFIER

#: mV below which a product stops working. ASSUMPTION: the minimum supply voltage of the JN5169 that most of them use
#: (its data sheet: 2.0 to 3.6 V).
TOO_LITTLE: Final = 2000
#: Number of steps in which a dying battery's voltage falls.
_STEPS: Final = 50


class Battery:
    """A battery's voltage in millivolts, as set by controls; `empty` and `full` are the voltages at 0 and 100 %."""

    def __init__(self, empty: int, full: int) -> None:
        self.empty, self.full = empty, full
        self.millivolts = full

    @property
    def exhausted(self) -> bool:
        """Whether its voltage is too low for the device to work."""
        return self.millivolts < TOO_LITTLE

    @property
    def percent(self) -> float:
        """0..100, linear between empty and full, as hosts compute it."""
        share = (self.millivolts - self.empty) / (self.full - self.empty)
        return 100 * min(max(share, 0.0), 1.0)

    @percent.setter
    def percent(self, percent: float) -> None:
        self.millivolts = round(self.empty + (self.full - self.empty) * percent / 100)


class BatteryDevice(LumiDevice):
    """A Lumi product on a battery: its heartbeats are rare, and it sleeps unless its receiver is on when idle.

    `battery_range` has the voltages of 0 and 100 % on its page, in millivolts; a new device has a full battery.
    """

    heartbeat_interval = BATTERY_HEARTBEAT
    battery_range: ClassVar[tuple[int, int]]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.battery = Battery(*self.battery_range)

    def state(self) -> dict[str, Any]:
        return super().state() | {"battery": round(self.battery.percent, 1), "voltage": self.battery.millivolts}

    def snapshot(self) -> dict[str, Any]:
        return super().snapshot() | {"millivolts": self.battery.millivolts}

    def restore_snapshot(self, snapshot: dict[str, Any]) -> None:
        self.battery.millivolts = snapshot["millivolts"]
        super().restore_snapshot(snapshot)

    @control("the pairing button of {name} is pressed briefly")
    def wake(self) -> None:
        """Press its pairing button briefly: it reports its model, and listens for a moment."""
        if self.powered:
            self.send_report(self.basic, MODEL_IDENTIFIER)

    @control("the battery of {name} is at {percent} %", percent=Number(0, 100, "%"))
    def charge(self, percent: float) -> None:
        """Set the battery's level; the next heartbeat reports it."""
        self.battery.percent = percent
        self._voltage_changed()

    @control("the battery voltage of {name} is {millivolts} mV", millivolts=Number(0, 65_535, "mV", whole=True))
    def drain(self, millivolts: int) -> None:
        """Set the battery's voltage; the next heartbeat reports it."""
        self.battery.millivolts = millivolts
        self._voltage_changed()

    @fault(undo="restore", seconds=Number(5, 600))
    @control("the battery of {name} dies within {seconds} s", seconds=Number(0, 31_536_000, "s"))
    def die(self, seconds: float) -> None:
        """Let the battery's voltage fall linearly until the device switches off."""
        if self.powered:
            self._fall((self.battery.millivolts - TOO_LITTLE + 1) / _STEPS, seconds / _STEPS)

    def _fall(self, millivolts: float, interval: float) -> None:
        def step(left: int) -> None:
            self.battery.millivolts = TOO_LITTLE - 1 if left == 0 else round(TOO_LITTLE - 1 + left * millivolts)
            self._voltage_changed()
            if left:
                self.node.later(interval, step, left - 1)

        self.node.later(interval, step, _STEPS - 1)

    def _voltage_changed(self) -> None:
        if self.battery.exhausted:
            self.cut()

    def restore(self) -> None:
        """Restore its power: with a new battery, when the old one is exhausted."""
        if self.battery.exhausted:
            self.battery.percent = 100
        super().restore()

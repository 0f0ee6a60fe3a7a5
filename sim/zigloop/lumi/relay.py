"""A relay of a mains powered Lumi product: its switch, its load, and the report of its state."""

from zigloop.lumi.device import LumiDevice
from zigloop.lumi.quirks import REPORTS_0XF000
from zigloop.lumi.reports import ChangeReport
from zigloop.lumi.structure import ON_OFF_EXTRA
from zigloop.zcl.clusters.io import BINARY_OUTPUT, PRESENT_VALUE
from zigloop.zcl.clusters.on_off import ON_OFF, STATE, OnOff
from zigloop.zcl.endpoint import Endpoint


class Relay:
    """The relay of one endpoint: its On/Off cluster switches it, its Binary Output has the same state."""

    def __init__(self, device: LumiDevice, endpoint: Endpoint) -> None:
        cluster = endpoint.servers[ON_OFF]
        assert isinstance(cluster, OnOff)
        self.cluster = cluster
        self.load = 0.0  # watts drawn when it is on
        self.report = ChangeReport(device.node, self._send)
        self._device = device
        self._reported = (STATE, ON_OFF_EXTRA) if device.has(REPORTS_0XF000) else (STATE,)
        endpoint.servers[BINARY_OUTPUT].attributes.computed(PRESENT_VALUE, lambda: self.on)

    @property
    def on(self) -> bool:
        """Its position now; without power, its position when power was cut."""
        return self.cluster.on

    def switch(self, on: bool) -> None:
        """Switch it on or off."""
        self.cluster.switch(on)

    def toggle(self) -> None:
        """Switch it over."""
        self.cluster.switch(not self.on)

    def restore(self, on: bool) -> None:
        """Restore its position from a snapshot."""
        self.cluster.set(STATE, on)

    def _send(self) -> None:
        self._device.send_report(self.cluster, *self._reported)

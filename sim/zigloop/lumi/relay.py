"""A relay of a mains powered Lumi product: its switch, its load, and the report of its state."""

from collections.abc import Callable

from zigloop.lumi.reports import ChangeReport
from zigloop.node.node import Node
from zigloop.zcl.cluster import Cluster
from zigloop.zcl.clusters.io import BINARY_OUTPUT, PRESENT_VALUE
from zigloop.zcl.clusters.on_off import ON_OFF, STATE, OnOff
from zigloop.zcl.endpoint import Endpoint


class Relay:
    """The relay of one endpoint: its On/Off cluster switches it, its Binary Output has the same state.

    `send` sends a report of its On/Off cluster.
    """

    def __init__(self, node: Node, endpoint: Endpoint, send: Callable[[Cluster], None]) -> None:
        cluster = endpoint.servers[ON_OFF]
        assert isinstance(cluster, OnOff)
        self.cluster = cluster
        self.load = 0.0  # watts drawn when it is on
        self.report = ChangeReport(node, lambda: send(cluster))
        endpoint.servers[BINARY_OUTPUT].attributes.computed(PRESENT_VALUE, lambda: self.on)

    @property
    def on(self) -> bool:
        """Its position now; without power, its position when power was cut."""
        return self.cluster.on

    def switch(self, on: bool) -> None:
        """Switch it on or off."""
        self.cluster.switch(on)

    def toggle(self) -> None:
        """Toggle it."""
        self.cluster.switch(not self.on)

    def restore(self, on: bool) -> None:
        """Restore its position from a snapshot."""
        self.cluster.set(STATE, on)

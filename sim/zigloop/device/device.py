"""A device: a virtual product, declared by a `Product` and run by a subclass of `Device`."""

import random
from collections.abc import Callable
from typing import Any, ClassVar

from zigloop.air.air import Air
from zigloop.air.frame import UNKNOWN_NWK
from zigloop.controls.arguments import ControlError, Number
from zigloop.controls.control import Controlled, control, fault
from zigloop.device.faults import DeviceFaults
from zigloop.device.product import Product, Quirk
from zigloop.events import AttributeChanged, DeviceAnnounced, DeviceLeft
from zigloop.node.descriptor import NodeDescriptor
from zigloop.node.node import Node, Notifications
from zigloop.node.volatile import restore_volatile, volatile
from zigloop.zcl.attributes import Attribute
from zigloop.zcl.cluster import Cluster
from zigloop.zcl.endpoint import EndpointDeclaration
from zigloop.zcl.types import Value

#: Seconds for which a device looks for a network after a press on its pairing button. ASSUMPTION: BDB steers for
#: bdbcMinCommissioningTime, 180 s (BDB 1.0, table 1); Lumi's own time isn't known.
PAIRING_WINDOW = 180


class Device(Controlled):
    """A product with a name, on the air.

    Everything done to it is a control; everything it reports goes over the air. A product adds its own controls.
    Controls that a person could use on the real device (press, pair) have no effect without power, as in reality; those
    that only a bench has (report, heartbeat) raise ControlError instead.
    """

    controlled_parts: ClassVar[dict[str, type[Controlled]]] = {"faults": DeviceFaults}
    product: ClassVar[Product]

    def __init__(
        self,
        air: Air,
        *,
        name: str,
        ieee: int,
        rng: random.Random,
        firmware: str | None = None,
        **quirks: bool,
    ) -> None:
        product = self.product
        self.name = name
        self.firmware = product.firmwares[0] if firmware is None else firmware
        if self.firmware not in product.firmwares:
            known = ", ".join(product.firmwares)
            raise ControlError(f"{product.model} has no firmware {firmware!r}; known ones are {known}")
        self._quirks = {each.name: each.default for each in product.quirks}
        for each in quirks:
            if each not in self._quirks:
                known = ", ".join(["firmware", *self._quirks])
                raise ControlError(f"{product.model} has no option {each!r}; its options are {known}")
        self._quirks |= quirks
        self.loop = air.loop
        self._air = air
        self.node = Node(
            air,
            ieee=ieee,
            descriptor=self.node_descriptor(),
            endpoints=self.endpoints(),
            manufacturers=product.manufacturers,
            rng=rng,
            notifications=Notifications(
                joined=self._joined,
                left=self._left,
                attribute_changed=self._attribute_changed,
                value_received=self.value_received,
            ),
        )
        self.uses.emit_on(air.events, name, air.loop.time)
        self.faults = DeviceFaults(
            air, self.node, self.uses, require_on_air=self.require_on_air, send_report=self.send_report
        )
        self._announcements = air.events.channel(DeviceAnnounced)
        self._departures = air.events.channel(DeviceLeft)
        self._changes = air.events.channel(AttributeChanged)

    def __repr__(self) -> str:
        return f"<{self.product.model} {self.name!r} 0x{self.node.ieee:016x}>"

    @property
    def model(self) -> str:
        return self.product.model

    @property
    def title(self) -> str:
        return f"{self.name} ({self.model})"

    def has(self, quirk: Quirk) -> bool:
        """Whether it has this quirk: as declared on the bench, else by the product's default."""
        return self._quirks.get(quirk.name, False)

    # Declared by a product

    def node_descriptor(self) -> NodeDescriptor:
        """Its node and power descriptors."""
        return self.product.node

    def endpoints(self) -> tuple[EndpointDeclaration, ...]:
        """The endpoints of this firmware."""
        raise NotImplementedError

    def state(self) -> dict[str, Any]:
        """Its state, for assertions and for display: values by name, in the units of the product's page."""
        return {
            "joined": self.joined,
            "pairing": self.node.pairing,
            "powered": self.powered,
            "ieee": f"0x{self.node.ieee:016x}",
            "nwk": None if self.node.nwk == UNKNOWN_NWK else f"0x{self.node.nwk:04x}",
            **self.faults.state(),
        }

    def expected_state(self) -> dict[str, Any]:
        """The state that a host publishes once it has received every report, by property of the page: {"state": "ON"}.

        Numbers are unrounded; a host may round them. Events (`action`) are not included.
        """
        return {}

    def snapshot(self) -> dict[str, Any]:
        """Non-volatile state as JSON. A product adds its own to `super().snapshot()`."""
        return {
            "model": self.model,
            "ieee": self.node.ieee,
            "powered": self.powered,
            "node": self.node.snapshot(),
        }

    def restore_snapshot(self, snapshot: dict[str, Any]) -> None:
        """Restore what `snapshot` returned; does not announce."""
        self.node.restore_snapshot(snapshot["node"])
        if not snapshot["powered"]:
            self.node.power_cut()

    def volatile(self) -> dict[str, Any]:
        """What a power cut erases, as JSON; times are relative to now. Of what is due (`Node.due`) it has nothing."""
        return {"node": volatile(self.node, self._air), "last_report": self.faults.volatile()}

    def restore_volatile(self, it: dict[str, Any]) -> None:
        """Restore what `volatile` returned, after `restore_snapshot`."""
        restore_volatile(self.node, self._air, it["node"])
        self.faults.restore_volatile(it["last_report"])

    @property
    def declaration(self) -> dict[str, Any]:
        """Its firmware and quirks, as `Bench.add` takes them."""
        return {"firmware": self.firmware, **self._quirks}

    def send_report(
        self,
        cluster: Cluster,
        *attribute_ids: int,
        manufacturer: int | None = None,
        distort: Callable[[bytes], bytes] | None = None,
    ) -> None:
        """Report attributes now; see `Cluster.report`. Firmware that also reports without a binding overrides it."""
        cluster.report(*attribute_ids, manufacturer=manufacturer, distort=distort)

    def _joined(self) -> None:
        if self._air.mesh.knows(self.node):
            self.uses.ended("forgotten")
        self.joined_network()
        if self._announcements.listeners:
            self._announcements.emit(DeviceAnnounced(at=self.loop.time(), ieee=self.node.ieee, nwk=self.node.nwk))

    def _left(self) -> None:
        self.left_network()
        if self._departures.listeners:
            self._departures.emit(DeviceLeft(at=self.loop.time(), ieee=self.node.ieee))

    def _attribute_changed(self, endpoint: int, cluster: int, attribute: Attribute) -> None:
        if self._changes.listeners:
            store = self.node.endpoints[endpoint].servers[cluster].attributes
            self._changes.emit(
                AttributeChanged(
                    at=self.loop.time(),
                    ieee=self.node.ieee,
                    endpoint=endpoint,
                    cluster=cluster,
                    manufacturer=attribute.manufacturer,
                    attribute=attribute.id,
                    value=store.get(attribute.id, attribute.manufacturer),
                )
            )
        self.attribute_changed(endpoint, cluster, attribute)

    # Hooks of a product

    def joined_network(self) -> None:
        """It has announced itself: after pairing, after a rejoin, after its power was restored."""

    def left_network(self) -> None:
        """It has left its network, and forgotten it."""

    def power_lost(self) -> None:
        """Its power was cut; timers have stopped."""

    def power_came_back(self) -> None:
        """Its power was restored; when the node has a network, `joined_network` follows once it has booted."""

    def attribute_changed(self, endpoint: int, cluster: int, attribute: Attribute) -> None:
        """The value of a server cluster's attribute changed."""

    def value_received(self, endpoint: int, cluster: int, attribute_id: int, value: Value) -> None:
        """A client cluster has received a value: in a report, or in the response to a read."""

    @property
    def powered(self) -> bool:
        return self.node.powered

    @property
    def joined(self) -> bool:
        """In a network, powered or not."""
        return self.node.nwk != UNKNOWN_NWK

    # Controls

    @control("{name} is paired", seconds=Number(0, 86_400, "s"))
    def pair(self, seconds: float = PAIRING_WINDOW) -> None:
        """Hold its button until it leaves its network and looks for one that permits joining."""
        self.node.pair(seconds)

    @fault(undo=None)
    @control("{name} leaves")
    def leave(self) -> None:
        """Make it leave its network; it stays out until it is paired again."""
        self.node.leave()

    @control("{name} rejoins")
    def rejoin(self) -> None:
        """Make it rejoin, as if it had lost its parent; end devices also do that by themselves."""
        self.node.rejoin()

    @control("{name} rejoins with a new short address")
    def readdress(self) -> None:
        """Make it rejoin with a new short address."""
        self.node.rejoin(new_address=True)

    @fault(undo="rejoin")
    @control("the parent of {name} forgets it")
    def forgotten(self) -> None:
        """Make its parent forget it; an end device notices when it next sends."""
        self._air.mesh.forget_child(self.node)

    @fault(undo="restore")
    @control("{name} loses power")
    def cut(self) -> None:
        """Cut its power."""
        if self.powered:
            self.node.power_cut()
            self.power_lost()

    @control("{name} regains power")
    def restore(self) -> None:
        """Restore its power."""
        if not self.powered:
            self.node.power_restored()
            self.power_came_back()

    def require_on_air(self) -> None:
        """Raise ControlError unless it has power and is in a network: for controls that make it report."""
        if not self.powered:
            raise ControlError(f"{self.name} has no power, so it can't report: use restore first")
        if not self.node.announced:
            raise ControlError(f"{self.name} is not in a network, so no host would receive it: use pair first")

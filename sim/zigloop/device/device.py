"""A device: a virtual product. It is declared (`Product`) and it behaves (a subclass of `Device`)."""

import random
from typing import Any, ClassVar

from zigloop.air.air import Air
from zigloop.air.frame import UNKNOWN_NWK
from zigloop.control.arguments import ControlError, Number
from zigloop.control.control import control, fault
from zigloop.device.faults import Faults, Speech
from zigloop.device.product import Product, Quirk
from zigloop.events import DeviceAnnounced, DeviceLeft
from zigloop.node.descriptor import NodeDescriptor
from zigloop.node.node import Node
from zigloop.zcl.endpoint import EndpointDeclaration

#: How long a press on the pairing button lasts: the device looks for a network for this many seconds.
#: ASSUMPTION: BDB steers for bdbcMinCommissioningTime, 180 s (BDB 1.0, table 1); Lumi's own time isn't known.
PAIRING_WINDOW = 180


class Device(Faults):
    """A product with a name, on the air.

    Everything done to it is a control; everything it says goes over the air. Batteries' and mains' common
    verbs are here, a product adds its own. What hands do to a device without power (press, pair) has no
    effect, as in reality; what only a bench can do (report, heartbeat) says so instead.
    """

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
                raise ControlError(f"{product.model} knows no {each!r}; what can be declared is {known}")
        self._quirks |= quirks
        self.loop = air.loop
        self.node = Node(
            air,
            ieee=ieee,
            descriptor=self.node_descriptor(),
            endpoints=self.endpoints(),
            manufacturers=product.manufacturers,
            rng=rng,
        )
        self.speech = Speech(self.node)
        self._announced = air.events.channel(DeviceAnnounced)
        self._left = air.events.channel(DeviceLeft)
        self.node.joined_network = self._joined_network
        self.node.left_network = self._left_network

    def __repr__(self) -> str:
        return f"<{self.product.model} {self.name!r} 0x{self.node.ieee:016x}>"

    @property
    def model(self) -> str:
        return self.product.model

    @property
    def title(self) -> str:
        return f"{self.name} ({self.model})"

    def has(self, quirk: Quirk) -> bool:
        """Whether it has this oddity: as declared, or as its product usually does."""
        return self._quirks.get(quirk.name, False)

    # What a product says

    def node_descriptor(self) -> NodeDescriptor:
        """What ZDO tells of it."""
        return self.product.node

    def endpoints(self) -> tuple[EndpointDeclaration, ...]:
        """The endpoints of this firmware."""
        raise NotImplementedError

    def state(self) -> dict[str, Any]:
        """What is so, for assertions and for people: value by name, in the units of the product's page."""
        return {
            "joined": self.joined,
            "pairing": self.node.pairing,
            "powered": self.powered,
            "ieee": f"0x{self.node.ieee:016x}",
            "nwk": None if self.node.nwk == UNKNOWN_NWK else f"0x{self.node.nwk:04x}",
            **({"faults": faults} if (faults := self.faults()) else {}),
        }

    def shown(self) -> dict[str, Any]:
        """What a host that has heard everything shows, by the properties of its page: {"state": "ON"}.

        Numbers as they are on the wire: a host may round them. Events (`action`) aren't among them.
        """
        return {}

    def memory(self) -> dict[str, Any]:
        """What the device keeps without power, as JSON. A product adds its own to `super().memory()`."""
        return {
            "model": self.model,
            "ieee": self.node.ieee,
            "powered": self.powered,
            "node": self.node.memory(),
        }

    def remember(self, memory: dict[str, Any]) -> None:
        """Go on from what `memory` gave."""
        self.node.remember(memory["node"])
        if not memory["powered"]:
            self.node.power_cut()

    def _joined_network(self) -> None:
        self.joined_network()
        if self._announced.listeners:
            self._announced.emit(DeviceAnnounced(at=self.loop.time(), ieee=self.node.ieee, nwk=self.node.nwk))

    def _left_network(self) -> None:
        self.left_network()
        if self._left.listeners:
            self._left.emit(DeviceLeft(at=self.loop.time(), ieee=self.node.ieee))

    # What happens to it

    def joined_network(self) -> None:
        """It has announced itself: after pairing, after a rejoin, when power came back."""

    def left_network(self) -> None:
        """It is out of its network, and has forgotten it."""

    def power_lost(self) -> None:
        """Power has gone; timers have stopped."""

    def power_came_back(self) -> None:
        """Power is there; when the node has a network, `joined_network` follows once it has booted."""

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
        """Hold the button until it blinks: it forgets its network and looks for one that permits joining."""
        self.node.pair(seconds)

    @fault(undo=None)
    @control("{name} leaves")
    def leave(self) -> None:
        """It says goodbye and leaves its network, until it is paired again."""
        self.node.leave()

    @control("{name} rejoins")
    def rejoin(self) -> None:
        """It looks for a parent again, as after having lost it; end devices do that by themselves."""
        self.node.rejoin()

    @control("{name} rejoins with a new short address")
    def readdress(self) -> None:
        """It rejoins, and is given another short address than it had."""
        self.node.rejoin(new_address=True)

    @fault(undo="rejoin")
    @control("the parent of {name} forgets it")
    def forgotten(self) -> None:
        """Its parent has it among its children no more; an end device finds out when it next speaks."""
        self.node.air.mesh.forget_child(self.node)

    @fault(undo="restore")
    @control("{name} loses power")
    def cut(self) -> None:
        """Take its power away."""
        if self.powered:
            self.node.power_cut()
            self.power_lost()

    @control("{name} regains power")
    def restore(self) -> None:
        """Give it power again."""
        if not self.powered:
            self.node.power_restored()
            self.power_came_back()

    def must_speak(self) -> None:
        """ControlError unless what it says would be heard: for controls that make it speak."""
        if not self.powered:
            raise ControlError(f"{self.name} has no power, so it can't speak: restore it first")
        if not self.node.announced:
            raise ControlError(f"{self.name} is in no network, so nobody would hear it: pair it first")

"""A node: the Zigbee side of a device. Addresses, power, sending and receiving, APS tables.

A node whose receiver is off when idle sleeps: it sends at any time, but receives only what its parent holds for it,
while it polls: for some time after it has joined, sent or received.

Not modelled: keys and frame counters, address resolution (bindings look their target up on the air), fragmentation,
APS acknowledgements of what it sends: a frame that the next hop doesn't acknowledge is lost.
"""

import asyncio
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from zigloop.air.air import Air
from zigloop.air.frame import ALL_ENDPOINTS, BROADCAST_RX_ON, COORDINATOR, UNKNOWN_NWK, ApsFrame, Outcome
from zigloop.air.station import FULL_FUNCTION, sleeps
from zigloop.node.descriptor import NodeDescriptor
from zigloop.node.membership import Membership
from zigloop.node.tables import Bindings, GroupTable
from zigloop.node.timers import Timers
from zigloop.node.zdo import ZdoEndpoint
from zigloop.node.zdo_server import DEVICE_ANNCE
from zigloop.zcl.attributes import Attribute
from zigloop.zcl.cluster import Cluster
from zigloop.zcl.endpoint import Endpoint, EndpointDeclaration
from zigloop.zcl.types import Value

#: How long a sleeping node stays awake after it has sent or received, in seconds. ASSUMPTION: no source; users press a
#: button once a second to keep such a device awake.
AWAKE_AFTER_TRAFFIC: Final = 1.0

#: APS tables' sizes. ASSUMPTION: defaults of common stacks.
GROUP_TABLE = 16
BINDING_TABLE = 16


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A frame to be sent."""

    frame: ApsFrame
    answer: bool  # a response to a request
    after: float = 0.0  # seconds until it is sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Notifications:
    """Callbacks from a node to its device, each called after the fact."""

    joined: Callable[[], None] = lambda: None  # and announced
    left: Callable[[], None] = lambda: None  # and forgotten
    #: With endpoint and cluster: an attribute of a server has another value.
    attribute_changed: Callable[[int, int, Attribute], None] = lambda endpoint, cluster, attribute: None
    #: With endpoint, cluster and attribute: a client has received a value, in a report or in the response to a read.
    value_received: Callable[[int, int, int, Value], None] = lambda endpoint, cluster, attribute_id, value: None


class Node:
    """A station with endpoints. It is on the air from the start, but in no network until it pairs."""

    def __init__(
        self,
        air: Air,
        *,
        ieee: int,
        descriptor: NodeDescriptor,
        endpoints: tuple[EndpointDeclaration, ...],
        manufacturers: tuple[int, ...],
        rng: random.Random,
        notifications: Notifications,
    ) -> None:
        self._air = air
        self.loop = air.loop
        self.rng = rng
        self.descriptor = descriptor
        self.manufacturers = manufacturers  # codes whose manufacturer-specific frames are understood
        self.powered = True
        self.deaf = False  # its transceiver is off, while everything else runs
        #: Each turns a frame into the frames that are sent instead; faults are implemented so.
        self.outgoing: list[Callable[[Outgoing], list[Outgoing]]] = []
        self.groups = GroupTable(GROUP_TABLE)
        self.bindings = Bindings(BINDING_TABLE, self._resolve)
        self.sleepy = sleeps(self)  # its receiver is off when idle
        self._routes = bool(self.capability & FULL_FUNCTION)
        self._ieee = ieee
        self._notifications = notifications
        self._network = Membership(self, air, rng, joined_network=notifications.joined, forgotten=self._forgotten)
        self.tsn = rng.randrange(256)  # of the last ZCL or ZDO frame
        self.aps_counter = rng.randrange(256)
        self._timers = Timers(self.loop)
        self._zdo = ZdoEndpoint(self, air)
        self.endpoints = {each.id: Endpoint(self, each) for each in endpoints}
        air.attach(self)

    # The station

    @property
    def ieee(self) -> int:
        return self._ieee

    @property
    def nwk(self) -> int:
        return self._network.nwk

    @property
    def membership(self) -> bytes:
        return self._network.key

    @property
    def capability(self) -> int:
        return self.descriptor.capability

    @property
    def listening(self) -> bool:
        return self.powered and not self.sleepy and not self.deaf

    @property
    def joined(self) -> bool:
        """Whether it is in a network and has power, so that it can send."""
        return self.powered and self._network.nwk != UNKNOWN_NWK

    @property
    def announced(self) -> bool:
        """Whether it has announced itself: only then does it report."""
        return self._network.announced

    @property
    def pairing(self) -> bool:
        """Whether it is looking for a network that admits it."""
        return self._network.pairing

    def receive(self, frame: ApsFrame, lqi: int) -> None:
        if not self.powered or self.deaf:
            return
        self.stay_awake(AWAKE_AFTER_TRAFFIC)
        if frame.group is not None:
            for endpoint in self.groups.members(frame.group):
                self.endpoints[endpoint].receive(frame)
        elif frame.dst_endpoint == 0:
            self._zdo.receive(frame)
        elif frame.dst_endpoint == ALL_ENDPOINTS:
            for each in self.endpoints.values():
                each.receive(frame)
        elif frame.dst_endpoint in self.endpoints:
            self.endpoints[frame.dst_endpoint].receive(frame)

    # Sending

    def next_tsn(self) -> int:
        """A new sequence number for each frame: hosts drop frames that look like repetitions."""
        self.tsn = (self.tsn + 1) & 0xFF
        return self.tsn

    def next_counter(self) -> int:
        """A new APS counter for each frame that isn't a repetition."""
        self.aps_counter = (self.aps_counter + 1) & 0xFF
        return self.aps_counter

    def send(
        self,
        nwk: int,
        dst_endpoint: int,
        src_endpoint: int,
        profile: int,
        cluster: int,
        data: bytes,
        *,
        group: int | None = None,
        answer: bool = False,
        confirm: Callable[[Outcome], None] | None = None,
    ) -> None:
        """Put a frame on the air; a node without power or network sends nothing. `answer` marks a response."""
        if not self.joined or self.deaf:
            return
        frame = ApsFrame(
            src=self._network.nwk,
            dst=nwk,
            src_endpoint=src_endpoint,
            dst_endpoint=dst_endpoint,
            profile=profile,
            cluster=cluster,
            data=data,
            counter=self.next_counter(),
            group=group,
        )
        if not self._routes:
            confirm = partial(self._sent, confirm)
        sent = [Outgoing(frame, answer)]
        for change in self.outgoing:
            sent = [each for one in sent for each in change(one)]
        for each in sent:
            if each.after:
                self.soon(each.after, self._put_on_air, each.frame, confirm)
            else:
                self._put_on_air(each.frame, confirm)

    def _put_on_air(self, frame: ApsFrame, confirm: Callable[[Outcome], None] | None) -> None:
        if self.joined and not self.deaf:
            self._air.send(frame, confirm)
            self.stay_awake(AWAKE_AFTER_TRAFFIC)

    def _sent(self, confirm: Callable[[Outcome], None] | None, outcome: Outcome) -> None:
        self._network.sent(outcome)
        if confirm is not None:
            confirm(outcome)

    def announce(self) -> None:
        """Device_annce to all that have their receiver on (Zigbee specification 2.4.3.1.11)."""
        payload = self.nwk.to_bytes(2, "little") + self._ieee.to_bytes(8, "little") + bytes((self.capability,))
        data = bytes((self.next_tsn(),)) + payload
        self.send(BROADCAST_RX_ON, 0, 0, 0x0000, DEVICE_ANNCE, data)

    def stay_awake(self, seconds: float) -> None:
        """Keep polling for at least this long; no effect on a node that never sleeps.

        A parent that has forgotten it makes it rejoin.
        """
        if not self._routes and self.joined and not self._network.rejoining and not self.deaf:
            if not self._air.mesh.heard(self):
                self._network.look_for_parent()
            elif self.sleepy:
                self._air.polls(self, self.loop.time() + seconds)

    def later(self, delay: float, act: Callable[..., object], *args: Any) -> asyncio.TimerHandle:
        """A timer that a power cut cancels."""
        return self._timers.later(delay, act, *args)

    def soon(self, delay: float, act: Callable[..., object], *args: Any) -> asyncio.TimerHandle:
        """`later`, for what it does because something has happened to it: `due` has its time until then."""
        return self._timers.soon(delay, act, *args)

    @property
    def due(self) -> list[float]:
        """The loop's times at which it will act because of what has happened; regular heartbeats aren't included."""
        return self._timers.due

    # Its network

    def pair(self, window: float | None = None) -> None:
        """Forget the network and look for one that permits joining, for `window` seconds (None: always)."""
        if self.powered:
            self._network.pair(window)

    def leave(self, *, rejoin: bool = False) -> None:
        """Announce that it leaves, and leave; with `rejoin` rejoin at once, keeping all tables."""
        self._network.leave(rejoin=rejoin)

    def rejoin(self, *, new_address: bool = False) -> None:
        """Rejoin, as if the parent was lost; with `new_address` under a new short address."""
        self._network.rejoin(new_address=new_address)

    def reset(self) -> None:
        """Leave, and restore the factory defaults."""
        self._network.reset()
        self.reset_attributes()
        self._forget()

    def _forgotten(self) -> None:
        self._forget()
        self._notifications.left()

    def _forget(self) -> None:
        self._network.forget()
        self.groups.clear()
        self.bindings.clear()
        for cluster in self.clusters():
            cluster.reporting.reset()

    def _resolve(self, ieee: int) -> int | None:
        """The short address of a binding's target."""
        trust_center = self._air.trust_center
        if trust_center is not None and trust_center.ieee == ieee:
            return COORDINATOR
        return next((each.nwk for each in self._air.stations if each.ieee == ieee and each.nwk != UNKNOWN_NWK), None)

    # Power

    def power_cut(self) -> None:
        """Stop all timers; non-volatile memory is kept."""
        self.powered = False
        self._network.power_cut()
        self._timers.stop()
        for cluster in self.clusters():
            cluster.power_cut()
        self._air.stops_polling(self)

    def power_restored(self) -> None:
        """Resume the stored network, and announce."""
        self.powered = self._timers.running = True
        for cluster in self.clusters():
            cluster.power_restored()
        self._network.power_restored()

    def close(self) -> None:
        """Take it off the air for good."""
        self.power_cut()
        self._air.detach(self)

    # Snapshots

    def snapshot(self) -> dict[str, Any]:
        """Non-volatile state as JSON."""
        clusters = {
            f"{endpoint.id}/{cluster.id}": cluster.snapshot()
            for endpoint in self.endpoints.values()
            for cluster in endpoint.servers.values()
        }
        return {
            "nwk": self.nwk,
            "membership": self.membership.hex(),
            "groups": self.groups.snapshot(),
            "bindings": self.bindings.snapshot(),
            "clusters": clusters,
        }

    def restore_snapshot(self, snapshot: dict[str, Any]) -> None:
        """Restore a snapshot, its network included; does not announce."""
        self.groups.restore_snapshot(snapshot["groups"])
        self.bindings.restore_snapshot(snapshot["bindings"])
        for endpoint in self.endpoints.values():
            for cluster in endpoint.servers.values():
                cluster.restore_snapshot(snapshot["clusters"][f"{endpoint.id}/{cluster.id}"])
        self._network.restore_snapshot(snapshot["nwk"], bytes.fromhex(snapshot["membership"]))

    # Its clusters

    def reset_attributes(self) -> None:
        """Factory defaults in all clusters; the network is kept."""
        for cluster in self.clusters():
            cluster.reset()

    def attribute_changed(self, endpoint: int, cluster: int, attribute: Attribute) -> None:
        self._notifications.attribute_changed(endpoint, cluster, attribute)

    def value_received(self, endpoint: int, cluster: int, attribute_id: int, value: Value) -> None:
        self._notifications.value_received(endpoint, cluster, attribute_id, value)

    def clusters(self) -> Iterator[Cluster]:
        return (cluster for endpoint in self.endpoints.values() for cluster in endpoint.servers.values())

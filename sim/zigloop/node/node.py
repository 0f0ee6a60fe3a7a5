"""A node: the Zigbee side of a device. Addresses, power, the way into a network and out of it, APS tables.

A node whose receiver is off when idle sleeps: it speaks whenever it wants to, and hears only what waits with its
parent while it polls, for some time after it has joined, spoken or been spoken to.

Not modelled: keys and frame counters, address resolution (bindings find their target by asking the air), fragmentation,
APS acknowledgements of what it sends: a frame that its neighbour doesn't take is lost.
"""

import asyncio
import random
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any, Final

from zigloop.air.air import Air
from zigloop.air.frame import BROADCAST_RX_ON, COORDINATOR, UNKNOWN_NWK, ApsFrame, Outcome
from zigloop.air.station import FULL_FUNCTION, Station, sleeps
from zigloop.node.descriptor import NodeDescriptor
from zigloop.node.tables import Bindings, Groups
from zigloop.node.zdo import Zdo
from zigloop.node.zdo_server import DEVICE_ANNCE
from zigloop.zcl.endpoint import Endpoint, EndpointDeclaration

#: One active scan of 16 channels at scan duration 4: 16 times (2^4 + 1) times 15.36 ms.
SCAN_PERIOD: Final = 4.2
#: From the association to the announcement: the transport of the network key lies between. ASSUMPTION: no
#: source.
ANNOUNCE_DELAY: Final = 0.1
#: From power to the announcement of a router that was in a network. ASSUMPTION: no source.
BOOT_TIME: Final = 1.0

#: How long a node that sleeps stays awake, in seconds: after it joined, so that it can be interviewed, and after it
#: spoke or was spoken to. ASSUMPTION: no source; users press a button once a second to keep such a device awake.
AWAKE_AFTER_JOINING: Final = 15.0
AWAKE_AFTER_TRAFFIC: Final = 1.0

#: Frames in a row that its parent doesn't acknowledge until an end device takes itself for an orphan, and looks for
#: another parent. ASSUMPTION: Z-Stack's MAX_POLL_FAILURE_RETRIES is 2 after the first.
ORPHAN_AFTER: Final = 3
#: An orphan that finds nobody looks less and less often, seconds. ASSUMPTION.
LONGEST_REST: Final = 1800.0

#: APS tables' sizes. ASSUMPTION: those of common stacks' defaults.
GROUP_TABLE = 16
BINDING_TABLE = 16


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A frame on its way to the air."""

    frame: ApsFrame
    answer: bool  # to somebody's question
    after: float = 0.0  # seconds until it is sent


class Node:
    """A station with endpoints. It is on the air from the start, and in no network until it pairs.

    `joined_network` and `left_network` are called when it has announced itself and when it has gone.
    """

    def __init__(
        self,
        air: Air,
        *,
        ieee: int,
        descriptor: NodeDescriptor,
        endpoints: tuple[EndpointDeclaration, ...],
        manufacturers: tuple[int, ...],
        rng: random.Random,
    ) -> None:
        self.air = air
        self.loop = air.loop
        self.rng = rng
        self.descriptor = descriptor
        self.manufacturers = manufacturers  # codes whose manufacturer-specific frames are understood
        self.powered = True
        self.deaf = False  # its transceiver does nothing, while everything else goes on
        #: Each makes of a frame those that are sent in its place; faults are among them.
        self.outgoing: list[Callable[[Outgoing], list[Outgoing]]] = []
        self.announced = False  # settled in its network: only then does it report
        self.groups = Groups(GROUP_TABLE)
        self.bindings = Bindings(BINDING_TABLE, self._resolve)
        self.joined_network: Callable[[], None] = lambda: None
        self.left_network: Callable[[], None] = lambda: None
        self._ieee = ieee
        self._nwk = UNKNOWN_NWK
        self._membership = b""
        self._tsn = rng.randrange(256)
        self._aps_counter = rng.randrange(256)
        self._timers: weakref.WeakSet[asyncio.TimerHandle] = weakref.WeakSet()
        self._scan: asyncio.TimerHandle | None = None
        self._scan_until: float | None = None
        self._rejoining = False
        self._new_address = False  # at the next rejoin
        self._unheard = 0  # frames in a row that the parent has not acknowledged
        self._rest = SCAN_PERIOD  # seconds until an orphan looks again
        self._zdo = Zdo(self)
        self.endpoints = {each.id: Endpoint(self, each) for each in endpoints}
        air.attach(self)

    # The station

    @property
    def ieee(self) -> int:
        return self._ieee

    @property
    def nwk(self) -> int:
        return self._nwk

    @property
    def membership(self) -> bytes:
        return self._membership

    @property
    def capability(self) -> int:
        return self.descriptor.capability

    @property
    def listening(self) -> bool:
        return self.powered and not self.sleepy and not self.deaf

    @property
    def sleepy(self) -> bool:
        """Its receiver is off when idle."""
        return sleeps(self)

    @property
    def joined(self) -> bool:
        """In a network, and with power: what it sends is sent."""
        return self.powered and self._nwk != UNKNOWN_NWK

    @property
    def pairing(self) -> bool:
        """Looking for a network that lets it in."""
        return self._scan is not None

    def receive(self, frame: ApsFrame, lqi: int) -> None:
        if not self.powered or self.deaf:
            return
        self.stay_awake(AWAKE_AFTER_TRAFFIC)
        if frame.group is not None:
            for endpoint in self.groups.members(frame.group):
                self.endpoints[endpoint].receive(frame)
        elif frame.dst_endpoint == 0:
            self._zdo.receive(frame)
        elif frame.dst_endpoint == 0xFF:
            for each in self.endpoints.values():
                each.receive(frame)
        elif frame.dst_endpoint in self.endpoints:
            self.endpoints[frame.dst_endpoint].receive(frame)

    # Sending

    def next_tsn(self) -> int:
        """A new sequence number for each frame: hosts drop what looks like one they have had."""
        self._tsn = (self._tsn + 1) & 0xFF
        return self._tsn

    def next_counter(self) -> int:
        """A new APS counter for each frame that isn't sent again."""
        self._aps_counter = (self._aps_counter + 1) & 0xFF
        return self._aps_counter

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
        """Put a frame on the air; a node without power or network sends nothing. `answer`: somebody asked for it."""
        if not self.joined or self.deaf:
            return
        frame = ApsFrame(
            src=self._nwk,
            dst=nwk,
            src_endpoint=src_endpoint,
            dst_endpoint=dst_endpoint,
            profile=profile,
            cluster=cluster,
            data=data,
            counter=self.next_counter(),
            group=group,
        )
        tell = confirm if self._routes else partial(self._told, confirm)
        sent = [Outgoing(frame, answer)]
        for change in self.outgoing:
            sent = [each for one in sent for each in change(one)]
        for each in sent:
            if each.after:
                self.later(each.after, self._put_on_air, each.frame, tell)
            else:
                self._put_on_air(each.frame, tell)

    def _put_on_air(self, frame: ApsFrame, tell: Callable[[Outcome], None] | None) -> None:
        if self.joined and not self.deaf:
            self.air.send(frame, tell)
            self.stay_awake(AWAKE_AFTER_TRAFFIC)

    def stay_awake(self, seconds: float) -> None:
        """Poll for this long at least; a node that never sleeps has nothing to poll.

        A parent that has forgotten it tells it to rejoin.
        """
        if not self._routes and self.joined and not self._rejoining and not self.deaf:
            if not self.air.mesh.heard(self):
                self._look_for_parent()
            elif self.sleepy:
                self.air.polls(self, self.loop.time() + seconds)

    @property
    def _routes(self) -> bool:
        return bool(self.capability & FULL_FUNCTION)

    def _told(self, confirm: Callable[[Outcome], None] | None, outcome: Outcome) -> None:
        """What became of a frame to the parent."""
        self._unheard = self._unheard + 1 if outcome is Outcome.NO_ACK else 0
        if self._unheard >= ORPHAN_AFTER:
            self._look_for_parent()
        if confirm is not None:
            confirm(outcome)

    def _look_for_parent(self) -> None:
        """An orphan: still in its network, with nobody to speak to."""
        if not self.joined or self._rejoining:
            return
        self._unheard, self._rest = 0, SCAN_PERIOD
        self._rejoining = True
        self.announced = False
        self._scan = self.later(ANNOUNCE_DELAY, self._rejoin)

    def later(self, delay: float, act: Callable[..., object], *args: Any) -> asyncio.TimerHandle:
        """A timer that a power cut cancels."""
        timer = self.loop.call_later(delay, act, *args)
        if self.powered:
            self._timers.add(timer)
        else:
            timer.cancel()
        return timer

    # Networks

    def pair(self, window: float | None = None) -> None:
        """Forget the network and look for one that permits joining, for `window` seconds (None: always)."""
        if not self.powered:
            return
        self.leave()
        self.stop_pairing()
        self._rejoining = False
        self._scan_until = None if window is None else self.loop.time() + window
        self._scan = self.later(self.rng.uniform(0.2, 0.5), self._look_for_network)

    def stop_pairing(self) -> None:
        if self._scan is not None:
            self._scan.cancel()
            self._scan = None

    def leave(self, *, rejoin: bool = False) -> None:
        """Say goodbye and go; with `rejoin` come back at once, keeping all tables."""
        if not self.joined:
            return
        if self.air.trust_center is not None and self._in_touch(self.air.trust_center):
            self.air.trust_center.departed(self, rejoin=rejoin)
        self.air.abandoned(self)
        self._nwk = UNKNOWN_NWK
        self.announced = False
        self._rejoining = rejoin
        if rejoin:
            self._scan = self.later(ANNOUNCE_DELAY, self._rejoin)
        else:
            self._forget()
            self.left_network()

    def _in_touch(self, station: Station) -> bool:
        """Whether what it says gets there."""
        way = [self, *self.air.mesh.route(self, station)]
        return not self.deaf and all(self.air.medium.link(a, b) is not None for a, b in pairwise(way)) and len(way) > 1

    def announce(self) -> None:
        """Device_annce to all that have their receiver on (Zigbee specification 2.4.3.1.11)."""
        payload = self._nwk.to_bytes(2, "little") + self._ieee.to_bytes(8, "little") + bytes((self.capability,))
        data = bytes((self.next_tsn(),)) + payload
        self.send(BROADCAST_RX_ON, 0, 0, 0x0000, DEVICE_ANNCE, data)

    def power_cut(self) -> None:
        """All timers stop; what is in non-volatile memory stays."""
        self.powered = self.announced = False
        self.stop_pairing()
        for timer in list(self._timers):
            timer.cancel()
        self._timers.clear()
        for cluster in self._clusters():
            cluster.power_cut()
        self.air.stops_polling(self)

    def power_restored(self) -> None:
        """It resumes its network from memory and announces itself."""
        self.powered = True
        for cluster in self._clusters():
            cluster.power_restored()
        if self._rejoining:
            self._scan = self.later(BOOT_TIME, self._rejoin)
        elif self.joined:
            self.later(BOOT_TIME, self._announce_and_tell)

    def reset(self) -> None:
        """Leave, and be as from the factory."""
        self.leave()
        self.stop_pairing()
        self._rejoining = False
        for cluster in self._clusters():
            cluster.reset()
        self._forget()

    def close(self) -> None:
        """Off the air, for good."""
        self.power_cut()
        self.air.detach(self)

    # Memory

    def memory(self) -> dict[str, Any]:
        """What the node keeps without power, as JSON."""
        clusters = {
            f"{endpoint.id}/{cluster.id}": cluster.memory()
            for endpoint in self.endpoints.values()
            for cluster in endpoint.servers.values()
        }
        return {
            "nwk": self._nwk,
            "membership": self._membership.hex(),
            "groups": self.groups.memory(),
            "bindings": self.bindings.memory(),
            "clusters": clusters,
        }

    def remember(self, memory: dict[str, Any]) -> None:
        """Wake up with what `memory` gave, and be in the same network again, without a word."""
        self.groups.remember(memory["groups"])
        self.bindings.remember(memory["bindings"])
        for endpoint in self.endpoints.values():
            for cluster in endpoint.servers.values():
                cluster.remember(memory["clusters"][f"{endpoint.id}/{cluster.id}"])
        self._nwk = memory["nwk"]
        self._membership = bytes.fromhex(memory["membership"])
        self.announced = self.joined

    def _forget(self) -> None:
        self._membership = b""
        self.groups.clear()
        self.bindings.clear()
        for cluster in self._clusters():
            cluster.reporting.reset()

    def _clusters(self) -> list[Any]:
        return [cluster for endpoint in self.endpoints.values() for cluster in endpoint.servers.values()]

    def _look_for_network(self) -> None:
        if self._join(rejoin=False):
            return
        again = self.loop.time() + SCAN_PERIOD
        if self._scan_until is None or again <= self._scan_until:
            self._scan = self.later(SCAN_PERIOD, self._look_for_network)

    def _rejoin(self) -> None:
        """A rejoin is always let in while somebody of the network is in range; until then try again."""
        if not self._join(rejoin=True):
            self._scan = self.later(self._rest, self._rejoin)
            self._rest = min(2 * self._rest, LONGEST_REST)

    def rejoin(self, *, new_address: bool = False) -> None:
        """Find a parent again, as after having lost it; with `new_address` under another short address."""
        self._new_address = new_address
        self._look_for_parent()

    def _join(self, *, rejoin: bool) -> bool:
        self._scan = None
        trust_center = self.air.trust_center
        address = (
            None
            if trust_center is None or self.deaf
            else trust_center.admit(self, rejoin=rejoin, new_address=self._new_address and rejoin)
        )
        if trust_center is None or address is None:
            return False
        self._nwk = address
        self._membership = trust_center.membership
        self._rejoining = self._new_address = False
        self._unheard, self._rest = 0, SCAN_PERIOD
        self.stay_awake(AWAKE_AFTER_JOINING)
        self.later(ANNOUNCE_DELAY, self._announce_and_tell)
        return True

    def _announce_and_tell(self) -> None:
        self.announce()
        self.announced = True
        self.stay_awake(AWAKE_AFTER_JOINING)
        self.joined_network()

    def _resolve(self, ieee: int) -> int | None:
        """The short address of a binding's target."""
        trust_center = self.air.trust_center
        if trust_center is not None and trust_center.ieee == ieee:
            return COORDINATOR
        return next((each.nwk for each in self.air.stations if each.ieee == ieee and each.nwk != UNKNOWN_NWK), None)

"""A node's membership of a network: joining, leaving, rejoining, and searching for a new parent.

Not modelled: keys, the choice between networks (there is one), beacons.
"""

import asyncio
import random
from collections.abc import Callable
from itertools import pairwise
from typing import Any, Final, Protocol

from zigloop.air.air import Air
from zigloop.air.frame import UNKNOWN_NWK, Outcome
from zigloop.air.station import Station

#: One active scan of 16 channels at scan duration 4: 16 times (2^4 + 1) times 15.36 ms.
SCAN_PERIOD: Final = 4.2
#: From association to announcement, which includes the transport of the network key. ASSUMPTION: no source.
ANNOUNCE_DELAY: Final = 0.1
#: From power to the announcement of a router that was in a network. ASSUMPTION: no source.
BOOT_TIME: Final = 1.0
#: How long a sleeping node stays awake after it has joined, so that it can be interviewed, in seconds. ASSUMPTION: no
#: source.
AWAKE_AFTER_JOINING: Final = 15.0

#: Consecutive frames without an acknowledgement from its parent after which an end device is an orphan, and searches
#: for another parent. ASSUMPTION: Z-Stack's MAX_POLL_FAILURE_RETRIES is 2 after the first.
ORPHAN_AFTER: Final = 3
#: An orphan that finds no parent scans less and less often, at most this many seconds apart. ASSUMPTION.
LONGEST_REST: Final = 1800.0


class Member(Station, Protocol):
    """The node, as its membership sees it."""

    powered: bool
    deaf: bool  # its transceiver is off

    def later(self, delay: float, act: Callable[..., object], *args: Any) -> asyncio.TimerHandle: ...
    def soon(self, delay: float, act: Callable[..., object], *args: Any) -> asyncio.TimerHandle: ...
    def stay_awake(self, seconds: float) -> None: ...
    def announce(self) -> None:
        """Send a Device_annce."""


class Membership:
    """The network that a node is in or searches for.

    `joined_network` is called when the node has announced itself, `forgotten` when it has left for good.
    """

    def __init__(
        self,
        node: Member,
        air: Air,
        rng: random.Random,
        *,
        joined_network: Callable[[], None],
        forgotten: Callable[[], None],
    ) -> None:
        self.nwk = UNKNOWN_NWK
        self.key = b""  # its network, as `Station.membership`; empty: in none
        self.announced = False
        self.rejoining = False  # searches for a parent in its network
        self._node = node
        self._air = air
        self._rng = rng
        self._joined_network = joined_network
        self._forgotten = forgotten
        self._scan: asyncio.TimerHandle | None = None
        self._scan_until: float | None = None
        self._new_address = False  # at the next rejoin
        self._unheard = 0  # frames in a row that the parent has not acknowledged
        self._rest = SCAN_PERIOD  # seconds until an orphan scans again

    @property
    def joined(self) -> bool:
        """In a network, and with power."""
        return self._node.powered and self.nwk != UNKNOWN_NWK

    @property
    def pairing(self) -> bool:
        """Scanning for a network, or for a parent."""
        return self._scan is not None

    # Joining and leaving

    def pair(self, window: float | None = None) -> None:
        """Leave, and look for a network that permits joining, for `window` seconds (None: without end)."""
        self.leave()
        self.stop_pairing()
        self.rejoining = False
        loop = self._air.loop
        self._scan_until = None if window is None else loop.time() + window
        self._scan = self._node.soon(self._rng.uniform(0.2, 0.5), self._look_for_network)

    def stop_pairing(self) -> None:
        """Stop scanning."""
        if self._scan is not None:
            self._scan.cancel()
            self._scan = None

    def leave(self, *, rejoin: bool = False) -> None:
        """Announce that it leaves, and leave; with `rejoin` rejoin at once, keeping all tables."""
        if not self.joined:
            return
        center = self._air.trust_center
        if center is not None and self._in_touch(center):
            center.departed(self._node, rejoin=rejoin)
        self._air.abandoned(self._node)
        self.nwk = UNKNOWN_NWK
        self.announced = False
        self.rejoining = rejoin
        if rejoin:
            self._scan = self._node.soon(ANNOUNCE_DELAY, self._rejoin)
        else:
            self._forgotten()

    def _in_touch(self, station: Station) -> bool:
        """Whether a frame from the node arrives."""
        way = [self._node, *self._air.mesh.route(self._node, station)]
        links = all(self._air.medium.link(a, b) is not None for a, b in pairwise(way))
        return not self._node.deaf and links and len(way) > 1

    def forget(self) -> None:
        """Forget the network and its key."""
        self.key = b""

    def reset(self) -> None:
        """Leave, and stop scanning."""
        self.leave()
        self.stop_pairing()
        self.rejoining = False

    # Parents

    def rejoin(self, *, new_address: bool = False) -> None:
        """Rejoin, as if the parent was lost; with `new_address` under a new short address."""
        self._new_address = new_address
        self.look_for_parent()

    def look_for_parent(self) -> None:
        """Become an orphan: still in its network, without a parent."""
        if not self.joined or self.rejoining:
            return
        self._unheard, self._rest = 0, SCAN_PERIOD
        self.rejoining = True
        self.announced = False
        self._scan = self._node.soon(ANNOUNCE_DELAY, self._rejoin)

    def sent(self, outcome: Outcome) -> None:
        """The outcome of a frame from an end device to its parent."""
        self._unheard = self._unheard + 1 if outcome is Outcome.NO_ACK else 0
        if self._unheard >= ORPHAN_AFTER:
            self.look_for_parent()

    # Power

    def power_cut(self) -> None:
        """The node's timers have stopped."""
        self.announced = False
        self.stop_pairing()

    def power_restored(self) -> None:
        """Resume the stored network, and announce."""
        if self.rejoining:
            self._scan = self._node.soon(BOOT_TIME, self._rejoin)
        elif self.joined:
            self._node.soon(BOOT_TIME, self._announce)

    # Snapshots

    def restore_snapshot(self, nwk: int, key: bytes) -> None:
        """Restore a membership; does not announce."""
        self.nwk, self.key = nwk, key
        self.announced = self.joined

    # Scans

    def _look_for_network(self) -> None:
        if self._join(rejoin=False):
            return
        again = self._air.loop.time() + SCAN_PERIOD
        if self._scan_until is None or again <= self._scan_until:
            self._scan = self._node.later(SCAN_PERIOD, self._look_for_network)

    def _rejoin(self) -> None:
        """Rejoin: always admitted while a router of the network is in range; otherwise try again later."""
        if not self._join(rejoin=True):
            self._scan = self._node.later(self._rest, self._rejoin)
            self._rest = min(2 * self._rest, LONGEST_REST)

    def _join(self, *, rejoin: bool) -> bool:
        self._scan = None
        center = self._air.trust_center
        if center is None or self._node.deaf:
            return False
        nwk = center.admit(self._node, rejoin=rejoin, new_address=self._new_address and rejoin)
        if nwk is None:
            return False
        self.nwk, self.key = nwk, center.membership
        self.rejoining = self._new_address = False
        self._unheard, self._rest = 0, SCAN_PERIOD
        self._node.stay_awake(AWAKE_AFTER_JOINING)
        self._node.soon(ANNOUNCE_DELAY, self._announce)
        return True

    def _announce(self) -> None:
        self._node.announce()
        self.announced = True
        self._node.stay_awake(AWAKE_AFTER_JOINING)
        self._joined_network()

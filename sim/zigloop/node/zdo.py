"""How a device answers ZDO requests, through the server that it shares with coordinators (`zigloop.node.zdo_server`).

Not modelled: answers for children, a change of channel. Energy scans measure the noise of a quiet home.
"""

import random
import struct
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from zigloop.air.air import Air
from zigloop.air.frame import BROADCASTS, COORDINATOR, ApsFrame
from zigloop.air.mesh import Neighbour
from zigloop.air.station import Station
from zigloop.node.codes import Status, ZDOCmd
from zigloop.node.descriptor import NodeDescriptor
from zigloop.node.tables import Bindings
from zigloop.node.zdo_owner import UNKNOWN, Habits, SimpleDescriptor
from zigloop.node.zdo_server import RESPONSE, Reply, ZdoServer
from zigloop.zcl.endpoint import Endpoint

PROFILE: Final = 0x0000

#: Capacity of a device's neighbour table. ASSUMPTION: Z-Stack's default for routers.
NEIGHBOUR_TABLE: Final = 16
#: Mgmt_Leave_req options, bit 7 (2.4.3.3.5): rejoin.
LEAVE_REJOIN: Final = 0x80
#: Seconds from the answer to a Mgmt_Leave_req to the leave itself. ASSUMPTION: long enough for the answer to arrive.
LEAVE_DELAY: Final = 0.02


class Described(Station, Protocol):
    """A node, as its ZDO needs it."""

    rng: random.Random
    descriptor: NodeDescriptor
    bindings: Bindings

    @property
    def endpoints(self) -> Mapping[int, Endpoint]: ...
    def send(
        self,
        nwk: int,
        dst_endpoint: int,
        src_endpoint: int,
        profile: int,
        cluster: int,
        data: bytes,
        *,
        answer: bool = False,
    ) -> None: ...
    def soon(self, delay: float, act: Callable[..., object], *args: Any) -> object: ...
    def leave(self, *, rejoin: bool = False) -> None: ...


class ZdoEndpoint:
    """Answers requests on endpoint 0, except for malformed ones and most broadcasts."""

    def __init__(self, node: Described, air: Air) -> None:
        self._node = node
        self._server = ZdoServer(_DeviceZdo(node, air), Habits(), {ZDOCmd.Mgmt_Leave_req: self._leave})

    def receive(self, frame: ApsFrame) -> None:
        if frame.profile == PROFILE and frame.data and frame.cluster < RESPONSE:
            broadcast = frame.dst in BROADCASTS
            self._server.answer(frame.cluster, frame.data[1:], broadcast=broadcast, reply=self._reply_to(frame))

    def _reply_to(self, frame: ApsFrame) -> Reply:
        def reply(payload: bytes) -> None:
            data = frame.data[:1] + payload
            self._node.send(frame.src, 0, 0, PROFILE, frame.cluster | RESPONSE, data, answer=True)
            if frame.cluster == ZDOCmd.Mgmt_Leave_req and payload[0] == Status.SUCCESS:
                rejoin = bool(frame.data[9] & LEAVE_REJOIN)
                self._node.soon(LEAVE_DELAY, lambda: self._node.leave(rejoin=rejoin))

        return reply

    def _leave(self, payload: bytes) -> bytes:
        """All zeros, or its own address, mean the node itself; it has no children to remove (2.4.3.3.5)."""
        ieee, _ = struct.unpack_from("<QB", payload)
        return bytes((Status.SUCCESS if ieee in (0, self._node.ieee) else Status.DEVICE_NOT_FOUND,))


class _DeviceZdo:
    """A node as its ZDO server sees it."""

    def __init__(self, node: Described, air: Air) -> None:
        self._node = node
        self._air = air

    @property
    def ieee(self) -> int:
        return self._node.ieee

    @property
    def nwk(self) -> int:
        return self._node.nwk

    @property
    def node_descriptor(self) -> bytes:
        return self._node.descriptor.serialize()

    @property
    def power_descriptor(self) -> bytes:
        return self._node.descriptor.power.to_bytes(2, "little")

    @property
    def endpoints(self) -> list[SimpleDescriptor]:
        declared = [each.declaration for each in self._node.endpoints.values()]
        return [
            SimpleDescriptor(
                it.id,
                it.profile,
                it.device_id,
                it.device_version,
                tuple(each.id for each in it.servers),
                (*it.clients,),
            )
            for it in declared
        ]

    @property
    def bindings(self) -> Bindings:
        return self._node.bindings

    @property
    def extended_pan_id(self) -> int:
        center = self._air.trust_center
        return 0 if center is None else center.extended_pan_id

    def nwk_of(self, ieee: int) -> None:
        """A router answers for its children; it has none, so it knows no other device (2.4.3.1.3.1)."""

    def ieee_of(self, nwk: int) -> None:
        """Likewise."""

    def children(self) -> list[int]:
        return []

    def neighbours(self) -> list[Neighbour]:
        """Routers in range, its parent and its children (2.4.4.3.2)."""
        return self._air.mesh.neighbours(self._node)[:NEIGHBOUR_TABLE]

    def permits(self, neighbour: Neighbour) -> int:
        return UNKNOWN

    def routes(self) -> list[tuple[int, int]]:
        """To the coordinator, and those that frames have taken through it."""
        mesh, center = self._air.mesh, self._air.trust_center
        ways = {COORDINATOR: COORDINATOR}
        if center is not None and (path := mesh.route(self._node, center)):
            ways[COORDINATOR] = path[0].nwk
        ways |= {target.nwk: hop.nwk for target, hop in mesh.table(self._node)}
        return list(ways.items())

    def scan(self, channels: list[int], exponent: int, count: int, done: Callable[[list[int]], None]) -> None:
        done([self._node.rng.randint(20, 90) for _ in channels])

    def change_channel(self, channels: list[int]) -> bool:
        return True

    def permit(self, seconds: int) -> None:
        """The coordinator knows for how long, and admits."""

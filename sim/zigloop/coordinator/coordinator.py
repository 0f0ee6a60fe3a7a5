"""The coordinator on the air, which all families of radios share.

Not modelled: security on the air, Green Power, touchlink.
"""

import random
from collections.abc import Callable
from functools import partial
from typing import Final

from zigloop.air.air import Air
from zigloop.air.frame import BROADCASTS, COORDINATOR, ApsFrame, Outcome
from zigloop.air.station import Station
from zigloop.coordinator.higher_layer import HigherLayer
from zigloop.coordinator.network import Network
from zigloop.coordinator.overheard import Overheard
from zigloop.coordinator.processor import Processor
from zigloop.coordinator.sending import Sending
from zigloop.coordinator.store import Store
from zigloop.coordinator.zdo import HABITS, SERVICES, CoordinatorZdo
from zigloop.events import DeviceAdmitted, DeviceGone
from zigloop.node.zdo_owner import Habits
from zigloop.node.zdo_server import RESPONSE, ZdoServer

#: MAC capability flags of every coordinator: full function, mains, receiver on when idle, able to be one.
_CAPABILITY: Final = 0x8F


class Coordinator:
    """The station that forms the network. All of its randomness comes from `rng`."""

    def __init__(
        self,
        air: Air,
        processor: Processor,
        store: Store,
        above: HigherLayer,
        *,
        rng: random.Random,
        habits: Habits = HABITS,
    ) -> None:
        self._air = air
        self._processor = processor
        self._store = store
        self._above = above
        self._admissions = air.events.channel(DeviceAdmitted)
        self._departures = air.events.channel(DeviceGone)
        self.network = Network(air, store, processor, rng)
        self.overheard = Overheard(self.network)
        self.sending = Sending(air, processor, self.network, self.transmit, self.receive)
        owner = CoordinatorZdo(air, self, self.network, store, processor, above, rng)
        self._server = ZdoServer(owner, habits, SERVICES)
        self._boot()
        processor.on_reset(self._boot)
        air.attach(self)
        air.trust_center = self

    def _boot(self) -> None:
        #: Whether its receiver is on another channel than the network.
        self.away = False

    def close(self) -> None:
        """Take it off the air for good."""
        self.network.stop()
        if self in self._air.stations:
            self._air.detach(self)
        if self._air.trust_center is self:
            self._air.trust_center = None

    # The station

    @property
    def ieee(self) -> int:
        """The IEEE address in use."""
        return self._store.ieee

    @property
    def nwk(self) -> int:
        """0x0000 while the network is up."""
        return self.network.nwk

    @property
    def membership(self) -> bytes:
        """Its own network, if it has one."""
        return self.network.identity

    @property
    def capability(self) -> int:
        """MAC capability flags."""
        return _CAPABILITY

    @property
    def listening(self) -> bool:
        """Whether the network is up, and the receiver on its channel."""
        return self.network.started and not self.away and not self._processor.hangs

    def receive(self, frame: ApsFrame, lqi: int) -> None:
        """A frame from the air."""
        if frame.dst_endpoint == 0:
            self._receive_zdo(frame)
        else:
            self._above.received(frame, lqi)

    def transmit(self, frame: ApsFrame, confirm: Callable[[Outcome], None] | None = None) -> None:
        """Put a frame on the air."""
        self._store.count_frame()
        if frame.dst_endpoint == 0:
            self.overheard.sent(frame)
        self._air.send(frame, confirm)

    # The trust center

    @property
    def extended_pan_id(self) -> int:
        """The network's, 0 without one."""
        return self.network.extended_pan_id

    def admit(self, station: Station, *, rejoin: bool, new_address: bool = False) -> int | None:
        """Let a device in: its short address, or None when it may not."""
        nwk = self.network.admit(station, rejoin=rejoin, new_address=new_address)
        if nwk is None:
            return None
        router = self._air.mesh.parent(station)
        parent = COORDINATOR if router is None else router.nwk
        if self._admissions.listeners:
            now = self._air.loop.time()
            self._admissions.emit(DeviceAdmitted(at=now, ieee=station.ieee, nwk=nwk, parent=parent, rejoin=rejoin))
        self._above.admitted(station.ieee, nwk, parent, rejoin=rejoin)
        return nwk

    def departed(self, station: Station, *, rejoin: bool) -> None:
        """A device leaves; with `rejoin` it will rejoin."""
        if not self.network.started or not self.network.is_member(station):
            return
        ieee = station.ieee
        known = self._store.nwk(ieee)
        nwk = station.nwk if known is None else known
        if not rejoin:
            self.network.forget(ieee)
        if self._departures.listeners:
            self._departures.emit(DeviceGone(at=self._air.loop.time(), ieee=ieee, nwk=nwk, rejoin=rejoin))
        self._above.departed(ieee, nwk, rejoin=rejoin)

    # ZDO

    def send_zdo(self, dst: int, cluster: int, sequence: int, payload: bytes) -> ApsFrame:
        """Send a ZDO frame to a device, or to the coordinator itself; returns the frame."""
        frame = ApsFrame(
            src=COORDINATOR,
            dst=dst,
            src_endpoint=0,
            dst_endpoint=0,
            profile=0,
            cluster=cluster,
            data=bytes((sequence,)) + payload,
            counter=sequence,
        )
        if dst == COORDINATOR:
            self._receive_zdo(frame)
        else:
            self.transmit(frame)
        return frame

    def answer_zdo(self, frame: ApsFrame) -> None:
        """Answer a ZDO request: a received one, or its host's broadcast that also addresses the coordinator."""
        if frame.cluster < RESPONSE:
            broadcast = frame.dst in BROADCASTS
            self._server.answer(frame.cluster, frame.data[1:], broadcast=broadcast, reply=partial(self._reply, frame))

    def _reply(self, request: ApsFrame, payload: bytes) -> None:
        self.send_zdo(request.src, request.cluster | RESPONSE, request.data[0], payload)

    def _receive_zdo(self, frame: ApsFrame) -> None:
        if frame.data:
            self._above.received_zdo(frame)
            self.overheard.received(frame)
            self.answer_zdo(frame)

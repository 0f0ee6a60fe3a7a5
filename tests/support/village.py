"""A small mesh: a radio, two routers in its range, and one station behind them."""

from dataclasses import dataclass, field

import pytest

from tests.support.station import TestCoordinator
from zigloop.air.acknowledged import APS_ACK_WAIT, APS_TRIES
from zigloop.air.air import Air
from zigloop.air.frame import ApsFrame, Outcome
from zigloop.air.link import Link
from zigloop.air.medium import LinkTable
from zigloop.clock import ClockLoop

ROUTER, END_DEVICE = 0x8E, 0x88


@dataclass(eq=False)
class Listener:
    """A member of the network that keeps what it hears, with the link quality."""

    air: Air
    ieee: int
    nwk: int
    capability: int = ROUTER
    listening: bool = True
    membership: bytes = b"the network of the tests"
    heard: list[tuple[bytes, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.air.attach(self)

    def receive(self, frame: ApsFrame, lqi: int) -> None:
        self.heard.append((frame.data, lqi))


class Village:
    """A radio, routers `one` and `two` that hear it, and `far` that hears those two alone."""

    def __init__(self, air: Air) -> None:
        self.air = air
        self.medium = LinkTable()
        air.medium = self.medium
        self.peer = TestCoordinator(air)
        self.one, self.two, self.far = (Listener(air, number, 0x1000 * number) for number in (1, 2, 3))
        self.medium.set_link(self.peer, self.far, None)

    def send(self, data: bytes = b"\x01", *, ack: bool = False, dst: int = 0x3000) -> list[tuple[float, Outcome]]:
        """When the sender learned what of a frame, after all is over."""
        learned: list[tuple[float, Outcome]] = []
        began = self.air.loop.time()
        frame = ApsFrame(
            src=0, dst=dst, src_endpoint=1, dst_endpoint=1, profile=0x0104, cluster=6, data=data, ack=ack
        )  # fmt: skip
        self.air.send(frame, lambda outcome: learned.append((self.air.loop.time() - began, outcome)))
        self.peer.sleep(APS_TRIES * APS_ACK_WAIT + 1)
        return learned

    def alone_with_one(self, link: Link) -> None:
        """There is no way around the link between the radio and `one`."""
        self.medium.take_away(self.two)
        self.medium.take_away(self.far)
        self.medium.set_link(self.peer, self.one, link)

    def via(self) -> list[int]:
        return [station.ieee for station in self.air.mesh.route(self.peer, self.far)]


@pytest.fixture
def village(loop: ClockLoop) -> Village:
    return Village(Air(loop))

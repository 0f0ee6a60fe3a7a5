"""Stations that only listen."""

from dataclasses import dataclass, field
from typing import Any

from zigloop.air.air import Air
from zigloop.air.frame import COORDINATOR, UNKNOWN_NWK, ApsFrame

ROUTER, SLEEPY, END_DEVICE = 0x8E, 0x80, 0x88  # MAC capabilities


@dataclass(eq=False)
class Receiver:
    """A station that joins when told to, and keeps what it hears."""

    air: Air
    ieee: int
    capability: int = ROUTER
    nwk: int = UNKNOWN_NWK
    membership: bytes = b""
    listening: bool = True
    heard: list[ApsFrame] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.air.attach(self)

    def receive(self, frame: ApsFrame, lqi: int) -> None:
        self.heard.append(frame)

    def join(self, *, rejoin: bool = False) -> bool:
        assert self.air.trust_center is not None
        nwk = self.air.trust_center.admit(self, rejoin=rejoin)
        self.nwk = UNKNOWN_NWK if nwk is None else nwk
        if nwk is not None:
            self.membership = self.air.trust_center.membership
        return nwk is not None

    def announce(self) -> None:
        data = self.nwk.to_bytes(2, "little") + self.ieee.to_bytes(8, "little") + bytes((self.capability,))
        self.send(0, 0, 0x0013, b"\x07" + data, dst=0xFFFD)

    def send(
        self,
        src_endpoint: int,
        dst_endpoint: int,
        cluster: int,
        data: bytes,
        dst: int = COORDINATOR,
        **more: Any,
    ) -> None:
        self.air.send(
            ApsFrame(
                src=self.nwk, dst=dst, src_endpoint=src_endpoint, dst_endpoint=dst_endpoint,
                profile=0x0104 if dst_endpoint else 0, cluster=cluster, data=data, **more,
            )
        )  # fmt: skip

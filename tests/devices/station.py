"""A coordinator of the tests' own: the peer on the air that a node talks to."""

import asyncio
from collections.abc import Iterator

from zigloop.air.air import Air
from zigloop.air.frame import COORDINATOR, ApsFrame
from zigloop.air.station import Station
from zigloop.zcl.frame import Header


class TestCoordinator:
    """Lets everyone in while `permits`, keeps all it hears, and sends what a test tells it to."""

    __test__ = False

    def __init__(self, air: Air) -> None:
        self.air = air
        self.ieee = 0x00124B0001020304
        self.nwk = COORDINATOR
        self.capability = 0x8F
        self.membership = b"the network of the tests"
        self.listening = True
        self.extended_pan_id = 0xDDDDDDDDDDDDDDDD
        self.permits = True
        self.heard: list[ApsFrame] = []
        self.gone: list[tuple[int, bool]] = []
        self._next_address = 0x1000
        self._tsn = 0
        air.trust_center = self
        air.attach(self)

    def receive(self, frame: ApsFrame, lqi: int) -> None:
        self.heard.append(frame)

    def admit(self, station: Station, *, rejoin: bool, new_address: bool = False) -> int | None:
        if not self.listening or not (self.permits or rejoin):
            return None
        self.air.mesh.adopt(station, self)
        self._next_address += 1
        return self._next_address

    def departed(self, station: Station, *, rejoin: bool) -> None:
        self.gone.append((station.ieee, rejoin))

    # What tests do

    def sleep(self, seconds: float) -> None:
        self.air.loop.run_until_complete(asyncio.sleep(seconds))

    def forget(self) -> None:
        self.heard.clear()

    def send(self, dst: int, endpoint: int, cluster: int, data: bytes, **more: int) -> None:
        frame = ApsFrame(
            src=COORDINATOR,
            dst=dst,
            src_endpoint=more.get("src_endpoint", 1 if endpoint else 0),
            dst_endpoint=endpoint,
            profile=more.get("profile", 0x0104 if endpoint else 0x0000),
            cluster=cluster,
            data=data,
            group=more.get("group"),
        )
        self.air.send(frame)

    def ask(self, dst: int, endpoint: int, cluster: int, data: bytes, **more: int) -> list[bytes]:
        """Send ZCL and give back what answers it within 10 ms, without reports."""
        before = len(self.heard)
        self.send(dst, endpoint, cluster, data, **more)
        self.sleep(0.01)
        return [frame.data for frame in self.heard[before:] if not is_report(frame.data)]

    def zdo(self, dst: int, cluster: int, payload: bytes) -> list[tuple[int, bytes]]:
        """A ZDO request with sequence number 0x42; clusters and payloads of the answers to it."""
        before = len(self.heard)
        self.send(dst, 0, cluster, b"\x42" + payload)
        self.sleep(0.01)
        answers = self.heard[before:]
        assert all(frame.data[0] == 0x42 and frame.src_endpoint == 0 for frame in answers)
        return [(frame.cluster, frame.data[1:]) for frame in answers]

    def said(self, cluster: int | None = None) -> Iterator[tuple[int, int, Header, bytes]]:
        """ZCL frames heard: endpoint, cluster, header and payload."""
        for frame in self.heard:
            if frame.src_endpoint and cluster in (None, frame.cluster):
                header, payload = Header.parse(frame.data)
                yield frame.src_endpoint, frame.cluster, header, payload


def is_report(data: bytes) -> bool:
    header, _ = Header.parse(data)
    return header.is_global and header.command == 0x0A

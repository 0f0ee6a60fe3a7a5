"""A coordinator of the tests' own: the peer on the air that a node talks to."""

import asyncio
import json
import random
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, TypeVar

import pytest

from tests.support.paths import VECTORS
from zigloop.air.air import Air
from zigloop.air.frame import COORDINATOR, ApsFrame, Outcome
from zigloop.air.station import Station
from zigloop.clock import ClockLoop
from zigloop.device.device import Device
from zigloop.devices.zncz02lm import Plug
from zigloop.node.node import Node
from zigloop.zcl.frame import Header

AnyDevice = TypeVar("AnyDevice", bound=Device)

IEEE = 0x00158D0001020304
BASIC, GROUPS, ON_OFF, ANALOG, OTA = 0x0000, 0x0004, 0x0006, 0x000C, 0x0019


class TestCoordinator:
    """Lets everyone in while `permits`, keeps all it hears, and sends the frames of a test."""

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


@pytest.fixture
def peer(loop: ClockLoop) -> Iterator[TestCoordinator]:
    it = TestCoordinator(Air(loop))
    yield it
    for station in list(it.air.stations):
        if isinstance(station, Node):
            station.close()
    it.sleep(1)  # what is in the air arrives


def joined(
    peer: TestCoordinator, product: type[AnyDevice], *, ieee: int = IEEE, seconds: float = 30, **declared: Any
) -> AnyDevice:
    """A device that has joined and has sent what it sends at first; that is forgotten."""
    name = product.product.nickname
    it = product(peer.air, name=name, ieee=ieee, rng=random.Random(1), **declared)
    it.pair()
    peer.sleep(seconds)
    assert it.joined
    peer.forget()
    return it


@pytest.fixture
def plug(peer: TestCoordinator) -> Plug:
    """Joined, and off."""
    return joined(peer, Plug)


def outcome(peer: TestCoordinator, dst: int) -> Outcome:
    """What the sender of a unicast learns."""
    learned: list[Outcome] = []
    frame = ApsFrame(src=0, dst=dst, src_endpoint=1, dst_endpoint=1, profile=0x0104, cluster=6, data=b"\x11\x01\x02")
    peer.air.send(frame, learned.append)
    peer.sleep(0.01)
    return learned[0]


def ask(peer: TestCoordinator, plug: Plug, text: str, *, endpoint: int = 1, cluster: int = BASIC) -> list[str]:
    """One ZCL frame in hex, and the frames that answer it."""
    return [answer.hex() for answer in peer.ask(plug.node.nwk, endpoint, cluster, bytes.fromhex(text))]


def without_sequence(data: bytes) -> bytes:
    header, _ = Header.parse(data)
    at = 1 if header.manufacturer is None else 3
    return data[:at] + data[at + 1 :]


def heard(peer: TestCoordinator) -> list[tuple[int, int, int, str]]:
    """Endpoint, cluster, command and payload of all ZCL heard, then forgotten."""
    found = [(endpoint, cluster, header.command, payload.hex()) for endpoint, cluster, header, payload in peer.said()]
    peer.forget()
    return found


def said(peer: TestCoordinator, do: Callable[[], None]) -> list[tuple[int, int, bytes]]:
    """Endpoint, cluster and frame, without its sequence number, of each frame that the plug sends when that is done."""
    peer.forget()
    do()
    peer.sleep(0.1)
    return [(each.src_endpoint, each.cluster, without_sequence(each.data)) for each in peer.heard]


@cache
def vectors(model: str) -> dict[str, dict[str, Any]]:
    """A product's golden vectors, by name without the model's."""
    content = json.loads((VECTORS / f"{model}.json").read_text(encoding="utf-8"))
    return {each["id"].removeprefix(f"{model}."): each for each in content["vectors"]}


def wanted(vector: dict[str, Any]) -> tuple[int, int, bytes]:
    return vector["endpoint"], vector["cluster"], without_sequence(bytes.fromhex(vector["zcl_frame_hex"]))

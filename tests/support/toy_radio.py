"""A family of radios that fits on a page: lines of ASCII on the port, a store without a file."""

from pathlib import Path
from random import Random

from zigloop.air.air import Air
from zigloop.air.frame import ApsFrame, Outcome
from zigloop.coordinator import Coordinator, MemoryStore, NetworkSettings, Processor, Reason, ResetReason
from zigloop.events import Direction, IncomingMessage, JoinNotice, LeaveNotice, Meaning, PortFrame
from zigloop.node.zdo_owner import SimpleDescriptor
from zigloop.radio import Uart

NETWORK = NetworkSettings(pan_id=0x1234, extended_pan_id=0x5678, channel=11, key=bytes(range(16)))


class ToyCodec:
    """A frame is a line."""

    def describe(self, direction: Direction, frame: str) -> str:
        return f"{direction.value} {frame}"

    def encode(self, frame: str) -> bytes:
        return frame.encode() + b"\n"

    def meaning(self, direction: Direction, frame: str) -> Meaning | None:
        match frame.split():
            case ["data", nwk, endpoint, cluster, data]:
                return IncomingMessage(int(nwk, 16), int(endpoint), int(cluster, 16), bytes.fromhex(data), None)
            case ["joined" | "left" as what, ieee, *_]:
                return (JoinNotice if what == "joined" else LeaveNotice)(int(ieee, 16))
        return None


class Toy:
    """Its commands are `form`, `start`, `permit SECONDS` and `send NWK ENDPOINT CLUSTER DATA`."""

    node_descriptor = bytes.fromhex("00408f000050a000012ca00000")
    power_descriptor = bytes.fromhex("10c1")
    endpoints = (SimpleDescriptor(1, 0x0104, 5, 0, (), ()),)

    def __init__(self, air: Air, *, ieee: int, rng: Random, state: Path | None = None) -> None:
        self._frames = air.events.channel(PortFrame)
        self._begun = b""
        self.processor = Processor(air.loop, air.events, boot_time=0.05, booted=self._booted)
        self.store = MemoryStore(ieee)
        self.uart = Uart(self.processor, rng, self._receive, lambda: None)
        self.coordinator = Coordinator(air, self.processor, self.store, self, rng=rng)

    def _receive(self, data: bytes) -> None:
        *lines, self._begun = (self._begun + data).split(b"\n")
        for line in lines:
            self._tell(self._obey(line.decode()))

    def _obey(self, line: str) -> str:
        match line.split():
            case ["form" | "start" as how]:
                self.store.settings = NETWORK if how == "form" else self.store.settings
                self.coordinator.network.start()
            case ["permit", seconds]:
                self.coordinator.network.permit(0, int(seconds))
            case ["send", nwk, endpoint, cluster, data]:
                if (reason := self.coordinator.sending.refusal()) is not None:
                    return f"refused {reason}"
                frame = ApsFrame(
                    src=0, src_endpoint=1, dst=int(nwk, 16), dst_endpoint=int(endpoint), profile=0x0104,
                    cluster=int(cluster, 16), data=bytes.fromhex(data),
                )  # fmt: skip
                self.coordinator.sending.send(frame, self._sent)
        return "ok"

    def _sent(self, outcome: Outcome | Reason) -> None:
        self._tell(f"sent {outcome.name.lower() if isinstance(outcome, Outcome) else outcome}")

    def _tell(self, line: str) -> None:
        if not self.processor.running:
            self.processor.defer(self._tell, line)
            return
        if self._frames.listeners:
            now = self.processor.loop.time()
            self._frames.emit(PortFrame(at=now, direction=Direction.TO_HOST, frame=line, codec=ToyCodec()))
        self.uart.send(line.encode() + b"\n")

    def _booted(self, reason: ResetReason) -> None:
        self._tell(f"reset {reason.value}")

    def received(self, frame: ApsFrame, lqi: int) -> None:
        self._tell(f"data {frame.src:04x} {frame.src_endpoint} {frame.cluster:04x} {frame.data.hex()}")

    def received_zdo(self, frame: ApsFrame) -> None: ...

    def admitted(self, ieee: int, nwk: int, parent: int, *, rejoin: bool) -> None:
        self._tell(f"joined {ieee:016x} {nwk:04x}")

    def departed(self, ieee: int, nwk: int, *, rejoin: bool) -> None:
        self._tell(f"left {ieee:016x}")

    def status(self, own: int | str) -> int:
        raise ValueError("nothing else")

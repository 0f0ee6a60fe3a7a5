"""A coordinator without a family's bytes: what it has its firmware called with is kept."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from tests.support.receiver import Receiver
from zigloop.air.air import Air
from zigloop.air.frame import ApsFrame
from zigloop.clock import ClockLoop
from zigloop.coordinator import Coordinator, NetworkSettings, Processor, ResetReason, Store
from zigloop.node.zdo_owner import SimpleDescriptor

IEEE = 0x00124B0001020304
SETTINGS = NetworkSettings(pan_id=0x1A62, extended_pan_id=0xDDDD, channel=15, key=bytes(range(16)))


@dataclass
class Center:
    """The coordinator and all that is told to its firmware, as tuples."""

    loop: ClockLoop
    make_store: Callable[[Processor, random.Random], Store]
    told: list[tuple[Any, ...]] = field(default_factory=list)
    data: list[ApsFrame] = field(default_factory=list)
    zdo: list[ApsFrame] = field(default_factory=list)

    node_descriptor: ClassVar = bytes.fromhex("00408f000050a000012ca00000")
    power_descriptor: ClassVar = bytes.fromhex("10c1")
    endpoints: ClassVar = (SimpleDescriptor(1, 0x0104, 5, 0, (6,), (0x19,)),)

    def __post_init__(self) -> None:
        self.air = Air(self.loop)
        rng = random.Random(1)
        self.processor = Processor(self.loop, self.air.events, boot_time=0.1, booted=self._booted)
        self.store = self.make_store(self.processor, rng)
        self.coordinator = Coordinator(self.air, self.processor, self.store, self, rng=rng)
        self.network = self.coordinator.network
        self.sending = self.coordinator.sending

    def _booted(self, reason: ResetReason) -> None:
        self.told.append(("booted", reason))

    def received(self, frame: ApsFrame, lqi: int) -> None:
        self.data.append(frame)

    def received_zdo(self, frame: ApsFrame) -> None:
        self.zdo.append(frame)

    def admitted(self, ieee: int, nwk: int, parent: int, *, rejoin: bool) -> None:
        self.told.append(("admitted", ieee, nwk, parent, rejoin))

    def departed(self, ieee: int, nwk: int, *, rejoin: bool) -> None:
        self.told.append(("departed", ieee, nwk, rejoin))

    # What tests do

    def run(self, seconds: float = 0.1) -> None:
        self.loop.run_until_complete(asyncio.sleep(seconds))

    def permit(self, seconds: int = 60) -> None:
        self.network.permit(0, seconds)

    def device(self, ieee: int, capability: int = 0x8E) -> Receiver:
        """A station that hasn't joined."""
        return Receiver(self.air, ieee, capability)

    def joined(self, ieee: int, capability: int = 0x8E) -> Receiver:
        """A station that has."""
        device = self.device(ieee, capability)
        self.permit()
        assert device.join()
        self.permit(0)
        return device

    def close(self) -> None:
        self.run(10)  # what is on the air arrives, or expires
        self.processor.stop()
        self.store.close()
        self.coordinator.close()

"""Load: reports that carry a number as their watts, and the arrival of each number on MQTT."""

import asyncio
import gc
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from benchmarks.figures import median
from benchmarks.process import cpu_seconds
from benchmarks.stage import Stage
from zigloop.air.frame import COORDINATOR, ApsFrame
from zigloop.air.link import DEFAULT_LQI
from zigloop.device.device import Device
from zigloop.zcl.clusters.io import ANALOG_INPUT, PRESENT_VALUE
from zigloop.zcl.frame import report
from zigloop.zcl.types import SINGLE

HOME_AUTOMATION = 0x0104
POWER_ENDPOINT = 2
#: Reports in a burst after which the event loop runs once: a radio also receives while it sends.
TURN = 16
_RECORD = struct.Struct("<HBf")  # attribute, type, value: exact up to 2^24


@dataclass(slots=True)
class Outcome:
    """Results of a load. Times in seconds."""

    asked: float | None  # reports/s, None: as fast as the port takes them
    count: int
    sending: float  # from the first write to the last
    latencies: list[float]  # from write to MQTT, of those that arrived, in the order of the writes
    first: float | None  # from the first write to the first message
    last: float | None  # from the first write to the last message
    tail: float | None  # from the last write to the last message
    cpu: float  # CPU time of the host
    lost: int = field(init=False)

    def __post_init__(self) -> None:
        self.lost = self.count - len(self.latencies)

    @property
    def growth(self) -> float:
        """Seconds by which the median latency of the last quarter exceeds that of the first: a backlog grows."""
        quarter = len(self.latencies) // 4
        if not quarter:
            return 0.0
        return median(self.latencies[-quarter:]) - median(self.latencies[:quarter])

    @property
    def rate(self) -> float:
        """Messages/s from the first write to the last message."""
        return len(self.latencies) / self.last if self.last else 0.0


class Load:
    """Loads for one stage; each report has a number of its own."""

    def __init__(self, stage: Stage, plugs: list[Device]) -> None:
        self._stage = stage
        self._plugs = plugs
        self._next = 1

    def frames(self, count: int) -> list[ApsFrame]:
        """`count` reports of power, from each plug in turn."""
        frames = []
        for number in range(self._next, self._next + count):
            node = self._plugs[number % len(self._plugs)].node
            records = _RECORD.pack(PRESENT_VALUE, SINGLE, number)
            frames.append(
                ApsFrame(
                    src=node.nwk,
                    dst=COORDINATOR,
                    src_endpoint=POWER_ENDPOINT,
                    dst_endpoint=1,
                    profile=HOME_AUTOMATION,
                    cluster=ANALOG_INPUT,
                    data=report(number // len(self._plugs) & 0xFF, records),
                    counter=number & 0xFF,
                )
            )
        self._next += count
        return frames

    async def run(self, count: int, rate: float | None, *, patience: float) -> Outcome:
        """Send `count` reports at `rate` per second (None: at once), and wait for them on MQTT.

        Stops waiting when all have arrived, or none has arrived for `patience` seconds.
        """
        stage, first = self._stage, self._next
        frames = self.frames(count)
        collected = stage.inbox.collected = []
        before = cpu_seconds(stage.pid)
        with no_collections():
            if rate is None:
                sent = await self.burst(frames)
            else:
                sent = await self._paced(frames, rate)
            arrived: dict[int, int] = {}
            patient_until = time.monotonic() + patience
            while len(arrived) < count and time.monotonic() < patient_until:
                await asyncio.sleep(0.05)
                messages, collected[:] = collected[:], []
                for message in messages:
                    state = message.json
                    number = state.get("power") if isinstance(state, dict) else None
                    if number is not None and number >= first and number not in arrived:
                        arrived[int(number)] = message.at
                        patient_until = time.monotonic() + patience
        stage.inbox.collected = None
        cpu = cpu_seconds(stage.pid) - before
        last = max(arrived.values(), default=None)
        return Outcome(
            asked=rate,
            count=count,
            sending=(sent[-1] - sent[0]) / 1e9,
            latencies=[(at - sent[number - first]) / 1e9 for number, at in sorted(arrived.items())],
            first=(min(arrived.values()) - sent[0]) / 1e9 if arrived else None,
            last=None if last is None else (last - sent[0]) / 1e9,
            tail=None if last is None else (last - sent[-1]) / 1e9,
            cpu=cpu,
        )

    async def burst(self, frames: list[ApsFrame]) -> list[int]:
        """Write all of them; returns the time of each write."""
        receive, now = self._stage.bench.radio.station.receive, time.monotonic_ns
        sent = []
        for at, frame in enumerate(frames):
            sent.append(now())
            receive(frame, DEFAULT_LQI)
            if at % TURN == TURN - 1:
                await asyncio.sleep(0)
        return sent

    async def _paced(self, frames: list[ApsFrame], rate: float) -> list[int]:
        """Write each when it is due; returns the time of each write."""
        receive, now, clock = self._stage.bench.radio.station.receive, time.monotonic_ns, time.monotonic
        sent = []
        start = clock() + 0.01
        for at, frame in enumerate(frames):
            await asyncio.sleep(max(0.0, start + at / rate - clock()))
            sent.append(now())
            receive(frame, DEFAULT_LQI)
        return sent


@contextmanager
def no_collections() -> Iterator[None]:
    """Disable this process' garbage collector inside."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()

"""`python -m benchmarks.events`: what the stream of events costs a frame, without subscribers and with one.

Without a subscriber an emitting site only looks at `Channel.listeners`: that look is timed by itself, and set against
the time that a report takes from a plug to the coordinator, over one hop and with the acknowledgement of its MAC.
"""

import argparse
import asyncio
import random
import statistics
import sys
import time
import timeit
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace

from zigloop.air.air import Air
from zigloop.air.frame import COORDINATOR, ApsFrame
from zigloop.air.station import Station
from zigloop.clock import VIRTUAL, ClockLoop, clock_loop
from zigloop.device.device import Device
from zigloop.device.registry import find
from zigloop.events import AttributeChanged, Channel, Event, FrameOnAir, FrameSent
from zigloop.zcl.clusters.on_off import ON_OFF, STATE

#: Reports of a round, and rounds of each kind, which take turns: a busy machine slows all kinds down.
REPORTS = 2000
ROUNDS = 15
#: Looks at `listeners` that a report passes: `FrameSent`, and at its hop `FrameOnAir`.
LOOKS = 2


@dataclass(eq=False)
class Sink:
    """A coordinator that lets devices in and ignores their frames."""

    air: Air
    ieee: int = 0x00124B0000000001
    nwk: int = COORDINATOR
    capability: int = 0x8F
    membership: bytes = b"benchmark"
    listening: bool = True
    extended_pan_id: int = 1

    def receive(self, frame: ApsFrame, lqi: int) -> None: ...

    def admit(self, station: Station, *, rejoin: bool, new_address: bool = False) -> int:
        self.air.mesh.adopt(station, self)
        return 0x1234

    def departed(self, station: Station, *, rejoin: bool) -> None: ...


def look() -> float:
    """Seconds that one look at a channel without listeners takes."""
    site = SimpleNamespace(channel=Channel[Event]())
    number = 200_000
    empty, looking = (
        min(timeit.repeat(statement, globals={"site": site}, number=number, repeat=20)) / number
        for statement in ("pass", "if site.channel.listeners: pass")
    )
    return looking - empty


def reports(loop: ClockLoop, device: Device) -> float:
    """CPU seconds for one report, the mean of a round."""
    cluster = device.node.endpoints[1].servers[ON_OFF]

    async def run() -> None:
        for _ in range(REPORTS):
            device.send_report(cluster, STATE)
            await asyncio.sleep(0.01)

    start = time.process_time()
    loop.run_until_complete(run())
    return (time.process_time() - start) / REPORTS


def measure(rounds: int) -> dict[str, float]:
    """Median seconds for each report: without a subscriber, and with one that counts."""
    with clock_loop(VIRTUAL) as loop:
        air = Air(loop)
        sink = Sink(air)
        air.attach(sink)
        air.trust_center = sink
        device = find("ZNCZ02LM")(air, name="plug", ieee=0x00158D0000000001, rng=random.Random(1))
        device.do("pair")
        loop.run_until_complete(asyncio.sleep(30))
        seen: list[Event] = []
        times: dict[str, list[float]] = {"none": [], "frames sent": [], "frames on the air": [], "all three": []}
        kinds: dict[str, tuple[type[Event], ...]] = {
            "none": (),
            "frames sent": (FrameSent,),
            "frames on the air": (FrameOnAir,),
            "all three": (FrameSent, FrameOnAir, AttributeChanged),
        }
        for _ in range(rounds):
            for name, subscribed in kinds.items():
                ends: list[Callable[[], None]] = [air.events.subscribe(kind, seen.append) for kind in subscribed]
                times[name].append(reports(loop, device))
                for end in ends:
                    end()
                seen.clear()
        device.node.close()
    return {name: statistics.median(each) for name, each in times.items()}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.events", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="of each kind (default %(default)s)")
    options = parser.parse_args()
    glance, times = look(), measure(options.rounds)
    alone = times.pop("none")
    print(f"a report, nobody subscribed    {alone * 1e6:6.2f} µs")
    print(f"  of it {LOOKS} looks at listeners   {LOOKS * glance * 1e6:6.3f} µs, {LOOKS * glance / alone:.2%}")
    for name, seconds in times.items():
        print(f"a subscriber to {name:<18} +{(seconds - alone) * 1e6:5.2f} µs, {seconds / alone - 1:+.1%}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

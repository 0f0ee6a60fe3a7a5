"""A virtual month of a home of 50 devices under mild chaos: nothing grows or is left over, all is right at the end.

The figures are printed (`pytest -s`).
"""

import asyncio
import gc
import os
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import combinations
from pathlib import Path
from statistics import median
from typing import Any, Final

import pytest
from freezegun import api as freezegun

from zigloop.controls.arguments import Number
from zigloop.controls.control import Control
from zigloop.device.device import Device
from zigloop.device.registry import PRODUCTS
from zigloop.events import FrameSent, PortFrame
from zigloop.testing.chaos import schedule
from zigloop.testing.chaos.chaos import Chaos
from zigloop.testing.chaos.schedule import describe
from zigloop.testing.chaos.verdict import judge
from zigloop.testing.message import MessageReceived
from zigloop.testing.world import Options, World

HOUR, DAY = 3600.0, 86_400.0

DEVICES: Final = 50
#: Devices of each other product; the rest are plugs.
OF_EACH: Final = 3
PLUG: Final = "ZNCZ02LM"

#: Actions of people in a day: they press, open, draw power, or send a command over MQTT. With heartbeats that is some
#: 9,000 messages a day; the month must take only minutes.
ACTIONS: Final = 1000
#: Faults in a day, and the range of seconds that they last, unless they have a duration of their own.
FAULTS: Final = 5
LASTS: Final = (10.0, 1200.0)
#: Too severe: the network is formed anew, and all devices have to be paired again.
NEVER: Final = frozenset({("radio", "lose_memory")})

#: Days in which caches fill: a day has backups, and the slowest heartbeats.
WARM: Final = 5
#: Allowed growth after that: the median of the slopes between any two days (Theil and Sen), since a process without a
#: leak grows in steps, each to a new peak (9 MiB when the bridge first makes another controller). A leak of 100 bytes a
#: message would be 0.8 MiB a day.
GROWTH: Final = 0.1  # MiB a day
#: Allowed growth of the number of tracked objects, a day: a leak of one a heartbeat would be 7,000.
OBJECTS: Final = 100

#: Controls that people don't have, or don't use each day.
UNUSUAL: Final = frozenset(
    ("pair", "readdress", "rejoin", "restore", "mend", "come_back", "in_range", "report", "heartbeat", "wake",
     "mains", "meter", "drain", "charge"),
)  # fmt: skip
SET: Final[dict[str, tuple[str, ...]]] = {
    PLUG: ('{"state": "ON"}', '{"state": "OFF"}', '{"state": "TOGGLE"}'),
    "LLKZMK11LM": ('{"state_l1": "TOGGLE"}', '{"state_l2": "ON"}', '{"state_l2": "OFF"}'),
}


class People:
    """Use controls and send commands, day and night."""

    def __init__(self, world: World, home: list[Device], seed: int) -> None:
        self.actions = 0
        self._world = world
        self._home = home
        self._rng = random.Random(f"{seed}/people")
        self._timer: asyncio.TimerHandle
        self._next()

    def _next(self) -> None:
        self._timer = self._world.loop.call_later(self._rng.expovariate(ACTIONS / DAY), self._act)

    def _act(self) -> None:
        self._next()
        device = self._rng.choice(self._home)
        self.actions += 1
        commands = SET.get(device.model)
        if commands and self._rng.random() < 0.4:
            if self._world.mqtt.connected:
                self._world.mqtt.publish(f"{device.name}/set", self._rng.choice(commands), stimulus=False)
            return
        usual = [it for it in device.controls.values() if it.fault is None and it.verb not in UNUSUAL]
        undo = {it.fault.undo for it in device.controls.values() if it.fault is not None}
        control = self._rng.choice([it for it in usual if it.verb not in undo])
        device.do(control.verb, **self._arguments(control))

    def _arguments(self, control: Control) -> dict[str, Any]:
        """Values that occur at home."""
        arguments = control.some_arguments(self._rng)
        at_home = {"watts": Number(0, 2300), "celsius": Number(-10, 40)}
        return arguments | {name: each.pick(self._rng, ()) for name, each in at_home.items() if name in arguments}

    def stop(self) -> None:
        self._timer.cancel()


class Figures:
    """Counts of frames, messages, memory and objects."""

    def __init__(self, world: World) -> None:
        assert world.bench is not None
        self.world = world
        self.air = self.mt = 0
        self.memory: list[tuple[int, float]] = []  # day, MiB
        self.objects: list[tuple[int, int]] = []
        self._wall = freezegun.real_perf_counter()
        self._kinds: Counter[str] = Counter()
        self.messages = 0
        world.bench.events.subscribe(FrameSent, self._on_air)
        world.bench.events.subscribe(PortFrame, self._on_port)
        world.bench.events.subscribe(MessageReceived, self._on_message)

    def _on_air(self, _: FrameSent) -> None:
        self.air += 1

    def _on_port(self, _: PortFrame) -> None:
        self.mt += 1

    def _on_message(self, _: MessageReceived) -> None:
        self.messages += 1

    def day(self, number: int) -> None:
        """Print the figures of a day, and keep memory and objects."""
        gc.collect()
        memory, objects = resident(), gc.get_objects()
        self.memory.append((number, memory))
        self.objects.append((number, len(objects)))
        if number == WARM:
            self._kinds = Counter(type(each).__name__ for each in objects)
        del objects
        wall = freezegun.real_perf_counter() - self._wall
        print(
            f"day {number:2}: {self.air:7} frames on the air, {self.mt:8} on the port, {self.messages:7} messages, "
            f"{wall:6.1f} s, {memory:6.1f} MiB, {self.objects[-1][1]} objects; {tables(self.world)}",
            flush=True,
        )

    def grown(self) -> list[tuple[str, int]]:
        """Kinds of objects that have become more since `WARM`."""
        now = Counter(type(each).__name__ for each in gc.get_objects())
        now.subtract(self._kinds)
        return [(name, count) for name, count in now.most_common(12) if count > 10]

    @staticmethod
    def slope(points: list[tuple[int, Any]]) -> float:
        """Growth a day since `WARM`."""
        warm = [point for point in points if point[0] >= WARM]
        return float(median((later - earlier) / (b - a) for (a, earlier), (b, later) in combinations(warm, 2)))


def resident() -> float:
    """MiB of this process in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def tables(world: World) -> dict[str, int]:
    """Sizes of tables and caches."""
    host: Any = world.host
    bridge, bench = host._bridge, world.bench
    assert bench is not None
    devices = list(bridge.network.devices.values())
    return {
        "tasks": len(asyncio.all_tasks(world.loop)),
        "timers": len(world.loop.timers),
        "files": len(os.listdir("/proc/self/fd")),
        "heard": sum(len(each.heard) for each in devices),
        "complained": sum(len(each.complained) for each in devices),
        "waiting": sum(len(each) for each in vars(bridge.waiting).values() if hasattr(each, "__len__")),
        "links": len(bench.air._chances),
        "sleepers": len(bench.air._sleepers),
        "retained": len(world.mqtt.retained),
    }


@contextmanager
def living(seed: int) -> Iterator[tuple[World, list[Device]]]:
    """A world whose devices have all joined."""
    world = World(Options(seed=seed, fresh=True))
    world.start()
    try:
        with world.wall_clock():
            world.host.restart({"availability": {"enabled": True}})
            others = [model for model in PRODUCTS if model != PLUG for _ in range(OF_EACH)]
            models = others + [PLUG] * (DEVICES - len(others))
            home = [world.add_device(model, f"{model.lower()}-{number}") for number, model in enumerate(models, 1)]
            for device in home:
                world.join(device)
            yield world, home
    finally:
        world.stop()


def test_a_month(pytestconfig: pytest.Config) -> None:
    seed, days = pytestconfig.option.soak_seed, pytestconfig.option.soak_days
    threads_before = len(os.listdir("/proc/self/task"))
    files_before = len(os.listdir("/proc/self/fd"))
    if days <= WARM + 1:
        pytest.fail(f"--soak-days {days}: growth is judged from day {WARM} on, {WARM + 2} are the least", pytrace=False)
    print(f"\nsoak: seed {seed}, {days} days, {DEVICES} devices, {ACTIONS} actions and {FAULTS} faults a day")
    with living(seed) as (world, home):
        assert world.bench is not None
        figures = Figures(world)
        begin = tables(world)
        chaos = Chaos(world, seed, "soak")
        for device in home:
            chaos.ledger.follow(device)
        chaos.lay(
            schedule.draw(
                random.Random(f"{seed}/soak"),
                home,
                list(world.bench.parts.values()),
                names=[*world.bench.devices, "radio"],
                count=days * FAULTS,
                gap=DAY / FAULTS,
                lasts=LASTS,
                for_good=0.0,
                never=NEVER,
            )
        )
        people = People(world, home, seed)
        for day in range(1, days + 1):
            for _ in range(24):
                world.run(asyncio.sleep(HOUR))
                world.mqtt.forget(older=HOUR / 60)
            figures.day(day)
        people.stop()
        faults = [entry for entry in chaos.played if entry.at < days * DAY]
        chaos.stop()
        judge(world, chaos.ledger)
        gc.collect()
        end = tables(world)
        slope, objects = figures.slope(figures.memory), figures.slope(figures.objects)
        print(f"{len(faults)} faults, {people.actions} actions, {chaos.ledger.checked} reports checked")
        print(f"growth a day: {slope:.3f} MiB, {objects:.1f} objects; more than before: {figures.grown()}")
        print(f"at the start {begin}\nat the end   {end}")
        chaos.close()
        assert slope <= GROWTH, f"memory grows by {slope:.3f} MiB a day:\n{figures.grown()}\n{describe(faults)}"
        assert objects <= OBJECTS, f"objects grow by {objects:.1f} a day: {figures.grown()}"
        for each in ("tasks", "files"):
            assert end[each] <= begin[each], f"{each}: {begin[each]} at the start, {end[each]} at the end"
        assert end["timers"] <= begin["timers"] + DEVICES, f"timers: {begin['timers']}, then {end['timers']}"
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) <= files_before, "files or sockets are left over"
    assert len(os.listdir("/proc/self/task")) <= threads_before, "threads are left over"

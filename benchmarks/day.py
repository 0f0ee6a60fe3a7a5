"""A simulated day of a home: devices, radio, bridge, broker and an MQTT client in one process, in virtual time.

The home has one of each product, and plugs up to 50 devices. In the *loaded* day each plug has a load for
`LOADED_HOURS`, one plug after the other, and reports another value every 10 s: with the heartbeats some 60,000
messages. In the *quiet* day there are only heartbeats.

Each value that a plug reported must have been published, in order, and the last state on MQTT must be the device's.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import process_time
from typing import Any

from freezegun import api as freezegun

from benchmarks.sampler import sampled
from zigloop.device.device import Device
from zigloop.device.registry import PRODUCTS
from zigloop.events import FrameSent, PortFrame
from zigloop.testing.world import Options, World

KINDS = LOADED, QUIET = "loaded", "quiet"
DEVICES = 50
PLUG = "ZNCZ02LM"
HOUR, DAY = 3600.0, 86_400.0
REPORT_INTERVAL = 10.0  # seconds between two values of a plug with a load
LOADED_HOURS = 3.2  # of each plug's day: about 50 plugs * 3.2 h * 360/h are 57,600 reports
SETTLE = 120.0  # seconds after the last device has joined, in which the bridge makes its backup of the radio


@dataclass(slots=True)
class Result:
    """Figures of a day."""

    name: str
    hours: float
    devices: int
    reports: int = 0  # of the plugs' loads
    air_frames: int = 0
    mt_frames: int = 0  # on the port, both ways
    messages: int = 0  # that the client received
    wall: float = 0.0  # seconds
    cpu: float = 0.0
    share: dict[str, float] = field(default_factory=dict)  # of the CPU time, by part
    problems: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Messages a second of wall time."""
        return self.messages / self.wall if self.wall else 0.0


class _Load:
    """The load of one plug: each value differs from the one before, so that a lost one is noticed."""

    def __init__(self, plug: Device, begins: float, hours: float) -> None:
        self.plug = plug
        self.values: list[float] = []
        self._left = int(hours * HOUR / REPORT_INTERVAL)
        plug.loop.call_later(begins, self._next)

    def _next(self) -> None:
        if self._left:
            self._left -= 1
            self._draw(float(1 + len(self.values) % 2000))
            self.plug.loop.call_later(REPORT_INTERVAL, self._next)
        else:
            self._draw(0.0)

    def _draw(self, watts: float) -> None:
        self.values.append(watts)
        self.plug.do("draw", watts)


def simulate(name: str, *, hours: float = 24.0, devices: int = DEVICES) -> Result:
    """A day of one of `KINDS`, or some hours of one."""
    result = Result(name, hours, devices)
    with _home(devices) as (world, home):
        loads = _loads(home, hours) if name == LOADED else []
        before = len(world.mqtt.messages)
        _count_frames(world, result)
        wall, cpu = freezegun.real_perf_counter(), process_time()
        with sampled() as samples:
            world.pass_time(hours * HOUR)
        result.wall, result.cpu = freezegun.real_perf_counter() - wall, process_time() - cpu
        result.messages = len(world.mqtt.messages) - before
        result.reports = sum(len(load.values) for load in loads)
        result.share = {part: count / samples.total() for part, count in samples.most_common()}
        world.settle()
        by_topic: dict[str, list[Any]] = {}
        for message in world.mqtt.messages[before:]:
            by_topic.setdefault(message.topic, []).append(message.json)
        for load in loads:
            _check_published(load, by_topic, result.problems)
        for device in home:
            _check_last(device, by_topic, result.problems)
        if logged := [line for line in world.host.log_tail().splitlines() if line.startswith(("WARNING", "ERROR"))]:
            result.problems.append(f"the host's log: {logged[-1]}")
    return result


@contextmanager
def _home(count: int) -> Iterator[tuple[World, list[Device]]]:
    world = World(Options())
    world.start()
    try:
        with world.wall_clock():
            models = [*PRODUCTS][:count]
            models += [PLUG] * (count - len(models))
            home = [world.add_device(model, f"device{number}") for number, model in enumerate(models)]
            for device in home:
                world.join(device)
            world.pass_time(SETTLE)
            yield world, home
    finally:
        world.stop()


def _loads(home: list[Device], hours: float) -> list[_Load]:
    plugs = [device for device in home if device.model == PLUG]
    each = LOADED_HOURS * hours / 24
    last = hours - each - 2 * REPORT_INTERVAL / HOUR
    for plug in plugs:
        plug.do("press")
    return [_Load(plug, last * HOUR * n / max(1, len(plugs) - 1) + 1, each) for n, plug in enumerate(plugs)]


def _count_frames(world: World, result: Result) -> None:
    def on_air(_: FrameSent) -> None:
        result.air_frames += 1

    def on_port(_: PortFrame) -> None:
        result.mt_frames += 1

    assert world.bench is not None
    world.bench.events.subscribe(FrameSent, on_air)
    world.bench.events.subscribe(PortFrame, on_port)


def _check_published(load: _Load, by_topic: dict[str, list[Any]], problems: list[str]) -> None:
    """The published values are those of the load; heartbeats repeat the last one."""
    published = [each["power"] for each in by_topic.get(f"zigbee2mqtt/{load.plug.name}", ()) if "power" in each]
    changes = [after for before, after in zip([math.nan, *published], published, strict=False) if after != before]
    if changes and changes[0] == 0:
        del changes[0]
    if changes != load.values:
        problems.append(f"{load.plug.name}: {len(load.values)} values reported, {len(changes)} published")


def _check_last(device: Device, by_topic: dict[str, list[Any]], problems: list[str]) -> None:
    expected, published = device.expected_state(), by_topic.get(f"zigbee2mqtt/{device.name}")
    if not expected:
        return
    if not published:
        problems.append(f"{device.name} ({device.model}) has published nothing")
        return
    for key, value in expected.items():
        if key in published[-1] and key != "energy" and not _same(value, published[-1][key]):
            problems.append(f"{device.name} ({device.model}): {key} is {value}, published as {published[-1][key]}")


def _same(expected: Any, published: Any) -> bool:
    """Numbers are published with the precision of the product's page."""
    if isinstance(expected, float) and isinstance(published, int | float):
        return math.isclose(expected, published, abs_tol=0.05)
    return bool(expected == published)

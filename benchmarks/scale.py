"""What things cost against the number of devices: a home that grows, in one process and in virtual time.

Devices, radio, bridge, embedded broker and an MQTT client are those of a test session. Of four devices three are plugs
(routers) and one is a sensor (an end device): the coordinator takes 50 of these, the others join through plugs.
A radio of this firmware takes 200 devices; for more, a larger trust center table is declared.

CPU seconds of the whole process; an operation is repeated, and the mean is taken. The exponent is the slope of a
straight line through the logarithms: 0 when the number of devices doesn't matter, 1 when the cost grows with it.
"""

import gc
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import process_time

from zigpy.zdo.types import ZDOCmd

from zigloop.air.frame import BROADCAST_RX_ON, COORDINATOR, ApsFrame
from zigloop.device.device import Device
from zigloop.radio import family
from zigloop.testing.world import Options, World

SIZES = (25, 50, 100, 200, 400)
QUICK = (10, 20, 40)

PLUG, SENSOR = "ZNCZ02LM", "WSDCGQ11LM"
SENSOR_EACH = 4
HOUR = 3600.0
#: Devices that a radio takes as it is.
RADIO_TAKES = 200
#: Seconds after the last join: first heartbeats have been sent, and the bridge has saved its files.
SETTLE = 60.0
#: Seconds within which a change is in the files of bridge (database: 5 s) and radio.
SAVED = 6.0
REPEATS = 100
SAVES = 5


@dataclass(frozen=True, slots=True)
class Operation:
    """One row: what is done, and the unit of its cost (seconds of CPU time divided by `scale`)."""

    key: str
    title: str
    unit: str
    scale: float


OPERATIONS = (
    Operation("joins", "all joins", "s", 1.0),
    Operation("join", "a join (the last fifth)", "ms", 1e-3),
    Operation("broadcast", "a broadcast", "ms", 1e-3),
    Operation("report", "a report, device to MQTT", "ms", 1e-3),
    Operation("set", "a command, MQTT to state", "ms", 1e-3),
    Operation("save", "a new name, saved", "ms", 1e-3),
    Operation("hour", "an idle hour", "s", 1.0),
)


@dataclass(slots=True)
class Result:
    """CPU seconds of each operation, by the number of devices."""

    sizes: Sequence[int]
    seconds: dict[str, dict[int, float]] = field(default_factory=lambda: {each.key: {} for each in OPERATIONS})

    def exponent(self, key: str) -> float:
        """How the operation's cost grows with the number of devices."""
        return exponent(list(self.seconds[key]), list(self.seconds[key].values()))


def exponent(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """The slope of the least-squares line through log(size) and log(cost); ValueError with fewer than two sizes."""
    if len(set(sizes)) < 2:
        raise ValueError("an exponent needs two sizes")
    xs, ys = [math.log(each) for each in sizes], [math.log(each) for each in costs]
    middle_x, middle_y = sum(xs) / len(xs), sum(ys) / len(ys)
    spread = sum((x - middle_x) ** 2 for x in xs)
    return sum((x - middle_x) * (y - middle_y) for x, y in zip(xs, ys, strict=True)) / spread


def measure(sizes: Sequence[int], progress: Callable[[int], None] = lambda _: None) -> Result:
    """Measure all operations at each size, in a home of its own."""
    result = Result(sizes)
    for size in sizes:
        progress(size)
        with _session(size) as world:
            for key, seconds in _home(world, size).items():
                result.seconds[key][size] = seconds
        gc.collect()
    return result


@contextmanager
def _session(size: int) -> Iterator[World]:
    world = World(Options(radio=family("zstack", devices=max(size, RADIO_TAKES))))
    world.start()
    try:
        with world.wall_clock():
            yield world
    finally:
        world.stop()


def _home(world: World, size: int) -> dict[str, float]:
    models = [SENSOR if number % SENSOR_EACH == SENSOR_EACH - 1 else PLUG for number in range(size)]
    devices = [world.add_device(model, f"device{number}") for number, model in enumerate(models)]
    costs = []
    for device in devices:
        before = process_time()
        world.join(device)
        world.mqtt.forget(older=0.0)
        costs.append(process_time() - before)
    world.pass_time(SETTLE)
    last = costs[-max(1, size // 5) :]
    plugs = [device for device in devices if device.model == PLUG]
    for plug in plugs:
        plug.do("press")  # without power it draws nothing
    world.settle()
    return {
        "joins": sum(costs),
        "join": sum(last) / len(last),
        "broadcast": _mean(world, REPEATS, lambda _: _broadcast(world)),
        "report": _mean(world, REPEATS, lambda number: _report(world, plugs[number % len(plugs)], number)),
        "set": _mean(world, REPEATS, lambda number: _set(world, plugs[number % len(plugs)], number)),
        "save": _mean(world, SAVES, lambda number: _rename(world, plugs[0], number)),
        "hour": _mean(world, 1, lambda _: world.pass_time(HOUR)),
    }


def _mean(world: World, times: int, act: Callable[[int], object]) -> float:
    world.mqtt.forget(older=0.0)
    before = process_time()
    for number in range(times):
        act(number)
    return (process_time() - before) / times


def _broadcast(world: World) -> None:
    """The coordinator tells all routers that nobody may join; each repeats it."""
    assert world.bench is not None
    world.bench.radio.station.transmit(
        ApsFrame(
            src=COORDINATOR,
            dst=BROADCAST_RX_ON,
            src_endpoint=0,
            dst_endpoint=0,
            profile=0,
            cluster=ZDOCmd.Mgmt_Permit_Joining_req,
            data=bytes((1, 0, 0)),
            counter=1,
        )
    )
    world.pass_time(0.1)


def _report(world: World, plug: Device, number: int) -> None:
    world.mqtt.mark()
    plug.do("draw", 10.0 + number)
    world.mqtt.eventually(plug.name, {"power": 10.0 + number})


def _set(world: World, plug: Device, number: int) -> None:
    state = ("ON", "OFF")[number // 2 % 2]
    world.mqtt.publish(f"{plug.name}/set", {"state": state})
    world.mqtt.eventually(plug.name, {"state": state})


def _rename(world: World, plug: Device, number: int) -> None:
    """The bridge writes its configuration and its state."""
    world.mqtt.request("device/rename", {"from": plug.name, "to": f"renamed{number}"})
    world.pass_time(SAVED)
    world.mqtt.request("device/rename", {"from": f"renamed{number}", "to": plug.name})
    world.pass_time(SAVED)

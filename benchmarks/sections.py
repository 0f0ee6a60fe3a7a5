"""The measurements of one host, in the order in which they can share a network of 50 plugs."""

import asyncio
import sys
import time
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from benchmarks.figures import SECTIONS, Figures, median, percentile
from benchmarks.hosts import Host
from benchmarks.listener import ROOT, Message
from benchmarks.load import Load, Outcome, no_collections
from benchmarks.process import memory
from benchmarks.stage import BASE, Stage, Unhealthy, stage
from zigloop.device.device import Device
from zigloop.events import OutgoingMessage, PortFrame
from zigloop.radio.line import DEFAULT_BAUD

PLUGS = 50
RATES = (250, 500, 1000, 1500, 2000, 3000, 4000, 5000)
BURST = 4000
CEILING = 20_000

#: Seconds. Plugs say their first heartbeat 5 s after joining. What doesn't come within `PATIENCE` is lost;
#: but under load Zigbee2MQTT was seen to be silent for 30 s, and then to publish everything.
SETTLE, CALM, PATIENCE, STALLED = 6.5, 1.0, 5.0, 45.0
#: A rate is carried when the last message is on MQTT so soon after the last report: there is no backlog.
KEPT_UP = 0.5
#: Commands before those that are measured.
SETS_BEFORE = 50
#: Seconds between two commands: the plug reports its state 0.02 s later.
SET_PAUSE = 0.05


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is done."""

    sections: Collection[str] = SECTIONS
    starts: int = 3
    singles: int = 5
    sets: int = 200
    warm_up: int = 5000
    paced: int = 1000
    step: float = 4.0  # seconds of each step of the ladder
    bursts: int = 3
    baud: int = DEFAULT_BAUD  # for starts and interviews; loads are not paced
    log_level: str = "info"

    @classmethod
    def quick(cls, **others: Any) -> "Plan":
        return cls(starts=1, singles=3, sets=100, warm_up=2500, paced=250, step=1.5, bursts=1, **others)

    def wants(self, *sections: str) -> bool:
        return any(section in self.sections for section in sections)

    @property
    def loads(self) -> bool:
        return self.wants("set", "paced", "ladder", "burst")


@dataclass(slots=True)
class Result:
    """What one host did."""

    figures: Figures = field(default_factory=dict)
    ladder: list[dict[str, Any]] = field(default_factory=list)
    samples: dict[str, list[float]] = field(default_factory=dict)
    broker: str = ""
    ceiling: float | None = None  # reports/s that the radio can say to somebody who only reads
    problems: list[str] = field(default_factory=list)

    def sample(self, key: str, value: float) -> None:
        """One of several runs; the figure is their median."""
        samples = self.samples.setdefault(key, [])
        samples.append(value)
        self.figures[key] = median(samples)


Say = Callable[[str], None]


async def measure(host: Host, plan: Plan, say: Say) -> Result:
    """All that is planned. When a host fails at something, that is noted, and the rest is measured."""
    result = Result()
    for part in (_alone, _crowd, _again):
        if part is _again and (plan.starts < 2 or not plan.wants("start", "interview")):
            continue
        if part is _alone and not plan.wants("start", "interview", "memory"):
            continue
        try:
            async with stage(host, log_level=plan.log_level, baud=plan.baud) as it:
                result.broker = it.broker
                await part(it, plan, result, say)
        except Unhealthy as problem:
            result.problems.append(str(problem))
            say(f"PROBLEM {problem}")
    return result


async def _alone(it: Stage, plan: Plan, result: Result, say: Say) -> None:
    """A blank radio; starts on it, and plugs that join one by one."""
    await _blank(it, result, say)
    await asyncio.sleep(CALM)
    result.figures["rss_started"] = memory(it.pid)["rss"]
    if plan.wants("start"):
        for _ in range(plan.starts):
            result.sample("start_resumed", await it.restart())
        say(f"resumed starts {_list(result.samples['start_resumed'], 's')}")
    if plan.wants("interview"):
        for _ in range(plan.singles):
            _, (seconds,) = await it.join(1)
            result.sample("interview_1", seconds * 1e3)
            await asyncio.sleep(CALM)
        say(f"interviews {_list(result.samples['interview_1'], 'ms')}")


async def _again(it: Stage, plan: Plan, result: Result, say: Say) -> None:
    """Once more what can be had only on a blank radio."""
    await _blank(it, result, say)
    await _fifty(it, result, say)


async def _blank(it: Stage, result: Result, say: Say) -> None:
    result.sample("start_blank", await it.start())
    say(f"blank start {result.samples['start_blank'][-1]:.2f} s")


async def _fifty(it: Stage, result: Result, say: Say) -> list[Device]:
    plugs, seconds = await it.join(PLUGS)
    result.sample("interview_50_first", seconds[0] * 1e3)
    result.sample("interview_50", seconds[-1] * 1e3)
    say(f"{PLUGS} plugs interviewed in {seconds[-1]:.2f} s, the first in {seconds[0]:.2f} s")
    return plugs


async def _crowd(it: Stage, plan: Plan, result: Result, say: Say) -> None:
    """Fifty plugs; starts with them, and loads."""
    await _blank(it, result, say)
    plugs = await _fifty(it, result, say)
    await asyncio.sleep(SETTLE)
    result.figures["rss_joined"] = memory(it.pid)["rss"]
    for _ in range(plan.starts if plan.wants("start") else 1):
        result.sample("start_resumed_50", await it.restart())
    say(f"resumed starts with {PLUGS} plugs {_list(result.samples['start_resumed_50'], 's')}")
    await asyncio.sleep(SETTLE)
    resumed = memory(it.pid)
    result.figures["rss_resumed_50"], result.figures["pss_resumed_50"] = resumed["rss"], resumed["pss"]
    if plan.loads:
        await it.unpaced()
        await _loads(it, plugs, plan, result, say)


async def _loads(it: Stage, plugs: list[Device], plan: Plan, result: Result, say: Say) -> None:
    load = Load(it, plugs)
    await _warm(load, plan)
    if plan.wants("set"):
        await _set(it, plugs[0], plan, result, say)
    if plan.wants("paced"):
        await _paced(load, plan, result, say)
    if plan.wants("ladder"):
        await _ladder(it, load, plan, result, say)
    else:
        _note_memory(it, result, "rss_loaded")
    if plan.wants("burst"):
        await _burst(load, plan, result, say)
        _note_memory(it, result, "rss_burst")
    it.kill()
    result.ceiling = await _ceiling(it, load)
    say(f"the radio alone: {result.ceiling:.0f} reports/s")


def _note_memory(it: Stage, result: Result, key: str) -> None:
    """What the host has now, and the most it ever had: it may be another process than the last one."""
    now = memory(it.pid)
    result.figures[key] = now["rss"]
    result.figures["rss_peak"] = max(now["peak"], result.figures.get("rss_peak", 0))


async def _warm(load: Load, plan: Plan) -> None:
    """Hosts run for months: what is measured is not the first minute of a just-in-time compiler."""
    await load.run(plan.warm_up, 500, patience=PATIENCE)


async def _set(it: Stage, plug: Device, plan: Plan, result: Result, say: Say) -> None:
    """Commands, from publish to the request on the radio, and to the state on MQTT."""
    topic = f"0x{plug.node.ieee:016x}"
    asked: list[int] = []

    wanted = OutgoingMessage(plug.node.nwk)

    def on_port(event: PortFrame) -> None:
        if event.meaning == wanted:
            asked.append(time.monotonic_ns())

    to_radio, to_state = [], []
    unsubscribe = it.bench.events.subscribe(PortFrame, on_port)
    try:
        for number in range(SETS_BEFORE + plan.sets):
            state = ("ON", "OFF")[number % 2]

            def told(message: Message, state: str = state) -> bool:
                return message.topic == BASE + topic and message.json.get("state") == state

            asked.clear()
            answer = it.listener.expect(told)
            published = it.publish(f"{topic}/set", {"state": state})
            try:
                message = await asyncio.wait_for(answer, PATIENCE)
            except TimeoutError:
                raise Unhealthy(f"{it.host.title} did not obey the set number {number}") from None
            if number >= SETS_BEFORE:
                to_radio.append((asked[0] - published) / 1e6)
                to_state.append((message.at - published) / 1e6)
            await asyncio.sleep(SET_PAUSE)
    finally:
        unsubscribe()
    for key, values in (("set_radio", to_radio), ("set_state", to_state)):
        result.figures |= {f"{key}_p{percent}": percentile(values, percent) for percent in (50, 99)}
    say(f"set p50 {result.figures['set_radio_p50']:.2f} / {result.figures['set_state_p50']:.2f} ms")


async def _paced(load: Load, plan: Plan, result: Result, say: Say) -> None:
    outcome = await load.run(plan.paced, 50, patience=PATIENCE)
    ms = [latency * 1e3 for latency in outcome.latencies]
    result.figures |= {
        "paced_p50": percentile(ms, 50),
        "paced_p99": percentile(ms, 99),
        "paced_cpu": outcome.cpu / outcome.count * 1e6,
        "paced_lost": outcome.lost,
    }
    say(f"50/s: {_describe(outcome)}")


async def _ladder(it: Stage, load: Load, plan: Plan, result: Result, say: Say) -> None:
    """Up, until reports are lost or a backlog grows: what is above ruins the host.

    A rate that isn't carried gets a second chance on a host that was started again: others use the machine, too.
    """
    result.figures["ladder_highest"] = 0
    failed = False
    rates = deque(RATES)
    while rates:
        rate = rates.popleft()
        outcome = await load.run(int(rate * plan.step), rate, patience=STALLED)
        carried = outcome.lost == 0 and outcome.tail is not None and outcome.tail < KEPT_UP
        ms = [latency * 1e3 for latency in outcome.latencies] or [float("nan")]
        result.ladder.append(
            {
                "rate": rate,
                "sent": round(outcome.count / outcome.sending),
                "lost": outcome.lost,
                "carried": carried,
                "p50_ms": percentile(ms, 50),
                "p99_ms": percentile(ms, 99),
                "max_ms": max(ms),
                "cpu_us": outcome.cpu / outcome.count * 1e6,
                "cpu_percent": outcome.cpu / outcome.sending * 100,
            }
        )
        say(f"{rate}/s: {_describe(outcome)}{'' if carried else ' NOT CARRIED'}")
        _note_memory(it, result, "rss_loaded")
        if not carried:
            await it.restart()  # what it does above its limit must not spoil what comes next
            await _warm(load, plan)
            if failed:
                break
            failed = True
            rates.appendleft(rate)
            continue
        result.figures["ladder_highest"] = rate
        if rate == 1000:
            result.figures["ladder_cpu"] = outcome.cpu / outcome.count * 1e6
        await asyncio.sleep(CALM / 2)


async def _burst(load: Load, plan: Plan, result: Result, say: Say) -> None:
    for _ in range(plan.bursts):
        outcome = await load.run(BURST, None, patience=STALLED)
        result.sample("burst_rate", outcome.rate)
        result.sample("burst_cpu", outcome.cpu / outcome.count * 1e6)
        result.sample("burst_lost", outcome.lost)
        if outcome.first is not None:
            result.sample("burst_first", outcome.first)
        say(f"burst: {outcome.rate:.0f}/s, {_describe(outcome)}")
        await asyncio.sleep(CALM)


async def _ceiling(it: Stage, load: Load) -> float:
    """Reports/s that the radio gets rid of when the other end of its port does nothing but read."""
    sizes: list[int] = []

    def on_port(event: PortFrame) -> None:
        sizes.append(len(event.data))

    unsubscribe = it.bench.events.subscribe(PortFrame, on_port)
    await load.burst(load.frames(1))
    unsubscribe()
    url = urlsplit(it.port.url)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.sink", str(url.hostname), str(url.port), str(sizes[0] * CEILING),
        stdout=asyncio.subprocess.PIPE, cwd=ROOT,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        await process.stdout.readline()
        await asyncio.sleep(0.1)  # the port has noticed, too
        frames = load.frames(CEILING)
        with no_collections():
            sent = await load.burst(frames)
            finished = int(await asyncio.wait_for(process.stdout.readline(), 30))
        return CEILING / (finished - sent[0]) * 1e9
    except BaseException:
        process.kill()
        raise
    finally:
        await process.wait()


def _describe(outcome: Outcome) -> str:
    ms = [latency * 1e3 for latency in outcome.latencies] or [float("nan")]
    return (
        f"p50 {percentile(ms, 50):.2f} p99 {percentile(ms, 99):.2f} max {max(ms):.1f} ms, "
        f"lost {outcome.lost}, CPU {outcome.cpu / outcome.count * 1e6:.0f} µs per message"
    )


def _list(values: list[float], unit: str) -> str:
    return ", ".join(f"{value:.2f}" for value in values) + f" {unit}"

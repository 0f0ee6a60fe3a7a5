"""Measurements with a load: commands, paced reports, the ladder of rates, bursts, the radio's own limit."""

import asyncio
import sys
import time
from collections import deque
from urllib.parse import urlsplit

from benchmarks.figures import percentile
from benchmarks.inbox import ROOT, Message
from benchmarks.load import Load, Outcome, no_collections
from benchmarks.plan import Plan, Result, Say
from benchmarks.process import memory
from benchmarks.stage import BASE, HostError, Stage
from zigloop.device.device import Device
from zigloop.events import OutgoingMessage, PortFrame
from zigloop.radio.line import DEFAULT_BAUD

#: Reports/s. The first is what a dongle's line carries; the last is beyond what any host was seen to carry.
RATES = (250, 500, 1000, 1500, 2000, 3000, 4000, 5000, 7500, 10_000, 12_500, 15_000, 17_500, 20_000, 25_000)
BURST = 4000
#: Bits of a byte on a serial line: 8N1.
BITS = 10
CEILING = 20_000

#: Seconds between loads, and without a message after which missing ones are lost; under load Zigbee2MQTT was seen to be
#: silent for 30 s, and then to publish everything.
CALM, PATIENCE, STALLED = 1.0, 5.0, 45.0
#: A rate is carried when it was sent (a share), nothing is lost, 99 % arrive in time, and no backlog grows (seconds).
SENT, IN_TIME, STEADY = 0.98, 0.020, 0.005
#: Times that a rate is tried.
TRIES = 3
#: Commands before those that are measured.
SETS_BEFORE = 50
#: Seconds between two commands: the plug reports its state 0.02 s later.
SET_PAUSE = 0.05


async def measure_loads(it: Stage, plugs: list[Device], plan: Plan, result: Result, say: Say) -> None:
    """Measure all sections with a load that are planned; kills the host at the end."""
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
    result.ceiling, size = await _ceiling(it, load)
    result.dongle = DEFAULT_BAUD / BITS / size
    say(f"the radio alone: {result.ceiling:.0f} reports/s; a dongle's line: {result.dongle:.0f}")


def _note_memory(it: Stage, result: Result, key: str) -> None:
    """Memory of the host now, and its peak over all of its processes."""
    now = memory(it.pid)
    result.figures[key] = now["rss"]
    result.figures["rss_peak"] = max(now["peak"], result.figures.get("rss_peak", 0))


async def _warm(load: Load, plan: Plan) -> None:
    """Hosts run for months: the first minute of a just-in-time compiler must not be measured."""
    await load.run(plan.warm_up, 500, patience=PATIENCE)


async def _set(it: Stage, plug: Device, plan: Plan, result: Result, say: Say) -> None:
    """Commands: time from publish to the request on the radio, and to the state on MQTT."""
    topic = f"0x{plug.node.ieee:016x}"
    requested: list[int] = []

    wanted = OutgoingMessage(plug.node.nwk)

    def on_port(event: PortFrame) -> None:
        if event.meaning == wanted:
            requested.append(time.monotonic_ns())

    to_radio, to_state = [], []
    unsubscribe = it.bench.events.subscribe(PortFrame, on_port)
    try:
        for number in range(SETS_BEFORE + plan.sets):
            state = ("ON", "OFF")[number % 2]

            def published_state(message: Message, state: str = state) -> bool:
                return message.topic == BASE + topic and message.json.get("state") == state

            requested.clear()
            answer = it.inbox.expect(published_state)
            published = it.publish(f"{topic}/set", {"state": state})
            try:
                message = await asyncio.wait_for(answer, PATIENCE)
            except TimeoutError:
                raise HostError(f"{it.host.title} did not obey command {number}") from None
            if number >= SETS_BEFORE:
                to_radio.append((requested[0] - published) / 1e6)
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
    """Raise the rate until the host no longer carries it.

    A rate that isn't carried is tried again, `TRIES` times in all, on a restarted host: other programs use the machine,
    too.
    """
    result.figures["ladder_highest"] = 0
    failures = 0  # of this rate
    rates = deque(RATES)
    while rates:
        rate = rates.popleft()
        outcome = await load.run(int(rate * plan.step), rate, patience=STALLED)
        ms = [latency * 1e3 for latency in outcome.latencies] or [float("nan")]
        result.ladder.append(
            {
                "rate": rate,
                "sent": round(outcome.count / outcome.sending),
                "lost": outcome.lost,
                "carried": (carried := carries(outcome, rate)),
                "growth_ms": outcome.growth * 1e3,
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
            await it.restart()  # its backlog must not affect the next rate
            await _warm(load, plan)
            failures += 1
            if failures == TRIES:
                break
            rates.appendleft(rate)
            continue
        failures = 0
        result.figures["ladder_highest"] = rate
        if rate == 1000:
            result.figures["ladder_cpu"] = outcome.cpu / outcome.count * 1e6
        await asyncio.sleep(CALM / 2)


def carries(outcome: Outcome, rate: float) -> bool:
    """Whether the host keeps up with this rate, with a latency that is low and doesn't grow."""
    return (
        outcome.lost == 0
        and outcome.count >= SENT * rate * outcome.sending
        and percentile(outcome.latencies, 99) <= IN_TIME
        and outcome.growth <= STEADY
    )


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


async def _ceiling(it: Stage, load: Load) -> tuple[float, int]:
    """Reports/s that the radio sends to a process that only reads, and the bytes of each on the port."""
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
        await asyncio.sleep(0.1)  # until the port has noticed the connection
        frames = load.frames(CEILING)
        with no_collections():
            sent = await load.burst(frames)
            finished = int(await asyncio.wait_for(process.stdout.readline(), 30))
        return CEILING / (finished - sent[0]) * 1e9, sizes[0]
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

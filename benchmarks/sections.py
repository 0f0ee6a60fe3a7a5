"""The sections of one host's measurement, in the order in which they can share a network of 50 plugs."""

import asyncio

from benchmarks.hosts import Host
from benchmarks.loads import measure_loads
from benchmarks.plan import Plan, Result, Say
from benchmarks.process import memory
from benchmarks.stage import HostError, Stage, stage
from zigloop.device.device import Device

PLUGS = 50
#: Seconds: plugs send their first heartbeat 5 s after joining; a pause between two measurements.
SETTLE, CALM = 6.5, 1.0


async def measure(host: Host, plan: Plan, say: Say) -> Result:
    """Measure all that is planned. A failure of the host is recorded, and the rest is measured."""
    result = Result()
    again = plan.crowds - 1 if plan.wants("start", "interview") else 0
    for part in (_alone, _crowd, *[_again] * again):
        if part is _alone and not plan.wants("start", "interview", "memory"):
            continue
        try:
            async with stage(host, log_level=plan.log_level, baud=plan.baud) as it:
                result.broker = it.broker
                await part(it, plan, result, say)
        except HostError as problem:
            result.problems.append(str(problem))
            say(f"PROBLEM {problem}")
    return result


async def _alone(it: Stage, plan: Plan, result: Result, say: Say) -> None:
    """A blank radio: starts, and plugs that join one by one."""
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
    """Repeat the measurements that need a blank radio."""
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
    """Fifty plugs: starts with them, and loads."""
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
        await measure_loads(it, plugs, plan, result, say)


def _list(values: list[float], unit: str) -> str:
    return ", ".join(f"{value:.2f}" for value in values) + f" {unit}"

"""Options and fixtures of the whole suite."""

import asyncio
import os
import random
import threading
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.support.station import peer, plug  # noqa: F401
from zigloop.clock import VIRTUAL, ClockLoop, clock_loop

# A busy machine is slow now and then; what a test finds doesn't depend on how long an example takes.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
#: The same examples at each run: the default.
settings.register_profile("same", PATIENT, derandomize=True)
#: Examples from a seed that the run prints: in CI, with `--hypothesis-seed`, and with `--hypothesis-profile random`.
settings.register_profile("random", PATIENT, derandomize=False, database=None, print_blob=True)
settings.load_profile("same")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--interop", action="store_true",
        help="also run tests/interop: programs that we did not write, in real time, for minutes",
    )  # fmt: skip
    parser.addoption("--soak", action="store_true", help="also run tests/soak: a virtual month, for minutes")
    parser.addoption("--soak-seed", type=int, default=1, metavar="N", help="the seed of that month (default 1)")
    parser.addoption("--soak-days", type=int, default=30, metavar="N", help="how many days it has (default 30)")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Choose the profile of hypothesis and its seed; workers of pytest-xdist get both with the options."""
    option = config.option
    if option.hypothesis_profile is None and (os.environ.get("CI") or option.hypothesis_seed is not None):
        option.hypothesis_profile = "random"
    if option.hypothesis_profile == "random" and option.hypothesis_seed is None:
        option.hypothesis_seed = str(random.SystemRandom().randrange(1 << 32))


def pytest_report_header(config: pytest.Config) -> str | None:
    """The seed of hypothesis, as the option that gives the same examples again."""
    seed: str | None = config.option.hypothesis_seed
    return None if seed is None else f"hypothesis: random examples; the same again: --hypothesis-seed {seed}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The command that repeats a random failure; the time of each test that is marked `slow`, with its fixtures."""
    seed = terminalreporter.config.option.hypothesis_seed
    for report in terminalreporter.stats.get("failed", ()):
        if seed is not None and "hypothesis" in report.keywords:
            terminalreporter.write_line(f"run again: pytest '{report.nodeid}' --hypothesis-seed {seed}")
    seconds: Counter[str] = Counter()
    for outcome in ("", "passed", "failed"):
        for report in terminalreporter.stats.get(outcome, ()):
            if isinstance(report, pytest.TestReport) and "slow" in report.keywords:
                seconds[report.nodeid] += report.duration
    if seconds:
        terminalreporter.section("slow tests, in seconds")
        for nodeid, duration in seconds.most_common():
            terminalreporter.write_line(f"{duration:6.1f}  {nodeid}")


@pytest.fixture
def loop() -> Iterator[ClockLoop]:
    """A loop in virtual time. A test that leaves a task, a timer or a thread behind fails."""
    threads = set(threading.enumerate())
    with clock_loop(VIRTUAL) as loop:
        yield loop
        left = asyncio_leftovers(loop)
    left += [f"thread {thread.name}" for thread in set(threading.enumerate()) - threads]
    assert not left, f"the test left behind: {', '.join(left)}"


def asyncio_leftovers(loop: ClockLoop) -> list[str]:
    """Tasks that are still running and timers that are still set."""
    loop.run_until_complete(asyncio.sleep(0))
    tasks = [f"task {task.get_name()} ({task.get_coro()})" for task in asyncio.all_tasks(loop)]
    timers = [f"timer {timer}" for timer in loop.timers]
    return tasks + timers

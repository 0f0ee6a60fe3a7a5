"""Options and fixtures of the whole suite."""

import asyncio
import threading
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.support.station import peer, plug  # noqa: F401
from zigloop.clock import VIRTUAL, ClockLoop, clock_loop

# A busy machine is slow now and then; what a test finds doesn't depend on how long an example takes.
settings.register_profile("zigloop", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("zigloop")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--interop", action="store_true",
        help="also run tests/interop: programs that we did not write, in real time, for minutes",
    )  # fmt: skip
    parser.addoption("--soak", action="store_true", help="also run tests/soak: a virtual month, for minutes")
    parser.addoption("--soak-seed", type=int, default=1, metavar="N", help="the seed of that month (default 1)")
    parser.addoption("--soak-days", type=int, default=30, metavar="N", help="how many days it has (default 30)")


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

"""The wall clock of a test in virtual time, and everybody else's."""

import asyncio
import copy
import pickle
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from freezegun import freeze_time

from zigloop.testing.wallclock import follow

REAL = (time.time, time.monotonic, time.time_ns, datetime, date)

#: In 2001, in seconds since 1970.
THEN = 1_000_000_000.25

MODULE = """
import time as clock
from datetime import date, datetime as moment
from time import monotonic, time

def read():
    return time(), clock.time(), monotonic(), moment.now().timestamp(), date.today().year
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The name of a module that wasn't imported yet."""
    (tmp_path / "reads_the_clock.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    yield "reads_the_clock"
    sys.modules.pop("reads_the_clock", None)


def load(name: str) -> ModuleType:
    __import__(name)
    return sys.modules[name]


def is_real(module: ModuleType) -> bool:
    return (module.time, module.monotonic, module.moment, module.date) == (REAL[0], REAL[1], REAL[3], REAL[4])


def assert_then(module: Any) -> None:
    assert module.read() == (THEN, THEN, THEN, THEN, 2001)


@pytest.mark.parametrize("when", ["before", "inside", "between"])
def test_modules_read_it_whenever_they_are_imported(module: str, when: str) -> None:
    if when == "before":
        assert is_real(load(module))
    with follow(lambda: THEN):
        if when == "inside":
            assert_then(load(module))
    assert when == "between" or is_real(load(module))
    load(module)
    for _ in range(2):
        with follow(lambda: THEN):
            assert_then(load(module))
        assert is_real(load(module))
    assert (time.time, time.monotonic, time.time_ns, datetime, date) == REAL
    assert load(module).read()[4] > 2024


def test_names_that_a_module_gets_later(module: str) -> None:
    with follow(lambda: THEN):
        assert_then(load(module))
    for name in ("late", "later"):
        setattr(load(module), name, time.time)
        with follow(lambda: THEN):
            assert getattr(load(module), name)() == THEN
            setattr(load(module), f"{name}_inside", time.time)
        assert getattr(load(module), name) is getattr(load(module), f"{name}_inside") is time.time


def test_it_moves() -> None:
    now = THEN
    with follow(lambda: now):
        before = datetime.now(UTC)
        now += 1.5
        assert datetime.now(UTC) - before == timedelta(seconds=1.5)
        assert time.time_ns() == int((THEN + 1.5) * 1e9)
        assert time.gmtime()[:6] == time.gmtime(now)[:6]
        assert isinstance(before, datetime)


def test_a_clock_inside_another() -> None:
    with follow(lambda: THEN):
        with follow(lambda: THEN + 100):
            assert time.time() == datetime.now(UTC).timestamp() == THEN + 100
        assert time.time() == datetime.now(UTC).timestamp() == THEN


def test_a_test_may_freeze_the_time_by_itself() -> None:
    with follow(lambda: THEN):
        with freeze_time("2010-01-01"):
            assert time.time() == datetime.now(UTC).timestamp() == 1_262_304_000
        assert time.time() == THEN
    assert time.time is REAL[0]


def test_it_is_put_back_after_a_failure(module: str) -> None:
    load(module)
    with pytest.raises(KeyError), follow(lambda: THEN):
        raise KeyError
    assert is_real(load(module))


def test_durations_and_the_loops_of_others_are_real() -> None:
    with freeze_time("2001-01-01", real_asyncio=True):  # leaves a method at the class of the loop
        pass
    loop = asyncio.SelectorEventLoop()
    durations = time.perf_counter
    with follow(lambda: THEN):
        assert time.perf_counter is durations
        assert REAL[1]() <= loop.time() <= REAL[1]()
    loop.close()


def test_real_moments_are_copied_and_pickled() -> None:
    real = datetime(2001, 2, 3, tzinfo=UTC)
    with follow(lambda: THEN):
        assert copy.deepcopy(real) == real
        assert pickle.loads(pickle.dumps(real)) == real


def test_a_clock_that_is_left_ends_without_the_others() -> None:
    """As when a generator is collected while another test runs."""
    left, current = follow(lambda: THEN), follow(lambda: THEN + 5)
    loop = asyncio.SelectorEventLoop()
    left.__enter__()
    with current:
        left.__exit__(None, None, None)
        assert time.time() == THEN + 5
        assert datetime.now(UTC).timestamp() == THEN + 5
        assert REAL[1]() <= loop.time() <= REAL[1]()
    loop.close()
    assert time.time is REAL[0]

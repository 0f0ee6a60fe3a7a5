"""The wall clock of this process, while a test runs in virtual time.

The types that stand in for `datetime` and `date` are freezegun's. It looks at each attribute of each module whenever it
starts, 9 ms a test; here a module is looked at once, and what refers to the clock is replaced for each test and put
back afterwards.
"""

import asyncio
import copyreg
import datetime
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import ModuleType
from typing import Any

from freezegun import api

# Modules that keep the real clock: freezegun's own, those that measure real time, and those with locks of threads.
_REAL = ("freezegun", "_pytest", "hypothesis", "threading", "multiprocessing", "queue", __name__)

_EPOCH = api.real_datetime(1970, 1, 1)

# The clocks that are in use, the last one is read: seconds since 1970, and the same for freezegun.
_clocks: list[tuple[Callable[[], float], Callable[[], datetime.datetime]]] = []
_replacement = ExitStack()

# freezegun's own lists of what is in use, with an item for each clock.
_FREEZEGUN: tuple[list[Any], ...] = (api.freeze_factories, api.tz_offsets, api.ignore_lists, api.tick_flags)


def _time() -> float:
    seconds, moment = _clocks[-1]
    if api.freeze_factories[-1] is not moment:  # a test freezes the time by itself
        return api.fake_time()
    return seconds()


def _monotonic() -> float:
    return _time()


def _time_ns() -> int:
    return int(_time() * 1e9)


def _monotonic_ns() -> int:
    return _time_ns()


# Each real thing with what takes its place. `perf_counter` stays: it measures how long something really takes.
_FAKES: tuple[tuple[Any, Any], ...] = (
    (api.real_time, _time),
    (api.real_time_ns, _time_ns),
    (api.real_monotonic, _monotonic),
    (api.real_monotonic_ns, _monotonic_ns),
    (api.real_localtime, api.fake_localtime),
    (api.real_gmtime, api.fake_gmtime),
    (api.real_strftime, api.fake_strftime),
    (api.real_datetime, api.FakeDatetime),
    (api.real_date, api.FakeDate),
)


class _Places:
    """Where modules refer to the clock."""

    def __init__(self) -> None:
        self._sizes: dict[str, tuple[ModuleType, int]] = {}  # modules that were looked at, with their attributes
        self._found: dict[tuple[str, str], tuple[ModuleType, Any, Any]] = {}

    def look(self) -> None:
        """Look at modules that are new, or have got attributes since."""
        fakes = {id(each): pair for pair in _FAKES for each in pair}
        for name, module in list(sys.modules.items()):
            attributes = getattr(module, "__dict__", None)
            if not isinstance(module, ModuleType) or attributes is None:
                continue
            if self._sizes.get(name) == (module, len(attributes)):
                continue
            self._sizes[name] = module, len(attributes)
            if name in _REAL or name.partition(".")[0] in _REAL:
                continue
            for attribute, value in list(attributes.items()):
                if (pair := fakes.get(id(value))) is not None:
                    self._found[name, attribute] = module, *pair

    def replace(self) -> None:
        """Put the fakes in place of what is real."""
        self.look()
        for (_, attribute), (module, real, fake) in self._found.items():
            if module.__dict__.get(attribute) is real:
                setattr(module, attribute, fake)

    def restore(self) -> None:
        """The opposite, also in modules that were imported meanwhile."""
        self.look()
        for (_, attribute), (module, real, fake) in self._found.items():
            if module.__dict__.get(attribute) is fake:
                setattr(module, attribute, real)


_PLACES = _Places()


@contextmanager
def follow(seconds: Callable[[], float]) -> Iterator[None]:
    """Inside, the wall clock, and the monotonic one, is `seconds`, since 1970 in UTC. May be nested."""

    def moment() -> datetime.datetime:
        return _EPOCH + datetime.timedelta(seconds=seconds())

    clock = (seconds, moment)
    _clocks.append(clock)
    for each, value in zip(_FREEZEGUN, (moment, datetime.timedelta(), (), False), strict=True):
        each.append(value)
    if len(_clocks) == 1:
        _replacement.enter_context(_replaced())
    try:
        yield
    finally:
        if len(_clocks) == 1:
            _replacement.close()
        # Not the last one: a generator that was left is closed when it is collected, in the middle of another test.
        _clocks.remove(clock)
        at = api.freeze_factories.index(moment)  # type: ignore[arg-type]
        for each in _FREEZEGUN:
            del each[at]


@contextmanager
def _replaced() -> Iterator[None]:
    # Loops of others keep real time, as freezegun's `real_asyncio` has it, which leaves its method at the second class.
    classes = (asyncio.BaseEventLoop, asyncio.SelectorEventLoop)
    before = [vars(each).get("time") for each in classes]
    for each in classes:
        each.time = lambda self: api.real_monotonic()  # type: ignore[method-assign]
    # Real ones are pickled by the name of their class, which is the fake's now.
    copyreg.dispatch_table[api.real_datetime] = api.pickle_fake_datetime
    copyreg.dispatch_table[api.real_date] = api.pickle_fake_date
    _PLACES.replace()
    try:
        yield
    finally:
        _PLACES.restore()
        del copyreg.dispatch_table[api.real_datetime], copyreg.dispatch_table[api.real_date]
        for each, method in zip(classes, before, strict=True):
            if method is None:
                del each.time
            else:
                each.time = method  # type: ignore[method-assign]

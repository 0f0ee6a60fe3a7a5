"""`given`, `when` and `then` of pytest-bdd. A listener may take failures: then the scenario continues (chaos)."""

import functools
import inspect
from collections.abc import Callable
from typing import Any

import pytest_bdd

from zigloop.controls.arguments import ControlError

#: Takes failures of steps, which are skipped then. Set by chaos for the time of a test.
on_failure: Callable[[Exception], None] | None = None

Step = Callable[..., Any]


def _may_fail(function: Step) -> Step:
    @functools.wraps(function)
    def step(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        try:
            return function(*args, **kwargs)
        except (AssertionError, ControlError) as error:
            if on_failure is None:
                raise
            on_failure(error)
            return None

    step.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]
    return step


def _keyword(register: Callable[..., Callable[[Step], Step]]) -> Callable[..., Callable[[Step], Step]]:
    def keyword(name: Any, *, stacklevel: int = 1, **options: Any) -> Callable[[Step], Step]:
        def decorate(function: Step) -> Step:
            register(name, stacklevel=stacklevel + 1, **options)(_may_fail(function))
            return function

        return decorate

    return keyword


given, when, then = map(_keyword, (pytest_bdd.given, pytest_bdd.when, pytest_bdd.then))

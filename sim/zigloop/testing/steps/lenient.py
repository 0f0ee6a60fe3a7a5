"""`given`, `when` and `then` of pytest-bdd, which also record each step for `zigloop.testing.steps.sentences`.

Under chaos a failed step is skipped, and the scenario continues.
"""

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest_bdd
from pytest_bdd import parsers

from zigloop.controls.arguments import ControlError

#: Whether failed steps are skipped. Set by chaos for the time of a test.
lenient = False

Step = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Declared:
    """A declared step."""

    keyword: str  # given, when or then
    parser: parsers.StepParser
    function: Step


#: All steps of the modules that have been imported, in their order.
declared: list[Declared] = []


def _may_fail(function: Step) -> Step:
    @functools.wraps(function)
    def step(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        try:
            return function(*args, **kwargs)
        except (AssertionError, ControlError):
            if not lenient:
                raise
            return None

    step.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]
    return step


def _keyword(register: Callable[..., Callable[[Step], Step]]) -> Callable[..., Callable[[Step], Step]]:
    def keyword(name: Any, *, stacklevel: int = 1, **options: Any) -> Callable[[Step], Step]:
        def decorate(function: Step) -> Step:
            parser = parsers.get_parser(name)
            declared.append(Declared(register.__name__, parser, function))
            register(parser, stacklevel=stacklevel + 1, **options)(_may_fail(function))
            return function

        return decorate

    return keyword


given, when, then = map(_keyword, (pytest_bdd.given, pytest_bdd.when, pytest_bdd.then))

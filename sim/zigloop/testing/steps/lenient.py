"""`given`, `when`, `then` of pytest-bdd for a sentence, and `stimulus`, which is both of the former.

Each step is recorded for `zigloop.testing.steps.sentences`.

Before a stimulus the world settles, so that nothing in flight is taken for its answer, and assertions consider only
what follows it. After a `Given` it settles too: what is given has happened, and the host knows it. A sentence that
begins with `at once` is given together with the one before: without settling, and assertions also consider what
followed that one.

A listener may take failures: then the scenario continues (chaos).
"""

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest_bdd
from pytest_bdd.parsers import StepParser

from zigloop.controls.arguments import ControlError
from zigloop.testing.steps.sentence import Sentence

#: Takes failures of steps, which are skipped then. Set by chaos for the time of a test.
on_failure: Callable[[Exception], None] | None = None

#: Begins the sentence of a stimulus that is given together with the one before.
AT_ONCE = "at once "

Step = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Declared:
    """A declared step."""

    keyword: str  # given, when or then
    parser: StepParser
    function: Step


#: All steps of the modules that have been imported, in their order.
declared: list[Declared] = []


def _parser(sentence: str | StepParser) -> StepParser:
    return Sentence(sentence) if isinstance(sentence, str) else sentence


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
    def keyword(sentence: str | StepParser, *, stacklevel: int = 1, **options: Any) -> Callable[[Step], Step]:
        def decorate(function: Step) -> Step:
            parser = _parser(sentence)
            shown = parser.parser if isinstance(parser, _Prefixed) else parser
            declared.append(Declared(register.__name__, shown, function))
            register(parser, stacklevel=stacklevel + 1, **options)(_may_fail(function))
            return function

        return decorate

    return keyword


given, when, then = map(_keyword, (pytest_bdd.given, pytest_bdd.when, pytest_bdd.then))


class _Prefixed(StepParser):
    """A parser of sentences that may begin with `at once`; the argument `at_once` tells whether one does."""

    def __init__(self, parser: StepParser) -> None:
        super().__init__(parser.name)
        self.parser = parser

    def is_matching(self, name: str) -> bool:
        return self.parser.is_matching(name.removeprefix(AT_ONCE))

    def parse_arguments(self, name: str) -> dict[str, Any] | None:
        arguments = self.parser.parse_arguments(name.removeprefix(AT_ONCE))
        return None if arguments is None else {**arguments, "at_once": name.startswith(AT_ONCE)}


def stimulus(sentence: str | StepParser, *, stacklevel: int = 1, **options: Any) -> Callable[[Step], Step]:
    """A step, `Given` or `When`, that does something to the world. The function needs an argument `world`."""

    def decorate(function: Step) -> Step:
        parser = _Prefixed(_parser(sentence))
        given(parser, stacklevel=stacklevel + 1, **options)(_stimulus(function, given=True))
        when(parser, stacklevel=stacklevel + 1, **options)(_stimulus(function, given=False))
        return function

    return decorate


def _stimulus(function: Step, *, given: bool) -> Step:
    signature = inspect.signature(function)

    @functools.wraps(function)
    def step(*, at_once: bool, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        world = kwargs["world"]
        with world.stimulus(at_once=at_once, given=given):
            return function(**kwargs)

    parameters = [*signature.parameters.values(), inspect.Parameter("at_once", inspect.Parameter.KEYWORD_ONLY)]
    step.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    return step

"""Every sentence that a feature may use, in a readable form: "TOPIC publishes {…}[ within N seconds]".

Words in capitals stand for a word, N for a number, {…} for JSON; what is in brackets may be left out; of words between
bars, one is chosen.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Final

from zigloop.controls.control import Control
from zigloop.device.registry import PRODUCTS
from zigloop.testing.steps import MODULES
from zigloop.testing.steps.controls import BENCH_PARTS
from zigloop.testing.steps.lenient import declared
from zigloop.testing.steps.sentence import Sentence

GIVEN, WHEN, THEN = "Given", "When", "Then"
#: A control's sentence is both.
_CONTROL: Final = (GIVEN, WHEN)

_OPTIONAL: Final = re.compile(r"(\[[^][]*(\[[^][]*\])?\])+")


@dataclass(frozen=True, slots=True)
class Listed:
    """A sentence, the keywords that it may follow, and its meaning in a line.

    A control's sentence has `models`, the products that have it, or `part`, the part of the bench that has it.
    """

    text: str
    keywords: tuple[str, ...]
    help: str
    models: tuple[str, ...] = field(default=())
    part: str | None = None


@cache
def sentences() -> tuple[Listed, ...]:
    """All sentences: those of steps in the order of their declarations, then those of products, then of parts."""
    for name in MODULES:
        import_module(name)
    steps: dict[str, Listed] = {}
    for step in declared:
        if isinstance(step.parser, Sentence):
            text, meaning = step.parser.text, (step.function.__doc__ or "").partition("\n")[0]
            keywords = {step.keyword.capitalize(), *(steps[text].keywords if text in steps else ())}
            steps[text] = Listed(text, tuple(each for each in (GIVEN, WHEN, THEN) if each in keywords), meaning)
    controls: dict[tuple[str, str], Listed] = {}  # what it means may differ between products
    for model, product in PRODUCTS.items():
        for text, control in _with_sentence(product.controls.values()):
            key = text, control.help
            models = (*(controls[key].models if key in controls else ()), model)
            controls[key] = Listed(text, _CONTROL, control.help, models)
    parts = [
        Listed(text, _CONTROL, control.help, part=part.called)
        for part in BENCH_PARTS
        for text, control in _with_sentence(part.controls.values())
    ]
    return (*steps.values(), *controls.values(), *parts)


def _with_sentence(controls: Iterable[Control]) -> list[tuple[str, Control]]:
    return [(text, each) for each in controls if (text := each.step("NAME")) is not None]


def required(text: str) -> str:
    """A sentence without what may be left out."""
    return _OPTIONAL.sub("", text)

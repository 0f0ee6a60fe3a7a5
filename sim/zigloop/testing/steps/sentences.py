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
from zigloop.testing.steps.controls import BENCH_PARTS, CONTROL_SENTENCE
from zigloop.testing.steps.lenient import declared
from zigloop.testing.steps.nearest import closest

GIVEN, WHEN, THEN = "Given", "When", "Then"
#: A control's sentence is both.
_CONTROL: Final = (GIVEN, WHEN)

_OPTIONAL: Final = re.compile(r"\[[^]]*\]")
_JSON: Final = re.compile(r"\{.*\}|\[.*\]")
_NUMBERS: Final = re.compile(r"\b\d+(\.\d+)?\b")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, the keywords that it may follow, and its meaning in a line.

    A control's sentence has `models`, the products that have it, or `part`, the part of the bench that has it.
    """

    text: str
    keywords: tuple[str, ...]
    help: str
    models: tuple[str, ...] = field(default=())
    part: str | None = None


@cache
def sentences() -> tuple[Sentence, ...]:
    """All sentences: those of steps in the order of their declarations, then those of products, then of parts."""
    for name in MODULES:
        import_module(name)
    steps: dict[str, Sentence] = {}
    for step in declared:
        if step.parser.name != CONTROL_SENTENCE:
            text, meaning = readable(step.parser.name), (step.function.__doc__ or "").partition("\n")[0]
            keywords = {step.keyword.capitalize(), *(steps[text].keywords if text in steps else ())}
            steps[text] = Sentence(text, tuple(each for each in (GIVEN, WHEN, THEN) if each in keywords), meaning)
    controls: dict[tuple[str, str], Sentence] = {}  # what it means may differ between products
    for model, product in PRODUCTS.items():
        for text, control in _with_sentence(product.controls.values()):
            key = text, control.help
            models = (*(controls[key].models if key in controls else ()), model)
            controls[key] = Sentence(text, _CONTROL, control.help, models)
    parts = [
        Sentence(text, _CONTROL, control.help, part=part.called)
        for part in BENCH_PARTS
        for text, control in _with_sentence(part.controls.values())
    ]
    return (*steps.values(), *controls.values(), *parts)


def _with_sentence(controls: Iterable[Control]) -> list[tuple[str, Control]]:
    return [(text, each) for each in controls if (text := each.step("NAME")) is not None]


def nearest(step: str, keyword: str | None = None, count: int = 3) -> list[str]:
    """The sentences most like a step's text, the nearest first; `keyword` is Given, When or Then."""
    forms: dict[str, str] = {}
    for each in sentences():
        if keyword is None or keyword in each.keywords:
            forms[_OPTIONAL.sub("", each.text)] = forms[re.sub(r"[\[\]]", "", each.text)] = each.text
    general = _NUMBERS.sub("N", _JSON.sub("{…}", step))
    found = closest(general, forms, count=2 * count, least=0.5)
    return list(dict.fromkeys(forms[each] for each in found))[:count]


def readable(pattern: str) -> str:
    """A step's pattern as a sentence. ValueError when it has something that can't be shown."""
    text, rest = _sequence(pattern)
    if rest:
        raise ValueError(f"{pattern} can't be shown as a sentence: {rest}")
    return text


#: The start of a pattern: a named group, another group, an escaped character, or any other character.
_NAMED, _GROUP, _ESCAPED = re.compile(r"\(\?P<(\w+)>"), re.compile(r"\(\?:"), re.compile(r"\\(\W)")
_LITERALS: Final = re.compile(r"[\w? -]+(\|[\w? -]+)+")
_NUMBER: Final = re.compile(r"(\\d|\[\\d\.\])\+")


def _sequence(pattern: str) -> tuple[str, str]:
    """The sentence up to the end of a group, and the rest."""
    text = ""
    while pattern and pattern[0] != ")":
        if match := _NAMED.match(pattern):
            body, pattern = _body(pattern[match.end() :])
            shown = _placeholder(match[1], body)
        elif match := _GROUP.match(pattern):
            shown, pattern = _sequence(pattern[match.end() :])
            pattern = pattern[1:]
            if pattern[:1] == "?" and " " in shown:
                shown = f"[{shown}]"
            elif "|" in shown and " " in shown:
                shown = f"({shown})"
        elif match := _ESCAPED.match(pattern):
            shown, pattern = match[1], pattern[match.end() :]
        elif pattern[0] in "\\.[(*+?^$":
            raise ValueError(f"{pattern} can't be shown as a sentence")
        else:
            shown, pattern = pattern[0], pattern[1:]
        if pattern[:1] == "?":
            pattern = pattern[1:]
            if shown[0] != "[" and shown != "s":  # of "an?", "s?" and "pass(?:es)?" only the plural is shown
                shown = ""
        text += shown
    return text, pattern


def _body(pattern: str) -> tuple[str, str]:
    """A group's pattern up to its end, and the rest after it."""
    depth, at = 1, 0
    while depth:
        at += 2 if pattern[at] == "\\" else 1
        depth += {"(": 1, ")": -1}.get(pattern[at], 0)
    return pattern[:at], pattern[at + 1 :]


def _placeholder(name: str, body: str) -> str:
    if body.startswith(r"\{"):
        return "{…}"
    if _NUMBER.fullmatch(body):
        return "N"
    if _LITERALS.fullmatch(body):
        words = "|".join(_sequence(each)[0] for each in body.split("|"))
        return f"({words})" if " " in words else words
    return name.upper()

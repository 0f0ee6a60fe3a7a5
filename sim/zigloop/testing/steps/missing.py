"""The sentences nearest to one that doesn't exist, of the kit and of the project that uses it."""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any, Final, NamedTuple

from pytest_bdd.steps import step_function_context_registry

from zigloop.testing.steps.sentences import required, sentences

#: Number of suggestions, and the most that one may differ: 0 is equal, 1 has nothing in common.
SUGGESTED: Final = 3
DIFFERENT: Final = 0.4
#: The cost of a word where a sentence has an argument, which takes any word.
ARGUMENT: Final = 0.3

_NUMBER = re.compile(r"(?<![\"\w.])\d+(\.\d+)?(?![\"\w.])")
_GROUP = re.compile(r"\(\?P<(\w+)>(?:[^()\\]|\\.|\([^()]*\))*\)")
_OPTIONAL = re.compile(r"\((?:\?:)?(?:[^()\\]|\\.)*\)\?")
_CHOICE = re.compile(r"\(\?:([^()|]*)\|[^()]*\)")
#: JSON, a text in quotes, or a word.
_WORD = re.compile(r"\{.*\}|\[.*\]|\"[^\"]*\"|\S+")


class Known(NamedTuple):
    """A step's sentence, with its arguments in capitals. `keyword`: given, when or then; None for any."""

    keyword: str | None
    text: str


def own_parsers() -> list[Any]:
    """The parsers of the kit's steps."""
    return [each.parser for each in _registered() if each.step_func.__module__.startswith("zigloop.")]


def known_sentences() -> Iterator[Known]:
    """The sentences of all steps: the kit's, and those of the project."""
    for listed in sentences():
        for keyword in listed.keywords:
            yield Known(keyword.lower(), required(listed.text))
    for each in _registered():
        if not each.step_func.__module__.startswith("zigloop."):
            yield Known(each.type, sentence(each.parser.name))


def _registered() -> list[Any]:
    return [
        each for each in step_function_context_registry.values() if each.step_func.__module__ != "pytest_bdd.plugin"
    ]


def sentence(pattern: str) -> str:
    """A sentence from the pattern that pytest-bdd parses it with: "NAME does COMMAND". Optional parts are left out."""
    text = pattern
    while (shorter := _CHOICE.sub(r"\1", _OPTIONAL.sub("", _GROUP.sub(_argument, text)))) != text:
        text = shorter
    text = re.sub(r"\{(\w+)(?::\w+)?\}", lambda match: match[1].upper(), text)  # of a `parse` pattern
    return re.sub(r"\w\?|\\(.)", lambda match: match[1] or "", text)


def _argument(match: re.Match[str]) -> str:
    return match[1].upper()


def keywords(text: str) -> list[str]:
    """The keywords with which this sentence exists."""
    found = {each.type for each in _registered() if each.type and each.parser.is_matching(text)}
    return [keyword for keyword in ("given", "when", "then") if keyword in found]


def nearest_sentences(text: str, keyword: str) -> list[str]:
    """The most similar sentences, best first; those with another keyword have it in front."""
    words = _WORD.findall(_NUMBER.sub("N", text))
    known = list(known_sentences())
    own = {each.text for each in known if each.keyword in (None, keyword)}
    scored: dict[str, float] = {}
    for each in known:
        score = _difference(words, _WORD.findall(each.text))
        if score <= DIFFERENT and (each.text in own or each.keyword is not None):
            shown = each.text if each.text in own else f"{str(each.keyword).capitalize()} {each.text}"
            scored[shown] = score
    return sorted(scored, key=lambda shown: (scored[shown], shown))[:SUGGESTED]


def _difference(words: Sequence[str], pattern: Sequence[str]) -> float:
    """Edit distance of words, divided by the number of words; an argument in the pattern takes any word."""
    row = [float(number) for number in range(len(pattern) + 1)]
    for word in words:
        above, row = row, [row[0] + 1]
        for at, wanted in enumerate(pattern):
            same = (
                ARGUMENT
                if wanted.isupper() or wanted == "{…}"
                else 1 - SequenceMatcher(None, word.lower(), wanted.lower()).ratio()
            )
            row.append(min(above[at] + same, above[at + 1] + 1, row[at] + 1))
    return row[-1] / max(len(words), len(pattern), 1)

"""The sentence of a step: one declaration is the pattern that a step matches, and the text that people read.

    {topic} publishes {expected}[ within {within} second[s]]

`{name}` is an argument of the step's function. `ARGUMENTS` has its pattern and how it is shown, unless it has its words
itself: `{level:error|warning}`. What is in brackets may be left out; arguments in it are None then. `(a|b)` is one of
both. Sentences are shown as "TOPIC publishes {…}[ within N seconds]".
"""

import re
from dataclasses import dataclass
from typing import Any, Final

from pytest_bdd.parsers import StepParser

from zigloop.testing.steps.expected import EXPECTED, THEN

_NAME, _NUMBER, _COUNT, _JSON = r"\S+", r"[\d.]+", r"\d+", r"\{.*\}"

#: Pattern of each argument, and how it is shown.
ARGUMENTS: Final = {
    "command": (".+", "VERB ARGUMENTS"),
    "count": (_NUMBER, "N"),
    "declared": ("with.*", "with …"),
    "expected": (EXPECTED, "{…}"),
    "high": (_COUNT, "N"),
    "low": (_COUNT, "N"),
    "lqi": (_COUNT, "N"),
    "model": (r"\w+", "MODEL"),
    "name": (_NAME, "NAME"),
    "options": (_JSON, "{…}"),
    "path": ('[^"]+', "PATH"),
    "pattern": (".+", "PATTERN"),
    "payload": (r"\S.*", "PAYLOAD"),
    "qos": (_COUNT, "N"),
    "seconds": (_COUNT, "N"),
    "settings": (_JSON, "{…}"),
    "text": (".*", "TEXT"),
    "then": (THEN, ", then [TOPIC publishes ]{…}[ within N seconds of it]"),
    "times": (_COUNT, "N"),
    "topic": (_NAME, "TOPIC"),
    "unit": ("(?:second|minute|hour|day)s?", "seconds|minutes|hours|days"),
    "within": (_NUMBER, "N"),
}

_ARGUMENT = re.compile(r"\{(\w+)(?::([^}]*))?\}")
_ENDS = {"[": "]", "(": ")"}


@dataclass(frozen=True, slots=True)
class _Both:
    pattern: str
    text: str

    def __add__(self, other: "_Both") -> "_Both":
        return _Both(self.pattern + other.pattern, self.text + other.text)


class Sentence(StepParser):
    """A parser of steps; `text` is the sentence as people read it. ValueError for a declaration that isn't one."""

    def __init__(self, declaration: str) -> None:
        super().__init__(declaration)
        both, rest = _sequence(declaration, "")
        assert not rest
        self.text = both.text
        self._pattern = re.compile(both.pattern)

    def is_matching(self, name: str) -> bool:
        return self._pattern.fullmatch(name) is not None

    def parse_arguments(self, name: str) -> dict[str, Any] | None:
        match = self._pattern.fullmatch(name)
        return None if match is None else match.groupdict()


def _sequence(declaration: str, end: str) -> tuple[_Both, str]:
    """The sequence up to `end`, and the rest behind that."""
    found, alternatives, rest = _Both("", ""), [], declaration
    while rest and rest[0] not in (end or "])"):
        if match := _ARGUMENT.match(rest):
            found += _argument(match[1], match[2])
            rest = rest[match.end() :]
        elif rest[0] in _ENDS:
            inner, rest = _sequence(rest[1:], _ENDS[rest[0]])
            found += inner
        elif rest[0] == "|" and end == ")":
            alternatives.append(found)
            found, rest = _Both("", ""), rest[1:]
        else:
            found += _Both(re.escape(rest[0]), rest[0])
            rest = rest[1:]
    if rest[:1] != end:
        raise ValueError(f"brackets do not match in the sentence {declaration!r}")
    if end == ")":
        each = [*alternatives, found]
        found = _Both(f"(?:{'|'.join(it.pattern for it in each)})", f"({'|'.join(it.text for it in each)})")
    elif end == "]":
        found = _Both(f"(?:{found.pattern})?", _optional(found.text))
    return found, rest[len(end) :]


def _optional(text: str) -> str:
    """An optional text as it is shown: of the ending of a word only the plural."""
    return f"[{text}]" if " " in text else text if text == "s" else ""


def _argument(name: str, words: str | None) -> _Both:
    if words is None:
        pattern, text = ARGUMENTS[name]
    else:
        pattern = "|".join(map(re.escape, words.split("|")))
        text = f"({words})" if "|" in words and " " in words else words
    return _Both(f"(?P<{name}>{pattern})", text)

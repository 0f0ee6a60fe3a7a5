"""The texts most like a mistaken one."""

from collections.abc import Iterable
from difflib import SequenceMatcher, get_close_matches
from typing import Final

#: From this ratio of difflib on, a word is a misspelled other one ("presed", "pressed").
_SAME_WORD: Final = 0.75


def closest(text: str, candidates: Iterable[str], *, count: int = 1, least: float = 0.0) -> list[str]:
    """The candidates that have most of the text's words, misspelled ones included; of equal ones the most similar.

    `least` is the share of the words that a candidate must have.
    """
    words = text.split()

    def share(candidate: str) -> float:
        others = candidate.split()
        return sum(1 for word in words if get_close_matches(word, others, 1, _SAME_WORD)) / max(len(words), 1)

    ranked = [(share(each), SequenceMatcher(None, text, each).ratio(), each) for each in candidates]
    return [each for has, _, each in sorted(ranked, reverse=True) if has >= least][:count]

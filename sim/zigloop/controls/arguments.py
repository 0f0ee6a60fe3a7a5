"""The arguments of controls: what they accept, in a sentence and at the prompt."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol


class ControlError(ValueError):
    """An unknown verb, or an argument that is not allowed; the message lists what is allowed."""


class Argument(Protocol):
    """The allowed values of an argument."""

    def parse(self, value: object) -> Any:
        """The value, given as a Python value or as text; ValueError when it isn't allowed."""

    def pick(self, rng: random.Random, names: Sequence[str]) -> Any:
        """A random allowed value; `names` are the names on the bench."""

    def __str__(self) -> str:
        """The allowed values: "a number from 0 to 3000 (W)"."""


@dataclass(frozen=True)
class Number:
    """A number within limits."""

    minimum: float
    maximum: float
    unit: str = ""
    whole: bool = False

    def parse(self, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            raise ValueError(value)
        number = float(value)
        if not math.isfinite(number) or not self.minimum <= number <= self.maximum:
            raise ValueError(value)
        if self.whole:
            if number != int(number):
                raise ValueError(value)
            return int(number)
        return number

    def pick(self, rng: random.Random, names: Sequence[str]) -> float:
        if self.whole:
            return rng.randint(math.ceil(self.minimum), math.floor(self.maximum))
        return round(rng.uniform(self.minimum, self.maximum), 3)

    def __str__(self) -> str:
        unit = f" ({self.unit})" if self.unit else ""
        return f"a {'whole ' if self.whole else ''}number from {self.minimum:g} to {self.maximum:g}{unit}"


@dataclass(frozen=True)
class Choice:
    """One of some words, in any case."""

    words: tuple[str, ...]

    def parse(self, value: object) -> str:
        word = str(value).lower()
        if word not in self.words:
            raise ValueError(value)
        return word

    def pick(self, rng: random.Random, names: Sequence[str]) -> str:
        return rng.choice(self.words)

    def __str__(self) -> str:
        return " or ".join(self.words)


@dataclass(frozen=True)
class Name:
    """The name of a device or of the radio."""

    def parse(self, value: object) -> str:
        if not isinstance(value, str) or not value:
            raise ValueError(value)
        return value

    def pick(self, rng: random.Random, names: Sequence[str]) -> str:
        return rng.choice(names)

    def __str__(self) -> str:
        return "a device's name, or radio"

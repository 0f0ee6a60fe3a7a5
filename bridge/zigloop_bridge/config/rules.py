"""Allowed values of configuration keys. A rule's `str` completes the sentence "KEY must be …"."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit


class Rule(Protocol):
    """A rule."""

    def accepts(self, value: Any) -> bool:
        """Whether the value follows the rule."""


@dataclass(frozen=True)
class Text:
    """Some text, which `what` describes."""

    what: str
    optional: bool = False

    def accepts(self, value: Any) -> bool:
        """Text, or nothing when that is allowed."""
        return isinstance(value, str) or (self.optional and value is None)

    def __str__(self) -> str:
        return self.what


@dataclass(frozen=True)
class Url:
    """SCHEME://HOST:PORT; with `path` also a file name, with `words` also these words."""

    what: str
    schemes: tuple[str, ...]
    port_needed: bool = False
    path: bool = False
    words: tuple[str, ...] = ()

    def accepts(self, value: Any) -> bool:
        """A URL, or nothing: a missing one is reported where it is needed."""
        if value is None or value in self.words:
            return True
        if not isinstance(value, str):
            return False
        if self.path and "://" not in value:
            return True
        try:
            url = urlsplit(value)
            host, port = url.hostname or "", url.port
            host.encode("idna")
        except ValueError:
            return False
        if "@" in url.netloc:  # user and password have their own keys, since a URL appears in logs and on MQTT
            return False
        return url.scheme in self.schemes and host != "" and bool(port or not self.port_needed)

    def __str__(self) -> str:
        return self.what


def host_and_port(text: str) -> tuple[str, int]:
    """Split HOST:PORT; an IPv6 address stands in brackets. Raises ValueError."""
    url = urlsplit(f"//{text}")
    if not url.hostname or url.port is None or url.netloc != text or "@" in text:
        raise ValueError(f"'{text}' isn't HOST:PORT")
    return url.hostname, url.port


@dataclass(frozen=True)
class HostAndPort:
    """HOST:PORT."""

    what: str

    def accepts(self, value: Any) -> bool:
        """Text that can be split."""
        try:
            host_and_port(value)
        except (TypeError, ValueError):
            return False
        return isinstance(value, str)

    def __str__(self) -> str:
        return self.what


@dataclass(frozen=True)
class Flag:
    """true or false."""

    def accepts(self, value: Any) -> bool:
        """A YAML boolean, not a word in quotes."""
        return isinstance(value, bool)

    def __str__(self) -> str:
        return "true or false"


class FlagOrKeys:
    """true or false, or keys, each with a rule of its own."""

    def __init__(self, **keys: Rule) -> None:
        self.keys = keys

    def accepts(self, value: Any) -> bool:
        """A boolean, or a mapping with only these keys."""
        if isinstance(value, Mapping):
            return all(key in self.keys and self.keys[key].accepts(each) for key, each in value.items())
        return isinstance(value, bool)

    def __str__(self) -> str:
        return "true, false, or " + ", ".join(f"{key} ({rule})" for key, rule in self.keys.items())


class Choice:
    """One of several values."""

    def __init__(self, *values: Any) -> None:
        self.values = values

    def accepts(self, value: Any) -> bool:
        """One of them, and of its type."""
        return any(value == each and type(value) is type(each) for each in self.values)

    def __str__(self) -> str:
        return " or ".join((", ".join(map(str, self.values[:-1])), str(self.values[-1])))


@dataclass(frozen=True)
class Number:
    """A number."""

    minimum: float

    def accepts(self, value: Any) -> bool:
        """A finite number that is large enough."""
        return isinstance(value, int | float) and not isinstance(value, bool) and self.minimum <= value < math.inf

    def __str__(self) -> str:
        return f"a number from {self.minimum:g}"


@dataclass(frozen=True)
class Whole:
    """A whole number; `generate` also allows GENERATE."""

    minimum: int
    maximum: int
    optional: bool = False
    generate: bool = False

    def accepts(self, value: Any) -> bool:
        """A whole number in the range."""
        if value is None:
            return self.optional
        if self.generate and value == "GENERATE":
            return True
        return isinstance(value, int) and not isinstance(value, bool) and self.minimum <= value <= self.maximum

    def __str__(self) -> str:
        return f"a whole number from {self.minimum} to {self.maximum}" + (" or GENERATE" if self.generate else "")


@dataclass(frozen=True)
class WholeNumbers:
    """A list of bytes."""

    length: int
    generate: bool = False

    def accepts(self, value: Any) -> bool:
        """`length` numbers from 0 to 255."""
        if self.generate and value == "GENERATE":
            return True
        return (
            isinstance(value, list)
            and len(value) == self.length
            and all(isinstance(each, int) and not isinstance(each, bool) and 0 <= each <= 255 for each in value)
        )

    def __str__(self) -> str:
        return f"a list of {self.length} numbers from 0 to 255" + (" or GENERATE" if self.generate else "")


@dataclass(frozen=True)
class Patterns:
    """A list of regular expressions. An invalid one is ignored, with an error in the log, when it is used."""

    def accepts(self, value: Any) -> bool:
        """A list of texts."""
        return isinstance(value, list) and all(isinstance(each, str) for each in value)

    def __str__(self) -> str:
        return "a list of regular expressions"

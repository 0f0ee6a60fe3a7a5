"""Known differences, each with its reason, and renames: `differences.toml`."""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from benchmarks.compare.inside.renames import Renames

FILE = Path(__file__).parent / "differences.toml"
STREAMS = ("port", "air", "mqtt")


@dataclass(frozen=True)
class Known:
    """A substitution that makes lines of one checkout those of the other; without `becomes` they are left out."""

    stream: str
    pattern: re.Pattern[str]
    reason: str
    on: str = "old"
    becomes: str | None = None


@dataclass(frozen=True)
class Differences:
    """Content of the file."""

    known: tuple[Known, ...] = ()
    renames: Renames = field(default_factory=Renames)

    @classmethod
    def parse(cls, text: str) -> "Differences":
        """From TOML; ValueError names the mistake."""
        data = tomllib.loads(text)
        renames = data.pop("rename", {})
        known = tuple(map(_known, data.pop("known", [])))
        if unknown := [*data, *(renames.keys() - {each.name for each in fields(Renames)})]:
            raise ValueError(f"unknown tables: {', '.join(unknown)}")
        return cls(known, Renames(**renames))

    def apply(self, stream: str, side: str, lines: Iterable[str]) -> tuple[list[str], dict[str, int]]:
        """Apply the substitutions of one side; returns the lines, and the number of changed lines by reason."""
        some = [each for each in self.known if (each.stream, each.on) == (stream, side)]
        used = dict.fromkeys((each.reason for each in some), 0)
        if not some:
            return list(lines), used
        found = []
        for line in lines:
            for each in some:
                changed = _changed(each, line)
                used[each.reason] += changed != line
                if changed is None:
                    break
                line = changed
            else:
                found.append(line)
        return found, used


def _changed(known: Known, line: str) -> str | None:
    if known.becomes is None:
        return None if known.pattern.search(line) else line
    return known.pattern.sub(known.becomes, line)


def _known(entry: dict[str, Any]) -> Known:
    unknown = entry.keys() - {each.name for each in fields(Known)}
    missing = {"stream", "pattern", "reason"} - entry.keys()
    if unknown or missing:
        raise ValueError(f"a known difference lacks {sorted(missing)} and has unknown {sorted(unknown)}: {entry}")
    if entry["stream"] not in STREAMS or entry.get("on", "old") not in ("old", "new"):
        raise ValueError(f"a stream is one of {', '.join(STREAMS)}, on is old or new: {entry}")
    return Known(**entry | {"pattern": re.compile(entry["pattern"])})


def load(file: Path = FILE) -> Differences:
    """The committed list."""
    return Differences.parse(file.read_text(encoding="utf-8"))

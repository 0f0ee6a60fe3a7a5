"""A schedule of faults, drawn from a seed, that can be described, recorded, replayed and shrunk."""

import random
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zigloop.controls.arguments import Name
from zigloop.controls.control import Control, Controlled, faults_of

#: Number of faults drawn when the first device has joined, and for each device that joins later.
AT_FIRST, FOR_EACH = 8, 2
#: Mean seconds between two faults. Steps take milliseconds; a step that waits in vain takes 10 s.
GAP = 2.5
#: Range of seconds that a fault lasts, unless it has a duration of its own.
LASTS = (1.0, 20.0)
#: Share of faults of devices. The others are spread evenly over the parts.
DEVICES = 0.4
#: Share of a device's faults that only people can undo: it leaves, or is reset.
FOR_GOOD = 0.05


@dataclass(frozen=True)
class Entry:
    """One fault. `at` is in seconds after the first device has joined; it is undone `lasts` seconds later."""

    number: int
    at: float
    who: str  # name of a device or part
    control: Control
    arguments: dict[str, Any]
    lasts: float | None  # None: nothing undoes it

    @classmethod
    def load(cls, data: Mapping[str, Any], find: Callable[[str], Controlled]) -> "Entry":
        """From `data`; `find` returns a device or part by name. LookupError when it has no such control."""
        it = find(data["who"])
        if data["verb"] not in it.controls:
            raise LookupError(
                f"the recorded schedule can't be played: {data['who']} has no control {data['verb']!r}; "
                f"it has {', '.join(it.controls)}"
            )
        control = it.controls[data["verb"]]
        return cls(data["number"], data["at"], data["who"], control, dict(data["arguments"]), data["lasts"])

    @property
    def data(self) -> dict[str, Any]:
        """As plain data, with names only: what JSON can hold."""
        plain = {key: getattr(self, key) for key in ("number", "at", "who", "arguments", "lasts")}
        return plain | {"verb": self.control.verb}

    @property
    def end(self) -> float:
        """Seconds after the first device has joined at which it is undone."""
        return self.at + (self.lasts or 0.0)

    @property
    def text(self) -> str:
        """In words: "the line garbles 0.5 % of bytes (direction to-host) for 8 s"."""
        words = {key: f"{value:g}" if isinstance(value, float) else str(value) for key, value in self.arguments.items()}
        phrase = self.control.phrase or f"{{name}} does {self.control.verb}"
        text = phrase.format(name=self.who, **words)
        others = [f"{key} {value}" for key, value in words.items() if f"{{{key}}}" not in phrase]
        if others:
            text += f" ({', '.join(others)})"
        if self.lasts is not None and "seconds" not in self.arguments:
            text += f" for {self.lasts:g} s"
        return text

    def __str__(self) -> str:
        return f"{self.number:3}.  {self.at:6.1f} s  {self.text}"


def describe(entries: Iterable[Entry]) -> str:
    """A human-readable schedule, one fault per line."""
    return "\n".join(f"  {entry}" for entry in entries) or "  (no faults)"


def draw(
    rng: random.Random,
    devices: Sequence[Controlled],
    parts: Sequence[Controlled],
    *,
    names: Sequence[str],
    count: int,
    first: int = 1,
    begin: float = 0.0,
    gap: float = GAP,
    lasts: tuple[float, float] = LASTS,
    for_good: float = FOR_GOOD,
    never: Collection[tuple[str, str]] = (),
) -> list[Entry]:
    """`count` random faults in order of time. `names` are the names of devices and radio that arguments may have.

    `gap` and `lasts` are in seconds; `for_good` is the share of a device's faults that nothing undoes; faults in
    `never`, such as ("radio", "lose_memory"), are not drawn.
    """
    entries = []
    at = begin
    for number in range(first, first + count):
        at += rng.expovariate(1 / gap)
        kind = devices if devices and (not parts or rng.random() < DEVICES) else parts
        who = rng.choice(kind)
        undoable = faults_of(who)
        final = [it for it in faults_of(who, undoable=False) if it not in undoable]
        some = final if final and rng.random() < for_good else undoable
        control = rng.choice([it for it in some if (who.name, it.verb) not in never])
        arguments = _arguments(rng, control, names)
        time = arguments.get("seconds", round(rng.uniform(*lasts), 1))
        undone = control.fault is not None and control.fault.undo is not None
        entries.append(Entry(number, round(at, 1), who.name, control, arguments, time if undone else None))
    return entries


def _arguments(rng: random.Random, control: Control, names: Sequence[str]) -> dict[str, Any]:
    """Random arguments; a link between two names never has the same name twice."""
    arguments = control.some_arguments(rng, names)
    ends = [key for key, each in control.arguments.items() if isinstance(each, Name)]
    if len(ends) > 1:
        arguments |= dict(zip(ends, rng.sample(list(names), len(ends)), strict=True))
    return {key: round(value, 2) if isinstance(value, float) else value for key, value in arguments.items()}


def parse_numbers(text: str) -> frozenset[int]:
    """Numbers of "1,4,7"; ValueError for anything else. An empty text is a schedule without faults."""
    return frozenset(int(each) for each in text.split(",") if each.strip())


def shrink(numbers: Iterable[int], fails: Callable[[Sequence[int]], bool], *, tries: int) -> list[int]:
    """A small subset of the numbers with which it still fails, found in at most `tries` calls (Zeller's ddmin)."""
    left = list(numbers)
    pieces = 2
    known: dict[tuple[int, ...], bool] = {}

    def still(some: list[int]) -> bool:
        nonlocal tries
        key = tuple(some)
        if key not in known:
            if tries <= 0:
                return False
            tries -= 1
            known[key] = fails(some)
        return known[key]

    if still([]):
        return []
    while len(left) > 1 and tries > 0:
        size = -(-len(left) // pieces)
        chunks = [left[at : at + size] for at in range(0, len(left), size)]
        smaller = next((chunk for chunk in chunks if still(chunk)), None)
        if smaller is not None:
            left, pieces = smaller, 2
            continue
        rests = ([each for each in left if each not in chunk] for chunk in chunks)
        rest = next((rest for rest in rests if still(rest)), None) if len(chunks) > 2 else None
        if rest is not None:
            left, pieces = rest, max(pieces - 1, 2)
        elif size == 1:
            break
        else:
            pieces = min(2 * pieces, len(left))
    return left

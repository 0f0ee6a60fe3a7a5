"""A schedule of faults, made from a seed: what chaos does to a bench, and when. It can be read, repeated and shrunk."""

import random
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from zigloop.control.arguments import Name
from zigloop.control.control import Control, Controlled, faults_of

#: Faults for what there is when the first device has joined, and for each device that joins later.
AT_FIRST, FOR_EACH = 8, 2
#: Seconds from one fault to the next, on average. Steps take milliseconds, what waits for something in vain 10 s.
GAP = 2.5
#: Seconds that a fault lasts which doesn't say so itself.
LASTS = (1.0, 20.0)
#: Share of faults that are a device's. Of the others each part has as many as any other.
DEVICES = 0.4
#: Share of a device's faults that only people put right: it leaves, or is reset.
FOR_GOOD = 0.05


@dataclass(frozen=True)
class Entry:
    """One fault. `at` is in seconds after the first device has joined; it is undone `lasts` seconds later."""

    number: int
    at: float
    who: str
    control: Control
    arguments: dict[str, Any]
    lasts: float | None  # None: nothing undoes it

    @property
    def end(self) -> float:
        return self.at + (self.lasts or 0.0)

    @property
    def text(self) -> str:
        """What is done, in words: "the line garbles 0.5 % of bytes (to-host) for 8 s"."""
        shown = {key: f"{value:g}" if isinstance(value, float) else str(value) for key, value in self.arguments.items()}
        phrase = self.control.phrase or f"{{name}} does {self.control.verb}"
        said = phrase.format(name=self.who, **shown)
        unsaid = [f"{key} {value}" for key, value in shown.items() if f"{{{key}}}" not in phrase]
        if unsaid:
            said += f" ({', '.join(unsaid)})"
        if self.lasts is not None and "seconds" not in self.arguments:
            said += f" for {self.lasts:g} s"
        return said

    def __str__(self) -> str:
        return f"{self.number:3}.  {self.at:6.1f} s  {self.text}"


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
    """So many faults by chance, in the order of time. `names` are those that an argument may name.

    `gap` and `lasts` are in seconds, `for_good` is the share of a device's faults that nothing puts right; `never`
    names faults that don't occur, as ("radio", "lose_memory").
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
    """Arguments by chance; what stands at two ends has two names."""
    arguments = control.some_arguments(rng, names)
    ends = [key for key, each in control.arguments.items() if isinstance(each, Name)]
    if len(ends) > 1:
        arguments |= dict(zip(ends, rng.sample(list(names), len(ends)), strict=True))
    return {key: round(value, 2) if isinstance(value, float) else value for key, value in arguments.items()}


def parse_numbers(text: str) -> frozenset[int]:
    """ "1,4,7" as numbers; ValueError when it isn't that. Nothing at all is a schedule without faults."""
    return frozenset(int(each) for each in text.split(",") if each.strip())


def shrink(numbers: Iterable[int], fails: Callable[[Sequence[int]], bool], *, tries: int) -> list[int]:
    """The few of these numbers with which it still fails, found by at most so many tries (Zeller's ddmin)."""
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

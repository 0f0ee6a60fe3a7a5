"""One timeline of a test, for failure reports: steps, controls, faults, MQTT messages and frames on the air.

Frames are decoded only for a report, and only those that it shows. What a radio and its children exchange to keep a
link alive, such as polls, is not an APS frame and never appears.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from zigloop.air.frame import COORDINATOR, ApsFrame
from zigloop.events import ControlUsed, DeviceAnnounced, Events, FaultEnded, FrameSent

#: Entries that are kept (an interview is some 60 frames).
KEPT: Final = 4000
#: Entries shown at the beginning and end of a step: of earlier ones, and from the last `When` on (without one, of the
#: last step).
EARLIER: Final = (2, 4)
LATEST: Final = (10, 30)
#: Longest line of an entry.
WIDTH: Final = 180

STEP, CONTROL, FAULT, AIR, MQTT = "step", "control", "fault", "air", "mqtt"


@dataclass(frozen=True, slots=True)
class Step:
    """A sentence of a scenario, which began `at` this time of the loop. `stimulus`: it is a `When`."""

    at: float
    text: str
    stimulus: bool


#: A line, or a function that returns it, or None to omit the entry; only called for a report. A frame is decoded.
Content = str | Callable[[], str | None] | ApsFrame
_Entry = tuple[float, str, Content]


class Timeline:
    """Follows the events of a bench, and whatever is added. Times in a report are seconds since `begin`.

    `devices` returns the devices' names by short address; those of devices that announce themselves are kept.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        events: Events,
        devices: Callable[[], Mapping[int, str]] = dict,
    ) -> None:
        self._loop = loop
        self._devices = devices
        self._names: dict[int, str] = {}
        self._entries: deque[_Entry] = deque(maxlen=KEPT)
        self._steps: list[Step] = []
        self._failed: int | None = None  # number of steps that began before the failure
        self._began = loop.time()
        entries = self._entries
        events.subscribe(FrameSent, lambda event: entries.append((event.at, AIR, event.frame)))
        events.subscribe(ControlUsed, lambda event: entries.append((event.at, CONTROL, lambda: _command(event))))
        events.subscribe(
            FaultEnded, lambda event: entries.append((event.at, FAULT, lambda: _command(event) + " ended"))
        )
        events.subscribe(DeviceAnnounced, lambda _: self._names.update(self._devices()))

    def begin(self) -> None:
        """A test begins: forget what was before."""
        self._began = self._loop.time()
        self._failed = None
        self._entries.clear()
        self._steps.clear()
        self._names.clear()

    @property
    def began(self) -> float:
        """The loop's time when the test began."""
        return self._began

    def add(self, kind: str, content: Content) -> None:
        """Add an entry, now."""
        self._entries.append((self._loop.time(), kind, content))

    def step(self, text: str, *, stimulus: bool) -> None:
        """A step of the scenario begins."""
        step = Step(self._loop.time(), text, stimulus)
        self._steps.append(step)
        self._entries.append((step.at, STEP, text))

    def fail(self) -> None:
        """The test has failed; what comes now is shown apart, and briefly."""
        self._failed = len(self._steps)
        self.step("failed", stimulus=False)

    def step_at(self, at: float) -> str | None:
        """The step during which this time of the loop was; None before the first one."""
        return next((step.text for step in reversed(self._steps) if step.at <= at), None)

    @property
    def devices(self) -> set[str]:
        """Names of the bench's devices."""
        return set(self._devices().values())

    def seconds(self, at: float) -> float:
        """A time of the loop in seconds since the test began."""
        return at - self._began

    # The report

    def text(self) -> str:
        """All entries, oldest first, one per line, with its time; the middle of long steps is left out."""
        names = {**self._names, **self._devices(), COORDINATOR: "radio"}
        parts = self._parts()
        stimuli = [number for number, (step, _) in enumerate(parts) if step is not None and step.stimulus]
        end = len(parts) if self._failed is None else self._failed + 1
        latest = range(stimuli[-1] if stimuli else end - 1, end)
        lines: list[str] = []
        for number, (step, entries) in enumerate(parts):
            if step is not None:
                lines.append(f"{self.seconds(step.at):10.3f}  {step.text}")
            lines += self._part(entries, LATEST if number in latest else EARLIER, names)
        return "\n".join(lines) or "  (nothing happened)"

    def _parts(self) -> list[tuple[Step | None, list[_Entry]]]:
        """The entries of each step; first those before the first step."""
        parts: list[tuple[Step | None, list[_Entry]]] = [(None, []), *((step, []) for step in self._steps)]
        kept = sum(entry[1] == STEP for entry in self._entries)
        number = len(self._steps) - kept  # of older steps nothing is kept
        for entry in self._entries:
            if entry[1] == STEP:
                number += 1
            else:
                parts[number][1].append(entry)
        return parts

    def _part(self, entries: Sequence[_Entry], limits: tuple[int, int], names: Mapping[int, str]) -> list[str]:
        """The first and last of some entries, as lines."""
        first, last = limits
        head = self._lines(entries, first, names)
        rest = entries[head[-1][0] + 1 :] if len(head) == first else []
        tail = [(at, line) for at, line in self._lines(rest[::-1], last, names)][::-1]
        between = len(rest) - 1 - tail[0][0] if tail else 0
        left_out = between if len(tail) == last else 0
        return [
            *(line for _, line in head),
            *([f"{'':12}… {left_out} more"] if left_out else []),
            *(line for _, line in tail),
        ]

    def _lines(self, entries: Sequence[_Entry], most: int, names: Mapping[int, str]) -> list[tuple[int, str]]:
        """The first `most` entries that aren't omitted: their positions and lines."""
        lines: list[tuple[int, str]] = []
        for position, (at, kind, content) in enumerate(entries):
            if len(lines) == most:
                break
            if isinstance(content, ApsFrame):
                from zigloop.capture.describe import describe_aps

                line: str | None = describe_aps(content, names)
            else:
                line = content() if callable(content) else content
            if line is not None:
                lines.append((position, f"{self.seconds(at):10.3f}    {kind:7}  {shorten(line)}"))
        return lines


def shorten(line: str, width: int = WIDTH) -> str:
    """A line of at most `width` characters; a longer one says how long it is."""
    return line if len(line) <= width else f"{line[: width - 30]} … ({len(line)} characters)"


def _command(event: ControlUsed | FaultEnded) -> str:
    """As typed at the prompt: "plug draw 42"."""
    arguments: list[Any] = [f"{each:g}" if isinstance(each, float) else each for each in event.arguments.values()]
    return " ".join(map(str, (event.name, event.verb, *arguments)))

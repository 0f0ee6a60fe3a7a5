"""What makes a device send a golden vector's frame, or obey one: the values that each product's `stimuli` are made of.

A step is a control as it is typed ("draw 42"), a pause in seconds, attributes to set on the device ({"outages": 2}, for
what no control sets), the name of a vector whose frames a host sends, or a `Read`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.support.station import IEEE


@dataclass(frozen=True)
class Read:
    """A host's request in hex, with its sequence number, to an endpoint of the device."""

    cluster: int
    request: str
    endpoint: int = 1


Step = str | float | Mapping[str, Any] | Read


@dataclass(frozen=True, kw_only=True)
class Sends:
    """`do`, after `before`, makes the device send exactly these frames.

    Each of `frames` names the vectors that this one frame stands for, separated by spaces. A vector's frame is
    compared without its sequence number, and with its `attributes` (by number) and `bytes` (in hex) replaced.
    """

    frames: tuple[str, ...]
    do: tuple[Step, ...]
    before: tuple[Step, ...] = ()
    declared: Mapping[str, Any] = field(default_factory=dict)
    attributes: Mapping[int, Any] = field(default_factory=dict)
    bytes: tuple[str, str] = ("", "")
    endpoint: int | None = None  # where the vectors have another
    #: Which of the frames that it sends these are: all, the one with this index, or "any" for one among others.
    which: int | str = "all"
    repeated: bool = False  # the same frame may come several times

    def __str__(self) -> str:
        return self.frames[0]


@dataclass(frozen=True, kw_only=True)
class Obeys:
    """A host sends the vector's frames: the device's answers, reports aside, and its state afterwards.

    An answer is its hex without the sequence number, where a dot stands for any digit, or the name of a vector. None:
    the vector lists the answers.
    """

    vector: str
    answers: tuple[str, ...] | None
    before: tuple[Step, ...] = ()
    state: Mapping[str, Any] = field(default_factory=dict)
    later: tuple[tuple[float, Mapping[str, Any]], ...] = ()  # seconds that pass, and its state then

    def __str__(self) -> str:
        return self.vector


@dataclass(frozen=True, kw_only=True)
class Stimuli:
    """Of one product. `listen` is how many seconds after a stimulus all its frames are there."""

    sends: tuple[Sends, ...]
    obeys: tuple[Obeys, ...] = ()
    joined: tuple[Step, ...] = ()  # what its host does to it after it has joined
    ieee: int = IEEE
    listen: float = 0.1
    #: Clusters that a host of the vectors' time took for others.
    clusters: Mapping[int, int] = field(default_factory=dict)


def does(done: Mapping[str, str], **quirks: bool) -> Iterator[Sends]:
    """For each row: verbs separated by commas, the last of which makes one frame; the vectors that this frame is."""
    for verbs, vectors in done.items():
        *before, last = verbs.split(", ")
        frame = " ".join(f"in.{vector}" for vector in vectors.split())
        yield Sends(frames=(frame,), before=(*before, 1.0), do=(last,), declared=quirks)

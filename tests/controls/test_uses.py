"""Uses of controls, and the faults among them, as events."""

from typing import Any, ClassVar

import pytest

from zigloop.controls.arguments import Choice, ControlError, Name, Number
from zigloop.controls.control import Controlled, Part, control, fault
from zigloop.events import ControlUsed, Event, Events, FaultEnded, FaultStarted


class Whistle(Controlled):
    """A part of a kettle."""

    name = "whistle"

    @fault(undo="open")
    @control()
    def choke(self) -> None:
        """Choke it."""

    @control()
    def open(self) -> None:
        """Open it."""


class Kettle(Controlled):
    """Something with controls, faults and a part."""

    controlled_parts: ClassVar[dict[str, type[Controlled]]] = {"whistle": Whistle}

    def __init__(self) -> None:
        self.name = "kettle"
        self.whistle = Whistle()
        self.whistle._uses = self.uses

    @control(litres=Number(0, 2, "l"))
    def fill(self, litres: float) -> None:
        """Fill it."""
        if litres > 1.7:
            raise ControlError("too much")

    @fault()
    @control(percent=Number(0, 100, "%"))
    def leak(self, percent: float) -> None:
        """Let it leak."""

    @fault(undo="glue")
    @control(one=Name(), other=Name())
    def crack(self, one: str, other: str) -> None:
        """Crack it between two places."""

    @fault()
    @control(side=Choice(("left", "right")), percent=Number(0, 100, "%"))
    def dent(self, side: str, percent: float) -> None:
        """Dent one side."""

    @control(one=Name(), other=Name())
    def glue(self, one: str, other: str) -> None:
        """Glue it."""

    @fault(undo=None)
    @control()
    def drop(self) -> None:
        """Drop it."""

    @control()
    def mend(self) -> None:
        """Mend it."""
        self.whistle.open()


class Stove(Part):
    called = "radio"
    about = "a stove"

    @fault(undo="light")
    @control(how=Choice(("hard", "softly")))
    def blow_out(self, how: str = "hard") -> None:
        """Blow it out."""

    @control()
    def light(self) -> None:
        """Light it."""

    @control()
    def mend(self) -> None:
        """Mend it."""


@pytest.fixture
def kettle() -> Kettle:
    return Kettle()


@pytest.fixture
def seen(kettle: Kettle) -> list[tuple[Any, ...]]:
    return watch(kettle)


def watch(thing: Controlled) -> list[tuple[Any, ...]]:
    """What happens to it from now on, in words."""
    seen: list[tuple[Any, ...]] = []

    def note(event: Event) -> None:
        assert isinstance(event, ControlUsed | FaultStarted | FaultEnded)
        assert (event.at, event.name) == (7.0, thing.name)
        kind = {ControlUsed: "used", FaultStarted: "started", FaultEnded: "ended"}[type(event)]
        seen.append((kind, event.verb, *event.arguments.values()))

    events = Events()
    thing.uses.emit_on(events, thing.name, lambda: 7.0)
    for kind in (ControlUsed, FaultStarted, FaultEnded):
        events.subscribe(kind, note)
    return seen


def test_a_use_however_it_comes_about(kettle: Kettle, seen: list[tuple[Any, ...]]) -> None:
    kettle.fill(1)
    kettle.do("fill", litres="1.5")
    kettle.command("fill 0.5")
    assert seen == [("used", "fill", 1.0), ("used", "fill", 1.5), ("used", "fill", 0.5)]


def test_wrong_arguments_are_no_use_and_a_refused_fault_does_not_start(
    kettle: Kettle, seen: list[tuple[Any, ...]]
) -> None:
    with pytest.raises(ControlError):
        kettle.fill(3)
    assert seen == []
    with pytest.raises(ControlError):
        kettle.fill(1.9)
    assert seen == [("used", "fill", 1.9)]


def test_a_fault_from_start_to_undo(kettle: Kettle, seen: list[tuple[Any, ...]]) -> None:
    kettle.leak(10)
    kettle.leak(20)
    kettle.mend()
    kettle.mend()
    assert seen == [
        ("used", "leak", 10),
        ("started", "leak", 10),
        ("used", "leak", 20),
        ("started", "leak", 20),
        ("used", "mend"),
        ("ended", "leak", 20),
        ("used", "mend"),
    ]


def test_a_fault_in_two_places_is_two_with_one_undo(kettle: Kettle, seen: list[tuple[Any, ...]]) -> None:
    kettle.dent("left", 10)
    kettle.dent("right", 20)
    kettle.dent("left", 30)
    kettle.mend()
    ended = [each[1:] for each in seen if each[0] == "ended"]
    assert ended == [("dent", "left", 30), ("dent", "right", 20)]


def test_a_fault_that_ends_by_itself_ends_once(kettle: Kettle, seen: list[tuple[Any, ...]]) -> None:
    kettle.leak(10)
    kettle.uses.ended("leak")
    kettle.uses.ended("leak")
    kettle.mend()
    assert seen[2:] == [("ended", "leak", 10), ("used", "mend")]


def test_a_fault_between_two_ends_with_the_undo_of_the_same_two(kettle: Kettle, seen: list[tuple[Any, ...]]) -> None:
    kettle.crack("lid", "spout")
    kettle.crack("lid", "handle")
    kettle.glue("handle", "spout")
    kettle.glue("spout", "lid")
    assert [each for each in seen if each[0] == "ended"] == [("ended", "crack", "lid", "spout")]
    kettle.glue("lid", "handle")
    assert seen[-1] == ("ended", "crack", "lid", "handle")


def test_a_fault_without_undo_only_starts(kettle: Kettle, seen: list[tuple[Any, ...]]) -> None:
    kettle.drop()
    kettle.mend()
    assert seen == [("used", "drop"), ("started", "drop"), ("used", "mend")]


def test_a_control_that_another_one_uses_ends_its_faults_and_is_no_use(
    kettle: Kettle, seen: list[tuple[Any, ...]]
) -> None:
    kettle.do("choke")
    kettle.mend()
    assert seen == [("used", "choke"), ("started", "choke"), ("used", "mend"), ("ended", "choke")]


def test_a_thing_has_the_controls_of_its_parts(kettle: Kettle) -> None:
    assert {"choke", "open", "fill", "mend"} <= Kettle.controls.keys()
    assert Kettle.controls["choke"] is Whistle.controls["choke"]


def test_mending_a_part_of_the_bench_ends_all_its_faults() -> None:
    stove = Stove()
    seen = watch(stove)
    stove.blow_out("softly")
    stove.mend()
    assert seen == [
        ("used", "blow_out", "softly"),
        ("started", "blow_out", "softly"),
        ("used", "mend"),
        ("ended", "blow_out", "softly"),
    ]


def test_nothing_is_made_without_a_subscriber(kettle: Kettle, monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in ("ControlUsed", "FaultStarted", "FaultEnded"):
        monkeypatch.setattr(f"zigloop.controls.uses.{kind}", lambda **_: pytest.fail("an event without a subscriber"))
    kettle.uses.emit_on(Events(), "kettle", lambda: 7.0)
    kettle.leak(10)
    kettle.mend()

"""The parts of the comparison that need no second checkout."""

import re
from typing import Any

import pytest
from benchmarks.compare import chaos, differences
from benchmarks.compare.cpu import LIMIT, Timing, counted
from benchmarks.compare.diff import AFTER, BEFORE, digest, first_difference
from benchmarks.compare.differences import Differences, Known
from benchmarks.compare.inside import scenarios
from benchmarks.compare.inside.renames import Renames

# The first difference


def test_equal_streams_have_no_difference() -> None:
    assert first_difference(["a", "b"], ["a", "b"]) is None
    assert digest(["a", "b"]) == digest(["a", "b"]) != digest(["a", "c"])


def test_the_first_difference_has_context() -> None:
    old, new = ([str(number) for number in range(20)] for _ in range(2))
    new[10] = "other"
    difference = first_difference(old, new)
    assert difference is not None
    assert difference.at == 10
    assert difference.before == [str(number) for number in range(10 - BEFORE, 10)]
    assert (difference.old[0], difference.new[0]) == ("10", "other")
    assert len(difference.old) == len(difference.new) == 1 + AFTER


@pytest.mark.parametrize(("old", "new"), [(["a"], ["a", "b"]), (["a", "b"], ["a"])])
def test_a_stream_that_ends_early_differs(old: list[str], new: list[str]) -> None:
    difference = first_difference(old, new)
    assert difference is not None
    assert (difference.at, difference.old, difference.new) == (1, old[1:], new[1:])


# Known differences

TEXT = r"""
[rename.controls]
"radio.refuse" = "reject"

[[known]]
stream = "mqtt"
pattern = 'isn.t known'
becomes = "is unknown"
reason = "reworded"

[[known]]
stream = "mqtt"
on = "new"
pattern = "bridge/new"
reason = "a new topic"
"""


def test_known_differences_are_applied_to_their_side_and_stream() -> None:
    known = Differences.parse(TEXT)
    lines = ["1.0 it isn't known", "2.0 bridge/new", "3.0 else"]
    assert known.apply("mqtt", "old", lines) == (["1.0 it is unknown", *lines[1:]], {"reworded": 1})
    assert known.apply("mqtt", "new", lines) == ([lines[0], lines[2]], {"a new topic": 1})
    assert known.apply("port", "old", lines) == (lines, {})


def test_an_unused_known_difference_is_counted() -> None:
    assert Differences.parse(TEXT).apply("mqtt", "old", ["else"])[1] == {"reworded": 0}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[[known]]\nstream = 'port'\npattern = 'x'", "lacks ['reason']"),
        ("[[known]]\nstream = 'port'\npattern = 'x'\nreason = 'y'\nwhy = 'z'", "unknown ['why']"),
        ("[[known]]\nstream = 'serial'\npattern = 'x'\nreason = 'y'", "a stream is one of port, air, mqtt"),
        ("[rename.verbs]\na = 'b'", "unknown tables: verbs"),
    ],
)
def test_a_list_with_mistakes_is_refused(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=re.escape(problem)):
        Differences.parse(text)


def test_the_committed_list_has_no_difference_of_frames() -> None:
    assert [each for each in differences.load().known if each.stream in ("port", "air")] == []


def test_a_known_difference_needs_no_replacement() -> None:
    assert Known("port", re.compile("x"), "reason").becomes is None


# Renames


class Thing:
    """Stands for a device or part with controls."""

    class Argument:
        def parse(self, value: object) -> object:
            if value == "all":
                raise ValueError(value)
            return value

    class Control:
        def __init__(self, *arguments: str) -> None:
            self.arguments = {name: Thing.Argument() for name in arguments}

    def __init__(self, name: str, **controls: tuple[str, ...]) -> None:
        self.name = name
        self.controls = {verb: self.Control(*arguments) for verb, arguments in controls.items()}


RENAMES = Renames(
    parts={"line": "wire"},
    controls={"radio.refuse": "reject", "go_on": "resume"},
    arguments={"radio.refuse.status": "error"},
    values={"refuse.status=MEM_ERROR": "no-memory"},
)


@pytest.mark.parametrize(
    ("thing", "recorded", "played"),
    [
        (
            Thing("radio", reject=("error",)),
            ("refuse", {"status": "MEM_ERROR"}),
            ("reject", {"error": "no-memory"}),
        ),
        (Thing("radio", reject=("error",)), ("refuse", {"status": "OTHER"}), ("reject", {"error": "OTHER"})),
        (Thing("radio", refuse=("status",)), ("refuse", {"status": "OTHER"}), ("refuse", {"status": "OTHER"})),
        (Thing("broker", refuse=("seconds",)), ("refuse", {"seconds": 5}), ("refuse", {"seconds": 5})),
        (Thing("plug", resume=()), ("go_on", {}), ("resume", {})),
        (Thing("plug", go_on=()), ("go_on", {}), ("go_on", {})),
    ],
)
def test_a_recorded_control_is_found_by_name(
    thing: Thing, recorded: tuple[str, dict[str, Any]], played: tuple[str, dict[str, Any]]
) -> None:
    assert RENAMES.control(thing, *recorded) == played


def test_a_control_that_is_not_found_is_named() -> None:
    with pytest.raises(LookupError, match="plug has no control 'press'"):
        RENAMES.control(Thing("plug"), "press", {})


@pytest.mark.parametrize(("recorded", "played"), [("all", "everything"), ("some", "some")])
def test_only_a_value_that_is_refused_is_renamed(recorded: str, played: str) -> None:
    renames = Renames(values={"report.what=all": "everything", "report.what=some": "few"})
    report = Thing("plug", report=("what",))
    assert renames.control(report, "report", {"what": recorded}) == ("report", {"what": played})


# Scenarios under chaos

PLACES = scenarios.by_place({"plug::b[2]": 9, "knob::a": 5, "plug::a": 3, "plug::b[1]": 9})


def test_places_are_counted_by_feature_and_line() -> None:
    assert PLACES == {
        ("knob", 0, 1): "knob::a",
        ("plug", 0, 3): "plug::a",
        ("plug", 1, 3): "plug::b[2]",
        ("plug", 2, 3): "plug::b[1]",
    }


def test_a_scenario_is_found_by_name_and_else_by_place() -> None:
    recorded = {
        "plug::a": {"place": ["plug", 1, 3]},
        "plug::old title": {"place": ["plug", 1, 3]},
        "knob::renamed": {"place": ["knob", 7, 8]},
        "knob::gone": {"place": ["knob", 0, 2]},
    }
    assert scenarios.find(recorded, PLACES, {"knob::renamed": "knob::a"}) == (
        {"plug::a": "plug::a", "plug::b[2]": "plug::old title", "knob::a": "knob::renamed"},
        ["knob::gone"],
    )


def scenario(outcome: str = "passed", *did: list[Any]) -> dict[str, Any]:
    return {"outcome": outcome, "message": "" if outcome == "passed" else "lost\nlog", "lays": [[]], "did": list(did)}


OLD_CALL = [1.5, "radio", "refuse", [], {"status": "MEM_ERROR"}, "done"]
NEW_CALL = [1.5, "radio", "reject", [], {"error": "no-memory"}, "done"]


def test_the_same_scenario_does_not_differ() -> None:
    assert chaos.differ(scenario("passed", OLD_CALL), scenario("passed", NEW_CALL), RENAMES) == []


def test_another_verdict_differs() -> None:
    assert chaos.differ(scenario(), scenario("failed"), RENAMES) == ["passed with old, failed with new: lost"]
    assert chaos.differ(scenario(), None, RENAMES) == ["it did not run with new"]


def test_another_moment_differs() -> None:
    later = [1.6, *NEW_CALL[1:]]
    call = "radio reject error=no-memory, done"
    assert chaos.differ(scenario("passed", OLD_CALL), scenario("passed", later), RENAMES) == [
        f"control 1 of 1 is 1.5 s: {call} with old, 1.6 s: {call} with new"
    ]


# CPU time


def test_a_ratio_within_the_limit_is_good() -> None:
    timing = Timing([1.0] * 5, [LIMIT] * 5)
    assert timing.good
    assert timing.spread == 1.0
    assert not Timing([1.0] * 5, [LIMIT + 0.01] * 5).good


def test_a_ratio_within_the_spread_of_old_is_good() -> None:
    timing = Timing([1.0, 1.2, 1.0, 1.2, 1.0, 1.2], [1.2] * 6)
    assert 1.09 < timing.ratio < timing.spread <= 1.2
    assert timing.good


def test_counts_of_pytest_are_compared_without_the_time() -> None:
    assert counted("....\n12 passed, 462 deselected in 3.21s\n") == "12 passed, 462 deselected"

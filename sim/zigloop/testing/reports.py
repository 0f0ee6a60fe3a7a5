"""The report of a failed test: where it is, what was expected and what came, hints, and the timeline.

Assertions of the kit and of tests, and refused controls and requests, get this form. Other exceptions keep Python's
traceback, without the frames of pytest and pytest-bdd, and get the timeline. `--full-trace` keeps pytest's own report.
"""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import pytest
from _pytest._code import Traceback, TracebackEntry
from _pytest._code.code import ExceptionInfo, ReprEntryNative, ReprExceptionInfo, ReprFileLocation, ReprTraceback

from zigloop.controls.arguments import ControlError
from zigloop.testing.hints import LOOK_ON, LOOK_ON_REAL, hints, unknown_name
from zigloop.testing.message import Unmet
from zigloop.testing.mqtt import RequestError
from zigloop.testing.world import World

HEADING: Final = "timeline, in seconds since the test began (→ to the host, ← from it):"

#: Folders of the kit's code.
_PACKAGE = Path(__file__).parents[1]
_STEPS = Path(__file__).parent / "steps"


@dataclass(frozen=True, slots=True)
class Running:
    """The last step that has begun, and its scenario, in pytest-bdd's form."""

    scenario: Any
    step: Any


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a feature file or of code."""

    file: str
    line: int
    text: str

    @property
    def position(self) -> str:
        """File and line."""
        return f"{relative(self.file)}:{self.line}"

    def __str__(self) -> str:
        return f"{self.position}: {self.text}"


def rewrite(
    item: pytest.Item,
    call: pytest.CallInfo[Any],
    report: pytest.TestReport,
    world: World | None,
    running: Running | None,
) -> None:
    """Give the report of a failure its form. `world` is the test's, `running` its last step, where there is one."""
    error = call.excinfo
    if error is None or not (report.failed or hasattr(report, "wasxfail")) or item.config.getoption("fulltrace", False):
        return
    if running is not None and _is_missing_step(error.value):
        if world is None and not _is_ours(running.scenario):
            return
        text = headline = _missing_step(running.step)
        world = None  # what has happened doesn't matter
    elif world is None:
        return
    else:
        ended = call.when == "teardown"
        if not ended:
            world.timeline.fail()
        if (described := _describe(error, world.mqtt.unmet)) is None:
            text, headline = _traceback(item, error), error.exconly()
        else:
            expected = ended or item.get_closest_marker("xfail") is not None
            text, headline = described + ("" if expected else _hints(world, error.value, described)), described
    in_step = call.when == "call" and any(_module(entry).startswith("pytest_bdd.") for entry in error.traceback)
    places = list(_places(item, error, running, in_step=in_step))
    above = places if text.startswith(headline) else places[:1]  # a traceback has the others itself
    whole = "\n".join(map(str, above)) + f"\n\n{text}\n"
    if world is not None:
        whole += f"\n{HEADING}\n{world.timeline.text()}\n"
    # --tb=line puts the position in front of it.
    where = places[0].text if item.config.getoption("tbstyle", "auto") == "line" else places[0].position
    crash = ReprFileLocation(places[0].file, places[0].line, f"{where}: {headline.splitlines()[0]}")
    traceback = ReprTraceback([ReprEntryNative([whole])], None, style="native")
    report.longrepr = ReprExceptionInfo(reprcrash=crash, reprtraceback=traceback)


# Where


def _places(
    item: pytest.Item, error: ExceptionInfo[BaseException], running: Running | None, *, in_step: bool
) -> Iterator[Place]:
    """The step or scenario, and its row of Examples, or the test; then the lines of the project's own code."""
    entries = [each for each in error.traceback if _is_own(each, item)]
    if running is not None:
        file = running.scenario.feature.filename
        heading = Place(file, running.scenario.line_number, f"{running.scenario.keyword}: {running.scenario.name}")
        step = running.step
        yield Place(file, step.line_number, f"{step.keyword} {step.name}") if in_step else heading
        if example := getattr(getattr(item, "callspec", None), "params", {}).get("_pytest_bdd_example"):
            row = ", ".join(f"{name} {value}" for name, value in example.items())
            yield Place(file, running.scenario.line_number, f"Examples: {row}")
    elif not entries:
        path, line, name = item.location
        yield Place(str(item.config.rootpath / path), (line or 0) + 1, name)
    for entry in entries:
        statement = re.sub(r"(?<=[(\[{]) | (?=[)\]}])", "", " ".join(map(str.strip, entry.statement.lines)))
        yield Place(str(entry.path), entry.lineno + 1, statement)


def relative(file: str) -> str:
    """A file's path in the current directory, else as it is."""
    try:
        shorter = os.path.relpath(file)
    except ValueError:  # on another drive
        return file
    return file if shorter.startswith("..") else shorter


def _module(entry: TracebackEntry) -> str:
    return str(entry.frame.f_globals.get("__name__", ""))


def _is_own(entry: TracebackEntry, item: pytest.Item) -> bool:
    """Whether a frame is of the project's own code: not of pytest, its plugins, this package or Python's library."""
    path = Path(entry.path)
    if not path.is_absolute() or _PACKAGE in path.parents or "site-packages" in path.parts:
        return False
    return item.config.rootpath in path.parents or Path.cwd() in path.parents


# What


def _describe(error: ExceptionInfo[BaseException], unmet: Unmet | None) -> str | None:
    """The failure in words; None for an exception that isn't one of the kit's or a test's."""
    if isinstance(error.value, json.JSONDecodeError) and _is_read_by_a_step(error):
        wrong = error.value
        where = f"    {wrong.doc}\n    {'':{wrong.pos}}^"
        return f"the step's JSON is wrong: {wrong.msg} at character {wrong.pos + 1}\n{where}"
    if not isinstance(error.value, AssertionError | ControlError):
        return None
    text = str(error.value)
    if unmet is not None and unmet.text.split() == text.split()[: len(unmet.text.split())]:
        return unmet.text  # which pytest has indented
    if _PACKAGE in Path(error.traceback[-1].path).parents:
        text = text.partition("\nassert ")[0]  # pytest adds the assertion itself
    return text or type(error.value).__name__


def _is_read_by_a_step(error: ExceptionInfo[BaseException]) -> bool:
    readers = [entry for entry in error.traceback if not _module(entry).startswith("json")]
    return bool(readers) and _STEPS in Path(readers[-1].path).parents


def _hints(world: World, error: BaseException, text: str) -> str:
    """Hints on a failure that was described with this text, as lines."""
    unmet = world.mqtt.unmet
    if isinstance(error, RequestError):
        found = unknown_name(world.mqtt, str(error))
    elif unmet is not None and unmet.text == text:
        found = hints(world.mqtt, unmet, look_on=LOOK_ON if world.timing.virtual else LOOK_ON_REAL)
    else:
        found = []
    return "".join(f"\n{hint}" for hint in found)


def _is_missing_step(error: BaseException) -> bool:
    return type(error).__name__ == "StepDefinitionNotFoundError" and type(error).__module__.startswith("pytest_bdd")


def _is_ours(scenario: Any) -> bool:
    """Whether the scenario uses steps of the kit, and not only those of another project."""
    from zigloop.testing.steps.missing import own_parsers

    return any(parser.is_matching(each.name) for each in scenario.steps for parser in own_parsers())


def _missing_step(step: Any) -> str:
    from zigloop.testing.steps.missing import keywords, nearest_sentences

    if others := [each for each in keywords(step.name) if each != step.type]:
        return (
            f"no such step: this sentence exists as {' and '.join(map(str.capitalize, others))}, "
            f"and here it is a {step.type.capitalize()}"
        )
    found = nearest_sentences(step.name, step.type)
    return "no such step" + ("; the nearest:\n" + "\n".join(f"    {each}" for each in found) if found else "")


def _traceback(item: pytest.Item, error: ExceptionInfo[BaseException]) -> str:
    """Python's traceback without the frames of pytest and pytest-bdd."""

    def own(info: ExceptionInfo[BaseException]) -> Traceback:
        insides = (
            "pytest_bdd.",
            "_pytest.",
            "pluggy.",
            "zigloop.testing.steps.lenient",
            "zigloop.testing.chaos.plugin",
        )
        return info.traceback.filter(lambda entry: not _module(entry).startswith(insides)) or info.traceback

    # The options are the terminal's, which `-p no:terminal` leaves out. Python's own style would have all frames.
    style: Literal["long", "short"] = "long" if item.config.getoption("tbstyle", "auto") == "long" else "short"
    return str(error.getrepr(style=style, showlocals=item.config.getoption("showlocals", False), tbfilter=own))

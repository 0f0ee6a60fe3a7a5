"""The report on a host: which promises of the products' pages it breaks, as Markdown for people.

`pytest features --host zigbee2mqtt --page-report FILE` writes it (`features/conftest.py` has the hooks). It stands
here because it needs both sides of the wall: the features' outcomes, and the bridge's page check, which it holds
against the definitions that the host itself publishes.
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from zigloop_bridge.pages.check import check
from zigloop_bridge.pages.reader import read_page

PAGES = Path(__file__).parent.parent / "pages"

KEPT, BROKEN, NOT_RUN = "kept", "broken", "not run"

NAMES = {"zigbee2mqtt": "Zigbee2MQTT", "bridge": "zigloop's bridge"}

INTRODUCTION = """\
Each [feature](../features) says what the page of a product promises. All of them ran on the unmodified program, with
virtual devices. A scenario outline counts once for each of its examples. Where a promise is broken, a table says what
happens instead.

The definition that the program itself publishes in `bridge/devices` is held against the page as well. The pages are the
copies in [tests/pages](../tests/pages). The program or the page on the web may have been changed since, so a difference
can also mean that a page is out of date.
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One scenario with one row of its examples. `why` is the reason that it failed or wasn't run."""

    feature: str
    line: int
    scenario: str
    example: dict[str, str]
    result: str
    why: str = ""
    step: str = ""


@dataclass(slots=True)
class Record:
    """What a run has seen."""

    host: str
    version: str = ""
    outcomes: list[Outcome] = field(default_factory=list)
    definitions: dict[str, dict[str, Any]] = field(default_factory=dict)

    def hear(self, topic: str, payload: bytes) -> None:
        """Learn from what the host publishes: its version, and its definitions of the devices."""
        if topic.endswith("/bridge/info"):
            self.version = json.loads(payload).get("version", "")
        elif topic.endswith("/bridge/devices"):
            for entry in json.loads(payload or b"[]"):
                if definition := entry.get("definition"):
                    self.definitions[definition["model"]] = definition


def write(record: Record, day: date) -> str:
    """The report."""
    return "\n".join(_lines(record, day)) + "\n"


def _lines(record: Record, day: date) -> Iterator[str]:
    name = NAMES.get(record.host, record.host)
    features = sorted(
        {outcome.feature for outcome in record.outcomes}, key=lambda feature: (_model(feature) == "", feature)
    )
    yield f"# {name} {record.version} and the pages of its devices"
    yield ""
    yield f"Of {day.day} {day:%B %Y}. Written by `tox -e report`: a run writes it anew, so don't edit it."
    yield ""
    yield INTRODUCTION
    yield "| feature | kept | broken | not run | definition against page |"
    yield "|---|---|---|---|---|"
    for feature in features:
        results = Counter(outcome.result for outcome in record.outcomes if outcome.feature == feature)
        findings = _findings(record, feature)
        judged = "" if findings is None else _count(len(findings), "difference")
        yield f"| {_cell(feature)} | {results[KEPT]} | {results[BROKEN]} | {results[NOT_RUN]} | {judged} |"
    for feature in features:
        yield from _feature(record, feature)


def _feature(record: Record, feature: str) -> Iterator[str]:
    outcomes = [outcome for outcome in record.outcomes if outcome.feature == feature]
    # Several processes report in any order.
    outcomes.sort(key=lambda outcome: (outcome.line, *outcome.example.values()))
    broken = _by_scenario(outcomes, BROKEN)
    not_run = _by_scenario(outcomes, NOT_RUN)
    findings = _findings(record, feature)
    if not (broken or not_run or findings is not None):
        return
    yield from ("", f"## {feature}")
    if broken:
        yield from ("", "Broken promises:", "")
        yield "| promise | what happens instead | examples | the step that fails |"
        yield "|---|---|---|---|"
        for (scenario, why), examples in broken.items():
            shown = "; ".join(_example(outcome.example) for outcome in examples if outcome.example)
            step = f"`{_cell(examples[0].step)}`" if examples[0].step else ""
            yield f"| {_cell(scenario)} | {_cell(_capital(why))} | {shown} | {step} |"
    if findings:
        yield from ("", f"The definition of {NAMES.get(record.host, record.host)} differs from the page:", "")
        yield from (f"- {finding}" for finding in findings)
    elif findings is not None:
        yield from ("", "The definition says what the page says.")
    if not_run:
        yield from ("", "Not run:", "")
        yield from (f"- {scenario}: {why}" for scenario, why in not_run)


def _model(feature: str) -> str:
    """The model that a feature's title begins with, when we have its page."""
    model = feature.partition(",")[0]
    return model if (PAGES / f"{model}.md").exists() else ""


def _findings(record: Record, feature: str) -> list[str] | None:
    """Where the host's definition deviates from the page; None when there is no page or no definition."""
    model = _model(feature)
    if model not in record.definitions:
        return None
    page = read_page((PAGES / f"{model}.md").read_text(encoding="utf-8"))
    return [str(finding) for finding in check(page, record.definitions[model])]


def _by_scenario(outcomes: list[Outcome], result: str) -> dict[tuple[str, str], list[Outcome]]:
    found: dict[tuple[str, str], list[Outcome]] = {}
    for outcome in outcomes:
        if outcome.result == result:
            found.setdefault((outcome.scenario, outcome.why), []).append(outcome)
    return found


def _example(example: dict[str, str]) -> str:
    """A row of the examples: the value alone when there is one column."""
    if len(example) == 1:
        return f"`{_cell(*example.values())}`"
    return ", ".join(f"{_cell(name)} `{_cell(value)}`" for name, value in example.items())


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _count(number: int, noun: str) -> str:
    return f"no {noun}" if number == 0 else f"{number} {noun}{'s' if number > 1 else ''}"

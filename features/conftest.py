"""`--page-report FILE`: after the run, a report on the promises that the host breaks.

Each report of a test carries what it saw, so that it also works when the tests run in several processes.
"""

import dataclasses
from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pytest_bdd.parser import Scenario, Step
from tests.interop.page_report import BROKEN, KEPT, NOT_RUN, Outcome, Record, write

SEEN = "zigloop_page_report"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--page-report", type=Path, default=None, metavar="FILE",
        help="write a Markdown report on the promises of the products' pages that the host breaks",
    )  # fmt: skip


def pytest_configure(config: pytest.Config) -> None:
    path: Path | None = config.getoption("--page-report", default=None)
    if path is not None:
        if not path.absolute().parent.is_dir():
            raise pytest.UsageError(f"--page-report: there is no folder {path.parent}")
        config.pluginmanager.register(Reporter(path, config.getoption("--host")), "zigloop-page-report")


class Reporter:
    """Sees tests where they run, collects what was seen where the run is reported, and writes it there."""

    def __init__(self, path: Path, host: str) -> None:
        self.path = path
        self.record = Record(host)
        self._scenario: Scenario | None = None  # the running one
        self._failed_step: Step | None = None
        self._world: Any = None
        self._heard = 0  # of the world's MQTT messages

    def pytest_bdd_before_scenario(self, scenario: Scenario) -> None:
        self._scenario, self._failed_step = scenario, None

    def pytest_bdd_before_step_call(self, request: pytest.FixtureRequest) -> None:
        """The step's fixtures are there, so there is a world."""
        self._world = request.getfixturevalue("world")

    def pytest_bdd_step_error(self, step: Step) -> None:
        self._failed_step = step

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[Any]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if report.when == "call" and self._scenario is not None:
            new = Record(self.record.host)
            if self._world is not None:
                messages = self._world.mqtt.messages
                for message in messages[self._heard :]:
                    new.hear(message.topic, message.payload)
                self._heard = len(messages)
            outcome = dataclasses.asdict(self._outcome(self._scenario, item, call, report))
            seen = {"outcome": outcome, "version": new.version, "definitions": new.definitions}
            report.user_properties.append((SEEN, seen))
            self._scenario = None
        return report

    def _outcome(self, scenario: Scenario, item: Any, call: pytest.CallInfo[Any], report: pytest.TestReport) -> Outcome:
        example = dict(item.callspec.params.get("_pytest_bdd_example", {})) if hasattr(item, "callspec") else {}
        said = str(call.excinfo.value) if call.excinfo else str(report.longrepr or "")
        known: str | None = getattr(report, "wasxfail", None)
        result, why, step = KEPT, "", ""
        if known is not None or report.failed:
            result = BROKEN
            told = next(iter(said.splitlines()), "it fails")
            why = known.partition("breaks the page: ")[2] or known if known else f"not known yet: {told}"
            if self._failed_step is not None:
                step = f"{self._failed_step.keyword} {self._failed_step.name}"
        elif report.skipped:
            result, why = NOT_RUN, said
        return Outcome(scenario.feature.name, scenario.line_number, scenario.name, example, result, why, step)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call":
            return
        for name, seen in report.user_properties:
            if name == SEEN:
                assert isinstance(seen, dict)
                self.record.outcomes.append(Outcome(**seen["outcome"]))
                self.record.version = seen["version"] or self.record.version
                self.record.definitions |= seen["definitions"]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter, exitstatus: int) -> None:
        complete = exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
        if not complete or not self.record.version:
            why = "no host has told its version" if complete else "the run didn't come to its end"
            terminalreporter.write_line(f"page report: {self.path} isn't written, for {why}")
            return
        self.path.write_text(write(self.record, datetime.now(UTC).date()), encoding="utf-8")
        terminalreporter.write_line(f"page report: {self.path}")

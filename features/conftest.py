"""`--page-report FILE`: writes a report on the promises that the host breaks.

Each test's report carries its outcome, so that it also works when the tests run in several processes.
"""

import dataclasses
from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pytest_bdd.parser import Scenario, Step
from tests.interop.page_report import BROKEN, KEPT, NOT_RUN, Outcome, Record, write

OUTCOME = "zigloop_page_report"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--page-report", type=Path, default=None, metavar="FILE",
        help="write a Markdown report on the promises of product pages that the host breaks",
    )  # fmt: skip


def pytest_configure(config: pytest.Config) -> None:
    path: Path | None = config.getoption("--page-report", default=None)
    if path is not None:
        if not path.absolute().parent.is_dir():
            raise pytest.UsageError(f"--page-report {path}: the directory {path.parent} does not exist")
        config.pluginmanager.register(
            Reporter(path, config.getoption("--host").partition("@")[0]), "zigloop-page-report"
        )


class Reporter:
    """Records outcomes in the process that runs the tests; collects and writes them in the one that reports the run."""

    def __init__(self, path: Path, host: str) -> None:
        self.path = path
        self.record = Record(host)
        self._scenario: Scenario | None = None  # the running one
        self._failed_step: Step | None = None
        self._world: Any = None
        self._read = 0  # number of the world's MQTT messages that are recorded

    def pytest_bdd_before_scenario(self, scenario: Scenario) -> None:
        self._scenario, self._failed_step = scenario, None

    def pytest_bdd_before_step_call(self, request: pytest.FixtureRequest) -> None:
        """Now the step's fixtures exist, so there is a world."""
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
                for message in messages[self._read :]:
                    new.read(message.topic, message.payload)
                self._read = len(messages)
            outcome = dataclasses.asdict(self._outcome(self._scenario, item, call, report))
            seen = {"outcome": outcome, "version": new.version, "definitions": new.definitions}
            report.user_properties.append((OUTCOME, seen))
            self._scenario = None
        return report

    def _outcome(self, scenario: Scenario, item: Any, call: pytest.CallInfo[Any], report: pytest.TestReport) -> Outcome:
        example = dict(item.callspec.params.get("_pytest_bdd_example", {})) if hasattr(item, "callspec") else {}
        text = str(call.excinfo.value) if call.excinfo else str(report.longrepr or "")
        known: str | None = getattr(report, "wasxfail", None)
        result, why, step = KEPT, "", ""
        if known is not None or report.failed:
            result = BROKEN
            first = next(iter(text.splitlines()), "it fails")
            why = known.partition("breaks the page: ")[2] or known if known else f"not known yet: {first}"
            if self._failed_step is not None:
                step = f"{self._failed_step.keyword} {self._failed_step.name}"
        elif report.skipped:
            result, why = NOT_RUN, text
        return Outcome(scenario.feature.name, scenario.line_number, scenario.name, example, result, why, step)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call":
            return
        for name, seen in report.user_properties:
            if name == OUTCOME:
                assert isinstance(seen, dict)
                self.record.outcomes.append(Outcome(**seen["outcome"]))
                self.record.version = seen["version"] or self.record.version
                self.record.definitions |= seen["definitions"]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter, exitstatus: int) -> None:
        complete = exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
        if not complete or not self.record.version:
            why = "no host has published its version" if complete else "the run was interrupted"
            terminalreporter.write_line(f"page report: {self.path} is not written, since {why}")
            return
        self.path.write_text(write(self.record, datetime.now(UTC).date()), encoding="utf-8")
        terminalreporter.write_line(f"page report: {self.path}")

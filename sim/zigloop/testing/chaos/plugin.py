"""`--chaos SEED`: runs each test that uses the world with random faults, in a world of its own.

A failing test is rerun with parts of its schedule, to reduce it to the few faults that make it fail. `--chaos-record`
writes the schedules to a file, from which `--chaos-replay` plays them again.
"""

import random
import shlex
from collections import Counter
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import pytest
from _pytest._code.code import ExceptionRepr
from _pytest.runner import runtestprotocol

from zigloop.testing.chaos import recorded, schedule
from zigloop.testing.chaos.chaos import Chaos, tolerable
from zigloop.testing.chaos.recorded import RecordedSchedule
from zigloop.testing.hosts import host_factory
from zigloop.testing.reports import relative
from zigloop.testing.steps import lenient
from zigloop.testing.world import World

#: `--chaos random`: a seed from the system's entropy.
RANDOM = "random"
#: Key of the seed in the configuration of pytest-xdist's workers.
SEED = "zigloop_chaos_seed"
#: Property of a test's report that has its recorded schedule.
RECORDED = "zigloop_chaos_recorded"
#: Property of a test's report that has the number of its faults and the steps that failed.
SUMMARY = "zigloop_chaos_summary"
#: Most lines of the summary at the end of a run; all with -v.
LINES = 20

_CHAOS = pytest.StashKey[Chaos]()
_ONLY = pytest.StashKey["frozenset[int] | None"]()


def from_options(config: pytest.Config) -> "ChaosPlugin | None":
    """The plugin as the command line asks for it; None when it doesn't, UsageError for options that can't be."""
    option = config.option
    if option.chaos is None and option.chaos_replay is None:
        for given, name in ((option.chaos_only, "--chaos-only"), (option.chaos_record, "--chaos-record")):
            if given is not None:
                raise pytest.UsageError(f"{name} needs a schedule: give --chaos SEED too")
        return None
    if option.chaos is not None and option.chaos_replay is not None:
        raise pytest.UsageError("--chaos and --chaos-replay exclude each other: a recording has its seeds")
    name = "--chaos" if option.chaos_replay is None else "--chaos-replay"
    if option.radio is not None:
        raise pytest.UsageError(f"{name} needs the fake radio, and --radio names another port")
    try:
        in_process = host_factory(option.host).in_process
    except LookupError as error:
        raise pytest.UsageError(f"--host {option.host}: {error}") from None
    if not in_process:
        raise pytest.UsageError(f"{name} needs virtual time, and {option.host} lives in real time")
    return ChaosPlugin(
        seed=_seed(config),
        only=_only(option.chaos_only),
        sample=option.chaos_sample,
        reruns=option.chaos_reruns,
        record=None if hasattr(config, "workerinput") else _record(option.chaos_record),
        replay=_replay(option.chaos_replay),
    )


def _seed(config: pytest.Config) -> int:
    """The seed as a number; in a worker of pytest-xdist, that of the whole run. 0 for a replay."""
    workerinput: dict[str, int] = getattr(config, "workerinput", {})
    if SEED in workerinput:
        return workerinput[SEED]
    text = config.option.chaos
    if text == RANDOM:
        return random.SystemRandom().randrange(1_000_000)
    try:
        return int(text or 0)
    except ValueError:
        raise pytest.UsageError(f"--chaos is a whole number or {RANDOM}, not {text!r}") from None


def _only(text: str | None) -> frozenset[int] | None:
    try:
        return None if text is None else schedule.parse_numbers(text)
    except ValueError:
        raise pytest.UsageError(f"--chaos-only is a list of numbers of a schedule, as in 1,4,7, not {text!r}") from None


def _record(file: Path | None) -> Path | None:
    if file is not None and file.is_dir():
        raise pytest.UsageError(f"--chaos-record {file}: this is a directory; name a file")
    if file is not None and not file.absolute().parent.is_dir():
        raise pytest.UsageError(f"--chaos-record {file}: the directory {file.absolute().parent} does not exist")
    return file


def _replay(file: Path | None) -> dict[str, RecordedSchedule] | None:
    try:
        return None if file is None else recorded.read(file)
    except OSError as error:
        raise pytest.UsageError(f"--chaos-replay {file}: cannot be read ({error.strerror})") from None
    except ValueError as error:
        raise pytest.UsageError(f"--chaos-replay: {error}") from None


class ChaosPlugin:
    """Chaos for the tests of one session. `replay` has the schedules to play, by node id, instead of drawn ones."""

    def __init__(
        self,
        *,
        seed: int,
        only: frozenset[int] | None,
        sample: int | None,
        reruns: int,
        record: Path | None,
        replay: dict[str, RecordedSchedule] | None,
    ) -> None:
        self.seed = seed
        self.only = only
        self.sample = sample
        self.reruns = reruns
        self.record = record
        self.replay = replay
        self._recorded: dict[str, dict[str, Any]] = {}
        self._step = ""  # that runs
        self._tests = self._faults = 0
        self._skipped: Counter[str] = Counter()

    # Which tests run

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Select the recorded tests, then a sample."""
        if self.replay is not None:
            nodeids = {item.nodeid for item in items}
            if unknown := [nodeid for nodeid in self.replay if nodeid not in nodeids]:
                raise pytest.UsageError(f"--chaos-replay has tests that are not collected: {', '.join(unknown)}")
            _select(config, items, [item for item in items if item.nodeid in self.replay])
        if self.sample is not None and self.sample < len(items):
            chosen = set(random.Random(self.seed).sample(range(len(items)), self.sample))
            _select(config, items, [item for at, item in enumerate(items) if at in chosen])

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Pass the seed to a worker of pytest-xdist."""
        node.workerinput[SEED] = self.seed

    def pytest_report_header(self) -> str:
        """The seed, also a random one."""
        return f"chaos: seed {self.seed}" if self.replay is None else f"chaos: replays {len(self.replay)} schedules"

    # During a test

    def activate(self, item: pytest.Item, world: World) -> None:
        """Start chaos for a test."""
        only = item.stash.get(_ONLY, self.only)
        replayed = None if self.replay is None else self.replay[item.nodeid]
        seed, name = (self.seed, item.name) if replayed is None else (replayed.seed, replayed.name)
        chaos = item.stash[_CHAOS] = Chaos(world, seed, name, only, replayed)
        lenient.on_failure = lambda error: chaos.skipped.append(f"{self._step}: {_headline(error)}")

    @staticmethod
    def deactivate(item: pytest.Item) -> None:
        """End chaos after a test."""
        lenient.on_failure = None
        if (chaos := item.stash.get(_CHAOS, None)) is not None:
            chaos.close()

    def pytest_bdd_before_step(self, request: pytest.FixtureRequest, feature: Any, step: Any) -> None:
        """Pause as people do, so that faults find something to disturb."""
        self._step = f"{relative(feature.filename)}:{step.line_number}: {step.keyword} {step.name}"
        chaos = request.node.stash.get(_CHAOS, None)
        if chaos is not None:
            chaos.pause()

    @pytest.hookimpl(wrapper=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> Generator[None, object, object]:
        """Judge the invariants instead of the test's own assertions."""
        try:
            result = yield
        except Exception as error:
            chaos = pyfuncitem.stash.get(_CHAOS, None)
            if chaos is None or not tolerable(error, chaos.world):
                raise
            chaos.skipped.append(f"{pyfuncitem.nodeid}: {_headline(error)}")
            result = True
        if (chaos := pyfuncitem.stash.get(_CHAOS, None)) is not None:
            chaos.finish()
        return result

    # Runs and reruns

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool:
        """Run a test; when it fails, again with ever smaller parts of its schedule, and report the smallest."""
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        reports = self._run(item, nextitem, self.only)
        chaos = item.stash.get(_CHAOS, None)
        if chaos is not None:
            if item.config.option.chaos_record is not None:
                reports[-1].user_properties.append((RECORDED, chaos.recorded.data))
            reports[-1].user_properties.append((SUMMARY, [chaos.laid, *chaos.skipped]))
            if self.reruns and _failed(reports):
                reports = self._shrink(item, nextitem, chaos, reports[-1].user_properties)
        for report in reports:
            item.ihook.pytest_runtest_logreport(report=report)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True

    def _run(
        self, item: pytest.Item, nextitem: pytest.Item | None, only: frozenset[int] | None
    ) -> list[pytest.TestReport]:
        item.stash[_ONLY] = only
        item._report_sections.clear()  # output of the run before
        if _CHAOS in item.stash:
            del item.stash[_CHAOS]
        return runtestprotocol(item, log=False, nextitem=nextitem)

    def _shrink(
        self, item: pytest.Item, nextitem: pytest.Item | None, chaos: Chaos, properties: list[tuple[str, object]]
    ) -> list[pytest.TestReport]:
        """Reports of the run with the smallest part of the schedule that makes the test fail."""
        played = [entry.number for entry in chaos.played]
        runs = 0

        def fails(numbers: Sequence[int]) -> bool:
            nonlocal runs
            runs += 1
            return _failed(self._run(item, nextitem, frozenset(numbers)))

        smallest = frozenset(schedule.shrink(played, fails, tries=self.reruns))
        reports = self._run(item, nextitem, smallest)
        self._explain(item, reports, len(played), runs)
        reports[-1].user_properties.extend(properties)
        return reports

    def _explain(self, item: pytest.Item, reports: list[pytest.TestReport], of: int, runs: int) -> None:
        """Add seed, smallest schedule and the command that plays it again to the reports."""
        chaos = item.stash[_CHAOS]
        numbers = ",".join(str(entry.number) for entry in chaos.played)
        chosen = f"--chaos {self.seed}" if self.replay is None else f"--chaos-replay {item.config.option.chaos_replay}"
        command = f"pytest {shlex.quote(item.nodeid)} {chosen} --chaos-only {numbers or shlex.quote('')}"
        enough = "it fails without any fault"
        if chaos.played:
            faults = schedule.describe(chaos.played)
            enough = f"{len(chaos.played)} of {of} faults are enough (found in {runs} reruns):\n{faults}"
        text = f"seed {chaos.seed}, {enough}\nrun again: {command}"
        for report in reports:
            if isinstance(report.longrepr, ExceptionRepr):
                report.longrepr.addsection("chaos", text)

    # Recording and summary

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collect recorded schedules and what the summary needs, also from pytest-xdist's workers."""
        for name, data in report.user_properties:
            if name == RECORDED:
                assert isinstance(data, dict)
                self._recorded[report.nodeid] = data
            elif name == SUMMARY:
                assert isinstance(data, list)
                self._tests += 1
                self._faults += data[0]
                self._skipped.update(data[1:])

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """How many faults there were, and which steps failed meanwhile and were skipped."""
        terminalreporter.section("chaos")
        count = self._skipped.total()
        terminalreporter.write_line(
            f"{self._faults} faults in {self._tests} tests; {count} steps failed meanwhile and were skipped"
        )
        skipped = self._skipped.most_common(None if terminalreporter.verbosity > 0 else LINES)
        for sentence, count in skipped:
            terminalreporter.write_line(sentence + (f" ({count} times)" if count > 1 else ""))
        if len(skipped) < len(self._skipped):
            terminalreporter.write_line(f"… {len(self._skipped) - len(skipped)} more; -v lists all")

    def pytest_sessionfinish(self) -> None:
        """Write them."""
        if self.record is not None:
            recorded.write(self.record, self._recorded)


def _select(config: pytest.Config, items: list[pytest.Item], chosen: list[pytest.Item]) -> None:
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = chosen


def _headline(error: Exception) -> str:
    return str(error).partition("\n")[0] or type(error).__name__


def _failed(reports: list[pytest.TestReport]) -> bool:
    return any(report.failed for report in reports)

"""`--chaos SEED`: each test that lives in the world is lived through with faults, in a world of its own.

A test that fails is run again with parts of its schedule, until few faults are left that make it fail.
"""

import random
import shlex
from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.runner import runtestprotocol

from zigloop.testing.chaos import schedule
from zigloop.testing.chaos.chaos import Chaos, text, tolerable
from zigloop.testing.steps import lenient

if TYPE_CHECKING:
    from zigloop.testing.world import World

#: `--chaos random`: a seed that nobody has chosen.
RANDOM = "random"
#: Under this name pytest-xdist's processes are told the seed.
SEED = "zigloop_chaos_seed"

_CHAOS = pytest.StashKey[Chaos]()
_ONLY = pytest.StashKey["frozenset[int] | None"]()


def parse_seed(config: pytest.Config) -> int:
    """The seed as a number; UsageError when it isn't one. In a process of pytest-xdist, that of the whole run."""
    known: dict[str, int] = getattr(config, "workerinput", {})
    if SEED in known:
        return known[SEED]
    text = config.option.chaos
    if text == RANDOM:
        return random.SystemRandom().randrange(1_000_000)
    try:
        return int(text)
    except ValueError:
        raise pytest.UsageError(f"--chaos is a whole number, or {RANDOM}, not {text!r}") from None


def parse_only(text: str | None) -> frozenset[int] | None:
    """The numbers of `--chaos-only`; UsageError when they aren't numbers."""
    try:
        return None if text is None else schedule.parse_numbers(text)
    except ValueError:
        raise pytest.UsageError(f"--chaos-only has numbers of a schedule, such as 1,4,7, not {text!r}") from None


class ChaosPlugin:
    """Lays chaos over tests; one for a session."""

    def __init__(self, seed: int, only: frozenset[int] | None, sample: int | None, reruns: int) -> None:
        self.seed = seed
        self.only = only
        self.sample = sample
        self.reruns = reruns

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Of all tests, a sample."""
        if self.sample is not None and self.sample < len(items):
            chosen = set(random.Random(self.seed).sample(range(len(items)), self.sample))
            config.hook.pytest_deselected(items=[item for at, item in enumerate(items) if at not in chosen])
            items[:] = [item for at, item in enumerate(items) if at in chosen]

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """pytest-xdist starts a process."""
        node.workerinput[SEED] = self.seed

    def pytest_report_header(self) -> str:
        """The seed, also when nobody has chosen it."""
        return f"chaos: seed {self.seed}"

    def reign(self, item: pytest.Item, world: "World") -> None:
        """From now on, until the test is over."""
        only = item.stash.get(_ONLY, self.only)
        world.chaos = item.stash[_CHAOS] = Chaos(world, self.seed, item.name, only)
        lenient.lenient = True

    @staticmethod
    def relent() -> None:
        """The test is over."""
        lenient.lenient = False

    def pytest_bdd_before_step(self, request: pytest.FixtureRequest) -> None:
        """People take their time, so that faults find something to disturb."""
        chaos = request.node.stash.get(_CHAOS, None)
        if chaos is not None:
            chaos.dawdle()

    @pytest.hookimpl(wrapper=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> Generator[None, object, object]:
        """What the test asserts isn't judged, the invariants are."""
        try:
            result = yield
        except Exception as error:
            chaos = pyfuncitem.stash.get(_CHAOS, None)
            if chaos is None or not tolerable(error, chaos.world):
                raise
            result = True
        if (chaos := pyfuncitem.stash.get(_CHAOS, None)) is not None:
            chaos.finish()
        return result

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool:
        """Run a test; when it fails, again with less and less of its schedule, and report the least."""
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        reports = self._run(item, nextitem, self.only)
        chaos = item.stash.get(_CHAOS, None)
        if chaos is not None and self.reruns and _failed(reports):
            played = [entry.number for entry in chaos.played]
            runs = 0

            def fails(numbers: Sequence[int]) -> bool:
                nonlocal runs
                runs += 1
                return _failed(self._run(item, nextitem, frozenset(numbers)))

            least = frozenset(schedule.shrink(played, fails, tries=self.reruns))
            reports = self._run(item, nextitem, least)
            self._explain(item, reports, len(played), runs)
        for report in reports:
            item.ihook.pytest_runtest_logreport(report=report)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True

    def _run(
        self, item: pytest.Item, nextitem: pytest.Item | None, only: frozenset[int] | None
    ) -> list[pytest.TestReport]:
        item.stash[_ONLY] = only
        item._report_sections.clear()  # what a run before this one has printed
        if _CHAOS in item.stash:
            del item.stash[_CHAOS]
        return runtestprotocol(item, log=False, nextitem=nextitem)

    def _explain(self, item: pytest.Item, reports: list[pytest.TestReport], of: int, runs: int) -> None:
        """Seed, the least schedule, and the command that plays it again."""
        chaos = item.stash[_CHAOS]
        numbers = ",".join(str(entry.number) for entry in chaos.played)
        command = f"pytest {shlex.quote(item.nodeid)} --chaos {self.seed} --chaos-only {numbers or shlex.quote('')}"
        said = (
            f"seed {self.seed}, {len(chaos.played)} of {of} faults are enough (found in {runs} reruns):\n"
            f"{text(chaos.played)}\nagain: {command}"
        )
        for report in reports:
            if report.failed:
                report.sections.append(("chaos", said))


def _failed(reports: list[pytest.TestReport]) -> bool:
    return any(report.failed for report in reports)

"""A pytest plugin beside `--chaos`: records the schedules of a sample of scenarios, or replays recorded ones by name.

    pytest features --chaos SEED --chaos-reruns 0 -p zigloop_compare.chaos_plugin --compare-out FILE
        --compare-sample N | --compare-play RECORDED [--compare-rename FILE]

Written to FILE for each scenario: its schedule, its verdict, each control that was called and when, and a digest of the
bytes on the port.
"""

import hashlib
import json
import random
import sys
from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from typing import Any

import pytest

from . import adapter, scenarios
from .frozen import freeze_entropy
from .recorder import record_port
from .renames import Renames


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--compare-out", type=Path, required=True)
    parser.addoption("--compare-checkout", type=Path, required=True)
    parser.addoption("--compare-sample", type=int, default=5)
    parser.addoption("--compare-play", type=Path)
    parser.addoption("--compare-rename", type=Path)


def pytest_configure(config: pytest.Config) -> None:
    adapter.require_checkout(config.option.compare_checkout)
    config.pluginmanager.register(Recorder(config), "zigloop-compare")


class Recorder:
    """Records each scenario from its first fault to its verdict."""

    def __init__(self, config: pytest.Config) -> None:
        option = config.option
        self.seed = int(option.chaos)
        self.out: Path = option.compare_out
        self.sample: int = option.compare_sample
        self.renames = Renames.load(option.compare_rename)
        self.play: dict[str, Any] | None = None
        if option.compare_play is not None:
            self.play = json.loads(option.compare_play.read_text(encoding="utf-8"))["scenarios"]
        self.scenarios: dict[str, Any] = {}
        self._key = ""
        self._old_names: dict[str, str] = {}  # of the running checkout's tests, by their names now
        self._places: dict[str, scenarios.Place] = {}
        self._loop: Any = None  # of the running scenario, once chaos has begun
        self._hash = hashlib.sha256()
        chaos, controlled = adapter.chaos_class(), adapter.controlled()
        chaos.__init__ = self._made(chaos.__init__)
        chaos.lay = self._laid(chaos.lay)
        controlled.do = self._done(controlled.do)
        record_port(self._on_bytes)

    @property
    def _now(self) -> dict[str, Any]:
        found: dict[str, Any] = self.scenarios[self._key]
        return found

    # What runs

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Select a random sample, or the recorded scenarios in the recorded order."""
        known = {_key(item): item for item in items}
        places = scenarios.by_place({key: _line(item) for key, item in known.items()})
        if self.play is None:
            chosen = random.Random(self.seed).sample(sorted(known), min(self.sample, len(known)))
            self._old_names = {key: key for key in chosen}
        else:
            self._old_names, missing = scenarios.find(self.play, places, self.renames.scenarios)
            if missing:
                raise pytest.UsageError(f"recorded, and not found by name or place: {', '.join(missing)}")
        self._places = {key: place for place, key in places.items()}
        config.hook.pytest_deselected(items=[item for key, item in known.items() if key not in self._old_names])
        items[:] = [known[key] for key in self._old_names]

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        self._key = self._old_names[_key(item)]
        self._loop = None
        self._hash = hashlib.sha256()
        self.scenarios[self._key] = {
            "key": _key(item), "place": list(self._places[_key(item)]),
            "lays": [], "did": [], "outcome": "", "message": "", "port_bytes": 0,
        }  # fmt: skip
        freeze_entropy(self.seed)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[Any]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if report.when == "call" or report.outcome != "passed":
            self._now["outcome"] = report.outcome
            self._now["message"] = "" if call.excinfo is None else str(call.excinfo.value)
            self._now["port_sha256"] = self._hash.hexdigest()
            self._loop = None
        return report

    def pytest_sessionfinish(self) -> None:
        self.out.write_text(json.dumps({"seed": self.seed, "scenarios": self.scenarios}, indent=1))

    # What chaos does

    def _made(self, real: Callable[..., None]) -> Callable[..., None]:
        def init(chaos: Any, world: Any, seed: int, name: str, *arguments: Any, **named: Any) -> None:
            self._loop = world.loop
            # Pauses depend on the test's name.
            real(chaos, world, seed, self._key.partition("::")[2], *arguments, **named)

        return init

    def _laid(self, real: Callable[..., None]) -> Callable[..., None]:
        def lay(chaos: Any, entries: Iterable[Any]) -> None:
            number = len(self._now["lays"])
            if self.play is None:
                entries = list(entries)
            else:
                recorded = self.play[self._key]["lays"]
                some = recorded[number] if number < len(recorded) else []
                entries = [self._entry(chaos.bench, each) for each in some]
            self._now["lays"].append([adapter.recorded(each) for each in entries])
            real(chaos, entries)

        return lay

    def _entry(self, bench: Any, recorded: dict[str, Any]) -> Any:
        it = bench.named(self.renames.name(recorded["who"]))
        verb, arguments = self.renames.control(it, recorded["verb"], recorded["arguments"])
        return adapter.entry(
            recorded["number"], recorded["at"], it.name, it.controls[verb], arguments, recorded["lasts"]
        )

    def _done(self, real: Callable[..., None]) -> Callable[..., None]:
        def do(it: Any, verb: str, *positional: Any, **named: Any) -> None:
            if self._loop is None:
                return real(it, verb, *positional, **named)
            did = [self._loop.time(), it.name, verb, [*positional], named, "done"]
            self._now["did"].append(did)
            try:
                return real(it, verb, *positional, **named)
            except Exception as error:
                if adapter.refused(error):
                    did[-1] = "refused"
                raise

        return do

    def _on_bytes(self, loop: Any, direction: str, data: bytes) -> None:
        if loop is self._loop:
            self._hash.update(f"{loop.time()!r} {direction} {data.hex()}\n".encode())
            self._now["port_bytes"] += len(data)


def _scenario(item: pytest.Item) -> Any:
    """The scenario that a test runs, or None."""
    function = getattr(item, "function", None)
    # pytest-bdd has no public name for it: 8.0 keeps it at the function, later ones in a table.
    table = getattr(sys.modules.get("pytest_bdd.scenario"), "scenario_wrapper_template_registry", {})
    return table.get(function) or getattr(function, "__scenario__", None)


def _key(item: pytest.Item) -> str:
    """The feature's file and the scenario's test: "zncz02lm::test_the_button[…]"."""
    scenario = _scenario(item)
    return f"{'' if scenario is None else Path(scenario.feature.filename).stem}::{item.name}"


def _line(item: pytest.Item) -> int:
    """Of the scenario in its feature's file."""
    return int(getattr(_scenario(item), "line_number", 0))

"""What our test suite and commands cost, each in a process of its own: seconds beside their aims.

A process runs as users run it: with compiled modules (`PYTHONDONTWRITEBYTECODE` is removed), after a run that isn't
counted. CPU seconds are user and system time of the process and its children.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.inbox import ROOT
from benchmarks.process import cpu_seconds

#: Runs of a short command; the median counts.
RUNS = 5
ZIGLOOP = (sys.executable, "-m", "zigloop")
PYTEST = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")

FEATURE = """Feature: A plug
  Scenario: Its button switches it
    Given a ZNCZ02LM called plug has joined
    When the button of plug is pressed
    Then plug publishes {"state": "ON"}

  Scenario: It is switched
    Given a ZNCZ02LM called plug has joined
    When {"state": "ON"} is published to plug/set
    Then plug publishes {"state": "ON"}

  Scenario: Its power is read
    Given a ZNCZ02LM called plug has joined
    When {"power": ""} is published to plug/get
    Then plug publishes {"power": 0}
"""


class CommandError(Exception):
    """A measured command failed."""


@dataclass(frozen=True)
class Row:
    """One figure: what is measured, the aim in seconds, and the function that measures it."""

    title: str
    aim: float
    seconds: Callable[[], float]


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def cpu(command: Sequence[str], folder: Path = ROOT) -> float:
    """CPU seconds of a command. CommandError when it fails."""
    before = os.times()
    done = subprocess.run(command, cwd=folder, env=_environment(), capture_output=True, text=True, check=False)
    after = os.times()
    if done.returncode:
        raise CommandError(
            f"{' '.join(command)} failed ({done.returncode}):\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        )
    return after.children_user + after.children_system - before.children_user - before.children_system


def median(command: Sequence[str], folder: Path = ROOT) -> float:
    """CPU seconds of a short command: the median of several runs, after one that isn't counted."""
    cpu(command, folder)
    return statistics.median(cpu(command, folder) for _ in range(RUNS))


def features() -> float:
    """All features in one process."""
    return cpu((*PYTEST, "features"))


def readme() -> float:
    """Wall seconds of the README's test command, on an environment that exists."""
    cpu((sys.executable, "run.py", "test", "--collect-only", "-q", "-n", "0"))
    began = time.monotonic()
    cpu((sys.executable, "run.py", "test"))
    return time.monotonic() - began


def installed() -> float:
    """What our plugin adds to the start of pytest in a project that doesn't use it: with and without it, by turns."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "test_theirs.py").write_text("def test_something(): pass\n")
        plain = (*PYTEST, "-p", "no:zigloop", "-p", "no:hypothesispytest")
        ours = (*PYTEST, "-p", "no:hypothesispytest")
        cpu(ours, folder)
        return statistics.median(cpu(ours, folder) - cpu(plain, folder) for _ in range(2 * RUNS))


def three_scenarios() -> float:
    """One feature file of three scenarios in a project of its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "plug.feature").write_text(FEATURE)
        (folder / "test_features.py").write_text('from pytest_bdd import scenarios\n\nscenarios(".")\n')
        return median((*PYTEST, "-p", "no:hypothesispytest"), folder)


def port_open() -> float:
    """`zigloop serve` until it prints its port."""

    def once() -> float:
        command = (*ZIGLOOP, "serve", "--tcp", "127.0.0.1:0", "--control", "off", "--device", "ZNCZ02LM")
        with subprocess.Popen(
            command, cwd=ROOT, env=_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            try:
                if not any(line.startswith("port ") for line in process.stdout):
                    raise CommandError(f"{' '.join(command)} ended without opening its port")
                return cpu_seconds(process.pid)
            finally:
                process.terminate()

    once()
    return statistics.median(once() for _ in range(RUNS))


ROWS = (
    Row("all features, one process, CPU", 25.0, features),
    Row("python3 run.py test, wall", 60.0, readme),
    Row("pytest in a project that merely has zigloop installed: more CPU at each start", 0.1, installed),
    Row("one feature file of three scenarios, whole process, CPU", 2.0, three_scenarios),
    Row("zigloop --help, CPU", 0.2, lambda: median((*ZIGLOOP, "--help"))),
    Row("zigloop devices, CPU", 0.4, lambda: median((*ZIGLOOP, "devices"))),
    Row("zigloop serve to port open, CPU", 0.8, port_open),
)

"""Records of runs: machine, commit, figures; and their history."""

import json
import os
import platform
import subprocess
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.calibration import Calibration, calibrate
from benchmarks.day import Result as Day
from benchmarks.hosts import Host
from benchmarks.inbox import ROOT
from benchmarks.plan import Plan, Result
from benchmarks.scale import OPERATIONS
from benchmarks.scale import Result as Scale
from zigloop.testing.hosts import HostUnavailable
from zigloop.testing.hosts.npm import find

HISTORY = Path(__file__).with_name("history.json")


@dataclass(slots=True)
class Conditions:
    """What a run was measured on: load average and speed of the machine, at its begin and at its end."""

    quick: bool
    load: list[float] = field(default_factory=list)
    calibration: list[Calibration] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.note()

    def note(self) -> None:
        """Measure now."""
        self.load.append(round(os.getloadavg()[0], 2))
        self.calibration.append(calibrate())


def describe(plan: Plan, conditions: Conditions, results: dict[str, tuple[Host, Result]]) -> dict[str, Any]:
    """A run of the comparison as JSON."""
    hosts = {
        name: {"version": host.version, **asdict(result), "ranges": result.ranges}
        for name, (host, result) in results.items()
    }
    return _run(conditions, {"hosts": hosts}, log_level=plan.log_level, baud=plan.baud)


def describe_day(conditions: Conditions, results: list[Day]) -> dict[str, Any]:
    """Simulated days as JSON."""
    return _run(conditions, {"days": {result.name: asdict(result) for result in results}})


def describe_scale(conditions: Conditions, result: Scale) -> dict[str, Any]:
    """Costs against the number of devices, as JSON."""
    costs = {
        each.key: {
            "seconds": {str(size): seconds for size, seconds in result.seconds[each.key].items()},
            "exponent": result.exponent(each.key),
        }
        for each in OPERATIONS
    }
    return _run(conditions, {"scale": costs})


def _run(conditions: Conditions, content: dict[str, Any], **settings: Any) -> dict[str, Any]:
    conditions.note()
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "machine": _machine(),
        "conditions": {
            "quick": conditions.quick,
            **settings,
            "load_average": conditions.load,
            "calibration": conditions.calibration,
        },
        **content,
    }


def append_plain(run: dict[str, Any]) -> None:
    """Add a simulated day, or costs against the number of devices, to the history."""
    _append(_rounded(run))


def append(run: dict[str, Any]) -> None:
    """Add a run to the history, without the single samples: their medians and ranges are there."""
    hosts = {
        name: {key: value for key, value in host.items() if key not in ("samples", "problems")}
        for name, host in run["hosts"].items()
    }
    _append(_rounded({**run, "hosts": hosts}))


def _append(run: dict[str, Any]) -> None:
    history = json.loads(HISTORY.read_text()) if HISTORY.exists() else []
    history.append(run)
    temporary = HISTORY.with_suffix(".new")
    temporary.write_text(json.dumps(history, indent=1) + "\n")
    temporary.replace(HISTORY)


def _rounded(value: Any) -> Any:
    """With four significant digits; more would be noise."""
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_rounded(each) for each in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value


def _commit() -> str:
    """The commit, with a + when the checkout has changes; empty outside a repository."""
    command = ["git", "describe", "--always", "--abbrev=12", "--dirty=+", "--exclude=*"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _machine() -> dict[str, Any]:
    cpu = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    return {
        "cpu": cpu[0] if cpu else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        "node": _node(),
    }


def _node() -> str | None:
    try:
        node = find() / "node_modules/.bin/node"
    except HostUnavailable:
        return None
    return subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip().lstrip("v")

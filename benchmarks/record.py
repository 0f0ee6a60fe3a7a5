"""Records of runs: machine, commit, figures; and their history."""

import json
import os
import platform
import subprocess
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.day import Result as Day
from benchmarks.hosts import Host
from benchmarks.inbox import ROOT
from benchmarks.plan import Plan, Result
from benchmarks.scale import OPERATIONS
from benchmarks.scale import Result as Scale
from zigloop.testing.hosts import HostUnavailable
from zigloop.testing.hosts.npm import find

HISTORY = Path(__file__).with_name("history.json")


def describe(
    plan: Plan, quick: bool, results: dict[str, tuple[Host, Result]], load: tuple[float, float]
) -> dict[str, Any]:
    """A run as JSON. `load` is the machine's load average before and after."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "machine": _machine(),
        "conditions": {
            "quick": quick,
            "log_level": plan.log_level,
            "baud": plan.baud,
            "load_average": [round(each, 2) for each in load],
        },
        "hosts": {name: {"version": host.version, **asdict(result)} for name, (host, result) in results.items()},
    }


def describe_day(quick: bool, results: list[Day], load: tuple[float, float]) -> dict[str, Any]:
    """A simulated day as JSON."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "machine": _machine(),
        "conditions": {"quick": quick, "load_average": [round(each, 2) for each in load]},
        "days": {result.name: asdict(result) for result in results},
    }


def describe_scale(quick: bool, result: Scale, load: tuple[float, float]) -> dict[str, Any]:
    """Costs against the number of devices, as JSON."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "machine": _machine(),
        "conditions": {"quick": quick, "load_average": [round(each, 2) for each in load]},
        "scale": {
            each.key: {
                "seconds": {str(size): seconds for size, seconds in result.seconds[each.key].items()},
                "exponent": result.exponent(each.key),
            }
            for each in OPERATIONS
        },
    }


def append_plain(run: dict[str, Any]) -> None:
    """Add a simulated day, or costs against the number of devices, to the history."""
    _append(_rounded(run))


def append(run: dict[str, Any]) -> None:
    """Add a run to the history, without the single samples, whose medians are the figures."""
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

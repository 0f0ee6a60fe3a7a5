"""The report on a host's broken promises: what is in it, and that a run writes it."""

import json
import re
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

from tests.interop.page_report import BROKEN, KEPT, NOT_RUN, Outcome, Record, write
from zigloop_bridge.devices import all_definitions

ROOT = Path(__file__).parent.parent.parent
PLUG = "ZNCZ02LM, the Mi power plug"
DAY = date(2026, 3, 1)


def record(*outcomes: Outcome, **changes: Any) -> Record:
    """A run on a host whose definition of the plug is ours, with changes."""
    plug = next(definition.json for definition in all_definitions() if definition.model == "ZNCZ02LM")
    seen = Record("zigbee2mqtt", outcomes=list(outcomes))
    seen.hear("zigbee2mqtt/bridge/info", b'{"version": "2.14.1"}')
    entries = [{"friendly_name": "Coordinator", "definition": None}, {"definition": {**plug, **changes}}]
    seen.hear("zigbee2mqtt/bridge/devices", json.dumps(entries).encode())
    return seen


def test_it_is_dated_and_names_the_version() -> None:
    lines = write(record(), DAY).splitlines()
    assert lines[0] == "# Zigbee2MQTT 2.14.1 and the pages of its devices"
    assert lines[2].startswith("Of 1 March 2026.")


def test_broken_promises_are_told_with_reason_examples_and_step() -> None:
    text = write(
        record(
            Outcome(PLUG, 9, "The memory is read", {"value": "true"}, BROKEN, "the plug lacks it", "Then a | b"),
            Outcome(PLUG, 9, "The memory is read", {"value": "false"}, BROKEN, "the plug lacks it", "Then a | b"),
            Outcome(PLUG, 5, "It is switched", {}, KEPT),
        ),
        DAY,
    )
    assert f"| {PLUG} | 1 | 2 | 0 | no difference |" in text
    assert "| The memory is read | The plug lacks it | `false`; `true` | `Then a \\| b` |" in text


def test_what_was_not_run_is_told_with_its_reason() -> None:
    text = write(record(Outcome(PLUG, 1, "A year passes", {}, NOT_RUN, "needs virtual time")), DAY)
    assert "- A year passes: needs virtual time" in text


def test_the_hosts_own_definition_is_held_against_the_page() -> None:
    text = write(record(Outcome(PLUG, 1, "x", {}, KEPT), description="Smart plug"), DAY)
    assert f"| {PLUG} | 1 | 0 | 0 | 1 difference |" in text
    assert "- The description: the page says `Mi power plug ZigBee`, the definition `Smart plug`" in text


def test_a_feature_of_no_product_has_no_page() -> None:
    text = write(record(Outcome("Into the network", 1, "x", {}, KEPT)), DAY)
    assert "| Into the network | 1 | 0 | 0 |  |" in text


def test_a_run_writes_it(tmp_path: Path) -> None:
    """In a process of its own: the option belongs to the features' folder."""
    report = tmp_path / "report.md"
    command = [sys.executable, "-m", "pytest", "features", "-k", "its_power_is_read", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "--page-report", str(report)], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout
    assert f"page report: {report}" in done.stdout
    text = report.read_text(encoding="utf-8")
    assert re.match(r"# zigloop's bridge [\d.]+ and the pages of its devices\n", text)
    assert f"| {PLUG} | 1 | 0 | 0 | no difference |" in text

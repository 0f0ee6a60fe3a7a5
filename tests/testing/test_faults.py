"""Faults in scenarios: each sentence matches one step, and faults end with their scenario."""

import re
from types import ModuleType
from typing import Any

import pytest
from pytest_bdd.steps import StepNamePrefix
from pytest_bdd.types import WHEN

from zigloop.air.controls import AirPart
from zigloop.controls.arguments import Choice, Number
from zigloop.controls.control import Control
from zigloop.device.registry import PRODUCTS
from zigloop.radio import LinePart, RadioPart
from zigloop.testing.broker import BrokerPart
from zigloop.testing.steps import devices, messages, network
from zigloop.testing.steps.controls import read


def patterns(module: ModuleType) -> list[str]:
    """The regular expressions of its `When` steps: pytest-bdd keeps each step under its type and its pattern."""
    prefix = f"{StepNamePrefix.step_def.value}_{WHEN}_"
    return [name.removeprefix(prefix) for name in vars(module) if name.startswith(prefix)]


def a_sentence(control: Control, name: str) -> str:
    """The control's phrase with an argument for each that it names."""
    values: dict[str, Any] = {"name": name}
    for argument, allowed in control.arguments.items():
        if isinstance(allowed, Choice):
            values[argument] = allowed.words[0]
        else:
            values[argument] = f"{allowed.minimum:g}" if isinstance(allowed, Number) else "BUFFER_FULL"
    assert control.phrase is not None
    return control.phrase.format(**values)


SENTENCES = {
    a_sentence(it, name)
    for owner, name in [
        *((product, "plug") for product in PRODUCTS.values()),
        *((part, "") for part in (RadioPart, LinePart, AirPart, BrokerPart)),
    ]
    for it in owner.controls.values()
    if it.phrase is not None
}


def test_each_sentence_matches_one_step() -> None:
    known = [pattern for module in (devices, messages, network) for pattern in patterns(module)]
    assert len(known) > 10
    for sentence in SENTENCES:
        assert read(sentence), f"{sentence!r} is no control's"
        assert not [pattern for pattern in known if re.fullmatch(pattern, sentence)], f"{sentence!r} is two steps"


def test_all_parts_have_sentences_for_their_faults() -> None:
    for part in (RadioPart, LinePart, AirPart, BrokerPart):
        assert [it.verb for it in part.controls.values() if it.phrase is None] == []
        assert "mend" in part.controls
        assert re.fullmatch(r"\w+", part.called)


FEATURE = """
Feature: Faults
  Scenario: Everything goes wrong
    Given a ZNCZ02LM called plug has joined
    When plug drops off
    And the air loses 90 % of frames
    And the line garbles 20 % of bytes
    And the radio loses its memory
    And the line closes
    And the broker stops for 3000 s
    Then the host recovers within 1 seconds

  Scenario: No fault is left
    Given a ZNCZ02LM called plug has joined
    When {"state": "ON"} is published to plug/set
    Then plug publishes {"state": "ON"} within 1 seconds
    And bridge/state holds {"state": "online"}

  Scenario: A control by its verb
    Given a ZNCZ02LM called plug has joined
    When radio does fail MAC_NO_ACK frames=2
    And plug does mute 1
    And broker does away 5
    Then the host recovers
    When {"state": "ON"} is published to plug/set
    Then plug publishes {"state": "ON"} within 20 seconds
"""


def test_faults_end_with_their_scenario(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    pytester.makepyfile(test_features="from pytest_bdd import scenarios\n\nscenarios('.')\n")
    (pytester.path / "faults.feature").write_text(FEATURE)
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["*the host has not recovered within 1 s*"])

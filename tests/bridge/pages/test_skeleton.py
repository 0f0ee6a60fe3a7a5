"""The feature that a page is made into."""

from pathlib import Path

import pytest
from pytest_bdd.parser import FeatureParser
from pytest_bdd.steps import step_function_context_registry

import zigloop.testing.steps.controls
import zigloop.testing.steps.devices
import zigloop.testing.steps.messages
import zigloop.testing.steps.network  # noqa: F401 - registers its steps
from tests.bridge.pages.samples import MODERN, page_of
from tests.support.paths import PAGES
from zigloop_bridge.pages.reader import read_page
from zigloop_bridge.pages.skeleton import write_feature

ALL_PAGES = sorted(PAGES.glob("*.md"))


@pytest.mark.parametrize("text", [MODERN, *map(page_of, (path.stem for path in ALL_PAGES))], ids=lambda t: t[9:40])
def test_every_step_of_the_skeleton_exists(text: str, tmp_path: Path) -> None:
    feature_text = write_feature(read_page(text))
    (tmp_path / "skeleton.feature").write_text(feature_text, encoding="utf-8")
    feature = FeatureParser(str(tmp_path), "skeleton.feature").parse()
    assert len(feature.scenarios) == sum(line.strip().startswith("Scenario") for line in feature_text.splitlines()), (
        "two scenarios with one title are one"
    )
    steps = {
        (step.type, step.name)
        for scenario in feature.scenarios.values()
        for examples in scenario.examples or [None]
        for row in (examples.as_contexts() if examples else [{}])
        for step in scenario.render(row).steps
    }
    assert steps
    known = [
        step for step in step_function_context_registry.values() if step.step_func.__module__.startswith("zigloop.")
    ]
    for type_, name in steps:
        assert any(step.type == type_ and step.parser.is_matching(name) for step in known), f"no step {type_} {name}"


def test_the_skeleton_has_what_the_page_has() -> None:
    text = write_feature(read_page(page_of("ZNCZ02LM")), "plug")
    for expected in (
        "    Given a ZNCZ02LM called plug has joined",
        "      | device_temperature  | numeric | °C   | published         |",
        "  Scenario Outline: Its power_outage_memory is set",
        "    # TODO When … (a control of the device; zigloop devices)",
        '    When {"power": ""} is published to plug/get',
        '    Given plug has the options {"device_temperature_precision": <value>}',
        '      | energy             | get  | ""    |',
        '    Then plug publishes {"linkquality": 77}',
        "  #   Power outage memory",
    ):
        assert expected in text.splitlines()


def test_the_skeleton_of_a_known_product_runs(pytester: pytest.Pytester) -> None:
    """What fails are the scenarios that want a hand on the device, or whose promise is a matter of patience."""
    pytester.makepyfile(test_features="from pytest_bdd import scenarios\n\nscenarios('.')\n")
    (pytester.path / "plug.feature").write_text(write_feature(read_page(page_of("ZNCZ02LM"))), encoding="utf-8")
    result = pytester.runpytest_inprocess("-k", "supported or forbids or state")
    result.assert_outcomes(passed=1 + 7 + 2 + 1 + 1 + 2, deselected=13)

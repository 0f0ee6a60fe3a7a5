"""What a user sees when a test fails."""

import re
import textwrap
import xml.etree.ElementTree as ET

import pytest

import zigloop.testing.reports  # noqa: F401
import zigloop_bridge.host  # noqa: F401 - pytester forgets what is imported while it runs, and zigpy can't be imported twice
from tests.support.paths import ROOT

JOINED = "    Given a ZNCZ02LM called plug has joined\n"

#: Steps of a scenario after the first, and what its report must say, as patterns of lines in this order.
FAILURES = {
    "value": (
        """
        When the button of plug is pressed
        Then plug publishes {"state": "BLUE"} within 2 seconds
        """,
        """
        plug.feature:*: Then plug publishes {"state": "BLUE"} within 2 seconds

        expected on zigbee2mqtt/plug: {"state": "BLUE"} within 2 s
        got:
             *  {*"state":"ON"}

        timeline, in seconds since the test began (→ to the host, ← from it):
             0.000  Given a ZNCZ02LM called plug has joined
             0.000    mqtt     ← bridge/logging {*Added device 'plug'*
             0.000    mqtt     ← bridge/info {*
             0.000    mqtt     ← bridge/devices [[]*
             *  When the button of plug is pressed
             *    control  plug press
             *  Then plug publishes {"state": "BLUE"} within 2 seconds
             *    air      plug/1 → radio/1  ZCL on_off Report_Attributes on_off=true *
             *    mqtt     ← plug {*"state":"ON"}
        """,
    ),
    "case": (
        """
        When the button of plug is pressed
        Then plug publishes {"state": "on"}
        """,
        '"state" came as "ON"; case counts',
    ),
    "kind": (
        """
        When the button of plug is pressed
        Then plug publishes {"power": "0"}
        """,
        '"power" came as 0, a number; "0" is a text',
    ),
    "key": (
        """
        When the button of plug is pressed
        Then plug publishes {"stat": "ON"}
        """,
        'key "stat": the device doesn\'t expose it; the nearest is "state"',
    ),
    "early": (
        """
        When the button of plug is pressed
        And 15 minutes pass
        And the line is good
        Then plug publishes {"state": "ON", "consumption": 0} within 0.1 seconds
        """,
        "too early: such a message came at * s, during 'And 15 minutes pass', before the last stimulus",
    ),
    "late": (
        """
        When the button of plug is pressed
        Then plug publishes {"state": "ON"} within 0.001 seconds
        """,
        "too late: it came at * s, * s after the end of this step",
    ),
    "topic": (
        """
        When the button of plug is pressed
        Then plgu publishes {"state": "BLUE"}
        """,
        "nothing has come on this topic in this test; the nearest is zigbee2mqtt/plug",
    ),
    "another topic": (
        """
        And a ZNCZ02LM called lamp has joined
        When the button of plug is pressed
        Then lamp publishes {"state": "ON"}
        """,
        'another topic: such a message came on zigbee2mqtt/plug at * s, during \'Then lamp publishes {"state": "ON"}\'',
    ),
    "device": (
        """
        When the button of plgu is pressed
        """,
        "the bench has no device called plgu; the nearest is plug",
    ),
    "json": (
        """
        Then the host lists plug with {"type": Router}
        """,
        """
        the step's JSON is wrong: Expecting value at character 10
            {"type": Router}
                     ^
        """,
    ),
    "refused": (
        """
        And plgu has the options {"power_precision": 1}
        """,
        """
        plug.feature:*: And plgu has the options {"power_precision": 1}

        device/options {"id": "plgu", "options": {"power_precision": 1}} was refused: Device 'plgu' does not exist
        the nearest device is plug
        """,
    ),
    "control": (
        """
        When plug draws lots W
        """,
        """
        plug.feature:*: When plug draws lots W

        draw: watts is a number from 0 to 100000 (W), not 'lots'
        """,
    ),
    "step": (
        """
        When the buton of plug is pressed
        """,
        """
        plug.feature:*: When the buton of plug is pressed

        no such step; the nearest:
            the button of NAME is pressed
        """,
    ),
    "keyword": (
        """
        When plug publishes {"state": "ON"}
        """,
        "no such step: this sentence exists as Then, and here it is a When",
    ),
    "configuration": (
        """
        When the host restarts with the configuration {"serial": {"port": "tcp://127.0.0.1:1"}}
        """,
        "the bridge did not start: The radio at tcp://127.0.0.1:1 failed to start: Connection refused",
    ),
    "own step": (
        """
        When it breaks
        """,
        """
        plug.feature:*: When it breaks

        test_features.py:8: in breaks
            {}?"x"?
        E   KeyError: 'x'

        timeline*
        """,
    ),
}

OUTLINE = """
  Scenario Outline: outline
    Given a ZNCZ02LM called <name> has joined
    Then <name> holds {"state": "<state>"}
    Examples:
      | name | state |
      | plug | BLUE  |
"""

MODULE = """
from pytest_bdd import scenarios, when

scenarios(".")


@when("it breaks")
def breaks(world):
    {}["x"]
"""

PLAIN = """
import pytest


@pytest.fixture
def plug(bench, world):
    plug = bench.add("ZNCZ02LM", "plug")
    world.join(plug)
    return plug


@pytest.fixture
def broken(plug, mqtt):
    mqtt.eventually("plug", {"state": "BLUE"}, within=1)


def press(plug):
    plug.press()
    assert plug.powered == "yes"


def test_plain_value(plug, mqtt):
    plug.press()
    mqtt.eventually(
        "plug", {"state": "BLUE"}, within=1
    )


def test_helper(plug):
    press(plug)


def test_setup(broken):
    pass
"""


OTHERS = {
    "test_outline[plug-BLUE]": """
        plug.feature:*: Then plug holds {"state": "BLUE"}
        plug.feature:*: Examples: name plug, state BLUE

        expected on zigbee2mqtt/plug: a retained message with {"state": "BLUE"} within 10 s
        got: no retained message
        """,
    "test_plain_value": """
        test_plain.py:23: mqtt.eventually("plug", {"state": "BLUE"}, within=1)

        expected on zigbee2mqtt/plug: {"state": "BLUE"} within 1 s
        got:
             *  {*"state":"ON"}
        timeline*
             *    control  plug press
             *    air      plug/1 → radio/1 *
        """,
    "test_helper": """
        test_plain.py:29: press(plug)
        test_plain.py:18: assert plug.powered == "yes"

        assert True == 'yes'
        """,
    "test_setup": """
        test_plain.py:13: mqtt.eventually("plug", {"state": "BLUE"}, within=1)

        expected on zigbee2mqtt/plug: {"state": "BLUE"} within 1 s
        """,
}


def lines(text: str) -> list[str]:
    """The lines of an indented text."""
    return textwrap.dedent(text).strip("\n").splitlines()


def sections(output: str) -> dict[str, list[str]]:
    """The lines of each failure's report, by the test's name, from "____ test_name ____" on."""
    parts = re.split(
        r"^_{3,} (?:ERROR at setup of )?(test_\S+) _{3,}\n", output.partition("short test summary")[0], flags=re.M
    )
    return {name: text.splitlines() for name, text in zip(parts[1::2], parts[2::2], strict=True)}


def documented() -> list[str]:
    """The lines of the report in the docs as patterns: numbers may differ, an ellipsis is what was left out."""
    [block] = re.findall(r"^```\n(plug\.feature:.*?)^```$", (ROOT / "docs" / "features.md").read_text(), re.M | re.S)
    return [re.sub(r"\d+(?:\.\d+)?|…\}?", "*", line) for line in block.splitlines()]


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """A project with a scenario and a test for each failure."""
    pytester.makepyfile(test_features=MODULE, test_plain=PLAIN)
    scenarios = (
        f"\n  Scenario: {name}\n{JOINED}" + "".join(f"    {line}\n" for line in lines(steps))
        for name, (steps, _) in FAILURES.items()
    )
    (pytester.path / "plug.feature").write_text("Feature: My plug\n" + "".join(scenarios) + OUTLINE)
    return pytester


def test_what_a_user_sees(project: pytest.Pytester) -> None:
    result = project.runpytest_inprocess("--show-capture=no", "--junit-xml=junit.xml")
    result.assert_outcomes(failed=len(FAILURES) + 3, errors=1)
    found = sections(result.stdout.str())
    expected = {f"test_{name.replace(' ', '_')}": pattern for name, (_, pattern) in FAILURES.items()} | OTHERS
    assert {*found} == {*expected}
    for name, pattern in expected.items():
        report = found[name]
        pytest.LineMatcher(report).fnmatch_lines(lines(pattern))
        assert re.match(r"(plug\.feature|test_plain\.py):\d+: ", report[0]), f"{name} begins with {report[0]!r}"
        assert not [line for line in report if "site-packages" in line or "testing/steps" in line], name
        assert ("timeline, in" in "\n".join(report)) == (name not in ("test_step", "test_keyword")), name
    pytest.LineMatcher(found["test_case"]).fnmatch_lines(documented())
    summary = "FAILED test_features.py::test_value - plug.feature:6: expected on zigbee2mqtt"
    assert [line for line in result.outlines if line.startswith(summary)]  # pytest shortens it, but not in CI
    [value] = ET.parse(project.path / "junit.xml").iterfind(
        ".//testcase[@name='test_value'][@classname='test_features']/failure"
    )
    assert str(value.text).splitlines() == found["test_value"]


def test_styles_and_workers(project: pytest.Pytester) -> None:
    """In a worker the report is the same; `--tb=line` is one line, `--full-trace` is pytest's own report."""
    chosen = ("-k", "value and not plain", "-q", "--show-capture=no")
    in_worker = project.runpytest_inprocess(*chosen, "-n", "1").stdout
    in_worker.fnmatch_lines(["plug.feature:6: Then plug publishes*", "expected on zigbee2mqtt/plug*", "timeline*"])
    project.runpytest_inprocess(*chosen, "--tb=line").stdout.fnmatch_lines(
        [f'{project.path}/plug.feature:6: Then plug publishes {{"state": "BLUE"}} within 2 seconds: expected on *']
    )
    without = project.runpytest_inprocess("-p", "no:terminal", "-k", "value and not plain")  # and without its options
    assert without.ret == pytest.ExitCode.TESTS_FAILED
    full = project.runpytest_inprocess(*chosen, "--full-trace").stdout
    full.fnmatch_lines(["*AssertionError: expected on zigbee2mqtt/plug*", "*mqtt.py:*: AssertionError"])
    full.no_fnmatch_line("timeline*")


def test_another_project_s_reports_stay(pytester: pytest.Pytester) -> None:
    """Only what uses the kit is reported in another form."""
    (pytester.path / "other.feature").write_text(
        "Feature: Another\n  Scenario: Gone\n    When it runs\n  Scenario: Wrong\n    When it fails\n"
    )
    pytester.makepyfile(
        """
        from pytest_bdd import scenarios, when

        scenarios(".")

        @when("it fails")
        def fails():
            assert 1 == 2
        """
    )
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["*StepDefinitionNotFoundError: Step definition is not found: *", "E *assert 1 == 2"])
    result.stdout.no_fnmatch_line("no such step*")

"""The test kit in another project: a feature file, a one-line test module, and pytest."""

import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator

import pytest

import zigloop.testing.hosts

FEATURE = """
Feature: My plug
  {tag}
  Scenario: Its button switches it
    Given a ZNCZ02LM called plug has joined
    When the button of plug is pressed
    Then plug publishes {{"state": "{state}"}} within 2 seconds
"""


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project that has only zigloop installed."""
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("ZIGLOOP_ZIGBEE2MQTT", raising=False)
    pytester.makepyfile(test_features="from pytest_bdd import scenarios\n\nscenarios('.')\n")
    return pytester


def feature(project: pytest.Pytester, *, state: str = "ON", tag: str = "") -> None:
    (project.path / "plug.feature").write_text(FEATURE.format(state=state, tag=tag))


def test_a_feature_file_and_a_one_line_module(project: pytest.Pytester) -> None:
    feature(project)
    project.runpytest_inprocess().assert_outcomes(passed=1)


def test_a_feature_is_selected_by_its_file_name(project: pytest.Pytester) -> None:
    for name, state in (("kitchen", "ON"), ("cellar", "BLUE")):
        (project.path / f"{name}.feature").write_text(FEATURE.format(state=state, tag=""))
    result = project.runpytest_inprocess("-k", "kitchen", "--collect-only")
    result.stdout.fnmatch_lines(["*1/2 tests collected (1 deselected)*"])


def test_the_example_of_the_package(project: pytest.Pytester) -> None:
    code = textwrap.dedent(str(zigloop.testing.__doc__).partition("for annotations:\n")[2].partition("\n|")[0])
    assert "def test_its_button_switches_it(" in code
    project.makepyfile(test_example=code)
    project.runpytest_inprocess("test_example.py").assert_outcomes(passed=1)


def test_fixtures_beside_tests_in_real_time(project: pytest.Pytester) -> None:
    project.makepyfile(
        test_plain="""
        import time

        def test_plug(bench, host, mqtt, world):
            plug = bench.add("ZNCZ02LM", "plug")
            world.join(plug)
            plug.press()
            mqtt.eventually("plug", {"state": "ON"})
            world.pass_time(3600)
            assert host.name == "bridge"

        def test_another():
            before = time.monotonic()
            while time.monotonic() == before:
                pass
        """
    )
    (project.path / "test_features.py").unlink()
    project.runpytest_inprocess().assert_outcomes(passed=2)


def test_known_failures_of_hosts(project: pytest.Pytester) -> None:
    """A known failure has its reason, one that passes fails, and one of another host changes nothing."""
    for name, state, tag in (
        ("known", "BLUE", "@bridge-fails:it-is-not-blue"),
        ("passes", "ON", "@bridge-fails:it-is-not-on"),
        ("another", "ON", "@zigbee2mqtt-fails:it-is-not-on"),
    ):
        (project.path / f"{name}.feature").write_text(FEATURE.format(state=state, tag=tag).replace("My plug", name))
    result = project.runpytest_inprocess("-rxf")
    result.assert_outcomes(xfailed=1, failed=1, passed=1)
    result.stdout.fnmatch_lines(
        ["*XPASS(strict)*bridge breaks the page: it is not on*", "*bridge breaks the page: it is not blue*"]
    )


@pytest.fixture
def other_port() -> Iterator[str]:
    """A port that isn't the session's bench: a dongle, as far as the plugin knows."""
    command = [sys.executable, "-m", "zigloop", "serve", "--tcp", "127.0.0.1:0", "--control", "off", "--baud", "0"]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    line = next(line for line in process.stdout if "socket://" in line)
    found = re.search(r"socket://[\d.]+:\d+", line)
    assert found is not None
    yield found.group()
    process.terminate()
    process.communicate()


def test_another_port_instead_of_the_fake_radio(project: pytest.Pytester, other_port: str) -> None:
    """Scenarios with steps that control a device are skipped, naming the step; the others run on the port."""
    feature(project)
    (project.path / "host.feature").write_text(
        "Feature: The host\n  Scenario: Healthy\n"
        '    When the request health_check is made\n    Then the request returns {"healthy": true}\n'
    )
    result = project.runpytest_inprocess("--radio", other_port, "-rs")
    result.assert_outcomes(passed=1, skipped=1)
    assert "step 'a ZNCZ02LM called plug has joined' needs a virtual device" in result.stdout.str()


def test_a_sentence_of_another_product_names_the_nearest_of_its_own(project: pytest.Pytester) -> None:
    (project.path / "plug.feature").write_text(
        "Feature: My plug\n  Scenario: It is pressed\n"
        "    Given a ZNCZ02LM called plug that has not joined\n    When plug is pressed\n"
    )
    result = project.runpytest_inprocess()
    result.assert_outcomes(failed=1)
    why = "has no sentence 'plug is pressed', a sentence of ZNXNKG02LM"
    result.stdout.fnmatch_lines([f"*plug (ZNCZ02LM) {why}; its nearest is 'the button of plug is pressed'"])

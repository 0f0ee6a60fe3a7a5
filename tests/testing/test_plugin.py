"""The pytest plugin where nothing uses it, and the loading of its steps."""

import subprocess
import sys

import pytest

#: Libraries that pytest itself doesn't load.
HEAVY = ("asyncio", "zigpy", "zigpy_znp", "gmqtt", "amqtt", "freezegun", "ruamel", "rich", "hypothesis")
REPORT = f"""
import sys

def pytest_unconfigure():
    ours = [name for name in sys.modules if name.startswith("zigloop")]
    print("LOADED", *(name for name in {HEAVY} if name in sys.modules), *ours)
"""


def loaded(pytester: pytest.Pytester) -> set[str]:
    """What a run of pytest in a process of its own has loaded of the heavy libraries and of our modules."""
    pytester.makeconftest(REPORT)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:hypothesispytest", "-s"]
    done = subprocess.run(command, cwd=pytester.path, capture_output=True, text=True, check=True, timeout=60)
    return set(done.stdout.partition("LOADED")[2].splitlines()[0].split())


def test_a_project_without_scenarios_loads_nothing_heavy(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_something(): pass")
    assert loaded(pytester) == {"zigloop", "zigloop.lazy", "zigloop.testing", "zigloop.testing.plugin"} | {
        "zigloop.testing.steps"
    }


def test_a_project_with_scenarios_loads_the_steps(pytester: pytest.Pytester) -> None:
    pytester.makefile(".feature", host="Feature: Ours\n  Scenario: Not run\n    Given a step of zigloop\n")
    pytester.makepyfile("import pytest\nfrom pytest_bdd import scenario\n\n@pytest.mark.skip\n"
                        "@scenario('host.feature', 'Not run')\ndef test_it(): pass\n")  # fmt: skip
    assert {"zigloop.testing.steps.controls", "zigloop.testing.steps.network"} <= loaded(pytester)


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(["--import-mode=importlib"], marks=pytest.mark.slow),
        pytest.param(["-n", "2"], marks=pytest.mark.slow),
        [],
    ],
    ids=" ".join,
)
def test_steps_are_found_however_pytest_is_started(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, options: list[str]
) -> None:
    if not options:
        monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        options = ["-p", "pytest-bdd", "-p", "zigloop"]
    for name in ("one", "two"):
        pytester.makefile(
            ".feature", **{name: f"Feature: {name}\n  Scenario: It fails\n    Given {name} does nothing\n"}
        )
    pytester.makepyfile("from pytest_bdd import scenarios\n\nscenarios('.')\n")
    pytester.runpytest_subprocess(*options).stdout.fnmatch_lines_random(
        [
            "*the bench has no device called one; its devices: none",
            "*the bench has no device called two; its devices: none",
        ]
    )

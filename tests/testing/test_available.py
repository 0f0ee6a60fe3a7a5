"""Hosts, radios and brokers that pytest's options name and that are not there: one line for the run."""

import socket
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

import zigloop.testing.hosts
import zigloop_bridge.host  # noqa: F401 - pytester forgets what is imported while it runs, and zigpy can't be imported twice

FEATURE = """
Feature: My plug
  Scenario: Its button switches it
    Given a ZNCZ02LM called plug has joined
  Scenario: Another
    Given a ZNCZ02LM called plug has joined
"""
PACKAGE = '{"version": "%s"}'


@pytest.fixture(params=["", "true"], ids=["at home", "in CI"])
def project(
    request: pytest.FixtureRequest, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> pytest.Pytester:
    """A project with two scenarios, where nothing is installed."""
    monkeypatch.setenv("CI", request.param)
    monkeypatch.delenv("ZIGLOOP_ZIGBEE2MQTT", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(pytester.path / "cache"))
    pytester.makepyfile(test_features="from pytest_bdd import scenarios\n\nscenarios('.')\n")
    (pytester.path / "plug.feature").write_text(FEATURE)
    return pytester


def refused(project: pytest.Pytester, *options: str) -> str:
    """The line of a run that pytest refuses."""
    result = project.runpytest_inprocess(*options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    lines = [line for line in [*result.errlines, *result.outlines] if "ERROR" in line or "Exit" in line]
    assert len(lines) == 1
    assert "Traceback" not in result.stdout.str() + result.stderr.str()
    return lines[0]


def put(folder: Path, version: str) -> None:
    """Files of an installed Zigbee2MQTT, as far as they are looked at."""
    modules = folder / "node_modules"
    for name in ("zigbee2mqtt/index.js", ".bin/node"):
        (modules / name).parent.mkdir(parents=True, exist_ok=True)
        (modules / name).touch()
    (modules / "zigbee2mqtt/package.json").write_text(PACKAGE % version)


def test_an_unknown_host_is_named_with_the_known_ones(project: pytest.Pytester) -> None:
    assert "--host nosuch: no host is called 'nosuch'; known: bridge, zigbee2mqtt" in refused(project, "--host=nosuch")


def test_a_host_that_cannot_be_loaded(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = EntryPoint("gone", "not_installed.host:Gone", "zigloop.hosts")
    monkeypatch.setattr(zigloop.testing.hosts, "entry_points", lambda group: [broken])
    why = "the host gone can't be loaded from not_installed.host:Gone: No module named 'not_installed'"
    assert why in refused(project, "--host=gone")


def test_a_missing_host_is_refused_with_the_command_that_installs_it(project: pytest.Pytester) -> None:
    line = refused(project, "--host=zigbee2mqtt")
    assert line.endswith("Zigbee2MQTT 2.14.1 isn't installed; install it with zigloop host install zigbee2mqtt@2.14.1")
    assert line.startswith("ERROR: --host zigbee2mqtt: ")


def test_a_missing_version_is_refused_also_when_the_project_s_settings_name_it(project: pytest.Pytester) -> None:
    put(project.path / "cache/zigloop/zigbee2mqtt/2.14.1", "2.14.1")
    project.makeini("[pytest]\naddopts = --host zigbee2mqtt@2.2.1\n")
    assert refused(project).endswith("install it with zigloop host install zigbee2mqtt@2.2.1")
    assert refused(project, "-n2").endswith("install it with zigloop host install zigbee2mqtt@2.2.1")


def test_another_version_in_the_named_folder(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    put(project.path / "there", "2.14.1")
    monkeypatch.setenv("ZIGLOOP_ZIGBEE2MQTT", str(project.path / "there"))
    assert "has Zigbee2MQTT 2.14.1, not 2.2.1: unset ZIGLOOP_ZIGBEE2MQTT" in refused(
        project, "--host=zigbee2mqtt@2.2.1"
    )


def test_a_missing_mosquitto(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    put(project.path / "cache/zigloop/zigbee2mqtt/2.14.1", "2.14.1")
    monkeypatch.setattr("shutil.which", lambda name, path: None)
    line = refused(project, "--host=zigbee2mqtt")
    assert "mosquitto isn't installed (Debian: apt-get install mosquitto); or name another broker with --mqtt" in line


def test_a_host_without_versions(project: pytest.Pytester) -> None:
    assert "the host bridge has no versions to choose from; leave out @3" in refused(project, "--host=bridge@3")


@pytest.fixture
def closed() -> Iterator[str]:
    """HOST:PORT where nothing listens, while the test runs."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{bound.getsockname()[1]}"


def test_a_radio_or_broker_that_nothing_serves(project: pytest.Pytester, closed: str) -> None:
    for option in (f"--radio=socket://{closed}", f"--radio=tcp://{closed}", f"--mqtt=mqtt://{closed}"):
        line = refused(project, option)
        assert (
            option.replace("=", " ") + ": it can't be reached (Connection refused); start it, or name another" in line
        )


@pytest.mark.parametrize(
    ("option", "why"),
    [
        ("--radio=foo://x", "this is not an address that can be opened; write /dev/tty… or socket://HOST:PORT"),
        ("--radio=socket://x", "the port is missing; write socket://HOST:PORT"),
        ("--radio=/dev/nosuch", "the serial port does not exist; plug the dongle in, or name another"),
        ("--mqtt=localhost", "this is not an address that can be opened; write mqtt://HOST:PORT"),
        ("--mqtt=mqtt://x:99999", "this is not an address that can be opened; write mqtt://HOST:PORT"),
    ],
)
def test_an_address_that_is_none(project: pytest.Pytester, option: str, why: str) -> None:
    assert f"{option.replace('=', ' ')}: {why}" in refused(project, option)


def test_a_serial_port_that_is_no_radio(project: pytest.Pytester) -> None:
    """It is there, so only the host finds out."""
    line = refused(project, "--radio=/dev/null")
    assert "--radio /dev/null: the bridge did not start: The radio at /dev/null failed to start: " in line


TAGS = """
Feature: Tags
  @zigbee2mqtt-fails:any-version
  Scenario: One
    Given a ZNCZ02LM called plug has joined
  @zigbee2mqtt-2.2.1-fails:this-version
  Scenario: Two
    Given a ZNCZ02LM called plug has joined
  @zigbee2mqtt-fails:any-version @zigbee2mqtt-2.2.1-fails:this-version
  Scenario: Three
    Given a ZNCZ02LM called plug has joined
"""
REASONS = """
def pytest_collection_finish(session):
    for item in session.items:
        print(item.name, *(mark.kwargs["reason"] for mark in item.iter_markers("xfail")))
"""


@pytest.mark.parametrize(
    ("version", "reasons"),
    [
        ("2.2.1", ["-2.2.1 breaks the page: this version", " breaks the page: any version"]),
        ("2.14.1", ["", " breaks the page: any version"]),
    ],
)
def test_a_failure_may_be_known_of_one_version(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, version: str, reasons: list[str]
) -> None:
    put(project.path / "cache/zigloop/zigbee2mqtt" / version, version)
    monkeypatch.setattr("shutil.which", lambda name, path: "/usr/sbin/mosquitto")
    (project.path / "plug.feature").write_text(TAGS)
    project.makeconftest(REASONS)
    result = project.runpytest_inprocess("--collect-only", "-q", f"--host=zigbee2mqtt@{version}")
    own, common = (f" zigbee2mqtt{each}" if each else "" for each in reasons)
    assert [line for line in result.outlines if line.startswith("test_") and "::" not in line] == [
        f"test_one{common}",
        f"test_two{own}",
        f"test_three{own or common}",
    ]


def test_help_is_printed_without_a_host(project: pytest.Pytester) -> None:
    assert project.runpytest_inprocess("--help", "--host=nosuch").ret == 0

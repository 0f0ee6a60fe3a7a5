"""`zigloop host`: versions of Zigbee2MQTT in the cache. npm is a script that makes files; `tox` runs the real one."""

from pathlib import Path

import pytest

from zigloop.testing.hosts import npm
from zigloop.testing.hosts.command import main

#: Called as: npm install --no-audit --no-fund --prefix FOLDER zigbee2mqtt@VERSION node@22.
NPM = """#!/bin/sh
PATH=/usr/bin:/bin
modules=$5/node_modules
mkdir -p $modules/zigbee2mqtt $modules/.bin
echo '{"version": "'${6#*@}'"}' >$modules/zigbee2mqtt/package.json
touch $modules/zigbee2mqtt/index.js
%s
touch $modules/.bin/node
"""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and no npm."""
    monkeypatch.delenv(npm.FOLDER, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path / "zigloop/zigbee2mqtt"


def put_npm(folder: Path, meanwhile: str = "") -> None:
    program = folder / "npm"
    program.write_text(NPM % meanwhile)
    program.chmod(0o755)


def test_the_default_version_is_installed_once(cache: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    put_npm(tmp_path)
    assert main(["install", "zigbee2mqtt"]) == 0
    folder = cache / npm.DEFAULT
    assert capfd.readouterr().out == f"zigbee2mqtt is installed in {folder}\n"
    assert npm.find() == npm.find(npm.DEFAULT) == folder
    put_npm(tmp_path, "exit 1")
    assert main(["install", f"zigbee2mqtt@{npm.DEFAULT}"]) == 0
    assert [path.name for path in cache.iterdir()] == [npm.DEFAULT]


def test_versions_lie_beside_each_other(cache: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    put_npm(tmp_path)
    for version in ("2.2.1", "2.14.1"):
        assert main(["install", f"zigbee2mqtt@{version}"]) == 0
    assert npm.version_in(npm.find("2.2.1")) == "2.2.1"
    capfd.readouterr()
    assert main(["list"]) == 0
    listed = [line.split(maxsplit=1) for line in capfd.readouterr().out.splitlines()]
    assert listed == [["bridge", "installed"], ["zigbee2mqtt", "2.14.1, 2.2.1"]]


@pytest.mark.parametrize(
    ("meanwhile", "why"), [("exit 7", "npm ended with 7"), ("exit 0", "npm has not installed .bin/node")]
)
def test_an_installation_that_fails_leaves_nothing(
    cache: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], meanwhile: str, why: str
) -> None:
    put_npm(tmp_path, meanwhile)
    assert main(["install", "zigbee2mqtt@2.2.1"]) == 2
    assert capfd.readouterr().err == f"zigloop: {why}; its messages are above. Is the network there?\n"
    assert list(cache.iterdir()) == []


def test_an_installation_that_was_killed_is_not_taken_for_one(
    cache: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """npm kills the whole command when it is half done."""
    put_npm(tmp_path, "cp -r $5 $5/../../half; exit 1")
    assert main(["install", "zigbee2mqtt@2.2.1"]) == 2
    (cache / "half").rename(cache / "2.2.1")
    assert npm.installed() == []
    put_npm(tmp_path)
    assert main(["install", "zigbee2mqtt@2.2.1"]) == 0
    assert npm.installed() == ["2.2.1"]


@pytest.mark.parametrize(
    ("host", "why"),
    [
        ("zigbee2mqtt", "npm isn't installed (Debian: apt-get install npm; https://nodejs.org); install it first"),
        ("zigbee2mqtt@latest", "latest is not a version of Zigbee2MQTT: write it as in 2.14.1"),
        ("zigbee2mqtt@../2.2.1", "../2.2.1 is not a version of Zigbee2MQTT: write it as in 2.14.1"),
        ("zha", "no host is called 'zha'; known: bridge, zigbee2mqtt"),
        ("bridge@1", "the host bridge has no versions to choose from; leave out @1"),
    ],
)
def test_what_cannot_be_installed(cache: Path, capsys: pytest.CaptureFixture[str], host: str, why: str) -> None:
    assert main(["install", host]) == 2
    assert capsys.readouterr().err == f"zigloop: {why}\n"
    assert not cache.exists()


def test_a_host_that_is_no_program_of_its_own_is_there(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["install", "bridge"]) == 0
    assert capsys.readouterr().out == "bridge is installed\n"


def test_the_list_names_the_command_that_installs(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    assert "not installed; install it with zigloop host install zigbee2mqtt\n" in capsys.readouterr().out

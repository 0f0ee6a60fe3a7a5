"""Devices by name and address, and their options."""

from pathlib import Path

import pytest

from zigloop_bridge.config.file import ConfigFile
from zigloop_bridge.directory import Directory
from zigloop_bridge.zigbee.device import COORDINATOR, Device

COORDINATOR_IEEE, PLUG, LAMP = "0x00124b0000000001", "0x00158d0001000001", "0x00158d0001000002"


@pytest.fixture
def directory(tmp_path: Path) -> Directory:
    """A network of a coordinator and two devices, of which one has a name; a third has left."""
    settings = {
        "device_options": {"retain": True, "qos": 1},
        "devices": {PLUG: {"friendly_name": "hall/plug", "qos": 2}, "0x00158d0001000003": {"friendly_name": "gone"}},
    }
    directory = Directory(ConfigFile.from_dict(settings, data_path=tmp_path))
    directory.devices[COORDINATOR_IEEE] = Device(COORDINATOR_IEEE, 0, type=COORDINATOR)
    for number, ieee in enumerate((PLUG, LAMP), 1):
        directory.devices[ieee] = Device(ieee, number)
    directory.start()
    return directory


def saved(folder: Path) -> dict[str, dict[str, object]]:
    return ConfigFile.load(folder / "configuration.yaml").config.devices


@pytest.mark.parametrize(
    ("identity", "ieee"),
    [
        ("hall/plug", PLUG),
        (PLUG, PLUG),
        (LAMP, LAMP),
        ("Coordinator", COORDINATOR_IEEE),
        (COORDINATOR_IEEE, COORDINATOR_IEEE),
        ("gone", None),
        ("hall", None),
        ("", None),
    ],
)
def test_find(directory: Directory, identity: str, ieee: str | None) -> None:
    found = directory.find(identity)
    assert (found and found.ieee) == ieee


def test_names_and_options(directory: Directory) -> None:
    plug, lamp = directory.devices[PLUG], directory.devices[LAMP]
    assert directory.names() == [COORDINATOR_IEEE, "hall/plug", LAMP]
    assert directory.options(plug) == {"friendly_name": "hall/plug", "retain": True, "qos": 2}
    assert directory.options(lamp) == {"friendly_name": LAMP, "retain": True, "qos": 1}
    assert directory.own_options(plug) == {"qos": 2}


def test_each_change_is_seen_at_once_and_saved(directory: Directory, tmp_path: Path) -> None:
    plug = directory.devices[PLUG]
    directory.rename(plug, "plug")
    assert directory.name(plug) == "plug"
    assert directory.find("plug") is plug
    assert directory.find("hall/plug") is None
    directory.set_options(plug, {"debounce": 1})
    assert directory.options(plug) == {"friendly_name": "plug", "retain": True, "qos": 1, "debounce": 1}
    assert saved(tmp_path)[PLUG] == {"friendly_name": "plug", "debounce": 1}
    directory.remove(plug)
    assert directory.name(plug) == PLUG
    assert directory.find("plug") is None
    assert PLUG not in saved(tmp_path)


def test_a_device_that_joins_gets_its_address_as_name(directory: Directory, tmp_path: Path) -> None:
    new = directory.devices["0x00158d0001000004"] = Device("0x00158d0001000004", 4)
    directory.joined(new)
    assert directory.last_joined == new.ieee
    assert saved(tmp_path)[new.ieee] == {"friendly_name": new.ieee}


def test_a_device_that_comes_back_has_its_name(directory: Directory) -> None:
    gone = directory.devices["0x00158d0001000003"] = Device("0x00158d0001000003", 3)
    directory.joined(gone)
    assert directory.find("gone") is gone


@pytest.mark.parametrize(
    ("name", "taken"),
    [("hall/plug", True), (LAMP, True), ("Coordinator", True), ("gone", True), ("plug", False)],
)
def test_names_that_are_taken(directory: Directory, name: str, taken: bool) -> None:
    assert directory.is_taken(name) is taken

"""The walls of docs/architecture.md, by room: on imports, those inside functions and under TYPE_CHECKING included.

A room is a folder below `sim/zigloop` or `bridge/zigloop_bridge`, or a module that lies beside the folders.
"""

import ast
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.support.imports import Module, circles, modules, within
from tests.support.paths import ROOT

#: Which rooms each room may import. `events` and `air` are two sides of one thing: an event has frames and links.
SIM = {
    "lazy": "",
    "jsonfile": "",
    "controls": "events",
    "events": "air",
    "loopback": "",
    "clock": "events loopback",
    "pace": "clock",
    "air": "controls events",
    "zcl": "air",
    "node": "air zcl",
    "device": "air controls events node zcl",
    "lumi": "air controls device node zcl",
    "devices": "air controls device lumi node zcl",
    "products": "device",
    "coordinator": "air controls events node zcl",
    "capture": "air events zcl",
    "radio": "air capture controls coordinator events jsonfile node zcl",
    "bench": "air clock controls coordinator device devices events jsonfile products radio",
    "remote": "bench controls device events",
    "testing": "air bench capture clock controls coordinator device devices events lazy node pace radio zcl",
    "cli": "air bench capture clock controls coordinator device devices events pace radio remote",
    "__main__": "cli",
}
BRIDGE = {
    "errors": "",
    "status": "",
    "storage": "",
    "tasks": "",
    "config": "errors storage",
    "zcl": "",
    "converters": "zcl",
    "devices": "converters zcl",
    "pages": "converters devices",
    "mqtt": "config errors",
    "zigbee": "config converters devices errors storage tasks zcl",
    "extension": "converters zigbee",
    "directory": "config extension zigbee",
    "publishing": "config converters directory extension mqtt storage zcl zigbee",
    "requests": "config converters directory errors extension mqtt publishing status tasks zcl zigbee",
    "extensions": "config converters directory errors extension mqtt publishing requests status tasks zcl zigbee",
    "records": "config directory extension extensions mqtt publishing status zigbee",
    "app": "config directory errors extension extensions mqtt publishing records requests status tasks zigbee",
    "host": "app config errors mqtt storage zcl",
    "__main__": "app config errors",
}

LINES = 350
TEST_LINES = 500


def room(module: str) -> str:
    """The room that a module is in; "" for the package itself."""
    return module.split(".")[1] if "." in module else ""


def importing(package: str, *targets: str) -> set[str]:
    """The modules of one of our packages that import one of the targets or something in them."""
    return {each.name for each in modules(package).values() if any(within(name, *targets) for name in each.imports)}


@pytest.mark.parametrize(("package", "other"), [("zigloop", "zigloop_bridge"), ("zigloop_bridge", "zigloop")])
def test_simulator_and_bridge_meet_only_in_bytes(package: str, other: str) -> None:
    assert importing(package, other) == set()


@pytest.mark.parametrize(("package", "table"), [("zigloop", SIM), ("zigloop_bridge", BRIDGE)])
def test_a_room_imports_only_rooms_below_it(package: str, table: dict[str, str]) -> None:
    own = modules(package)
    assert {room(name) for name in own} - {""} <= set(table), "each room has its line in the table"
    found = {
        (each.name, room(name))
        for each in own.values()
        if room(each.name)
        for name in each.imports
        if within(name, package) and room(name) not in {"", room(each.name), *table[room(each.name)].split()}
    }
    assert found == set()


@pytest.mark.parametrize("package", ["zigloop", "zigloop.testing"])
def test_nothing_inside_imports_a_face(package: str) -> None:
    """What is exported for outsiders comes from the modules that define it."""
    found = [each.name for each in modules("zigloop").values() if package in each.imports]
    assert found == []


def test_only_the_zstack_family_knows_mt() -> None:
    inside = "zigloop.radio.zstack"
    registry = {"zigloop.radio", "zigloop.radio.families", "zigloop.bench"}
    found = {name for name in importing("zigloop", "zigpy_znp", inside) if not within(name, inside)}
    found |= importing("benchmarks", "zigpy_znp", inside)
    assert found - registry == set()
    assert importing("zigloop", "zigpy_znp") & registry == set()


def test_the_toy_family_and_the_coordinators_tests_know_no_family() -> None:
    found = importing("tests", "zigpy_znp", "zigloop.radio.zstack")
    assert {name for name in found if within(name, "tests.coordinator", "tests.support.toy_radio")} == set()


def test_families_of_radios_do_not_know_each_other() -> None:
    families = {path.name for path in (ROOT / "sim/zigloop/radio").iterdir() if (path / "__init__.py").exists()}
    assert "zstack" in families
    for family in families:
        others = [f"zigloop.radio.{other}" for other in families - {family}]
        assert [name for name in importing("zigloop", *others) if within(name, f"zigloop.radio.{family}")] == []


def test_only_test_kit_demo_and_bridge_know_mqtt() -> None:
    found = importing("zigloop", "gmqtt", "amqtt")
    assert [name for name in found if not within(name, "zigloop.testing", "zigloop.cli.demo")] == []
    found = importing("zigloop_bridge", "gmqtt", "amqtt")
    assert [name for name in found if not within(name, "zigloop_bridge.mqtt")] == []


#: Where a real clock may be read: the command line, and what hands it to the bridge.
REAL_CLOCK = ("zigloop.cli", "zigloop_bridge.app")


@pytest.mark.parametrize("package", ["zigloop", "zigloop_bridge"])
def test_time_and_chance_come_in_as_parameters(package: str) -> None:
    """Time from the event loop, chance from a `random.Random` with a seed; `clock` itself calls what it was given."""
    clock = {"time.time", "time.monotonic", "time.perf_counter", "datetime.now", "datetime.today", "date.today"}
    chance = {"random", "randint", "randrange", "choice", "choices", "shuffle", "sample", "uniform", "gauss", "seed"}
    never = {"time.sleep", "datetime.utcnow", *(f"random.{name}" for name in chance)}
    found = [
        f"{each.file}:{node.lineno} {called}"
        for each in modules(package).values()
        for node in ast.walk(ast.parse(each.path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        for called in [ast.unparse(node.func)]
        if called in never or (called in clock and not within(each.name, *REAL_CLOCK))
    ]
    assert found == []


def test_no_module_imports_itself_through_others() -> None:
    found = [
        circle
        for package in ("zigloop", "zigloop_bridge", "benchmarks")
        for circle in circles({name: each.imports for name, each in modules(package).items()})
    ]
    assert found == []


def too_long(files: Iterable[Path], lines: int) -> set[str]:
    return {
        path.relative_to(ROOT).as_posix()
        for path in files
        if len(path.read_text(encoding="utf-8").splitlines()) > lines
    }


def test_no_file_is_too_long() -> None:
    code = [path for folder in ("sim", "bridge", "benchmarks", "features") for path in (ROOT / folder).rglob("*.py")]
    assert too_long([*code, ROOT / "run.py"], LINES) | too_long((ROOT / "tests").rglob("*.py"), TEST_LINES) == set()


def is_test(module: Module) -> bool:
    return module.path.name.startswith("test_") or module.path.name == "conftest.py"


def test_no_test_imports_from_a_test() -> None:
    """What tests share is in `tests/support`, or beside them in a module that has no tests."""
    tests = {name for name, each in modules("tests").items() if is_test(each)}
    found = [f"{each.name} imports {name}" for each in modules("tests").values() for name in each.imports & tests]
    assert found == []

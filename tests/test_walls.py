"""The walls of docs/architecture.md, checked on the import statements."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def imports(file: Path) -> set[str]:
    """Every module that a file imports, at any level, with its full dotted name."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.update({node.module} | {f"{node.module}.{alias.name}" for alias in node.names})
    return found


def offenders(folder: str, *forbidden: str, beside: tuple[str, ...] = ()) -> list[str]:
    """Files below `folder` that import a forbidden module, leaving out those below `beside`."""
    files = sorted((ROOT / folder).rglob("*.py"))
    assert files, f"no Python below {folder}"
    return [
        f"{file.relative_to(ROOT)} imports {name}"
        for file in files
        if not any(file.is_relative_to(ROOT / out) for out in beside)
        for name in sorted(imports(file))
        if any(name == module or name.startswith(module + ".") for module in forbidden)
    ]


@pytest.mark.parametrize(("folder", "other"), [("sim", "bridge"), ("bridge", "sim")])
def test_sim_and_bridge_meet_only_in_bytes(folder: str, other: str) -> None:
    assert offenders(folder, other) == []


ZSTACK = "sim/zigloop/radio/zstack"


def test_only_a_family_knows_its_bytes() -> None:
    assert offenders("sim", "zigpy_znp", "zigloop.radio.zstack", beside=(ZSTACK,)) == []
    assert offenders("benchmarks", "zigloop.radio.zstack") == []


def test_the_coordinator_knows_no_family() -> None:
    assert offenders("sim/zigloop/coordinator", "zigloop.radio") == []
    assert offenders("tests/coordinator", "zigpy_znp", "zigloop.radio.zstack") == []
    toy = imports(ROOT / "tests/support/toy_radio.py")
    assert not [name for name in toy if name.startswith(("zigpy", "zigloop.radio.zstack"))]


def test_nothing_below_the_test_kit_and_the_command_line_knows_mqtt() -> None:
    assert offenders("sim", "gmqtt", "amqtt", beside=("sim/zigloop/testing", "sim/zigloop/cli")) == []


@pytest.mark.parametrize("folder", ["sim", "bridge"])
def test_time_and_chance_come_in_as_parameters(folder: str) -> None:
    calls = {
        "time.sleep",
        "datetime.now",
        "datetime.utcnow",
        "random.random",
        "random.randint",
        "random.choice",
    }
    found = [
        f"{file.relative_to(ROOT)}:{node.lineno} {ast.unparse(node.func)}"
        for file in sorted((ROOT / folder).rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in calls
    ]
    assert found == []

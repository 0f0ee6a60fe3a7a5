"""What outsiders may import: `zigloop` and `zigloop.testing`."""

import ast
import doctest
import importlib
import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import zigloop
import zigloop.controls
import zigloop.testing

FACES = [zigloop, zigloop.testing]
NAMES = [(face, name) for face in FACES for name in face.__all__]


def for_type_checkers(face: Any) -> dict[str, str]:
    """Module by name, of what the face imports under TYPE_CHECKING."""
    tree = ast.parse(Path(face.__file__).read_text(encoding="utf-8"))
    return {
        alias.asname or alias.name: str(node.module)
        for block in tree.body
        if isinstance(block, ast.If)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


@pytest.mark.parametrize(("face", "name"), NAMES, ids=lambda each: getattr(each, "__name__", each))
def test_what_is_exported_is_there_and_is_what_type_checkers_see(face: Any, name: str) -> None:
    module = importlib.import_module(for_type_checkers(face)[name])
    assert getattr(face, name) is getattr(module, name)


@pytest.mark.parametrize("face", FACES, ids=lambda face: face.__name__)
def test_each_face_lists_what_it_exports_once_and_in_order(face: Any) -> None:
    assert sorted(face.__all__) == sorted(for_type_checkers(face))
    assert len({*face.__all__}) == len(face.__all__)


@pytest.mark.parametrize(("face", "name"), NAMES, ids=lambda each: getattr(each, "__name__", each))
def test_what_is_exported_is_documented(face: Any, name: str) -> None:
    assert f"`{name}`" in face.__doc__ or f"{name}(" in face.__doc__ or f": {name}" in face.__doc__
    value = getattr(face, name)
    if inspect.isclass(value) or inspect.isroutine(value):
        assert inspect.getdoc(value)


@pytest.mark.parametrize("face", FACES, ids=lambda face: face.__name__)
def test_other_names_raise_attribute_error(face: Any) -> None:
    with pytest.raises(AttributeError, match=f"module '{face.__name__}' has no attribute 'Nonsense'"):
        _ = face.Nonsense


@pytest.mark.parametrize("package", [zigloop, zigloop.controls], ids=lambda package: package.__name__)
def test_the_example_in_the_docstring_runs(package: Any) -> None:
    failed, tried = doctest.testmod(package)
    assert tried > 2
    assert not failed


def test_importing_a_face_loads_nothing_heavy() -> None:
    code = "import sys, zigloop, zigloop.testing.plugin; print(sorted({'zigpy', 'gmqtt', 'rich'} & {*sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "[]\n"

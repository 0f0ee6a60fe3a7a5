"""The signatures of fixtures in docs/features.md are those of the classes."""

import ast
import inspect
import re
import typing

import pytest

from tests.support.paths import ROOT
from zigloop import Bench, Device
from zigloop.testing import Host, Mqtt, World

TYPES: dict[str, type] = {"bench": Bench, "device": Device, "host": Host, "mqtt": Mqtt, "world": World}
SECTION = (ROOT / "docs/features.md").read_text(encoding="utf-8").partition("\n## Fixtures\n")[2].partition("\n## ")[0]
CODE = [line.partition("  #")[0] for line in SECTION.split("```")[1].splitlines()[1:]]


def names(annotation: object) -> str:
    """An annotation as code writes it."""
    return re.sub(r"\b(?:\w+\.)+(?=\w)", "", inspect.formatannotation(annotation)).replace("NoneType", "None")


def test_each_fixture_is_listed() -> None:
    assert {line.partition(".")[0] for line in CODE} == set(TYPES)


@pytest.mark.parametrize("line", CODE)
def test_a_listed_signature_is_that_of_the_class(line: str) -> None:
    """A class may have more parameters that have a default."""
    match = re.fullmatch(r"(\w+)\.(\w+)(\(.*\).*)", line)
    assert match is not None
    fixture, method, signature = match.groups()
    (listed,) = ast.parse(f"def it{signature}: ...").body
    assert isinstance(listed, ast.FunctionDef)
    function = getattr(TYPES[fixture], method)
    actual = inspect.signature(function)
    types = typing.get_type_hints(function)
    arguments = listed.args
    shown = [*arguments.args, *arguments.kwonlyargs, *filter(None, (arguments.vararg, arguments.kwarg))]
    for each in shown:
        assert each.annotation is not None
        assert names(types[each.arg]) == ast.unparse(each.annotation), each.arg
    defaults = dict(zip([each.arg for each in reversed(arguments.args)], reversed(arguments.defaults), strict=False))
    defaults |= {
        each.arg: value for each, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if value
    }
    for name, parameter in actual.parameters.items():
        if name in defaults:
            assert parameter.default == ast.literal_eval(defaults[name]), name
        elif name not in {"self", *(each.arg for each in shown)}:
            assert parameter.default is not parameter.empty, f"{name} is needed, but not listed"
    if listed.returns is not None:
        assert names(types["return"]) == ast.unparse(listed.returns)

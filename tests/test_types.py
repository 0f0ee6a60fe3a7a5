"""The types that users meet: the generated ones of products, and the documentation's examples under mypy strict."""

import re
import subprocess
import sys
import textwrap
from importlib.util import find_spec
from pathlib import Path

import pytest

import zigloop.testing
from tests.support.paths import ROOT
from zigloop import products
from zigloop.device.registry import PRODUCTS
from zigloop.device.stub import FILE, stub

README = re.findall(r"(?ms)^```python\n(.*?)^```", (ROOT / "README.md").read_text(encoding="utf-8"))
PACKAGE = str(zigloop.testing.__doc__).partition("for annotations:\n")[2].partition("\n|")[0]
#: What type checkers refuse, with the beginning of mypy's message.
MISTAKES = """
from zigloop import Bench
from zigloop.products import LLKZMK11LM, ZNCZ02LM

def mistakes(bench: Bench, relay: LLKZMK11LM) -> None:
    plug: ZNCZ02LM = bench.add("ZNCZ02LM", "plug", firmware="02-28-2017", reads_time=True)
    plug.draw("much")  # Argument 1 to "draw" of "ZNCZ02LM" has incompatible type
    plug.pres()  # "ZNCZ02LM" has no attribute "pres"
    plug.report("nothing")  # Argument 1 to "report" of "ZNCZ02LM" has incompatible type
    relay.press()  # Missing positional argument "channel" in call to "press" of "LLKZMK11LM"
    bench.add(f"{plug.model}").press()  # "Device" has no attribute "press"
"""


def test_the_types_of_products_are_those_of_their_controls() -> None:
    assert FILE.read_text(encoding="utf-8") == stub(), "write it with: python sim/zigloop/device/stub.py"


def test_the_types_are_there_when_a_program_runs() -> None:
    for model, product in PRODUCTS.items():
        assert getattr(products, model) is product
    with pytest.raises(AttributeError, match="has no attribute 'NOSUCH'"):
        _ = products.NOSUCH  # type: ignore[attr-defined]


def mypy(folder: Path, code: str) -> list[str]:
    """The errors of mypy strict, as line number and message."""
    if find_spec("mypy") is None:
        pytest.skip("mypy isn't installed: run tox -e types")
    (folder / "test_example.py").write_text(code, encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "test_example.py"]
    # Without a path of its own it takes the installed package, of which it reports no errors.
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return [line.removeprefix("test_example.py:") for line in done.stdout.splitlines()]


@pytest.mark.slow
def test_the_examples_pass_mypy_strict_and_mistakes_do_not(tmp_path: Path) -> None:
    """In one run, since mypy reads all of zigloop first."""
    fixtures = [each for each in README if "def test_" in each]
    code = "\n".join([*fixtures, textwrap.dedent(PACKAGE).replace("def test_", "def test_package_"), MISTAKES])
    assert code.count("def test_") == 2
    expected = [
        (str(number), line.partition("  # ")[2]) for number, line in enumerate(code.splitlines(), 1) if "  # " in line
    ]
    found = [tuple(each.split(": error: ")) for each in mypy(tmp_path, code)]
    assert [number for number, _ in found] == [number for number, _ in expected]
    assert all(message.startswith(begin) for (_, message), (_, begin) in zip(found, expected, strict=True))

"""The wheel beside a project that has packages called `sim` and `bridge` of its own, and the editable install."""

import importlib.metadata
import json
import os
import subprocess
import sys
import sysconfig
import textwrap
import venv
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.support.paths import ROOT

PROJECT = {
    "pyproject.toml": """
        [tool.pytest.ini_options]
        pythonpath = ["."]
        filterwarnings = ["error"]
        """,
    "sim/__init__.py": "",
    "sim/radio.py": "CHANNELS = range(11, 27)\n",
    "bridge/__init__.py": "from sim.radio import CHANNELS\n\nFIRST = CHANNELS[0]\n",
    "features/plug.feature": """
        Feature: My plug
          Scenario: Its button switches it
            Given a ZNCZ02LM called plug has joined
            When the button of plug is pressed
            Then plug publishes {"state": "ON"}
        """,
    "tests/test_own.py": """
        from pathlib import Path

        import bridge
        import sim
        import zigloop
        import zigloop_bridge
        from pytest_bdd import scenarios

        scenarios("../features")

        PROJECT = Path(__file__).parents[1]

        def test_our_packages_are_ours():
            assert Path(sim.__file__).parent == PROJECT / "sim"
            assert Path(bridge.__file__).parent == PROJECT / "bridge"
            assert bridge.FIRST == 11

        def test_zigloop_is_the_wheel():
            assert "site-packages" in zigloop.__file__
            assert "site-packages" in zigloop_bridge.__file__

        def test_with_a_bench(bench, world, mqtt):
            plug = bench.add("ZNCZ02LM", "plug")
            world.join(plug)
            mqtt.publish("plug/set", {"state": "ON"})
            mqtt.eventually("plug", {"state": "ON"})
        """,
}


def run(*command: str | Path, folder: Path) -> str:
    """Run a program that has to succeed; what it wrote."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "PYTHON"))}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def have_hatchling() -> None:
    try:
        importlib.metadata.version("hatchling")
    except importlib.metadata.PackageNotFoundError:
        if "CI" in os.environ:
            raise
        pytest.skip("hatchling isn't installed: pip install -e '.[dev]'")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    have_hatchling()
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, folder=ROOT)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_has_our_two_packages_and_nothing_else(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"zigloop", "zigloop_bridge"}
    assert {"zigloop/py.typed", "zigloop_bridge/py.typed"} <= {*names}
    sources = {path.relative_to(ROOT / folder).as_posix() for folder in ("sim", "bridge") for path in python(folder)}
    assert sources == {name for name in names if name.endswith(".py")}


def python(folder: str) -> list[Path]:
    return [*(ROOT / folder).rglob("*.py")]


@pytest.mark.slow
def test_a_project_with_a_sim_and_a_bridge_of_its_own(wheel: Path, tmp_path: Path) -> None:
    """What zigloop needs comes from the environment of this run.

    Our editable install there is out of sight: Python reads `.pth` files in the new environment's own folder only.
    """
    environment, project = tmp_path / "environment", tmp_path / "project"
    venv.create(environment, with_pip=False, symlinks=True)
    interpreter = environment / "bin" / "python"
    (site,) = environment.glob("lib/python*/site-packages")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", interpreter]
    run(*pip, "install", "--quiet", "--no-index", "--no-deps", wheel, folder=tmp_path)
    (site / "theirs.pth").write_text(sysconfig.get_path("purelib") + "\n")
    for name, text in PROJECT.items():
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
    assert "4 passed" in run(interpreter, "-m", "pytest", "-q", folder=project)
    assert "ZNCZ02LM" in run(environment / "bin" / "zigloop", "devices", folder=project)


def test_the_editable_install_is_two_path_entries() -> None:
    """So mypy, pyright and IDEs follow it, which import hooks would hide from them."""
    distribution = importlib.metadata.distribution("zigloop")
    url = distribution.read_text("direct_url.json")
    if url is None or not json.loads(url).get("dir_info", {}).get("editable"):
        pytest.skip("zigloop isn't installed as an editable here")
    files = [file for file in distribution.files or () if file.suffix in (".pth", ".py")]
    assert [file.suffix for file in files] == [".pth"]
    assert files[0].read_text().split() == [str(ROOT / "bridge"), str(ROOT / "sim")]

"""The command `zigloop`: its own commands, and those that other packages add."""

import os
import subprocess
import sys
from importlib.metadata import EntryPoint, entry_points, version
from pathlib import Path

import pytest

from zigloop import cli
from zigloop.cli import main

HELP = {
    "serve": "serve a radio with devices on a port",
    "demo": "watch a plug join the bridge through a fake radio",
    "devices": "list the products and their controls",
    "bridge": "run the bridge until it is interrupted",
    "page": "check our definition of a product against its page",
    "host": "install and list hosts for tests",
    "steps": "list the sentences of features",
}


def test_the_help_lists_all_commands_each_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["--help"])
    assert exit_.value.code == 0
    output = capsys.readouterr().out
    assert output.startswith("usage: zigloop ")
    for command, help_ in HELP.items():
        assert f"    {command:<10}{help_}" in output


def test_the_version_is_that_of_the_distribution(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["--version"])
    assert exit_.value.code == 0
    assert capsys.readouterr().out == f"zigloop {version('zigloop')}\n"


@pytest.mark.parametrize("argument", ["--help", "devices"])
def test_a_list_is_printed_without_loading_zigpy_or_the_bridge(argument: str) -> None:
    code = (
        "import sys; from zigloop.cli import main\n"
        f"try: main([{argument!r}])\n"
        "finally: print(sorted({'zigpy', 'zigpy_znp', 'gmqtt', 'rich', 'zigloop_bridge.config'} & {*sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.endswith("\n[]\n")


@pytest.mark.parametrize("command", HELP)
def test_each_command_has_help_under_its_name(capsys: pytest.CaptureFixture[str], command: str) -> None:
    with pytest.raises(SystemExit) as exit_:
        main([command, "--help"])
    assert exit_.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: zigloop {command} ")


def test_the_exit_code_of_another_package_s_command_is_ours(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["page", "no-such-page.md"]) == 2
    assert "no-such-page.md can't be read" in capsys.readouterr().err


def test_an_unknown_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["sreve"])
    assert exit_.value.code == 2
    assert "zigloop: error: argument COMMAND: invalid choice: 'sreve'" in capsys.readouterr().err


def test_another_package_s_command_that_cannot_be_loaded(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    values = {"gone": "not_installed.cli:main", "old": "ast:no_main"}
    broken = [EntryPoint(name, value, cli.COMMANDS) for name, value in values.items()]
    monkeypatch.setattr(cli, "entry_points", lambda group: broken)
    assert main(["gone"]) == 2
    assert main(["old"]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "zigloop: the command gone can't be loaded from not_installed.cli:main: No module named 'not_installed'",
        "zigloop: the command old can't be loaded from ast:no_main: module 'ast' has no attribute 'no_main'",
    ]


@pytest.mark.parametrize("arguments", [["devices"], ["page", "--feature", "tests/pages/ZNCZ02LM.md"]])
def test_a_reader_that_has_read_enough(arguments: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    program = [sys.executable, "-m", "zigloop", *arguments]
    root = Path(__file__).parents[2]
    with open(writing, "wb") as closed:
        done = subprocess.run(
            program, stdout=closed, stderr=subprocess.PIPE, text=True, cwd=root, timeout=60, check=False
        )
    assert (done.returncode, done.stderr) == (141, "")


def test_the_script_and_the_module_are_the_same_command() -> None:
    (script,) = entry_points(group="console_scripts", name="zigloop")
    assert script.load() is main
    module = [sys.executable, "-m", "zigloop", "devices"]
    program = [str(Path(sys.executable).with_name("zigloop")), "devices"]
    if not Path(program[0]).exists():
        pytest.skip("zigloop's script isn't beside this Python")
    outputs = [subprocess.run(each, capture_output=True, timeout=60, check=True).stdout for each in (module, program)]
    assert outputs[0] == outputs[1]

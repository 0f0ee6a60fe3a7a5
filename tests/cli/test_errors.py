"""Errors of the command line: one sentence, exit code 2, no traceback."""

import errno
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from zigloop.cli import main
from zigloop.device.registry import PRODUCTS

PACES = 'a number greater than 0 (1 is real time, 60 a minute a second), or "max"'


@pytest.fixture
def taken() -> Iterator[str]:
    """An address that is in use."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


def complaint(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run the command line, which has to fail; its message without the name of the command."""
    assert main(list(arguments)) == 2
    (line,) = capsys.readouterr().err.splitlines()
    return line.removeprefix("zigloop: ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--tcp", "127.0.0.1:0", "--pty", "/tmp/tty"],
            ("--tcp and --pty exclude each other: a radio has one port; give one of them, or start a second radio"),
        ),
        (
            ["--device", "ZNCZ2LM"],
            (
                "--device ZNCZ2LM: no product is called 'ZNCZ2LM' (did you mean ZNCZ02LM?); "
                f"the products are {', '.join(PRODUCTS)}"
            ),
        ),
        *(
            (["--pace", pace], f"--pace: the pace must be {PACES}, not {pace}")
            for pace in ("0", "-1", "nan", "inf", "fast")
        ),
        (["--device", "=ZNCZ02LM"], "--device =ZNCZ02LM: write MODEL or NAME=MODEL, as in plug=ZNCZ02LM"),
        (["--device", "plug="], "--device plug=: write MODEL or NAME=MODEL, as in plug=ZNCZ02LM"),
        (
            ["--device", "help=ZNCZ02LM"],
            "--device help=ZNCZ02LM: help is a command of the prompt; give the device another name",
        ),
        (
            ["--device", "a=ZNCZ02LM", "--device", "a=ZNCZ02LM"],
            "--device a=…: two devices are called a; give each its own name",
        ),
        (
            ["--device", "ZNCZ02LM,firmware"],
            "--device ZNCZ02LM,firmware: write KEY=VALUE after the comma, as in firmware=02-28-2017",
        ),
        (
            ["--device", "ZNCZ02LM,firmware=1"],
            ("--device ZNCZ02LM,firmware=1: ZNCZ02LM has no firmware '1'; known ones are 09-04-2018, 02-28-2017"),
        ),
        (
            ["--device", "ZNCZ02LM,reports_0xf000=perhaps"],
            "--device ZNCZ02LM,reports_0xf000=perhaps: reports_0xf000 must be yes or no, not perhaps",
        ),
        (
            ["--device", "Radio=ZNCZ02LM"],
            "--device Radio=ZNCZ02LM: the bench has its own radio; give the device another name",
        ),
        (
            ["--device", "ZNCZ02LM,color=yes"],
            (
                "--device ZNCZ02LM,color=yes: ZNCZ02LM has no option 'color'; "
                "its options are firmware, reports_0xf000, refuses_power_outage_memory_read, "
                "introduces_itself, reads_time, stray_byte_in_heartbeat"
            ),
        ),
        (
            ["--tcp", "6638"],
            "--tcp 6638: write HOST:PORT, as in 127.0.0.1:6638 (an IPv6 address in brackets)",
        ),
        (
            ["--tcp", "localhost:99999"],
            "--tcp localhost:99999: write HOST:PORT, as in 127.0.0.1:6638 (an IPv6 address in brackets)",
        ),
        (
            ["--control", "::1:6639"],
            "--control ::1:6639: write HOST:PORT, as in 127.0.0.1:6638 (an IPv6 address in brackets)",
        ),
        (["--tcp", ""], "--tcp : write HOST:PORT, as in 127.0.0.1:6638 (an IPv6 address in brackets)"),
        (["--pty", ""], "--pty needs the path of the serial port, as in /tmp/ttyZigbee"),
        (["--baud", "-1"], "--baud must be 0 or more, not -1"),
        (
            ["--state", "/nowhere/at/all"],
            "--state /nowhere/at/all: the directory /nowhere/at does not exist; create it first",
        ),
    ],
)
def test_invalid_arguments(capsys: pytest.CaptureFixture[str], arguments: list[str], message: str) -> None:
    if not {"--tcp", "--pty"} & {*arguments}:
        arguments += ["--tcp", "127.0.0.1:0"]
    assert complaint(capsys, "serve", *arguments) == message


def test_a_port_in_use(capsys: pytest.CaptureFixture[str], taken: str) -> None:
    said = complaint(capsys, "serve", "--tcp", taken)
    assert said == f"--tcp {taken}: the port is in use; stop the program that uses it, or give another port"
    said = complaint(capsys, "serve", "--tcp", "127.0.0.1:0", "--control", taken)
    assert said.startswith(
        f"--control {taken}: the port is in use; stop the program that uses it, or give another port"
    )
    assert said.endswith(', or "--control off"')


def test_an_address_of_another_machine(capsys: pytest.CaptureFixture[str]) -> None:
    cause = os.strerror(errno.EADDRNOTAVAIL)
    said = complaint(capsys, "serve", "--tcp", "192.0.2.1:6638")
    assert said == f"--tcp 192.0.2.1:6638: cannot listen there ({cause}); give another address"
    said = complaint(capsys, "serve", "--tcp", "127.0.0.1:0", "--control", "192.0.2.1:6638")
    assert said.startswith(f"--control 192.0.2.1:6638: cannot listen there ({cause}); give another address")


def test_a_pty_path_that_exists(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "ttyZigbee"
    path.write_text("precious")
    said = complaint(capsys, "serve", "--pty", str(path))
    assert said == f"--pty {path}: the path already exists; remove it, or give another path"
    assert path.read_text() == "precious"
    said = complaint(capsys, "serve", "--pty", str(tmp_path / "no" / "tty"))
    assert said == f"--pty {tmp_path}/no/tty: cannot be created (No such file or directory)"


def test_invalid_state_files(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    state = tmp_path / "state"
    devices = tmp_path / "state.devices"
    state.write_text("rubbish")
    assert complaint(capsys, "serve", "--state", str(state)).startswith(
        f"--state {state}: {state} is not a radio's state"
    )
    assert state.read_text() == "rubbish"
    state.unlink()
    devices.write_text("rubbish")
    assert f"{devices} is not the state of a bench's devices" in complaint(capsys, "serve", "--state", str(state))
    devices.write_text('{"format": 1, "devices": {"plug": {"model": "X", "ieee": 1, "powered": true, "node": {}}}}')
    said = complaint(capsys, "serve", "--state", str(state), "--device", "ZNCZ02LM", "--tcp", "127.0.0.1:0")
    assert said == f"--device ZNCZ02LM: plug is a X in {devices}, not a ZNCZ02LM"


def test_a_device_s_state_that_does_not_fit(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    state = '{"format": 1, "devices": {"plug": {"model": "ZNCZ02LM", "ieee": 1, "powered": true, "node": {}}}}'
    (tmp_path / "state.devices").write_text(state)
    said = complaint(
        capsys, "serve", "--state", str(tmp_path / "state"), "--device", "ZNCZ02LM", "--tcp", "127.0.0.1:0"
    )
    assert said.startswith(f"--device ZNCZ02LM: the state of plug in {tmp_path}/state.devices doesn't fit (KeyError: ")
    assert json.loads((tmp_path / "state.devices").read_text()) == json.loads(state)


def test_state_files_that_cannot_be_read_or_written(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    said = complaint(capsys, "serve", "--tcp", "127.0.0.1:0", "--state", str(tmp_path))
    assert said == f"--state {tmp_path}: cannot be read (Is a directory)"
    precious = tmp_path / "precious"
    precious.write_text("{}")
    precious.chmod(0o444)
    said = complaint(capsys, "serve", "--tcp", "127.0.0.1:0", "--state", str(precious))
    assert said == f"--state {precious}: cannot be written (Permission denied)"
    assert precious.read_text() == "{}"


def test_a_missing_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main([])
    assert exit_.value.code == 2
    assert "COMMAND" in capsys.readouterr().err


def test_devices(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["devices"]) == 0
    said = capsys.readouterr().out
    assert "ZNCZ02LM  Xiaomi Mi power plug ZigBee (lumi.plug)" in said
    draw = ["draw", "WATTS", "Set the appliance's power, which it draws while the relay is on."]
    assert draw in [line.split(maxsplit=2) for line in said.splitlines()]
    assert all(f"{model}  " in said for model in PRODUCTS)
    assert "refuses_power_outage_memory_read=yes" in said


def test_devices_lists_radio_line_and_air_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["devices"]) == 0
    shown = capsys.readouterr().out
    product, rest = shown.split("\nradio  the fake coordinator\n")
    assert "hang SECONDS" in rest
    assert "\nline  the serial line between radio and host\n" in rest
    assert "\nair  what lies between radio and devices\n" in rest
    assert rest.count("babble RATE SECONDS") == 1  # controls of every device are listed once
    assert "babble" not in product

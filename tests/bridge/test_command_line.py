"""`zigloop bridge`: an error is one sentence for the user, and exit code 2."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from zigloop_bridge.__main__ import main


def run(folder: Path, text: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    (folder / "configuration.yaml").write_text(text)
    return subprocess.run(
        [sys.executable, "-m", "zigloop_bridge", "--config", str(folder / "configuration.yaml"), *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def closed_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def test_a_wrong_configuration(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "configuration.yaml"
    path.write_text("serial:\n  prot: x\n")
    assert main(["--config", str(path)]) == 2
    assert capsys.readouterr().err.startswith("zigloop bridge: configuration.yaml, line 2: unknown key 'serial.prot'")


def test_no_configuration(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--config", str(tmp_path / "configuration.yaml")]) == 2
    assert "can't be read: No such file" in capsys.readouterr().err


def test_no_radio_named(tmp_path: Path) -> None:
    done = run(tmp_path, "mqtt: {server: 'mqtt://127.0.0.1:1'}\n")
    assert done.returncode == 2
    assert "serial.port is missing" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("port", ["/dev/nosuch", "tcp://127.0.0.1:{closed}"])
def test_no_radio_there(tmp_path: Path, port: str) -> None:
    port = port.format(closed=closed_port())
    done = run(tmp_path, f"serial: {{port: '{port}'}}\n", "--broker", "127.0.0.1:0")
    assert done.returncode == 2
    assert f"zigloop bridge: The radio at {port} failed to start: " in done.stderr
    assert "Traceback" not in done.stderr


def test_the_embedded_brokers_port_is_taken(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = run(tmp_path, "serial: {port: /dev/nosuch}\n", "--broker", address)
    assert done.returncode == 2
    assert f"can't listen on {address}: this address is in use by another program" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_address_for_the_broker_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--broker", "1883"])
    assert "argument --broker: '1883' isn't HOST:PORT" in capsys.readouterr().err

"""`zigloop serve` as a program of its own."""

import contextlib
import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PING = bytes.fromhex("fe00210120")


class Served:
    """A running `serve`."""

    def __init__(self, *arguments: str, stdin: int = subprocess.DEVNULL) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "zigloop", "serve", "--control", "127.0.0.1:0", *arguments],
            cwd=ROOT,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.patience = threading.Timer(60, self.process.kill)  # so that a wait for a missing line fails
        self.patience.start()
        self.port = self.until(r"^port     (\S+) ")
        self.control = int(self.until(r"^control  127\.0\.0\.1:(\d+)$"))

    def until(self, pattern: str) -> str:
        """Read on until a line matches; its first group."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if match := re.search(pattern, line):
                return match.group(1) if match.groups() else match.group()
        assert self.process.stderr is not None
        raise AssertionError(f"serve ended without saying {pattern!r}: {self.process.stderr.read()}")

    def say(self, *lines: str) -> list[dict[str, Any]]:
        """Lines to the control socket, and its answers."""
        with socket.create_connection(("127.0.0.1", self.control)) as connection:
            connection.sendall("".join(f"{line}\n" for line in lines).encode())
            connection.shutdown(socket.SHUT_WR)
            with connection.makefile() as answers:
                return [json.loads(answer) for answer in answers]

    def stop(self, how: int = signal.SIGTERM) -> None:
        self.process.send_signal(how)
        out, err = self.process.communicate(timeout=20)
        assert (self.process.returncode, err) == (0, ""), out
        assert out.splitlines()[-1] == "stopped"


@contextlib.contextmanager
def serve(*arguments: str, stdin: int = subprocess.DEVNULL) -> Iterator[Served]:
    served = Served(*arguments, stdin=stdin)
    try:
        yield served
    finally:
        served.patience.cancel()
        if served.process.poll() is None:
            served.process.kill()
        served.process.communicate()


def ping(url: str) -> bytes:
    """The first bytes of the radio's response to a SYS_PING."""
    host, port = url.removeprefix("socket://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(PING)
        return connection.recv(64)


def test_it_serves_a_radio_and_its_controls() -> None:
    with serve("--tcp", "127.0.0.1:0", "--device", "ZNCZ02LM", "--device", "lamp=ZNCZ02LM") as served:
        assert ping(served.port).startswith(b"\xfe\x02\x61\x01")
        devices, press, wrong, refused = served.say(
            "devices", "lamp press", "lamp jump", "GET / HTTP/1.1", "lamp press"
        )
        assert [each["name"] for each in devices["devices"]] == ["plug", "lamp"]
        assert all(each["pairing"] for each in devices["devices"])
        assert (press["ok"], press["state"]["on"]) == (True, True)
        assert (wrong["ok"], wrong["error"].startswith("lamp (ZNCZ02LM) has no control 'jump'")) == (
            False,
            True,
        )
        assert refused == {"ok": False, "error": "this is not a web server"}
        assert served.say("", "état", "x" * 5000)[-1]["ok"] is False
        served.stop(signal.SIGINT)


def test_a_default_name_is_not_one_given_to_another_device() -> None:
    with serve("--tcp", "127.0.0.1:0", "--device", "ZNCZ02LM", "--device", "plug=ZNCZ02LM") as served:
        (devices,) = served.say("devices")
        assert [each["name"] for each in devices["devices"]] == ["plug2", "plug"]
        served.stop()


def test_it_keeps_running_when_its_output_is_closed() -> None:
    with serve("--tcp", "127.0.0.1:0", "--device", "ZNCZ02LM", "--log-frames") as served:
        assert served.process.stdout is not None
        served.process.stdout.close()
        assert ping(served.port).startswith(b"\xfe\x02\x61\x01")
        assert ping(served.port).startswith(b"\xfe\x02\x61\x01")
        served.process.send_signal(signal.SIGTERM)
        assert served.process.wait(20) == 0
        assert served.process.stderr is not None
        assert served.process.stderr.read() == ""
        served.process.stdout = None


def test_no_pair_and_log_frames() -> None:
    with serve("--tcp", "127.0.0.1:0", "--device", "ZNCZ02LM", "--no-pair", "--log-frames") as served:
        served.until("is not in a network")
        ping(served.port)
        served.until("(?i)ping")
        served.stop()


def test_a_serial_port_and_a_state(tmp_path: Path) -> None:
    link, state = tmp_path / "ttyZigbee", tmp_path / "state"
    arguments = ("--pty", str(link), "--state", str(state), "--device", "ZNCZ02LM", "--baud", "0")
    with serve(*arguments) as served:
        descriptor = os.open(link, os.O_RDWR | os.O_NOCTTY)
        try:
            os.write(descriptor, PING)
            assert os.read(descriptor, 64).startswith(b"\xfe\x02\x61\x01")
        finally:
            os.close(descriptor)
        (answer,) = served.say("plug press")
        served.stop()
    assert not link.is_symlink()
    with serve(*arguments) as served:
        (again,) = served.say("state plug")
        assert again["state"] == answer["state"]
        served.stop()


def test_a_prompt_on_a_terminal() -> None:
    terminal, stdin = pty.openpty()
    try:
        with serve("--tcp", "127.0.0.1:0", "--device", "ZNCZ02LM", stdin=stdin) as served:
            served.until('^type "help"')
            os.write(terminal, b"plug press\n")
            served.until("^plug: .*; on yes;")
            os.write(terminal, b"plug jump\nhelp\ndevices\n")
            served.until("has no control 'jump'")
            served.until("^NAME VERB ")
            served.until("^plug  ZNCZ02LM  0x00158d")
            served.until("^radio  the fake coordinator")
            os.write(terminal, b"radio hang 60\nhelp line\nplug drop\nline jump\n")
            served.until("^radio: .*; hangs yes;")
            served.until(r"^line garble PERCENT \[both\|to-host\|to-radio\] ")
            served.until("^plug: .*; faults dropped off")
            served.until("^line has no control 'jump'; it has mend, drop, ")
            os.write(terminal, b"radio mend\nquit\n")
            served.until("^radio: .*; hangs no;")
            served.until("^stopped$")
            assert served.process.wait(20) == 0
    finally:
        os.close(terminal)
        os.close(stdin)


@pytest.mark.parametrize("stdin", ["", "plug press\n"])
def test_the_end_of_a_pipe_does_not_stop_it(stdin: str) -> None:
    with serve("--tcp", "127.0.0.1:0", "--device", "ZNCZ02LM", stdin=subprocess.PIPE) as served:
        assert served.process.stdin is not None
        served.process.stdin.write(stdin)
        served.process.stdin.close()
        served.process.stdin = None
        (answer,) = served.say("state plug")
        assert answer["state"]["on"] is False
        served.stop()


def test_the_line_closes_and_opens_again() -> None:
    with serve("--tcp", "127.0.0.1:0") as served:
        closed, state = served.say("line close", "state line")
        assert (closed["part"], closed["state"]["open"]) == ("line", False)
        assert state == closed
        with pytest.raises(ConnectionRefusedError):
            ping(served.port)
        (opened,) = served.say("line open")
        assert opened["state"]["open"] is True
        while True:
            with contextlib.suppress(ConnectionRefusedError):
                assert ping(served.port).startswith(b"\xfe\x02\x61\x01")
                break
        (listed,) = served.say("devices")
        assert [each["name"] for each in listed["parts"]] == ["radio", "line", "air"]
        served.stop()


def real_seconds_to(kilowatt_hours: float, served: Served) -> float:
    """Real time until the plug's meter has this reading."""
    began = time.monotonic()
    while True:
        (answer,) = served.say("state plug")
        if answer["state"]["energy"] >= kilowatt_hours:
            return time.monotonic() - began
        assert time.monotonic() - began < 30


def test_a_pace() -> None:
    with serve("--tcp", "127.0.0.1:0", "--device", "ZNCZ02LM", "--pace", "3600", "--no-pair") as served:
        served.until("^pace     1 simulated hour a second; the host stays in real time$")
        served.say("plug press", "plug draw 1000")
        assert 0.9 < real_seconds_to(1, served) < 20  # a kilowatt for an hour, in a second
        served.stop()


@pytest.mark.slow  # the state is saved each 5 s
def test_the_maximum_pace(tmp_path: Path) -> None:
    """The plug looks for a network every 4.2 s, and each jump takes 0.05 s: unless the control socket is busy."""
    state = tmp_path / "state"
    arguments = ("--tcp", "127.0.0.1:0", "--device", "ZNCZ02LM", "--state", str(state))
    with serve(*arguments, "--pace", "max") as served:
        served.until("^pace     jumps to the next timer when host and devices have been silent for 0.05 s")
        served.say("plug press", "plug draw 100000")
        began = time.monotonic()
        while json.loads((tmp_path / "state.devices").read_text())["devices"]["plug"]["energy"] < 2:  # after 72 s
            assert time.monotonic() - began < 30
        served.stop()

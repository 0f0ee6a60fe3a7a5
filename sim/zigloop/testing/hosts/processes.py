"""Starting and stopping programs: hosts and brokers in processes of their own."""

import asyncio
import getpass
import os
import re
import shutil
import signal
import socket
import subprocess
from collections import deque
from pathlib import Path

from zigloop.testing.hosts import HostUnavailable

#: Seconds. Zigbee2MQTT may need more than 30 s to stop while it works off a backlog (docs/protocols.md 9.2).
STOP_TIMEOUT = 40.0
LOG_LINES = 40
_COLOURS = re.compile(r"\x1b\[[\d;]*m")


def free_port() -> int:
    """A free TCP port on loopback; another program could take it before it is used."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Program:
    """A running program with its output in a file."""

    def __init__(
        self, command: list[str], *, log: Path, env: dict[str, str] | None = None, cwd: Path | None = None
    ) -> None:
        self.log = log
        self._begin = log.stat().st_size if log.exists() else 0  # of its output in the file
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                env={**os.environ, **(env or {})}, cwd=cwd,
            )  # fmt: skip

    @property
    def running(self) -> bool:
        return self.process.poll() is None

    def stop(self) -> int:
        """Send SIGTERM, after `STOP_TIMEOUT` SIGKILL; returns the exit code."""
        if self.running:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def log_tail(self) -> str:
        """The last lines of its output, without colours."""
        with self.log.open("rb") as output:
            output.seek(self._begin)
            lines = deque(output, LOG_LINES)
        return _COLOURS.sub("", b"".join(lines).decode(errors="replace"))


def find_mosquitto() -> str:
    """The path of mosquitto; HostUnavailable when it isn't installed."""
    command = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if command is None:
        raise HostUnavailable(
            "mosquitto isn't installed (Debian: apt-get install mosquitto); or name another broker with --mqtt URL"
        )
    return command


class Mosquitto:
    """mosquitto on a free loopback port; HostUnavailable when it isn't installed."""

    def __init__(self, data: Path) -> None:
        self._command = find_mosquitto()
        self._data = data
        self._port = free_port()
        self.url = f"mqtt://127.0.0.1:{self._port}"
        self._program = self._run()

    def _run(self, *, refusing: bool = False) -> Program:
        config = self._data / "mosquitto.conf"
        # The default max_queued_messages of 1000 drops messages for a slow subscriber; a test needs all of them.
        config.write_text(
            f"listener {self._port} 127.0.0.1\nallow_anonymous {'false' if refusing else 'true'}\n"
            f"max_queued_messages 0\npersistence true\npersistence_location {self._data}/\n"
            # Started as root it would switch to a user that can't write to this folder.
            f"user {getpass.getuser()}\n"
        )
        return Program([self._command, "-c", str(config)], log=self._data / "mosquitto.log")

    async def stop(self) -> None:
        """Stop it; it keeps its retained messages."""
        await asyncio.get_running_loop().run_in_executor(None, self._program.stop)

    async def start(self, *, empty: bool = False, refusing: bool = False) -> None:
        """Start it again, with its retained messages or `empty`; with `refusing` it refuses all connections."""
        if empty:
            (self._data / "mosquitto.db").unlink(missing_ok=True)
        self._program = self._run(refusing=refusing)

    def end(self) -> None:
        """Stop it for good; blocks."""
        self._program.stop()

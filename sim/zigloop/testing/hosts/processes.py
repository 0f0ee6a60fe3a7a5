"""Starting and stopping other people's programs."""

import asyncio
import getpass
import os
import shutil
import signal
import socket
import subprocess
from collections import deque
from pathlib import Path

from zigloop.testing.hosts import HostUnavailable

#: Zigbee2MQTT may need more than 30 s to stop while it works off a backlog (docs/protocols.md 9.2).
STOP_TIMEOUT = 40.0
LOG_LINES = 40


def free_port() -> int:
    """A TCP port on loopback that nobody has; somebody could take it before it is used."""
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
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                env={**os.environ, **(env or {})}, cwd=cwd,
            )  # fmt: skip

    @property
    def running(self) -> bool:
        return self.process.poll() is None

    def stop(self) -> int:
        """Ask it to end (SIGTERM), then insist; its exit code."""
        if self.running:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def log_tail(self) -> str:
        with self.log.open(errors="replace") as lines:
            return "".join(deque(lines, LOG_LINES))


class Mosquitto:
    """A mosquitto of our own on a free loopback port; HostUnavailable when it isn't installed."""

    def __init__(self, data: Path) -> None:
        command = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
        if command is None:
            raise HostUnavailable(
                "mosquitto isn't installed (Debian: apt-get install mosquitto); or name another broker with --mqtt URL"
            )
        self._command = command
        self._data = data
        self._port = free_port()
        self.url = f"mqtt://127.0.0.1:{self._port}"
        self._program = self._run()

    def _run(self, *, refusing: bool = False) -> Program:
        config = self._data / "mosquitto.conf"
        # The default max_queued_messages of 1000 drops what a slow subscriber hasn't read; a test wants it all.
        config.write_text(
            f"listener {self._port} 127.0.0.1\nallow_anonymous {'false' if refusing else 'true'}\n"
            f"max_queued_messages 0\npersistence true\npersistence_location {self._data}/\n"
            # Started as root it would become another user, who can't write there.
            f"user {getpass.getuser()}\n"
        )
        return Program([self._command, "-c", str(config)], log=self._data / "mosquitto.log")

    async def stop(self) -> None:
        """Be gone, and remember what was retained."""
        await asyncio.get_running_loop().run_in_executor(None, self._program.stop)

    async def start(self, *, empty: bool = False, refusing: bool = False) -> None:
        """Be there again, with what it remembered or `empty`; `refusing` everybody."""
        if empty:
            (self._data / "mosquitto.db").unlink(missing_ok=True)
        self._program = self._run(refusing=refusing)

    def end(self) -> None:
        self._program.stop()

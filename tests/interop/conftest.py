"""Programs that we did not write, on the bench's port, as their users run them."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from zigloop.testing.world import missing


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.option.interop:
        skip = pytest.mark.skip(reason="minutes of real time: run it with --interop")
        for item in items:
            if item.path.is_relative_to(Path(__file__).parent):
                item.add_marker(skip)


class Served:
    """`zigloop serve`, in a process of its own; `port` is what a host opens."""

    def __init__(self, process: subprocess.Popen[str], port: str) -> None:
        self.process = process
        self.port = port


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Start `zigloop serve` with the given arguments; on TCP unless they say `--pty`."""
    with ExitStack() as stack:

        def start(*arguments: str) -> Served:
            where = () if "--pty" in arguments else ("--tcp", "127.0.0.1:0")
            process = subprocess.Popen(
                [sys.executable, "-m", "zigloop", "serve", *where, "--control", "off", *arguments],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )  # fmt: skip
            stack.callback(stop, process)
            assert process.stdout is not None
            said = ""
            for line in process.stdout:
                said += line
                if found := re.search(r"socket://[\d.]+:\d+", line) or re.search(r"(/\S*tty\S*)", line):
                    return Served(process, found.group())
            raise AssertionError(f"`sim serve` ended without naming its port:\n{said}")

        yield start


def stop(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.communicate(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise AssertionError("`sim serve` didn't stop on SIGTERM within 20 s") from None


def run(command: list[str], timeout: float = 120) -> str:
    """Run a program; its output, AssertionError unless it succeeded."""
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        timeout=timeout, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{' '.join(command)} failed with {done.returncode}:\n{done.stdout}"
    return done.stdout


@pytest.fixture
def tool() -> Callable[..., str]:
    """Run a Python module as a program."""
    return lambda module, *arguments: run([sys.executable, "-m", module, *arguments])


@pytest.fixture
def zigpy() -> Callable[..., str]:
    """Run zigpy-cli's program."""
    program = Path(sys.executable).parent / "zigpy"
    if not program.exists():
        missing("zigpy-cli isn't installed: pip install zigpy-cli")
    return lambda *arguments: run([str(program), *arguments])

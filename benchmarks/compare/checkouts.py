"""A checkout of the project with an environment of its own, and programs that run in it.

Environments are kept in a cache folder (`ZIGLOOP_COMPARE_CACHE`, else `~/.cache/zigloop-compare`), one for each path
and `pyproject.toml`.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

INSIDE = Path(__file__).parent / "inside"
#: Name under which `inside` is importable in a checkout's environment.
PACKAGE = "zigloop_compare"
#: pytest without unused plugins. That of hypothesis imports hypothesis at the end of a run, where Python 3.11 can fail
#: to parse it (SystemError: AST constructor recursion depth mismatch).
PYTEST = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:hypothesispytest")
#: Lines of a failed program's output that are shown.
TAIL = 30


class CompareError(Exception):
    """The comparison cannot be made; the text gives the reason."""


@dataclass(frozen=True)
class Run:
    """Resources of a finished program: CPU time including its children, and wall time, both in seconds."""

    cpu: float
    wall: float
    output: str
    status: int


@dataclass(frozen=True)
class Checkout:
    """A folder, the interpreter that has it installed, and its label in reports."""

    label: str
    root: Path
    python: Path
    hash_seed: str
    revision: str

    def run(self, *arguments: str | Path, runner: Path, accept: Sequence[int] = (0,)) -> Run:
        """Run `python ARGUMENTS` in the checkout; CompareError with the end of its output when it fails."""
        kept = ("HOME", "LANG", "LC_ALL", "PATH", "TMPDIR", "TZ")
        environment = {key: os.environ[key] for key in kept if key in os.environ}
        environment |= {"PYTHONHASHSEED": self.hash_seed, "PYTHONPATH": str(runner)}
        environment["PYTHONPYCACHEPREFIX"] = str(cache() / "bytecode")  # keeps checkouts unchanged
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # the compiler is not what is measured
        command = [str(self.python), "-P", *map(str, arguments)]
        with tempfile.TemporaryFile() as output:
            began = time.monotonic()
            child = subprocess.Popen(
                command, cwd=self.root, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
            _, status, usage = os.wait4(child.pid, 0)  # includes the time of its own children
            child.returncode = os.waitstatus_to_exitcode(status)
            wall = time.monotonic() - began
            output.seek(0)
            text = output.read().decode(errors="replace")
        if child.returncode not in accept:
            end = "\n".join(text.splitlines()[-TAIL:])
            raise CompareError(f"{self.label}: {' '.join(command)} ended with {child.returncode}:\n{end}")
        return Run(usage.ru_utime + usage.ru_stime, wall, text, child.returncode)


def prepare_runner(work: Path) -> Path:
    """Copy the code that runs in checkouts, so that it stays the same for all of a comparison; its PYTHONPATH."""
    folder = work / "runner"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(INSIDE, folder / PACKAGE, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def cache() -> Path:
    """The folder of environments and worktrees."""
    named = os.environ.get("ZIGLOOP_COMPARE_CACHE")
    return Path(named) if named else Path.home() / ".cache" / "zigloop-compare"


def environment(root: Path) -> Path:
    """The interpreter of an environment that has this checkout installed; created on first use."""
    project = (root / "pyproject.toml").read_bytes()
    key = hashlib.sha256(b"\0".join((str(root).encode(), sys.executable.encode(), project))).hexdigest()[:16]
    folder = cache() / "environments" / key
    python, stamp = folder / "bin" / "python", folder / "installed"
    if not stamp.exists():
        print(f"installing {root} into {folder}", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        _command(sys.executable, "-m", "venv", str(folder))
        _command(str(python), "-m", "pip", "install", "--quiet", "--editable", f"{root}[test]")
        stamp.touch()
    return python


@contextmanager
def located(place: str, repository: Path) -> Iterator[Path]:
    """The folder of a checkout: a path as it is, a git revision in a worktree for the time of the comparison."""
    path = Path(place)
    if (path / "pyproject.toml").exists():
        yield path.resolve()
        return
    git = ("git", "-C", str(repository))
    commit = _command(*git, "rev-parse", "--verify", "--quiet", f"{place}^{{commit}}", reason=f"no checkout: {place}")
    folder = cache() / "worktrees" / commit[:12]  # a fixed path, so that its environment is reused
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        _command(*git, "worktree", "add", "--detach", str(folder), commit)
    try:
        yield folder
    finally:
        _command(*git, "worktree", "remove", "--force", str(folder))


def revision(root: Path) -> str:
    """Commit of a checkout, with a + when it has changes."""
    try:
        commit = _command("git", "-C", str(root), "rev-parse", "--short", "HEAD")
        return commit + ("+" if _command("git", "-C", str(root), "status", "--porcelain") else "")
    except CompareError:
        return "not in git"


def _command(*command: str, reason: str = "") -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CompareError(reason or f"{' '.join(command)}:\n{done.stderr.strip()}")
    return done.stdout.strip()

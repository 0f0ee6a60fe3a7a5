#!/usr/bin/env python3
"""Everything on a fresh machine, with nothing but Python 3.11 or newer: makes its own environment, then runs.

    python3 run.py demo         a plug joins a bridge behind a fake radio while you watch
    python3 run.py test         the whole test suite, features included

What follows `demo` or `test` is passed on (`python3 run.py test -k joining`).
"""

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
ENVIRONMENT = HERE / ".venv"
COMMANDS = {
    "demo": ["zigloop", "demo"],
    "test": ["pytest", "-n", "auto", "--maxprocesses", "8", "--dist", "worksteal"],
}  # in .venv/bin


def main() -> int:
    if sys.version_info < (3, 11):  # noqa: UP036 - an older Python gets a sentence, not a traceback
        print(
            f"zigloop needs Python 3.11 or newer; this is {sys.version.split()[0]} ({sys.executable})",
            file=sys.stderr,
        )
        return 2
    if len(sys.argv) < 2 or sys.argv[1] not in COMMANDS:
        print(__doc__, file=sys.stderr)
        return 2
    if not prepare():
        return 1
    program, *arguments = COMMANDS[sys.argv[1]]
    command = [str(ENVIRONMENT / "bin" / program), *arguments, *sys.argv[2:]]
    os.chdir(HERE)
    os.execv(command[0], command)
    return 0  # never reached: the command takes this process over


def prepare() -> bool:
    """Make the environment when there is none or `pyproject.toml` has changed; False when that failed."""
    python = ENVIRONMENT / "bin" / "python"
    stamp = ENVIRONMENT / "installed"
    wanted = hashlib.sha256((HERE / "pyproject.toml").read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted and python.exists():
        return True
    print("Making the environment in .venv (once; about a minute) …", file=sys.stderr)
    try:
        venv.create(ENVIRONMENT, with_pip=True, clear=True)
    except (OSError, subprocess.CalledProcessError) as error:
        print(
            f"the environment could not be made: {error}\n(Debian: apt-get install python3-venv)",
            file=sys.stderr,
        )
        return False
    install = [
        str(python),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "-e",
        f"{HERE}[dev]",
    ]
    if subprocess.run(install, check=False).returncode != 0:
        print("installing zigloop into .venv failed; pip says why above. Is the network there?", file=sys.stderr)
        return False
    stamp.write_text(wanted)
    return True


if __name__ == "__main__":
    sys.exit(main())

"""Zigbee2MQTT from npm, each version in a folder of its own in the user's cache.

`$ZIGLOOP_ZIGBEE2MQTT` names another folder, whose `node_modules` has Zigbee2MQTT and node.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from zigloop.testing.hosts import HostUnavailable

#: The version that `--host zigbee2mqtt` means.
DEFAULT: Final = "2.14.1"
#: npm's package of node, so that a test doesn't depend on the machine's own. Zigbee2MQTT 2.x needs 20, 22 or 24.
NODE: Final = "node@22"
FOLDER: Final = "ZIGLOOP_ZIGBEE2MQTT"

#: The version of configuration.yaml that every 2.x reads.
OLDEST_SETTINGS: Final = 4

_VERSION: Final = re.compile(r"\d+\.\d+\.\d+")
_PARTS: Final = ("zigbee2mqtt/index.js", "zigbee2mqtt/package.json", ".bin/node")


def cache() -> Path:
    """The folder of all versions: in `$XDG_CACHE_HOME`, by default `~/.cache` (XDG Base Directory Specification)."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if Path(base).is_absolute() else Path.home() / ".cache") / "zigloop" / "zigbee2mqtt"


def installed() -> list[str]:
    """The versions in the cache."""
    return sorted(path.name for path in cache().glob("*") if _VERSION.fullmatch(path.name) and _lacks(path) is None)


def find(version: str | None = None) -> Path:
    """The folder whose `node_modules` has this version (None: the default one) and node; HostUnavailable without one.

    In `$ZIGLOOP_ZIGBEE2MQTT` None means the version that is there.
    """
    named = os.environ.get(FOLDER)
    folder = Path(named) if named else cache() / (version or DEFAULT)
    command = f"zigloop host install zigbee2mqtt@{version or DEFAULT}"
    if (part := _lacks(folder)) is not None:
        if named:
            raise HostUnavailable(f"{folder}/node_modules/{part} is missing: unset {FOLDER}, and use {command}")
        raise HostUnavailable(f"Zigbee2MQTT {version or DEFAULT} isn't installed; install it with {command}")
    if version not in (None, found := version_in(folder)):
        raise HostUnavailable(f"{folder} has Zigbee2MQTT {found}, not {version}: unset {FOLDER}, and use {command}")
    return folder


def version_in(folder: Path) -> str:
    """The version of Zigbee2MQTT in a folder that has one."""
    package = json.loads((folder / "node_modules/zigbee2mqtt/package.json").read_text(encoding="utf-8"))
    version: str = package["version"]
    return version


def settings_version(folder: Path) -> int:
    """The version of configuration.yaml that a folder's Zigbee2MQTT writes: it refuses those of later ones."""
    code = (folder / "node_modules/zigbee2mqtt/dist/util/settings.js").read_text(encoding="utf-8")
    found = re.search(r"CURRENT_VERSION = (\d+);", code)
    return int(found[1]) if found else OLDEST_SETTINGS


def install(version: str | None = None) -> Path:
    """Install a version (None: the default one) into the cache, unless it is there; its folder.

    HostUnavailable when that isn't possible. npm prints what it does to standard error.
    """
    version = version or DEFAULT
    if not _VERSION.fullmatch(version):
        raise HostUnavailable(f"{version} is not a version of Zigbee2MQTT: write it as in {DEFAULT}")
    folder = cache() / version
    if _lacks(folder) is None:
        return folder
    npm = shutil.which("npm")
    if npm is None:
        raise HostUnavailable("npm isn't installed (Debian: apt-get install npm; https://nodejs.org); install it first")
    cache().mkdir(parents=True, exist_ok=True)
    # Renamed when it is complete, so that a folder of this name is never half a version.
    with tempfile.TemporaryDirectory(prefix=".installing-", dir=cache()) as temporary:
        new = Path(temporary) / version
        new.mkdir()
        command = [npm, "install", "--no-audit", "--no-fund", "--prefix", str(new), f"zigbee2mqtt@{version}", NODE]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False)
        if done.returncode or (part := _lacks(new)) is not None:
            why = f"ended with {done.returncode}" if done.returncode else f"has not installed {part}"
            raise HostUnavailable(f"npm {why}; its messages are above. Is the network there?")
        if folder.exists():
            shutil.rmtree(folder)
        new.rename(folder)
    return folder


def _lacks(folder: Path) -> str | None:
    """A part that a folder lacks; None when it is complete."""
    return next((part for part in _PARTS if not (folder / "node_modules" / part).exists()), None)

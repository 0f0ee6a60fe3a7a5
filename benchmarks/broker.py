"""The broker in a process of its own: mosquitto, or amqtt when that isn't installed (the bridge depends on it)."""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from ruamel.yaml import YAML

from zigloop.testing.hosts import HostUnavailable
from zigloop.testing.hosts.processes import Mosquitto, Program, free_port


def mosquitto_installed() -> bool:
    """Whether `start` uses it."""
    return shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin") is not None


def start(data: Path) -> tuple[Callable[[], object], str, str]:
    """Start a broker with its files in `data`; a function that stops it, its URL, and its name."""
    try:
        mosquitto = Mosquitto(data)
    except HostUnavailable:
        program, url = _amqtt(data)
        return program.stop, url, "amqtt"
    return mosquitto.end, mosquitto.url, "mosquitto"


def _amqtt(data: Path) -> tuple[Program, str]:
    address = f"127.0.0.1:{free_port()}"
    config = data / "amqtt.yaml"
    with config.open("w") as stream:
        YAML().dump(
            {
                "listeners": {"default": {"type": "tcp", "bind": address}},
                "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
            },
            stream,
        )
    command = [sys.executable, "-m", "amqtt.scripts.broker_script", "-c", str(config)]
    return Program(command, log=data / "amqtt.log"), f"mqtt://{address}"

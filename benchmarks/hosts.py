"""The hosts, each as its users run it: a process of its own, with its defaults."""

import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from benchmarks.inbox import ROOT
from zigloop.testing.hosts.npm import find
from zigloop.testing.hosts.processes import Program
from zigloop.testing.hosts.zigbee2mqtt import NETWORK

#: Hosts by the names of the command line, ours first.
BRIDGE, ZIGBEE2MQTT = "bridge", "zigbee2mqtt"


@dataclass(frozen=True, slots=True)
class Host:
    """A host; `launch` starts it in a folder that has its `configuration.yaml`."""

    name: str
    title: str
    version: str
    launch: Callable[[Path], Program]


def bridge() -> Host:
    """Our bridge, on this Python."""

    def launch(data: Path) -> Program:
        command = [sys.executable, "-m", "zigloop_bridge", "--config", str(data / "configuration.yaml")]
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        return Program(command, log=data / "bridge.log", env={"PYTHONPATH": path}, cwd=data)

    return Host(BRIDGE, "bridge", version("zigloop"), launch)


def zigbee2mqtt() -> Host:
    """Real Zigbee2MQTT; HostUnavailable when it isn't installed."""
    folder = find()
    modules = folder / "node_modules"

    def launch(data: Path) -> Program:
        command = [str(modules / ".bin/node"), str(modules / "zigbee2mqtt/index.js")]
        # Without GIT_DIR it compares its build with the commit of the repository around it, and rebuilds.
        env = {"ZIGBEE2MQTT_DATA": str(data), "GIT_DIR": os.devnull, "Z2M_ONBOARD_NO_SERVER": "1"}
        return Program(command, log=data / "zigbee2mqtt.log", env=env, cwd=data)

    package = json.loads((modules / "zigbee2mqtt/package.json").read_text())
    return Host(ZIGBEE2MQTT, "Zigbee2MQTT", package["version"], launch)


HOSTS: dict[str, Callable[[], Host]] = {BRIDGE: bridge, ZIGBEE2MQTT: zigbee2mqtt}


def configure(data: Path, *, radio_url: str, mqtt_url: str, log_level: str) -> None:
    """Write the same configuration for all hosts: only required settings, and a network that none warns about."""
    config: dict[str, Any] = {
        "version": 5,
        "mqtt": {"base_topic": "zigbee2mqtt", "server": mqtt_url},
        "serial": {"port": radio_url.replace("socket://", "tcp://"), "adapter": "zstack"},
        "advanced": {"log_level": log_level, **NETWORK},
    }
    with (data / "configuration.yaml").open("w") as stream:
        YAML().dump(config, stream)

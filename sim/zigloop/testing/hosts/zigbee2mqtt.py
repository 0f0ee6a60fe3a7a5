"""Real Zigbee2MQTT as a host. `zigloop host install zigbee2mqtt` installs it from npm."""

import asyncio
import os
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any, ClassVar

from ruamel.yaml import YAML

from zigloop.testing.hosts import HostUnavailable, npm
from zigloop.testing.hosts.processes import Mosquitto, Program, find_mosquitto
from zigloop.testing.mqtt import Mqtt

#: Seconds. A cold start takes 5 s and a restored backup 6.5 s (2.14.1); a busy CI machine takes longer.
START_TIMEOUT = 90.0

ASK_EVERY = 0.25
HEALTHY = "zigbee2mqtt/bridge/response/health_check"

#: Not the defaults, which Zigbee2MQTT warns about.
NETWORK = {
    "pan_id": 6754,
    "channel": 15,
    "network_key": [7, 3, 5, 7, 9, 11, 13, 15, 0, 2, 4, 6, 8, 10, 12, 14],
}


def merge(config: MutableMapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Merge `settings` into `config`; None removes a key. Returns the settings that undo the change."""
    undo: dict[str, Any] = {}
    for key, value in settings.items():
        old = config.get(key)
        if isinstance(value, Mapping) and isinstance(old, MutableMapping):
            undo[key] = merge(old, value)
            continue
        undo[key] = old
        if value is None:
            config.pop(key, None)
        else:
            config[key] = value
    return undo


class Zigbee2MQTT:
    """Zigbee2MQTT as its users run it: in its own process with its own data folder, with a broker beside it."""

    name = "zigbee2mqtt"
    in_process = False
    #: The version that was asked for; None: the default one.
    wanted: ClassVar[str | None] = None

    @classmethod
    def of_version(cls, version: str) -> "type[Zigbee2MQTT]":
        """This version of it."""
        return type(cls.__name__, (cls,), {"wanted": version})

    @classmethod
    def available(cls, mqtt_url: str | None) -> str:
        """The version that it would start; HostUnavailable when it or, without `mqtt_url`, mosquitto is missing."""
        folder = npm.find(cls.wanted)
        if mqtt_url is None:
            find_mosquitto()
        return npm.version_in(folder)

    @classmethod
    def install(cls) -> Path:
        """Install it into the user's cache unless it is there; its folder. HostUnavailable when that fails."""
        return npm.install(cls.wanted)

    @classmethod
    def versions(cls) -> list[str]:
        """The versions in the user's cache."""
        return npm.installed()

    def __init__(
        self,
        *,
        loop: asyncio.AbstractEventLoop,
        radio_url: str,
        mqtt_url: str | None,
        data: Path,
        keep_network: bool = False,
        **settings: Any,
    ) -> None:
        if keep_network:
            raise HostUnavailable(
                f"Zigbee2MQTT would form a new network on {radio_url}, and devices of the old one would be lost: "
                "with --radio use --host bridge, which keeps the dongle's network"
            )
        self._loop = loop
        self._folder = npm.find(self.wanted)
        self._data = data
        self._program: Program | None = None
        self.broker = Mosquitto(data) if mqtt_url is None else None
        self.mqtt_url: str = self.broker.url if self.broker is not None else mqtt_url or ""
        self.version = npm.version_in(self._folder)
        config = {
            "version": npm.settings_version(self._folder),
            "mqtt": {"base_topic": "zigbee2mqtt", "server": self.mqtt_url},
            "serial": {"port": radio_url.replace("socket://", "tcp://"), "adapter": "zstack"},
            "advanced": {"log_level": "info", "log_output": ["console"], **NETWORK},
            "frontend": {"enabled": False},
            "homeassistant": {"enabled": False},
            **settings,
        }
        with (data / "configuration.yaml").open("w") as stream:
            YAML().dump(config, stream)

    @property
    def running(self) -> bool:
        """Whether it runs: it ends itself when its port closes."""
        return self._program is not None and self._program.running

    def start(self) -> None:
        """Start it and wait until it is ready; AssertionError with its log when that doesn't happen."""
        watch = Mqtt(self._loop)
        self._await_broker(watch)
        modules = self._folder / "node_modules"
        self._program = Program(
            [str(modules / ".bin/node"), str(modules / "zigbee2mqtt/index.js")],
            log=self._data / "zigbee2mqtt.log",
            # Without GIT_DIR it compares its build with the commit of the repository around it, and rebuilds.
            env={"ZIGBEE2MQTT_DATA": str(self._data), "GIT_DIR": os.devnull, "Z2M_ONBOARD_NO_SERVER": "1"},
            cwd=self._data,
        )
        # It publishes `online` shortly before it handles requests, so it is ready when it answers one.
        answered = None
        for _ in range(int(START_TIMEOUT / ASK_EVERY)):
            watch.publish("bridge/request/health_check")
            answered = watch.wait_for(lambda m: m.topic == HEALTHY, within=ASK_EVERY)
            if answered is not None or not self._program.running:
                break
        watch.disconnect()
        if answered is None:
            raise AssertionError(f"Zigbee2MQTT did not come online; its log ends with\n{self.log_tail()}")

    def _await_broker(self, watch: Mqtt) -> None:
        for attempt in range(100):
            try:
                return watch.connect(self.mqtt_url)
            except OSError:
                if attempt == 99:
                    raise
                self._loop.run_until_complete(asyncio.sleep(0.05))
        return None

    def stop(self) -> None:
        self._stop_program()
        if self.broker is not None:
            self.broker.end()

    def _stop_program(self) -> None:
        """SIGTERM. The loop keeps running: the radio has to answer until the end."""
        program = self._program
        if program is not None:
            self._loop.run_until_complete(self._loop.run_in_executor(None, program.stop))

    def restart(self, settings: Mapping[str, Any] | None = None) -> dict[str, Any]:
        self._stop_program()
        undo: dict[str, Any] = {}
        if settings:
            path = self._data / "configuration.yaml"
            config = YAML().load(path)
            undo = merge(config, settings)
            YAML().dump(config, path)
        try:
            self.start()
        except AssertionError:
            self._stop_program()
            if settings:
                merge(config, undo)
                YAML().dump(config, path)
            raise
        return undo

    def log_tail(self) -> str:
        return self._program.log_tail() if self._program is not None else "(never started)"

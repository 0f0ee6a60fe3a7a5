"""A bridge on a bench in virtual time: fake radio, embedded broker, client, and everything real in between."""

import asyncio
import shutil
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from zigloop.bench import Bench
from zigloop.clock import VIRTUAL, ClockLoop, clock_loop
from zigloop.testing.mqtt import Mqtt
from zigloop_bridge.app import Bridge
from zigloop_bridge.config.file import ConfigFile
from zigloop_bridge.mqtt.broker import EmbeddedBroker

NETWORK = {
    "pan_id": 6754,
    "ext_pan_id": [1, 2, 3, 4, 5, 6, 7, 8],
    "channel": 15,
    "network_key": [7, 3, 5, 7, 9, 11, 13, 15, 0, 2, 4, 6, 8, 10, 12, 14],
}


class Rig:
    """The parts, and the few steps that every test takes."""

    def __init__(self, loop: ClockLoop, folder: Path) -> None:
        self.loop = loop
        self.data = folder / "data"
        self.data.mkdir(exist_ok=True)
        self.bench = Bench(loop, state=folder / "radio.json")
        self.port = self.run(self.bench.serve_tcp())
        self.broker = EmbeddedBroker(port=0)
        self.run(self.broker.start())
        self.mqtt = Mqtt(loop)
        self.mqtt.connect(self.broker.url)
        self.bridge: Bridge | None = None

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(work)

    def sleep(self, seconds: float) -> None:
        self.run(asyncio.sleep(seconds))

    def configure(self, **sections: dict[str, Any]) -> None:
        """Write configuration.yaml: what is needed, and these sections. Devices keep their names."""
        settings: dict[str, Any] = {
            "mqtt": {"server": self.broker.url},
            "serial": {"port": self.port.url},
            "advanced": dict(NETWORK),
        }
        path = self.data / "configuration.yaml"
        if path.exists():
            settings["devices"] = ConfigFile.load(path).config.devices
        for name, section in sections.items():
            settings[name] = {**settings.get(name, {}), **section}
        ConfigFile.from_dict(settings, data_path=self.data).save()

    def start(self, **sections: dict[str, Any]) -> Bridge:
        """Start the bridge, on the configuration that is there or on a new one."""
        if sections or not (self.data / "configuration.yaml").exists():
            self.configure(**sections)
        self.bridge = Bridge(ConfigFile.load(self.data / "configuration.yaml"))
        self.run(self.bridge.start())
        self.mqtt.mark()
        return self.bridge

    def stop(self) -> None:
        if self.bridge is not None:
            self.run(self.bridge.stop())
            self.bridge = None

    def pair(self, name: str = "plug", model: str = "ZNCZ02LM", **declaration: Any) -> Any:
        """A device that joins, is interviewed and gets a name."""
        device = self.bench.add(model, name, **declaration)
        self.mqtt.request("permit_join", {"time": 254})
        device.do("pair")
        self.mqtt.eventually("bridge/event", {"type": "device_interview", "data": {"status": "successful"}})
        self.sleep(5)
        self.mqtt.request("device/rename", {"last": True, "to": name})
        self.mqtt.mark()
        return device

    def log(self, text: str, *, level: str = "error", within: float = 10) -> None:
        """The bridge logs something with this text in it."""
        __tracebackhide__ = True

        def wanted(message: Any) -> bool:
            return message.topic == "zigbee2mqtt/bridge/logging" and (
                text in message.json["message"] and message.json["level"] == level
            )

        assert self.mqtt.wait_for(wanted, within=within), f"no {level} with {text!r}\n{self.mqtt.report('', '')}"

    def close(self) -> None:
        self.stop()
        self.sleep(2)  # what is on the air gets there
        self.mqtt.disconnect()
        self.run(self.broker.stop())
        self.run(self.bench.close())


@pytest.fixture(scope="session")
def memories(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three folders: `formed`, a radio with a network, `plug` and `knob`, with a device of this name on it."""
    folder = tmp_path_factory.mktemp("memories")
    with clock_loop(VIRTUAL) as loop:
        formed = Rig(loop, make(folder / "formed"))
        formed.start()
        formed.close()
        for name, model in (("plug", "ZNCZ02LM"), ("knob", "ZNXNKG02LM")):
            shutil.copytree(folder / "formed", folder / name)
            paired = Rig(loop, folder / name)
            paired.configure()
            paired.start()
            paired.pair(name, model)
            paired.sleep(60)  # it is configured
            paired.close()
    return folder


def make(folder: Path) -> Path:
    folder.mkdir()
    return folder


@pytest.fixture
def blank(loop: ClockLoop, tmp_path: Path) -> Iterator[Rig]:
    """A bench with a radio that has no network, a broker, a client; the bridge isn't started yet."""
    rig = Rig(loop, tmp_path)
    yield rig
    rig.close()


@pytest.fixture
def rig(loop: ClockLoop, tmp_path: Path, memories: Path, request: pytest.FixtureRequest) -> Iterator[Rig]:
    """The same with a network on the radio; with `plug` or `knob` requested, that device is on the network."""
    kind = next((name for name in ("plug", "knob") if name in request.fixturenames), "formed")
    shutil.copytree(memories / kind, tmp_path, dirs_exist_ok=True)
    rig = Rig(loop, tmp_path)
    rig.configure()
    yield rig
    rig.close()


@pytest.fixture
def plug(rig: Rig) -> Any:
    """A started bridge and a plug on its network, called `plug`."""
    plug = rig.bench.add("ZNCZ02LM", "plug")
    rig.start()
    rig.sleep(5)
    rig.mqtt.mark()
    return plug


@pytest.fixture
def knob(rig: Rig) -> Any:
    """A started bridge and a knob on its network, called `knob`, configured and fast asleep."""
    knob = rig.bench.add("ZNXNKG02LM", "knob")
    rig.start()
    rig.sleep(60)
    rig.mqtt.mark()
    return knob

"""Real Zigbee2MQTT, beyond the features: its requests to a radio over the life of a network."""

import asyncio
import base64
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from zigloop.bench import Bench
from zigloop.clock import ClockLoop, clock_loop
from zigloop.testing import HostUnavailable, Mqtt
from zigloop.testing.hosts.zigbee2mqtt import Zigbee2MQTT
from zigloop.testing.joining import INTERVIEW_TIMEOUT, address
from zigloop.testing.world import missing


class Home:
    """A bench, Zigbee2MQTT on it, and an MQTT client."""

    def __init__(self, loop: ClockLoop, bench: Bench, host: Zigbee2MQTT) -> None:
        self.loop, self.bench, self.host = loop, bench, host
        self.mqtt = Mqtt(loop)

    def join(self, name: str) -> None:
        device = self.bench.add("ZNCZ02LM", name)
        self.mqtt.request("permit_join", {"time": 254})
        device.do("pair")
        done = {"type": "device_interview", "data": {"ieee_address": address(device), "status": "successful"}}
        event = self.mqtt.eventually("bridge/event", done, within=INTERVIEW_TIMEOUT)
        assert event.json["data"]["supported"] is True
        self.mqtt.request("device/rename", {"from": address(device), "to": name})


@pytest.fixture
def make_home(tmp_path: Path) -> Iterator[Callable[..., Home]]:
    with ExitStack() as stack:
        loop = stack.enter_context(clock_loop())
        asyncio.set_event_loop(loop)
        stack.callback(asyncio.set_event_loop, None)
        made: list[Path] = []

        def make(*, pty: bool = False, backup: bytes | None = None, seed: int = 0) -> Home:
            data = tmp_path / f"home{len(made)}"
            data.mkdir()
            made.append(data)
            if backup is not None:
                (data / "coordinator_backup.json").write_bytes(backup)
            bench = Bench(loop, seed=seed)
            stack.callback(lambda: loop.run_until_complete(bench.close()))
            tty = data / "ttyZigbee"
            url = bench.serve_pty(tty).url if pty else loop.run_until_complete(bench.serve_tcp()).url
            try:
                host = Zigbee2MQTT(loop=loop, radio_url=url, mqtt_url=None, data=data)
            except HostUnavailable as error:
                missing(str(error))
            stack.callback(host.stop)
            host.start()
            home = Home(loop, bench, host)
            home.mqtt.connect(host.mqtt_url)
            stack.callback(home.mqtt.disconnect)
            return home

        yield make


@pytest.mark.parametrize("pty", [False, True], ids=["tcp", "pty"])
def test_a_network_from_start_to_end(make_home: Callable[..., Home], pty: bool) -> None:
    """Form on a blank radio, pair, command, ask, restart and resume, back up, remove."""
    home = make_home(pty=pty)
    mqtt, plug_state = home.mqtt, {"state": "ON"}
    home.join("plug")

    mqtt.publish("plug/set", plug_state)
    mqtt.eventually("plug", plug_state)
    assert home.bench["plug"].state()["on"] is True
    mqtt.publish("plug/get", {"state": ""})
    mqtt.eventually("plug", plug_state)

    assert mqtt.request("coordinator_check") == {"missing_routers": []}
    value = mqtt.request("networkmap", {"type": "raw", "routes": True})["value"]
    assert {node["friendlyName"] for node in value["nodes"]} == {"Coordinator", "plug"}
    assert not any(node.get("failed") for node in value["nodes"])
    assert value["links"], "the map shows no link"

    archive = zipfile.ZipFile(io.BytesIO(base64.b64decode(mqtt.request("backup")["zip"])))
    stored = json.loads(archive.read("coordinator_backup.json"))
    assert address(home.bench["plug"])[2:] in json.dumps(stored["devices"])

    home.host.restart()
    mqtt.mark()
    mqtt.never("bridge/event", {"type": "device_interview"}, within=1)
    mqtt.publish("plug/set", {"state": "OFF"})
    mqtt.eventually("plug", {"state": "OFF"})
    assert home.bench["plug"].state()["on"] is False

    mqtt.request("device/remove", {"id": "plug"})
    assert home.bench["plug"].state()["joined"] is False


def test_a_backup_is_restored_into_a_blank_radio(make_home: Callable[..., Home]) -> None:
    """The same network on another stick: the plug's key and the network's survive."""
    first = make_home()
    first.join("plug")
    archive = zipfile.ZipFile(io.BytesIO(base64.b64decode(first.mqtt.request("backup")["zip"])))
    stored = archive.read("coordinator_backup.json")
    second = make_home(backup=stored, seed=7)
    again = zipfile.ZipFile(io.BytesIO(base64.b64decode(second.mqtt.request("backup")["zip"])))
    old, new = json.loads(stored), json.loads(again.read("coordinator_backup.json"))
    for key in ("coordinator_ieee", "pan_id", "extended_pan_id", "channel", "security_level"):
        assert new[key] == old[key], key
    assert new["network_key"]["key"] == old["network_key"]["key"]
    assert new["network_key"]["frame_counter"] > old["network_key"]["frame_counter"]
    assert {device["ieee_address"] for device in new["devices"]} == {
        device["ieee_address"] for device in old["devices"]
    }

"""A device that is kept is as one that has just joined: on its bench, in its host, and on MQTT, now and later."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from zigloop.air.frame import COORDINATOR, ApsFrame
from zigloop.device.device import Device
from zigloop.device.registry import PRODUCTS
from zigloop.events import DeviceAdmitted, FrameSent
from zigloop.lumi.device import LumiDevice
from zigloop.testing.kept import LOOK_EVERY, REST
from zigloop.testing.mqtt import Mqtt
from zigloop.testing.world import Options, World

#: ZCL commands of devices that repeat the number of the host's frame: read, write and default responses.
ANSWERS = (b"\x01", b"\x04", b"\x0b")


def _variants() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each product with each firmware, and with each quirk other than by default."""
    for model, cls in PRODUCTS.items():
        product = cls.product
        for firmware in product.firmwares:
            yield model, {"firmware": firmware}
        for quirk in product.quirks:
            yield model, {quirk.name: not quirk.default}


VARIANTS = [pytest.param(model, declaration, id=f"{model}-{declaration}") for model, declaration in _variants()]


@pytest.fixture(scope="module")
def worlds() -> Iterator[tuple[World, World]]:
    """One in which each device joins again, one in which joined devices are kept."""
    both = World(Options(fresh=True)), World(Options())
    try:
        for world in both:
            world.start()
        yield both
    finally:
        for world in both:
            world.stop()


def _joined(world: World, model: str, declaration: dict[str, Any]) -> Device:
    """A device that has joined, and is at rest."""
    world.joined_device(model, "it", **declaration)
    device = world.device("it", "")
    for _ in range(int(REST / LOOK_EVERY)):
        known = world.in_process_host.record(f"0x{device.node.ieee:016x}")  # type: ignore[attr-defined]
        if not device.node.due and known is not None:
            return device
        world.timing.pass_time(LOOK_EVERY)
    raise AssertionError("it isn't at rest")


def _retained(world: World) -> dict[str, Any]:
    """What a new client finds, without what differs between any two hosts."""
    client = Mqtt(world.loop)
    client.connect(world.host.mqtt_url)
    world.timing.pass_time(1)
    client.disconnect()
    found = {topic: message.json for topic, message in client.retained.items() if message.payload}
    info = found["zigbee2mqtt/bridge/info"]
    for each in (info["mqtt"], info["config"]["mqtt"]):
        each.pop("server")
    info["config"]["serial"].pop("port")
    info["config"]["advanced"].pop("ext_pan_id")
    info["network"].pop("extended_pan_id")
    return found


def _files(world: World) -> dict[str, str]:
    """The host's files about its devices, which it has written by now."""
    folder: Path = world.host._file.parent  # type: ignore[attr-defined]
    database = [json.loads(line) for line in (folder / "database.db").read_text().splitlines()]
    for entry in database:
        entry.pop("lastSeen", None)
    state = folder / "state.json"
    configuration = (folder / "configuration.yaml").read_text()
    return {
        "database": json.dumps(database),
        "state": state.read_text() if state.exists() else "{\n\n}\n",
        "devices": configuration[configuration.index("devices:") :] if "devices:" in configuration else "",
    }


def _tables(world: World, device: Device) -> list[object]:
    """What the radio has in its memory about the device."""
    assert world.bench is not None
    store = world.bench.radio.firmware.store  # type: ignore[attr-defined]
    ieee = device.node.ieee
    return [
        list(store.addresses.entries()),
        store.associations.devices,
        replace(store.link_keys.find(ieee), key=b""),
        store.nwk(ieee),
        store.children,
        world.bench.radio.network.open,
    ]


def _without_network(snapshot: dict[str, Any]) -> dict[str, Any]:
    """A snapshot without the key of the network, which is random."""
    return snapshot | {"node": snapshot["node"] | {"membership": len(snapshot["node"]["membership"])}}


class Seconds(float):
    """Equal to any other that is less than 0.1 s away: the ticks of two loops differ."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, float) and abs(self - other) < 0.1

    __hash__ = float.__hash__


def _rounded(it: Any) -> Any:
    if isinstance(it, float):
        return Seconds(it)
    if isinstance(it, dict):
        return {key: _rounded(value) for key, value in it.items() if key not in ("set_to", "now")}
    return [_rounded(each) for each in it] if isinstance(it, list) else it


def _afterwards(world: World, device: Device) -> list[tuple[float, ApsFrame]]:
    """The frames between host and device: in two heartbeats, and for commands."""
    assert world.bench is not None
    assert isinstance(device, LumiDevice)
    frames: list[tuple[float, ApsFrame]] = []
    began = world.loop.time()

    def sent(event: FrameSent) -> None:
        frame = event.frame
        if COORDINATOR in (frame.src, frame.dst) and (frame.src == COORDINATOR or frame.data[2:3] in ANSWERS):
            head = bytearray(frame.data)
            head[1 if not head[0] & 0x04 else 3] = 0  # the host counts its frames to all devices
            frame = replace(frame, data=bytes(head), counter=0 if frame.src == COORDINATOR else frame.counter)
        frames.append((Seconds(event.at - began), frame))

    unsubscribe = world.bench.events.subscribe(FrameSent, sent)
    device.do("heartbeat")
    world.timing.pass_time(30)
    if "state" in device.expected_state():
        world.mqtt.publish("it/set", {"state": "ON"})
        world.mqtt.eventually("it", {"state": "ON"})
    world.timing.pass_time(device.heartbeat_interval + 60)
    unsubscribe()
    return frames


def _observed(world: World, model: str, declaration: dict[str, Any]) -> dict[str, Any]:
    assert world.bench is not None
    joins: list[DeviceAdmitted] = []
    unsubscribe = world.bench.events.subscribe(DeviceAdmitted, joins.append)
    device = _joined(world, model, declaration)
    unsubscribe()
    before = len(world.mqtt.messages)
    return {
        "joins": len(joins),
        "device": _without_network(device.snapshot()),
        "state": device.state(),
        "volatile": _rounded(device.volatile()),
        "tables": _tables(world, device),
        "mqtt": _retained(world),
        "frames": _afterwards(world, device),
        "published": [each.json for each in world.mqtt.messages[before:] if each.topic == "zigbee2mqtt/it"],
        "files": _files(world),
    }


@pytest.mark.parametrize(("model", "declaration"), VARIANTS)
def test_a_kept_device_is_as_one_that_has_just_joined(
    worlds: tuple[World, World], model: str, declaration: dict[str, Any]
) -> None:
    found = []
    for world in worlds:
        with world.wall_clock():
            found.append(_observed(world, model, declaration))
            world.clear()
    joined, kept = found
    assert (joined.pop("joins"), kept.pop("joins")) == (1, 0), "only the first one joins"
    for what, expected in joined.items():
        assert kept[what] == expected, what

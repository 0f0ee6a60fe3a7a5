"""Virtual time with everything in it: hours and days that radio, devices, bridge, broker and client live through."""

import asyncio
import logging
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest

from zigloop.device.device import Device
from zigloop.testing.message import Message
from zigloop.testing.timing import EPOCH
from zigloop.testing.world import World

HOUR, DAY = 3600.0, 86_400.0
HEARTBEAT = 600.0  # zigloop.lumi.device.MAINS_HEARTBEAT

READ: dict[str, Any] = {
    "epoch": lambda value: datetime.fromtimestamp(value / 1000, UTC),
    "ISO_8601": lambda value: datetime.strptime(value, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC),
    "ISO_8601_local": datetime.fromisoformat,
}


def home(world: World, *models: str) -> list[Device]:
    devices = [world.add_device(model, f"device{number}") for number, model in enumerate(models)]
    for device in devices:
        world.join(device)
    return devices


def heard(world: World, topic: str) -> list[Message]:
    return [each for each in world.meanwhile if each.topic == f"zigbee2mqtt/{topic}"]


def assert_quiet(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """The host neither reconnected nor timed out nor complained.

    The log is this test's: the host's `log_tail` also has lines of tests that ran before, in the same session.
    """
    for topic in ("bridge/state", "bridge/event", "bridge/logging", "bridge/info", "bridge/devices"):
        assert not heard(world, topic), topic
    complaints = [each for each in caplog.records if each.levelno >= logging.WARNING]
    assert not [each.getMessage() for each in complaints if each.name.startswith("zigloop_bridge")]


#: Half a day passes midnight.
@pytest.mark.parametrize(("kind", "hours"), [("epoch", 13), ("ISO_8601", 3), ("ISO_8601_local", 3)])
def test_stamps_agree_with_the_wall_clock(
    world: World, caplog: pytest.LogCaptureFixture, kind: str, hours: int
) -> None:
    home(world, "ZNCZ02LM")
    world.configure({"advanced": {"last_seen": kind}})
    world.pass_time(30)  # the first heartbeat is behind
    world.pass_time(hours * HOUR)
    messages = heard(world, "device0")
    assert len(messages) in (6 * hours, 6 * hours + 1)
    stamps = [READ[kind](message.json["last_seen"]) for message in messages]
    for message, stamp in zip(messages, stamps, strict=True):
        assert (stamp - EPOCH).total_seconds() == pytest.approx(message.at, abs=1.1 if "local" in kind else 0.05)
    for before, after in pairwise(stamps):
        assert (after - before).total_seconds() == pytest.approx(HEARTBEAT, abs=1.1 if "local" in kind else 0.05)
    assert_quiet(world, caplog)


def test_what_is_done_in_an_order_is_published_in_this_order(world: World) -> None:
    """Three plugs, each with a load that changes on its own beat, over 5 hours."""
    plugs = home(world, "ZNCZ02LM", "ZNCZ02LM", "ZNCZ02LM")
    done: list[tuple[str, float]] = []

    def draw(plug: Device, every: float, watts: float) -> None:
        done.append((plug.name, watts))
        plug.do("draw", watts)
        world.loop.call_later(every, draw, plug, every, watts + 1)

    for plug in plugs:
        plug.do("press")
    world.settle()
    for plug, every in zip(plugs, (1799.0, 1801.0, 2401.0), strict=True):
        world.loop.call_later(every, draw, plug, every, 1.0)
    world.pass_time(5 * HOUR)
    published: list[tuple[str, float]] = []
    last: dict[str, float] = {plug.name: 0.0 for plug in plugs}
    for message in world.meanwhile:
        name = message.topic.removeprefix("zigbee2mqtt/")
        if name in last and message.json["power"] != last[name]:
            last[name] = message.json["power"]
            published.append((name, last[name]))
    moments = [message.at for message in world.meanwhile]
    assert published == done
    assert moments == sorted(moments)


def test_a_month(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> None:
    """30 days of a plug and a sensor: every heartbeat, nothing else, and at the end they obey."""
    if not request.config.option.interop:
        pytest.skip("30 days take two minutes: run it with --interop")
    world: World = request.getfixturevalue("world")
    plug, _ = home(world, "ZNCZ02LM", "WSDCGQ11LM")
    world.pass_time(30)
    world.pass_time(30 * DAY)
    assert len(heard(world, "device0")) in (30 * 144, 30 * 144 + 1)
    assert len(heard(world, "device1")) in range(785, 787)  # each 3300 s
    assert_quiet(world, caplog)
    world.mqtt.publish("device0/set", {"state": "ON"})
    world.mqtt.eventually("device0", {"state": "ON"}, within=2)
    assert plug.expected_state()["state"] == "ON"


def test_a_client_of_its_own_outlives_a_day(world: World) -> None:
    """A second client, which says nothing by itself, is still heard and told after 25 hours."""
    from gmqtt import Client
    from gmqtt.mqtt.constants import MQTTv311

    told: list[bytes] = []
    client = Client("another")
    client.set_config({"reconnect_retries": 0})
    client.on_message = lambda _client, _topic, payload, _qos, _properties: told.append(payload) or 0
    lost: list[object] = []
    client.on_disconnect = lambda *_: lost.append(None)

    async def connect() -> None:
        host, port = world.host.mqtt_url.removeprefix("mqtt://").split(":")
        await client.connect(host, int(port), keepalive=30, version=MQTTv311)
        client.subscribe("zigbee2mqtt/device0")
        await asyncio.sleep(1)

    home(world, "ZNCZ02LM")
    world.run(connect())
    world.pass_time(30)
    told.clear()
    world.pass_time(25 * HOUR)
    assert len(told) == len(heard(world, "device0"))
    assert not lost
    client.publish("zigbee2mqtt/device0/set", '{"state":"ON"}')
    world.mqtt.eventually("device0", {"state": "ON"}, within=2)
    world.run(client.disconnect())

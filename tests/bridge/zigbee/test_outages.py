"""Outages of broker, radio and process: nothing that was known is lost, and every outage is logged."""

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.support.rig import NETWORK, Rig
from zigloop.bench import Bench
from zigloop_bridge.app import RESTART_DELAY, Bridge, BridgeError
from zigloop_bridge.config.file import ConfigFile
from zigloop_bridge.config.schema import MqttConfig
from zigloop_bridge.mqtt.client import MqttClient


def test_the_broker_goes_away(rig: Rig, plug: Any, caplog: pytest.LogCaptureFixture) -> None:
    rig.mqtt.disconnect()
    rig.run(rig.broker.stop())
    rig.sleep(10)
    assert "Not connected to MQTT server!" in caplog.text
    plug.do("press")
    rig.sleep(5)
    rig.run(rig.broker.start())
    rig.mqtt.connect(rig.broker.url)
    rig.mqtt.mark()
    rig.mqtt.eventually("bridge/state", {"state": "online"}, within=70)
    rig.mqtt.eventually("plug", {"state": "ON"})
    assert rig.mqtt.fetch_retained("zigbee2mqtt/bridge/devices") is not None
    assert "Connected to MQTT server" in caplog.text
    rig.mqtt.publish("plug/set", "OFF")
    rig.mqtt.eventually("plug", {"state": "OFF"})


def test_a_broker_that_restarts_with_another_password(rig: Rig, plug: Any, caplog: pytest.LogCaptureFixture) -> None:
    port = int(rig.broker.url.rpartition(":")[2])
    rig.mqtt.disconnect()
    rig.run(rig.broker.stop())

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4096)
        writer.write(bytes((0x20, 2, 0, 4)))  # CONNACK: bad user name or password
        writer.close()

    server = rig.run(asyncio.start_server(refuse, "127.0.0.1", port))
    rig.sleep(60)
    assert "is still unreachable (user or password is wrong), retrying in 2 s" in caplog.text
    server.close()
    rig.run(rig.broker.start())
    rig.sleep(70)
    rig.mqtt.connect(rig.broker.url)
    rig.mqtt.holds("bridge/state", {"state": "online"})


def test_a_broker_that_does_not_read_is_left(rig: Rig, plug: Any, caplog: pytest.LogCaptureFixture) -> None:
    assert rig.bridge is not None
    transport = rig.bridge.mqtt._client._connection._transport
    transport.pause_reading()

    async def flood() -> None:
        for _ in range(200):  # at once: the broker has no chance to read
            rig.bridge.mqtt.publish("plug", "x" * 100_000)  # type: ignore[union-attr]

    rig.run(flood())
    assert "MQTT server reads too slowly" in caplog.text
    rig.sleep(10)
    assert rig.bridge.mqtt.connected
    rig.mqtt.publish("plug/set", "ON")
    rig.mqtt.eventually("plug", {"state": "ON"})


def test_a_key_that_was_pressed_while_the_broker_was_away_is_history(rig: Rig) -> None:
    rig.start()
    knob = rig.bench.add("ZNXNKG02LM", "knob")
    rig.mqtt.request("permit_join", {"time": 254})
    knob.do("pair")
    rig.log("Successfully configured", level="info", within=60)
    rig.mqtt.request("device/rename", {"last": True, "to": "knob"})
    rig.mqtt.disconnect()
    rig.run(rig.broker.stop())
    rig.sleep(5)
    knob.do("press")
    rig.sleep(5)
    rig.run(rig.broker.start())
    rig.mqtt.connect(rig.broker.url)
    rig.mqtt.mark()
    rig.mqtt.eventually("knob", {"sensitivity": "medium"}, within=70)
    rig.sleep(10)
    assert not [m for m in rig.mqtt.since_mark("knob") if "action" in m.json]


def test_a_long_silence_keeps_the_connection(rig: Rig, plug: Any, caplog: pytest.LogCaptureFixture) -> None:
    rig.sleep(3600)
    assert "Not connected" not in caplog.text
    rig.mqtt.disconnect()
    rig.mqtt.connect(rig.broker.url)
    rig.mqtt.publish("plug/set", "ON")
    rig.mqtt.eventually("plug", {"state": "ON"})


def test_a_bridge_that_dies_is_offline(rig: Rig) -> None:
    bridge = rig.start()
    rig.mqtt.holds("bridge/state", {"state": "online"})
    bridge.mqtt._client._connection._transport.abort()
    rig.mqtt.eventually("bridge/state", {"state": "offline"})
    rig.mqtt.eventually("bridge/state", {"state": "online"})


def test_a_bridge_that_stops_is_offline(rig: Rig) -> None:
    rig.start()
    rig.stop()
    rig.sleep(1)
    rig.mqtt.holds("bridge/state", {"state": "offline"})


def test_no_broker(rig: Rig) -> None:
    rig.configure(mqtt={"server": "mqtt://127.0.0.1:1"})
    bridge = Bridge(ConfigFile.load(rig.data / "configuration.yaml"))
    with pytest.raises(BridgeError, match=r"mqtt://127.0.0.1:1 can't be reached \(connection refused\)"):
        rig.run(bridge.start())


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"ca": "/nosuch.pem"}, r"mqtt\.ca: /nosuch\.pem can't be used: No such file"),
        ({"cert": "/nosuch.pem", "key": "/nosuch.key"}, r"mqtt\.cert, mqtt\.key: .* can't be used: No such file"),
        ({"cert": "/nosuch.pem"}, r"mqtt\.cert and mqtt\.key must be set together"),
        ({"key": "/nosuch.key"}, r"mqtt\.cert and mqtt\.key must be set together"),
    ],
)
def test_certificates_that_cannot_be_used(rig: Rig, files: dict[str, str], says: str) -> None:
    rig.configure(mqtt={"server": "mqtts://127.0.0.1:1", **files})
    bridge = Bridge(ConfigFile.load(rig.data / "configuration.yaml"))
    with pytest.raises(BridgeError, match=says):
        rig.run(bridge.start())


def test_the_radio_goes_away(rig: Rig, plug: Any) -> None:
    number = int(rig.port.url.rpartition(":")[2])
    rig.run(rig.port.close())
    rig.log("Adapter disconnected")
    rig.mqtt.publish("plug/set", "ON")
    rig.log("Publish 'set' 'state' to 'plug' failed: 'Error: the radio is not connected'")
    rig.mqtt.publish("bridge/request/permit_join", {"time": 60})
    rig.mqtt.eventually("bridge/response/permit_join", {"status": "error", "error": "the radio is not connected"})
    rig.mqtt.publish("bridge/request/health_check", "")
    rig.mqtt.eventually("bridge/response/health_check", {"data": {"healthy": False}})
    rig.sleep(20)
    rig.port = rig.run(rig.bench.serve_tcp("127.0.0.1", number))
    rig.log("Adapter reconnected", level="info", within=70)
    rig.mqtt.publish("plug/set", "ON")
    rig.mqtt.eventually("plug", {"state": "ON"})
    plug.do("press")
    rig.mqtt.eventually("plug", {"state": "OFF"})


def test_a_radio_that_went_away_ends_permit_join(rig: Rig, plug: Any) -> None:
    rig.mqtt.request("permit_join", {"time": 254})
    rig.run(rig.port.close())
    rig.mqtt.eventually("bridge/info", {"permit_join": False})


def test_no_interview_without_a_radio(rig: Rig, plug: Any) -> None:
    rig.run(rig.port.close())
    rig.log("Adapter disconnected")
    rig.mqtt.publish("bridge/request/device/interview", {"id": "plug"})
    answer = rig.mqtt.eventually("bridge/response/device/interview", {"status": "error"}).json
    assert answer["error"].endswith("failed: Error: the radio is not connected")
    assert rig.bridge is not None
    device = rig.bridge.directory.find("plug")
    assert device is not None
    assert device.interview_state == "SUCCESSFUL"


def test_the_radio_goes_away_during_a_request(rig: Rig, plug: Any) -> None:
    number = int(rig.port.url.rpartition(":")[2])
    rig.bench.air.delay = 1.0
    rig.mqtt.publish("plug/set", "ON")
    rig.sleep(1.5)
    rig.run(rig.port.close())
    rig.log("Publish 'set' 'state' to 'plug' failed: 'Error: the radio is not connected", within=5)
    rig.port = rig.run(rig.bench.serve_tcp("127.0.0.1", number))
    rig.sleep(70)


def test_restart_keeps_everything(rig: Rig, plug: Any) -> None:
    plug.do("press")
    plug.do("draw", 42)
    rig.mqtt.eventually("plug", {"state": "ON", "power": 42})
    rig.mqtt.request("device/options", {"id": "plug", "options": {"qos": 1}})
    before = rig.mqtt.fetch_retained("zigbee2mqtt/bridge/devices")
    rig.stop()
    rig.mqtt.mark()
    rig.start()
    after = rig.mqtt.fetch_retained("zigbee2mqtt/bridge/devices")
    assert before is not None
    assert after is not None
    assert json.loads(before.payload) == json.loads(after.payload)
    cached = [m.json for m in rig.mqtt.messages if m.topic == "zigbee2mqtt/plug"][-1]
    assert (cached["state"], cached["power"]) == ("ON", 42)
    rig.mqtt.publish("plug/set", "OFF")
    rig.mqtt.eventually("plug", {"state": "OFF"})
    assert not [m for m in rig.mqtt.messages if m.topic.endswith("bridge/event")]
    assert ConfigFile.load(rig.data / "configuration.yaml").config.devices[f"0x{plug.node.ieee:016x}"] == {
        "friendly_name": "plug",
        "qos": 1,
    }


def test_a_state_file_that_is_broken(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    (rig.data / "state.json").write_text("{")
    rig.start()
    assert "state.json can't be read" in caplog.text


def test_a_blank_radio_gets_the_configured_network(blank: Rig) -> None:
    bridge = blank.start()
    assert bridge.network.network_parameters() == {
        "pan_id": 6754,
        "extended_pan_id": "0x0102030405060708",
        "channel": 15,
    }


def test_a_blank_radio_and_an_empty_configuration(blank: Rig) -> None:
    blank.configure()
    config = ConfigFile.from_dict(
        {"serial": {"port": blank.port.url}, "mqtt": {"server": blank.broker.url}}, data_path=blank.data
    )
    config.save()
    bridge = blank.start()
    first = bridge.network.network_parameters()
    blank.stop()
    written = ConfigFile.load(blank.data / "configuration.yaml").config.advanced
    assert written.pan_id == first["pan_id"]
    assert len(written.network_key or []) == 16
    assert blank.start().network.network_parameters() == first


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("pan_id", 1234, "advanced.pan_id is 1234, the radio's is 6754"),
        ("channel", 20, "advanced.channel is 20, the radio's is 15"),
        ("network_key", list(range(16)), "advanced.network_key is another one than the radio's"),
        ("ext_pan_id", [8] * 8, "advanced.ext_pan_id is"),
    ],
)
def test_a_radio_on_another_network_is_refused(rig: Rig, key: str, value: Any, says: str) -> None:
    rig.configure(advanced={key: value})
    bridge = Bridge(ConfigFile.load(rig.data / "configuration.yaml"))
    with pytest.raises(BridgeError, match="The radio's network differs from the configuration") as caught:
        rig.run(bridge.start())
    assert says in str(caught.value)
    rig.configure(advanced=NETWORK)
    rig.start()


@pytest.mark.parametrize("ours", [[0xDD] * 8, [8, 7, 6, 5, 4, 3, 2, 1]])
def test_extended_pan_ids_that_herdsman_accepts(rig: Rig, ours: list[int]) -> None:
    rig.start(advanced={"ext_pan_id": ours})


def test_another_radio_takes_over_the_network(rig: Rig, plug: Any, tmp_path: Path) -> None:
    rig.sleep(90)
    backup = json.loads((rig.data / "coordinator_backup.json").read_text())
    assert backup["metadata"]["format"] == "zigpy/open-coordinator-backup"
    assert bytes.fromhex(backup["network_key"]["key"]) == bytes(NETWORK["network_key"])
    rig.stop()
    other = Bench(rig.loop, seed=7, radio_ieee=0x00124B0029C0BEEF)
    port = rig.run(other.serve_tcp())
    rig.configure(serial={"port": port.url})
    bridge = rig.start()
    assert bridge.network.network_parameters()["pan_id"] == 6754
    assert bridge.network.coordinator.ieee == f"0x{rig.bench.radio.ieee:016x}"
    rig.stop()
    rig.run(other.close())


def test_without_a_folder_nothing_is_written(rig: Rig, tmp_path: Path) -> None:
    shutil.rmtree(rig.data)
    settings = {"serial": {"port": rig.port.url}, "mqtt": {"server": rig.broker.url}, "advanced": NETWORK}
    rig.bridge = Bridge(ConfigFile.from_dict(settings))
    rig.run(rig.bridge.start())
    rig.pair()
    rig.sleep(100)
    rig.stop()
    assert not rig.data.exists()


def test_run_ends_with_stop(rig: Rig) -> None:
    rig.configure()
    bridge = Bridge(ConfigFile.load(rig.data / "configuration.yaml"))

    async def run() -> None:
        running = asyncio.ensure_future(bridge.run())
        await asyncio.sleep(5)
        await bridge.stop()
        await running

    rig.run(run())
    rig.mqtt.holds("bridge/state", {"state": "offline"})


def test_a_restart_that_fails_ends_the_run(rig: Rig) -> None:
    rig.configure()
    bridge = Bridge(ConfigFile.load(rig.data / "configuration.yaml"))

    async def run() -> None:
        running = asyncio.ensure_future(bridge.run())
        await asyncio.sleep(5)
        await rig.port.close()
        bridge.restart_soon()
        await running

    with pytest.raises(BridgeError, match=r"The radio at .* failed to start"):
        rig.run(run())


@pytest.mark.parametrize("rounds", [0, 1, 3, 10, 30, 100, 300])
def test_stop_in_the_middle_of_a_restart(rig: Rig, rounds: int) -> None:
    bridge = rig.start()

    async def run() -> None:
        bridge.restart_soon()
        await asyncio.sleep(RESTART_DELAY)
        for _ in range(rounds):  # of the event loop: most of a restart takes no virtual time
            await asyncio.sleep(0)
        await bridge.stop()
        await asyncio.sleep(5)
        assert not bridge.network.online
        assert not bridge.mqtt.connected

    rig.run(run())
    rig.mqtt.holds("bridge/state", {"state": "offline"})
    rig.start()


def test_a_restart_moves_from_the_embedded_broker_to_another(rig: Rig) -> None:
    bridge = rig.start(mqtt={"server": "embedded", "listen": "127.0.0.1:0"})
    assert bridge.broker is not None
    rig.configure(mqtt={"server": rig.broker.url})
    rig.loop.call_soon(bridge.restart_soon)
    rig.mqtt.eventually("bridge/state", {"state": "online"})
    assert bridge.broker is None


def test_a_restart_keeps_the_embedded_broker(rig: Rig) -> None:
    bridge = rig.start(mqtt={"server": "embedded", "listen": "127.0.0.1:0"})
    broker = bridge.broker
    rig.loop.call_soon(bridge.restart_soon)
    rig.sleep(5)
    assert bridge.broker is broker
    assert bridge.mqtt.connected


def test_a_database_that_cannot_be_read(rig: Rig) -> None:
    path = rig.data / "database.db"
    path.unlink(missing_ok=True)
    path.mkdir()
    bridge = Bridge(ConfigFile.load(rig.data / "configuration.yaml"))
    with pytest.raises(BridgeError, match=r"database\.db can't be read: Is a directory"):
        rig.run(bridge.start())


def test_the_embedded_broker_sends_clients_only_their_subscriptions(rig: Rig) -> None:
    rig.start()  # retains some topics, and the rig's own client has subscribed to all
    heard: list[str] = []
    other = MqttClient(MqttConfig(server=rig.broker.url))
    other.subscribe(("bridge/groups",))
    rig.run(other.start(on_message=lambda topic, _: heard.append(topic), on_connected=lambda again: None))
    rig.sleep(2)
    rig.run(other.stop())
    assert heard == ["bridge/groups"]

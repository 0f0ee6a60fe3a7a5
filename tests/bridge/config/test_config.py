"""configuration.yaml: an error is one sentence with its line; changes by the bridge are written back."""

from pathlib import Path
from typing import Any

import pytest

from zigloop_bridge.config.file import ConfigFile
from zigloop_bridge.errors import ConfigError

GOOD = "serial:\n  port: /dev/ttyUSB0\n"


def write(folder: Path, text: str) -> Path:
    path = folder / "configuration.yaml"
    path.write_text(text)
    return path


def error_of(folder: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        ConfigFile.load(write(folder, text))
    sentence = str(caught.value)
    assert "\n" not in sentence
    return sentence


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (
            "serial:\n  prot: x\n",
            2,
            ["unknown key 'serial.prot', did you mean 'port'?", "adapter", "baudrate"],
        ),
        ("serail:\n  port: x\n", 1, ["unknown key 'serail', did you mean 'serial'?", "mqtt"]),
        ("serial:\n  adapter: ezsp\n", 2, ["serial.adapter must be zstack or znp, not 'ezsp'"]),
        ("serial:\n\n  # fast\n  baudrate: quick\n", 4, ["serial.baudrate must be a whole number from 1200"]),
        ("serial: /dev/ttyUSB0\n", 1, ["serial must be a mapping"]),
        ("mqtt:\n  version: 3\n", 2, ["mqtt.version must be 4 or 5, not 3"]),
        ("mqtt:\n  keepalive: 0\n", 2, ["a whole number from 1 to 65535"]),
        ("mqtt:\n  base_topic: a/#\n", 2, ["mqtt.base_topic must be a topic without + and #"]),
        (
            "mqtt:\n  reject_unauthorized: 'no'\n",
            2,
            ["mqtt.reject_unauthorized must be true or false, not 'no'"],
        ),
        ("advanced:\n  channel: 27\n", 2, ["advanced.channel must be a whole number from 11 to 26, not 27"]),
        ("advanced:\n  pan_id: 65535\n", 2, ["from 1 to 65534 or GENERATE"]),
        (
            "advanced:\n  network_key: [1, 2]\n",
            2,
            ["a list of 16 numbers from 0 to 255 or GENERATE, not this value"],
        ),
        ("advanced:\n  ext_pan_id: [1]\n", 2, ["a list of 8 numbers"]),
        ("advanced:\n  last_seen: always\n", 2, ["disable, ISO_8601, ISO_8601_local or epoch"]),
        ("devices:\n  plug: {friendly_name: a}\n", 2, ["'plug' is not an address"]),
        ("devices:\n  0x00158d0001000001: {friendly_name: a}\n", 2, ["in quotes"]),
        ("devices:\n  '0x00158d0001000001': plug\n", 2, ["must be a mapping of options"]),
        ("devices:\n  '0x00158d0001000001':\n    friendly_name: a+\n", 3, ["MQTT wildcard"]),
        (
            "devices:\n  '0x00158d0001000001':\n    friendly_name: a\n    qos: 3\n",
            4,
            ["qos must be 0, 1 or 2, not 3"],
        ),
        (
            "devices:\n" + "".join(f"  '0x00158d000100000{n}': {{friendly_name: a}}\n" for n in (1, 2)),
            3,
            ["Duplicate friendly_name 'a' found"],
        ),
        (
            "devices:\n  '0x00158d0001000001':\n    friendly_name: a\n    retention: 5\n",
            4,
            ["requires protocol version 5"],
        ),
        ("device_options:\n  filtered_attributes: x\n", 2, ["filtered_attributes must be a list"]),
        ("devices:\n  '0x00158d0001000001':\n    friendly_name: a\n    debounce: .inf\n", 4, ["a number from 0"]),
        (
            "serial:\n  port: foo://host:1\n",
            2,
            ["serial.port must be /dev/tty…, socket://HOST:PORT or tcp://HOST:PORT"],
        ),
        ("serial:\n  port: tcp://host\n", 2, ["serial.port must be"]),
        ("serial:\n  port: tcp://host:99999\n", 2, ["serial.port must be"]),
        ("serial:\n  port: 6638\n", 2, ["serial.port must be"]),
        ("mqtt:\n  server: ws://host\n", 2, ["mqtt.server must be mqtt://HOST:PORT, mqtts://HOST:PORT or embedded"]),
        ("mqtt:\n  server: mqtt://\n", 2, ["mqtt.server must be"]),
        ("mqtt:\n  server: 127.0.0.1:1883\n", 2, ["mqtt.server must be"]),
        ("mqtt:\n  server: mqtt://a:b\n", 2, ["mqtt.server must be"]),
        ("mqtt:\n  server: mqtt://a..b\n", 2, ["mqtt.server must be"]),
        ("mqtt:\n  server: mqtt://me:hush@host\n", 2, ["user and password are keys of their own"]),
        ("mqtt:\n  listen: '1883'\n", 2, ["mqtt.listen must be HOST:PORT for the embedded broker, not '1883'"]),
        ("mqtt:\n  listen: host:x\n", 2, ["mqtt.listen must be"]),
        ("serial: [\n", 2, ["this is not YAML"]),
        ("serial:\n\tport: x\n", 2, ["this is not YAML"]),
        ("mqtt:\n  password: '!secret.yaml password'\n", 2, ["secret.yaml can't be read"]),
    ],
)
def test_errors(tmp_path: Path, text: str, line: int, says: list[str]) -> None:
    sentence = error_of(tmp_path, text)
    assert sentence.startswith(f"configuration.yaml, line {line}: ")
    for words in says:
        assert words in sentence


def test_a_list_is_not_a_configuration(tmp_path: Path) -> None:
    assert "expected keys" in error_of(tmp_path, "- a\n")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nosuch.yaml can't be read: No such file"):
        ConfigFile.load(tmp_path / "nosuch.yaml")


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "configuration.yaml"
    path.write_bytes(b"serial: \xff\xfe\n")
    with pytest.raises(ConfigError, match="this is not YAML"):
        ConfigFile.load(path)


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    assert "hush" not in error_of(tmp_path, "mqtt:\n  password: [hush]\n")


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (
            "frontend:\n  enabled: true\n",
            1,
            "'frontend' is a key of Zigbee2MQTT that this bridge doesn't have",
        ),
        ("homeassistant:\n  enabled: true\n", 1, "'homeassistant'"),
        ("permit_join: true\n", 1, "bridge/request/permit_join"),
        ("onboarding: true\n", 1, "'onboarding'"),
        ("mqtt:\n  server_name: mqtt.example.com\n", 2, "'mqtt.server_name'"),
        ("advanced:\n  log_rotation: true\n", 2, "'advanced.log_rotation'"),
        (
            "devices:\n  '0x00158d0001000001':\n    friendly_name: a\n    homeassistant: {}\n",
            4,
            "'homeassistant'",
        ),
    ],
)
def test_keys_of_zigbee2mqtt_that_we_lack_are_named(tmp_path: Path, text: str, line: int, says: str) -> None:
    (warning,) = ConfigFile.load(write(tmp_path, text)).warnings
    assert warning.startswith(f"configuration.yaml, line {line}: ")
    assert says in warning


def test_everything_is_read(tmp_path: Path) -> None:
    file = ConfigFile.load(
        write(
            tmp_path,
            "version: 5\nmqtt:\n  server: mqtts://host:8883\n  user: me\n  version: 5\nserial:\n  port: tcp://a:1\n"
            "advanced:\n  network_key: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]\n"
            "  channel: 20\ndevice_options: {retain: true}\n"
            "devices:\n  '0x00158D0001000001': {friendly_name: plug, retention: 9}\n",
        )
    )
    assert (file.config.mqtt.server, file.config.mqtt.user, file.config.mqtt.version) == ("mqtts://host:8883", "me", 5)
    assert file.config.advanced.network_key == list(range(1, 17))
    assert file.config.device_options == {"retain": True}
    assert file.config.devices == {"0x00158d0001000001": {"friendly_name": "plug", "retention": 9}}
    assert not file.warnings


# What Zigbee2MQTT 2.14.1 writes when it starts without a file, and its example, both shortened.
WRITTEN = """version: 5
mqtt:
  base_topic: zigbee2mqtt
  server: mqtt://localhost:1883
serial: {}
advanced:
  log_level: info
  channel: 11
  network_key: [190, 80, 18, 229, 9, 65, 88, 231, 243, 73, 194, 111, 70, 127, 50, 208]
  pan_id: 56666
  ext_pan_id:
    - 48
    - 221
    - 73
    - 188
    - 227
    - 69
    - 123
    - 3
  enable_external_js: false
frontend:
  enabled: false
  port: 8080
homeassistant:
  enabled: false
"""
EXAMPLE = """version: 5

# Home Assistant integration (MQTT discovery)
homeassistant:
    enabled: false
mqtt:
    server: "mqtt://localhost"
    # user: my_user
advanced:
    network_key: GENERATE
    pan_id: GENERATE
    ext_pan_id: GENERATE
"""


@pytest.mark.parametrize("text", [WRITTEN, EXAMPLE], ids=["written", "example"])
def test_the_files_of_zigbee2mqtt(tmp_path: Path, text: str) -> None:
    file = ConfigFile.load(write(tmp_path, text))
    assert (file.config.mqtt.server or "").startswith("mqtt://localhost")
    assert all("Zigbee2MQTT" in warning for warning in file.warnings)


def test_an_empty_file_is_a_configuration(tmp_path: Path) -> None:
    assert ConfigFile.load(write(tmp_path, "")).config.mqtt.base_topic == "zigbee2mqtt"


@pytest.mark.parametrize("reference", ["'!secret.yaml password'", "!secret password"])
def test_secrets(tmp_path: Path, reference: str) -> None:
    (tmp_path / "secret.yaml").write_text("password: hush\n")
    path = write(tmp_path, f"mqtt:\n  password: {reference}\n")
    file = ConfigFile.load(path)
    assert file.config.mqtt.password == "hush"
    assert "password" not in file.config.public()["mqtt"]
    file.set_device("0x00158d0001000001", {"friendly_name": "plug"})
    assert reference in path.read_text()
    assert "hush" not in path.read_text()


def test_writing_back_keeps_what_the_user_wrote(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "# my house\nserial:\n  port: /dev/ttyUSB0  # the white stick\n\nadvanced:\n  network_key: GENERATE\n",
    )
    file = ConfigFile.load(path)
    file.complete_network()
    file.set_device("0x00158d0001000001", {"friendly_name": "plug", "qos": 1})
    text = path.read_text()
    assert text.startswith("# my house\nserial:\n  port: /dev/ttyUSB0  # the white stick\n")
    assert "GENERATE" not in text
    again = ConfigFile.load(path)
    assert again.config.advanced.network_key == file.config.advanced.network_key
    assert again.config.devices == {"0x00158d0001000001": {"friendly_name": "plug", "qos": 1}}
    again.set_device("0x00158d0001000001", {"friendly_name": "lamp"})
    again.remove_device("0x00158d0001000002")
    assert ConfigFile.load(path).config.devices == {"0x00158d0001000001": {"friendly_name": "lamp"}}
    again.remove_device("0x00158d0001000001")
    assert ConfigFile.load(path).config.devices == {}


def test_a_configuration_in_memory(tmp_path: Path) -> None:
    values: dict[str, Any] = {"serial": {"port": "/dev/x"}, "devices": {"0x00158d0001000001": {"qos": 1}}}
    file = ConfigFile.from_dict(values)
    file.set_device("0x00158d0001000002", {"friendly_name": "b"})
    assert file.path is None
    assert file.config.devices["0x00158d0001000001"] == {"qos": 1, "friendly_name": "0x00158d0001000001"}
    with pytest.raises(ConfigError, match=r"the configuration: unknown key 'serial\.prot'"):
        ConfigFile.from_dict({"serial": {"prot": 1}})


def test_a_configuration_from_a_dictionary_is_written_beside_its_data(tmp_path: Path) -> None:
    file = ConfigFile.from_dict({"serial": {"port": "/dev/x"}}, data_path=tmp_path)
    file.set("advanced", "channel", 20)
    assert ConfigFile.load(tmp_path / "configuration.yaml").config.advanced.channel == 20


def test_an_address_in_capitals_is_found_again(tmp_path: Path) -> None:
    path = write(tmp_path, "devices:\n  '0x00158D0001000001':\n    friendly_name: plug  # in the hall\n")
    ConfigFile.load(path).set_device("0x00158d0001000001", {"friendly_name": "plug", "qos": 1})
    assert path.read_text().count("0x00158") == 1
    assert "# in the hall" in path.read_text()
    file = ConfigFile.load(path)
    assert file.config.devices == {"0x00158d0001000001": {"friendly_name": "plug", "qos": 1}}
    file.remove_device("0x00158d0001000001")
    assert ConfigFile.load(path).config.devices == {}


def test_writing_back_keeps_the_files_mode_and_place(tmp_path: Path) -> None:
    real = tmp_path / "real.yaml"
    real.write_text(GOOD)
    real.chmod(0o600)
    path = tmp_path / "configuration.yaml"
    path.symlink_to(real)
    ConfigFile.load(path).set("advanced", "channel", 20)
    assert path.is_symlink()
    assert "channel: 20" in real.read_text()
    assert real.stat().st_mode & 0o777 == 0o600


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    file = ConfigFile.load(write(tmp_path, "advanced:\n  pan_id: GENERATE\n"))
    (tmp_path / ".configuration.yaml.new").mkdir()
    with pytest.raises(ConfigError, match=r"configuration\.yaml can't be written: Is a directory"):
        file.complete_network()

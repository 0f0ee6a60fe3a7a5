"""configuration.yaml: Zigbee2MQTT's key names, and sentences instead of stack traces.

A wrong or unknown key is an error that names its line and what is allowed there. A key that Zigbee2MQTT has
and this bridge hasn't is named in a warning, never silently ignored. What the bridge itself learns (new
devices, new names, options, a generated network key) is written back with the user's comments and order kept.
"""

from __future__ import annotations

import difflib
import secrets
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from pathlib import Path
from typing import Any, ClassVar

from bridge.names import check_friendly_name
from bridge.rules import Choice, Flag, Number, Rule, Text, Whole, WholeNumbers
from bridge.storage import Saver, write_atomically
from bridge.yamlfile import Document, YamlError

Generated = list[int] | str | None
"""Bytes, or GENERATE until they are."""


class ConfigError(Exception):
    """The configuration can't be used. The message is one sentence for the user."""


def _key(rule: Rule, default: Any = MISSING, *, secret: bool = False) -> Any:
    """A key of a section: what it may hold, and its default (a mutable one as a factory)."""
    metadata = {"rule": rule, "secret": secret}
    if default is MISSING:
        return field(default=None, metadata=metadata)
    if isinstance(default, list | dict):
        return field(default_factory=lambda: type(default)(default), metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass
class MqttConfig:
    """`mqtt:`"""

    unsupported: ClassVar[tuple[str, ...]] = ("maximum_packet_size",)

    server: str | None = _key(Text("mqtt://HOST:PORT, mqtts://HOST:PORT or embedded", optional=True))
    listen: str = _key(Text("HOST:PORT for the embedded broker"), "127.0.0.1:1883")
    base_topic: str = _key(Text("a topic without + and #"), "zigbee2mqtt")
    user: str | None = _key(Text("text", optional=True))
    password: str | None = _key(Text("text", optional=True), secret=True)
    client_id: str | None = _key(Text("text", optional=True))
    ca: str | None = _key(Text("a file's path", optional=True))
    cert: str | None = _key(Text("a file's path", optional=True))
    key: str | None = _key(Text("a file's path", optional=True))
    reject_unauthorized: bool = _key(Flag(), True)
    server_name: str | None = _key(Text("text", optional=True))
    keepalive: int = _key(Whole(1, 65535), 60)
    version: int = _key(Choice(4, 5), 4)
    include_device_information: bool = _key(Flag(), False)
    force_disable_retain: bool = _key(Flag(), False)


@dataclass
class SerialConfig:
    """`serial:`"""

    unsupported: ClassVar[tuple[str, ...]] = ()

    port: str | None = _key(Text("/dev/tty…, socket://HOST:PORT or tcp://HOST:PORT", optional=True))
    adapter: str = _key(Choice("zstack", "znp"), "zstack")
    baudrate: int = _key(Whole(1200, 3_000_000), 115_200)
    rtscts: bool = _key(Flag(), False)
    disable_led: bool = _key(Flag(), False)


@dataclass
class AdvancedConfig:
    """`advanced:`"""

    unsupported: ClassVar[tuple[str, ...]] = (
        "adapter_concurrent",
        "adapter_delay",
        "enable_external_js",
        "log_console_json",
        "log_debug_namespace_ignore",
        "log_directories_to_keep",
        "log_directory",
        "log_file",
        "log_namespaced_levels",
        "log_output",
        "log_rotation",
        "log_symlink_current",
        "log_syslog",
        "timestamp_format",
    )

    pan_id: int | str | None = _key(Whole(1, 0xFFFE, generate=True))
    ext_pan_id: Generated = _key(WholeNumbers(8, generate=True))  # noqa: RUF009
    network_key: Generated = _key(WholeNumbers(16, generate=True), secret=True)  # noqa: RUF009
    channel: int | None = _key(Whole(11, 26, optional=True))
    transmit_power: int | None = _key(Whole(-22, 22, optional=True))
    cache_state: bool = _key(Flag(), True)
    cache_state_persistent: bool = _key(Flag(), True)
    cache_state_send_on_startup: bool = _key(Flag(), True)
    last_seen: str = _key(Choice("disable", "ISO_8601", "ISO_8601_local", "epoch"), "disable")
    elapsed: bool = _key(Flag(), False)
    output: str = _key(Choice("json", "attribute", "attribute_and_json"), "json")
    log_level: str = _key(Choice("error", "warning", "info", "debug"), "info")
    log_debug_to_mqtt_frontend: bool = _key(Flag(), False)


SECTIONS: dict[str, type[Any]] = {"mqtt": MqttConfig, "serial": SerialConfig, "advanced": AdvancedConfig}
OTHER_KEYS = ("devices", "device_options", "version")
UNSUPPORTED = {
    "availability": "",
    "blocklist": "",
    "frontend": "",
    "groups": "",
    "health": "",
    "homeassistant": "",
    "map_options": "",
    "ota": "",
    "passlist": "",
    "permit_join": "; Zigbee2MQTT 2.0 removed it, too: publish to bridge/request/permit_join instead",
}
DEFAULT_CHANNEL = 11
SAVE_DELAY = 1.0  # seconds

# Options that every device has. What a definition adds (device_temperature_precision …) is checked where it
# is used.
DEVICE_OPTIONS: dict[str, Rule] = {
    "friendly_name": Text("text"),
    "description": Text("text", optional=True),
    "qos": Choice(0, 1, 2),
    "retain": Flag(),
    "retention": Number(0),
    "optimistic": Flag(),
    "disabled": Flag(),
    "debounce": Number(0),
    "throttle": Number(0),
}
DEVICE_LIST_OPTIONS = ("filtered_attributes", "filtered_cache", "filtered_optimistic", "debounce_ignore")
UNSUPPORTED_DEVICE_OPTIONS = ("availability", "disable_automatic_update_check", "homeassistant", "icon")
RESTART_OPTIONS = ("disabled", "debounce", "throttle")


@dataclass
class Config:
    """The configuration in use. `path` is None when it lives in memory only."""

    mqtt: MqttConfig = field(default_factory=MqttConfig)
    serial: SerialConfig = field(default_factory=SerialConfig)
    advanced: AdvancedConfig = field(default_factory=AdvancedConfig)
    devices: dict[str, dict[str, Any]] = field(default_factory=dict)
    device_options: dict[str, Any] = field(default_factory=dict)
    data_path: Path | None = None
    warnings: list[str] = field(default_factory=list)
    document: Document = field(default_factory=lambda: Document({}))
    _saver: Saver | None = None

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], data_path: Path | None = None) -> Config:
        """A configuration from a dictionary of the same shape as the file.

        With `data_path`, files (configuration.yaml too, once something changes) are kept in that directory;
        without, nothing is. Raises `ConfigError`.
        """
        return _Reader(Document.from_dict(values), "the configuration").read(data_path)

    @classmethod
    def load(cls, path: Path | str) -> Config:
        """The configuration in a file. State and database stay beside it. Raises `ConfigError`."""
        path = Path(path)
        try:
            document = Document.load(path)
        except OSError as error:
            raise ConfigError(f"{path} can't be read: {error.strerror or error}") from None
        except YamlError as error:
            raise ConfigError(str(error)) from None
        return _Reader(document, path.name).read(path.parent)

    @property
    def path(self) -> Path | None:
        """Where the configuration is kept."""
        if self.data_path is None:
            return None
        return self.document.path or self.data_path / "configuration.yaml"

    def save(self) -> None:
        """Write the file, when there is one to write: at once, or soon after `save_later`."""
        if self._saver is not None:
            self._saver.changed()
        elif self.path is not None:
            write_atomically(self.path, self.document.dump())

    def save_later(self) -> None:
        """From now on, write changes within a second, many at a time. Needs a running event loop."""
        self._saver = Saver(self.path, self.document.dump, SAVE_DELAY)

    def save_now(self) -> None:
        """Write what isn't written yet; from now on at once."""
        saver, self._saver = self._saver, None
        if saver is not None:
            saver.flush()

    def set(self, section: str, key: str, value: Any) -> None:
        """Change a key and write it back."""
        setattr(getattr(self, section), key, value)
        self.document.set((section, key), value)
        self.save()

    def complete_network(self) -> None:
        """Give keys that say GENERATE a random value, and write it back."""
        for key, length in (("network_key", 16), ("ext_pan_id", 8)):
            if getattr(self.advanced, key) == "GENERATE":
                self.set("advanced", key, list(secrets.token_bytes(length)))
        if self.advanced.pan_id == "GENERATE":
            self.set("advanced", "pan_id", 1 + secrets.randbelow(0xFFFD))

    def set_device(self, ieee: str, options: Mapping[str, Any]) -> None:
        """Replace a device's entry and write it back."""
        self.devices[ieee] = dict(options)
        self.document.set(("devices", ieee), dict(options))
        self.save()

    def remove_device(self, ieee: str) -> None:
        """Forget a device's entry."""
        if self.devices.pop(ieee, None) is not None:
            self.document.remove(("devices", ieee))
            self.save()

    def public(self) -> dict[str, Any]:
        """All settings for `bridge/info`, without what is nobody's business."""
        out: dict[str, Any] = {}
        for name, section in SECTIONS.items():
            out[name] = {
                each.name: getattr(getattr(self, name), each.name)
                for each in fields(section)
                if not each.metadata["secret"] and getattr(getattr(self, name), each.name) is not None
            }
        return {**out, "devices": self.devices, "device_options": self.device_options}


class _Reader:
    """Reads one document. Each check either passes or ends in a sentence with a line."""

    def __init__(self, document: Document, name: str) -> None:
        self.document = document
        self.name = name
        self.config = Config(document=document)

    def read(self, data_path: Path | None) -> Config:
        config = self.config
        config.data_path = data_path
        if not isinstance(self.document.root, Mapping):
            raise ConfigError(f"{self.name}: expected keys such as 'serial:' and 'mqtt:'")
        for key, value in self.document.root.items():
            if key in SECTIONS:
                self.section(key, value)
            elif key in ("devices", "device_options"):
                continue
            elif key in UNSUPPORTED:
                self.warn(
                    (key,), f"'{key}' is a key of Zigbee2MQTT that this bridge doesn't have{UNSUPPORTED[key]}"
                )
            elif key not in OTHER_KEYS:
                self.unknown((), key, (*SECTIONS, *OTHER_KEYS))
        if "+" in config.mqtt.base_topic or "#" in config.mqtt.base_topic or not config.mqtt.base_topic:
            raise self.error(("mqtt", "base_topic"), "mqtt.base_topic must be a topic without + and #")
        self.devices()
        return config

    def error(self, path: tuple[Any, ...], sentence: str) -> ConfigError:
        line = self.document.line(path)
        return ConfigError(f"{self.name}, line {line}: {sentence}" if line else f"{self.name}: {sentence}")

    def warn(self, path: tuple[Any, ...], sentence: str) -> None:
        self.config.warnings.append(str(self.error(path, sentence)))

    def unknown(self, path: tuple[Any, ...], key: Any, allowed: tuple[str, ...]) -> None:
        near = difflib.get_close_matches(str(key), allowed, 1)
        hint = f", did you mean '{near[0]}'?" if near else ","
        where = ".".join(map(str, (*path, key)))
        raise self.error(
            (*path, key), f"unknown key '{where}'{hint} allowed here: {', '.join(sorted(allowed))}"
        )

    def section(self, name: str, values: Any) -> None:
        section = SECTIONS[name]
        if values is None:
            return
        if not isinstance(values, Mapping):
            raise self.error((name,), f"{name} must hold keys, not {values!r}")
        keys: dict[str, Field[Any]] = {each.name: each for each in fields(section)}
        for key, value in values.items():
            if key in section.unsupported:
                self.warn(
                    (name, key), f"'{name}.{key}' is a key of Zigbee2MQTT that this bridge doesn't have"
                )
                continue
            if key not in keys:
                self.unknown((name,), key, tuple(keys))
            value = self.secret((name, key), value)
            rule: Rule = keys[key].metadata["rule"]
            if not rule.accepts(value):
                shown = "this value" if keys[key].metadata["secret"] else repr(value)
                raise self.error((name, key), f"{name}.{key} must be {rule}, not {shown}")
            setattr(getattr(self.config, name), key, Document.plain(value))

    def secret(self, path: tuple[Any, ...], value: Any) -> Any:
        """Zigbee2MQTT's '!FILE.yaml KEY', and YAML's own `!secret KEY`, stand for a value in another file."""
        reference = self.document.secret_reference(value)
        if reference is None:
            return value
        file, key = reference
        folder = self.document.path.parent if self.document.path else self.config.data_path
        try:
            values = Document.load((folder or Path()) / file).root
        except OSError as error:
            raise self.error(path, f"{file} can't be read: {error.strerror or error}") from None
        except YamlError as error:
            raise self.error(path, str(error)) from None
        if not isinstance(values, Mapping) or key not in values:
            raise self.error(path, f"{file} has no key '{key}'")
        return values[key]

    def devices(self) -> None:
        shared = self.document.root.get("device_options") or {}
        if not isinstance(shared, Mapping):
            raise self.error(("device_options",), "device_options must hold options")
        self.options(("device_options",), shared)
        self.config.device_options = Document.plain(shared)
        devices = self.document.root.get("devices") or {}
        if not isinstance(devices, Mapping):
            raise self.error(
                ("devices",), "devices must hold addresses such as '0x00158d0001000001', with options"
            )
        names: dict[str, str] = {}
        for ieee, options in devices.items():
            path = ("devices", ieee)
            if not isinstance(ieee, str) or len(ieee) != 18 or not ieee.startswith("0x"):
                raise self.error(
                    path,
                    f"devices: {ieee!r} is no address, expected one such as '0x00158d0001000001' in quotes",
                )
            if not isinstance(options, Mapping):
                raise self.error(path, f"the device {ieee} must hold options such as friendly_name")
            self.options(path, options)
            name = str(options.get("friendly_name", ieee))
            problem = check_friendly_name(name)
            if problem:
                raise self.error((*path, "friendly_name"), problem)
            if name in names:
                raise self.error((*path, "friendly_name"), f"Duplicate friendly_name '{name}' found")
            names[name] = ieee
            self.config.devices[ieee.lower()] = {**Document.plain(options), "friendly_name": name}

    def options(self, path: tuple[Any, ...], options: Mapping[str, Any]) -> None:
        for key, value in options.items():
            where = (*path, key)
            if key in UNSUPPORTED_DEVICE_OPTIONS:
                self.warn(where, f"'{key}' is an option of Zigbee2MQTT that this bridge doesn't have")
            elif key in DEVICE_LIST_OPTIONS:
                if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
                    raise self.error(where, f"{key} must be a list of regular expressions")
            elif key in DEVICE_OPTIONS and not DEVICE_OPTIONS[key].accepts(value):
                raise self.error(where, f"{key} must be {DEVICE_OPTIONS[key]}, not {value!r}")
            if key == "retention" and self.config.mqtt.version != 5:
                raise self.error(where, "MQTT retention requires protocol version 5")

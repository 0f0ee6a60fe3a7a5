"""configuration.yaml: Zigbee2MQTT's key names, and sentences instead of stack traces.

A wrong or unknown key is an error that names its line and what is allowed there. A key that Zigbee2MQTT has
and this bridge hasn't is named in a warning, never silently ignored. What the bridge itself learns (new
devices, new names, options, a generated network key) is written back with the user's comments and order kept.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, ClassVar

from zigloop_bridge.config.document import Document, YamlError
from zigloop_bridge.config.rules import (
    Choice,
    Flag,
    FlagOrKeys,
    HostAndPort,
    Number,
    Rule,
    Text,
    Url,
    Whole,
    WholeNumbers,
)
from zigloop_bridge.storage import Saver, write_atomically

EMBEDDED = "embedded"
"""`mqtt.server` when the bridge brings its own broker."""

Generated = list[int] | str | None
"""Bytes, or GENERATE until they are."""


class ConfigError(Exception):
    """The configuration can't be used. The message is one sentence for the user."""


def _key(rule: Rule, default: Any = None, *, secret: bool = False) -> Any:
    """A key of a section: what it may hold, and its default."""
    return field(default=default, metadata={"rule": rule, "secret": secret})


@dataclass
class MqttConfig:
    """`mqtt:`"""

    unsupported: ClassVar[tuple[str, ...]] = ("maximum_packet_size", "server_name")

    server: str | None = _key(
        Url(
            "mqtt://HOST:PORT, mqtts://HOST:PORT or embedded (user and password are keys of their own)",
            ("mqtt", "mqtts", "tcp", "ssl"),
            words=("", EMBEDDED),
        )
    )
    listen: str = _key(HostAndPort("HOST:PORT for the embedded broker"), "127.0.0.1:1883")
    base_topic: str = _key(Text("a topic without + and #"), "zigbee2mqtt")
    user: str | None = _key(Text("text", optional=True))
    password: str | None = _key(Text("text", optional=True), secret=True)
    client_id: str | None = _key(Text("text", optional=True))
    ca: str | None = _key(Text("a file's path", optional=True))
    cert: str | None = _key(Text("a file's path", optional=True))
    key: str | None = _key(Text("a file's path", optional=True))
    reject_unauthorized: bool = _key(Flag(), True)
    keepalive: int = _key(Whole(1, 65535), 60)
    version: int = _key(Choice(4, 5), 4)
    include_device_information: bool = _key(Flag(), False)
    force_disable_retain: bool = _key(Flag(), False)


@dataclass
class SerialConfig:
    """`serial:`"""

    unsupported: ClassVar[tuple[str, ...]] = ()

    port: str | None = _key(
        Url("/dev/tty…, socket://HOST:PORT or tcp://HOST:PORT", ("socket", "tcp"), port_needed=True, path=True)
    )
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


@dataclass
class ActiveConfig:
    """`availability.active:`, for routers and devices on mains: those that can be pinged."""

    unsupported: ClassVar[tuple[str, ...]] = ()

    timeout: float = _key(Number(1), 10)  # minutes
    max_jitter: float = _key(Number(1000), 30_000)  # milliseconds
    backoff: bool = _key(Flag(), True)
    pause_on_backoff_gt: float = _key(Number(0), 0)


@dataclass
class PassiveConfig:
    """`availability.passive:`, for all others: those that sleep."""

    unsupported: ClassVar[tuple[str, ...]] = ()

    timeout: float = _key(Number(1), 1500)  # minutes


@dataclass
class AvailabilityConfig:
    """`availability:`"""

    unsupported: ClassVar[tuple[str, ...]] = ()

    enabled: bool = _key(Flag(), False)
    active: ActiveConfig = field(default_factory=ActiveConfig)
    passive: PassiveConfig = field(default_factory=PassiveConfig)


SECTIONS: dict[str, type[Any]] = {
    "mqtt": MqttConfig,
    "serial": SerialConfig,
    "advanced": AdvancedConfig,
    "availability": AvailabilityConfig,
}
OTHER_KEYS = ("devices", "device_options", "version")
UNSUPPORTED = {
    "blocklist": "",
    "frontend": "",
    "groups": "",
    "health": "",
    "homeassistant": "",
    "map_options": "",
    "onboarding": "",
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
    "availability": FlagOrKeys(
        timeout=Number(0.1), max_jitter=Number(0), backoff=Flag(), pause_on_backoff_gt=Number(0)
    ),
}
DEVICE_LIST_OPTIONS = ("filtered_attributes", "filtered_cache", "filtered_optimistic", "debounce_ignore")
UNSUPPORTED_DEVICE_OPTIONS = ("disable_automatic_update_check", "homeassistant", "icon")
RESTART_OPTIONS = ("disabled", "debounce", "throttle")


@dataclass
class Config:
    """The configuration in use. `path` is None when it lives in memory only."""

    mqtt: MqttConfig = field(default_factory=MqttConfig)
    serial: SerialConfig = field(default_factory=SerialConfig)
    advanced: AdvancedConfig = field(default_factory=AdvancedConfig)
    availability: AvailabilityConfig = field(default_factory=AvailabilityConfig)
    devices: dict[str, dict[str, Any]] = field(default_factory=dict)
    device_options: dict[str, Any] = field(default_factory=dict)
    data_path: Path | None = None
    warnings: list[str] = field(default_factory=list)
    document: Document = field(default_factory=lambda: Document({}))
    overrides: dict[tuple[str, str], Any] = field(default_factory=dict)
    _saver: Saver | None = None

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], data_path: Path | None = None) -> Config:
        """A configuration from a dictionary of the same shape as the file.

        With `data_path`, files (configuration.yaml too, once something changes) are kept in that directory;
        without, nothing is. Raises `ConfigError`.
        """
        from zigloop_bridge.config.reader import Reader

        return Reader(Document.from_dict(values), "the configuration").read(data_path)

    @classmethod
    def load(cls, path: Path | str) -> Config:
        """The configuration in a file. State and database stay beside it. Raises `ConfigError`."""
        from zigloop_bridge.config.reader import Reader

        path = Path(path)
        try:
            document = Document.load(path)
        except OSError as error:
            raise ConfigError(f"{path} can't be read: {error.strerror or error}") from None
        except YamlError as error:
            raise ConfigError(str(error)) from None
        return Reader(document, path.name).read(path.parent)

    @property
    def path(self) -> Path | None:
        """Where the configuration is kept."""
        if self.data_path is None:
            return None
        return self.document.path or self.data_path / "configuration.yaml"

    def save(self) -> None:
        """Write the file, when there is one to write: at once, or soon after `save_later`.

        Raises `ConfigError` when it can't be written at once; later that is only logged.
        """
        if self._saver is not None:
            self._saver.changed()
        elif self.path is not None:
            try:
                write_atomically(self.path, self.document.dump())
            except OSError as error:
                raise ConfigError(f"{self.path} can't be written: {error.strerror or error}") from None

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

    def override(self, section: str, key: str, value: Any) -> None:
        """Use another value than the file's, without writing it: what the command line says."""
        self.overrides[section, key] = value
        setattr(getattr(self, section), key, value)

    def reload(self) -> Config:
        """The configuration as it is in the file now, with the same overrides. Raises `ConfigError`."""
        if self.document.path is None:
            return self
        fresh = Config.load(self.document.path)
        for (section, key), value in self.overrides.items():
            fresh.override(section, key, value)
        return fresh

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
        out = {name: _public(getattr(self, name)) for name in SECTIONS}
        return {**out, "devices": self.devices, "device_options": self.device_options}


def _public(section: Any) -> dict[str, Any]:
    """A section's keys and values, without secrets and what isn't set."""
    values = {each.name: getattr(section, each.name) for each in fields(section) if not each.metadata.get("secret")}
    return {
        name: _public(value) if is_dataclass(value) else value for name, value in values.items() if value is not None
    }

"""The keys of configuration.yaml, which are Zigbee2MQTT's, with rules and defaults. Data only."""

from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, ClassVar

from zigloop_bridge.config.rules import (
    Choice,
    Flag,
    FlagOrKeys,
    HostAndPort,
    Number,
    Patterns,
    Rule,
    Text,
    Url,
    Whole,
    WholeNumbers,
)

#: `mqtt.server` when the bridge runs its embedded broker.
EMBEDDED = "embedded"

#: Bytes, or GENERATE until they are generated.
Generated = list[int] | str | None


def _key(rule: Rule, default: Any = None, *, secret: bool = False) -> Any:
    """A key of a section, with its rule and default."""
    return field(default=default, metadata={"rule": rule, "secret": secret})


@dataclass
class MqttConfig:
    """The section `mqtt`."""

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
    """The section `serial`."""

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
    """The section `advanced`."""

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
    """`availability.active:`, for routers and mains-powered devices, which can be pinged."""

    unsupported: ClassVar[tuple[str, ...]] = ()

    timeout: float = _key(Number(1), 10)  # minutes
    max_jitter: float = _key(Number(1000), 30_000)  # milliseconds
    backoff: bool = _key(Flag(), True)
    pause_on_backoff_gt: float = _key(Number(0), 0)


@dataclass
class PassiveConfig:
    """`availability.passive:`, for all others, which sleep."""

    unsupported: ClassVar[tuple[str, ...]] = ()

    timeout: float = _key(Number(1), 1500)  # minutes


@dataclass
class AvailabilityConfig:
    """The section `availability`."""

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

# Options of every device. What a definition adds (device_temperature_precision …) is checked where it is used.
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
    "filtered_attributes": Patterns(),
    "filtered_cache": Patterns(),
    "filtered_optimistic": Patterns(),
    "debounce_ignore": Patterns(),
}
UNSUPPORTED_DEVICE_OPTIONS = ("disable_automatic_update_check", "homeassistant", "icon")
RESTART_OPTIONS = ("disabled", "debounce", "throttle")


@dataclass
class Config:
    """The configuration in use. `devices` has the options of each device by its IEEE address."""

    mqtt: MqttConfig = field(default_factory=MqttConfig)
    serial: SerialConfig = field(default_factory=SerialConfig)
    advanced: AdvancedConfig = field(default_factory=AdvancedConfig)
    availability: AvailabilityConfig = field(default_factory=AvailabilityConfig)
    devices: dict[str, dict[str, Any]] = field(default_factory=dict)
    device_options: dict[str, Any] = field(default_factory=dict)

    def public(self) -> dict[str, Any]:
        """All settings for `bridge/info`, without secrets and keys that are not set."""
        out = {name: _public(getattr(self, name)) for name in SECTIONS}
        return {**out, "devices": self.devices, "device_options": self.device_options}


def _public(section: Any) -> dict[str, Any]:
    """A section's keys and values, without secrets and keys that are not set."""
    values = {each.name: getattr(section, each.name) for each in fields(section) if not each.metadata.get("secret")}
    return {
        name: _public(value) if is_dataclass(value) else value for name, value in values.items() if value is not None
    }

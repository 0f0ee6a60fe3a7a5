"""Converts a document to a configuration. A wrong or unknown key is an error in one sentence, with its line.

A key of Zigbee2MQTT that this bridge doesn't support causes a warning.
"""

import difflib
from collections.abc import Mapping
from dataclasses import Field, fields, is_dataclass
from pathlib import Path
from typing import Any

from zigloop_bridge.config.document import Document, YamlError
from zigloop_bridge.config.names import check_friendly_name
from zigloop_bridge.config.rules import Rule
from zigloop_bridge.config.schema import (
    DEVICE_OPTIONS,
    OTHER_KEYS,
    SECTIONS,
    UNSUPPORTED,
    UNSUPPORTED_DEVICE_OPTIONS,
    Config,
)
from zigloop_bridge.errors import ConfigError


def read(document: Document, name: str, folder: Path) -> tuple[Config, list[str]]:
    """The configuration in a document, and warnings. Raises `ConfigError`.

    Errors and warnings call the document `name`. Files with secrets are looked for in `folder`.
    """
    reader = _Reader(document, name, folder)
    return reader.read(), reader.warnings


class _Reader:
    def __init__(self, document: Document, name: str, folder: Path) -> None:
        self.document = document
        self.name = name
        self.folder = folder
        self.config = Config()
        self.warnings: list[str] = []

    def read(self) -> Config:
        config = self.config
        if not isinstance(self.document.root, Mapping):
            raise ConfigError(f"{self.name}: expected keys such as 'serial:' and 'mqtt:'")
        for key, value in self.document.root.items():
            if key in SECTIONS:
                self.section((key,), getattr(config, key), value)
            elif key in ("devices", "device_options"):
                continue
            elif key in UNSUPPORTED:
                self.warn((key,), f"'{key}' is a key of Zigbee2MQTT that this bridge doesn't have{UNSUPPORTED[key]}")
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
        self.warnings.append(str(self.error(path, sentence)))

    def unknown(self, path: tuple[Any, ...], key: Any, allowed: tuple[str, ...]) -> None:
        near = difflib.get_close_matches(str(key), allowed, 1)
        hint = f", did you mean '{near[0]}'?" if near else ","
        where = ".".join(map(str, (*path, key)))
        raise self.error((*path, key), f"unknown key '{where}'{hint} allowed here: {', '.join(sorted(allowed))}")

    def section(self, path: tuple[str, ...], section: Any, values: Any) -> None:
        """Fill in a section from the values at `path`."""
        where = ".".join(path)
        if values is None:
            return
        if not isinstance(values, Mapping):
            raise self.error(path, f"{where} must be a mapping, not {values!r}")
        keys: dict[str, Field[Any]] = {each.name: each for each in fields(section)}
        for key, value in values.items():
            if key in section.unsupported:
                self.warn((*path, key), f"'{where}.{key}' is a key of Zigbee2MQTT that this bridge doesn't have")
                continue
            if key not in keys:
                self.unknown(path, key, tuple(keys))
            if is_dataclass(getattr(section, key)):
                self.section((*path, key), getattr(section, key), value)
                continue
            value = self.secret((*path, key), value)
            rule: Rule = keys[key].metadata["rule"]
            if not rule.accepts(value):
                given = "this value" if keys[key].metadata["secret"] else repr(value)
                raise self.error((*path, key), f"{where}.{key} must be {rule}, not {given}")
            setattr(section, key, Document.plain(value))

    def secret(self, path: tuple[Any, ...], value: Any) -> Any:
        """Zigbee2MQTT's '!FILE.yaml KEY', and YAML's own `!secret KEY`, refer to a value in another file."""
        reference = self.document.secret_reference(value)
        if reference is None:
            return value
        file, key = reference
        try:
            values = Document.load(self.folder / file).root
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
            raise self.error(("device_options",), "device_options must be a mapping of options")
        self.options(("device_options",), shared)
        self.config.device_options = Document.plain(shared)
        devices = self.document.root.get("devices") or {}
        if not isinstance(devices, Mapping):
            raise self.error(("devices",), "devices must map addresses such as '0x00158d0001000001' to options")
        names: dict[str, str] = {}
        for ieee, options in devices.items():
            path = ("devices", ieee)
            if not isinstance(ieee, str) or len(ieee) != 18 or not ieee.startswith("0x"):
                raise self.error(
                    path,
                    f"devices: {ieee!r} is not an address, expected one such as '0x00158d0001000001' in quotes",
                )
            if not isinstance(options, Mapping):
                raise self.error(path, f"the device {ieee} must be a mapping of options such as friendly_name")
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
            elif key in DEVICE_OPTIONS and not DEVICE_OPTIONS[key].accepts(value):
                raise self.error(where, f"{key} must be {DEVICE_OPTIONS[key]}, not {value!r}")
            if key == "retention" and self.config.mqtt.version != 5:
                raise self.error(where, "MQTT retention requires protocol version 5")

"""configuration.yaml in use.

Changes by the bridge itself (new devices, new names, options, a generated network key) are written back, with the
user's comments and order kept.
"""

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from zigloop_bridge.config.document import Document, YamlError
from zigloop_bridge.config.reader import read
from zigloop_bridge.errors import ConfigError
from zigloop_bridge.storage import Saver, write_atomically

SAVE_DELAY = 1.0  # seconds


class ConfigFile:
    """A configuration; all changes go through here and are saved.

    `data_path` is the folder of all files that the bridge writes, None when it writes none. `warnings` are sentences
    for the user.
    """

    def __init__(self, document: Document, name: str, data_path: Path | None) -> None:
        self.data_path = data_path
        self.config, self.warnings = read(document, name, data_path or Path())
        self._document = document
        self._overrides: dict[tuple[str, str], Any] = {}
        self._saver: Saver | None = None

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], data_path: Path | None = None) -> "ConfigFile":
        """A configuration from a dictionary of the same shape as the file.

        With `data_path`, files (also configuration.yaml, after a change) are kept in that directory; without, no files
        are written. Raises `ConfigError`.
        """
        return cls(Document.from_dict(values), "the configuration", data_path)

    @classmethod
    def load(cls, path: Path | str) -> "ConfigFile":
        """The configuration in a file. State and database are kept beside it. Raises `ConfigError`."""
        path = Path(path)
        try:
            document = Document.load(path)
        except OSError as error:
            raise ConfigError(f"{path} can't be read: {error.strerror or error}") from None
        except YamlError as error:
            raise ConfigError(str(error)) from None
        return cls(document, path.name, path.parent)

    @property
    def path(self) -> Path | None:
        """Where the configuration is kept; None when it lives in memory only."""
        if self.data_path is None:
            return None
        return self._document.path or self.data_path / "configuration.yaml"

    def save(self) -> None:
        """Write the file, when there is one to write: at once, or soon after `save_later`.

        Raises `ConfigError` when it can't be written at once; later that is only logged.
        """
        if self._saver is not None:
            self._saver.changed()
        elif self.path is not None:
            try:
                write_atomically(self.path, self._document.dump())
            except OSError as error:
                raise ConfigError(f"{self.path} can't be written: {error.strerror or error}") from None

    def save_later(self) -> None:
        """From now on, write changes within a second, many at a time. Needs a running event loop."""
        self._saver = Saver(self.path, self._document.dump, SAVE_DELAY)

    def save_now(self) -> None:
        """Write what isn't written yet; from now on at once."""
        saver, self._saver = self._saver, None
        if saver is not None:
            saver.flush()

    def set(self, section: str, key: str, value: Any) -> None:
        """Change a key and write it back."""
        setattr(getattr(self.config, section), key, value)
        self._document.set((section, key), value)
        self.save()

    def override(self, section: str, key: str, value: Any) -> None:
        """Override a value without writing it, for command line options."""
        self._overrides[section, key] = value
        setattr(getattr(self.config, section), key, value)

    def reload(self) -> "ConfigFile":
        """The configuration as it is in the file now, with the same overrides. Raises `ConfigError`."""
        if self._document.path is None:
            return self
        fresh = ConfigFile.load(self._document.path)
        for (section, key), value in self._overrides.items():
            fresh.override(section, key, value)
        return fresh

    def complete_network(self) -> None:
        """Give keys that are GENERATE a random value, and write it back."""
        advanced = self.config.advanced
        for key, length in (("network_key", 16), ("ext_pan_id", 8)):
            if getattr(advanced, key) == "GENERATE":
                self.set("advanced", key, list(secrets.token_bytes(length)))
        if advanced.pan_id == "GENERATE":
            self.set("advanced", "pan_id", 1 + secrets.randbelow(0xFFFD))

    def set_device(self, ieee: str, options: Mapping[str, Any]) -> None:
        """Replace a device's entry and write it back."""
        self.config.devices[ieee] = dict(options)
        self._document.set(("devices", ieee), dict(options))
        self.save()

    def remove_device(self, ieee: str) -> None:
        """Remove a device's entry."""
        if self.config.devices.pop(ieee, None) is not None:
            self._document.remove(("devices", ieee))
            self.save()

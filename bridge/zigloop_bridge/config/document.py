"""A YAML file that is read and written back with its comments, order and line numbers."""

import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq, TaggedScalar
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.error import YAMLError as RuamelError
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

_SECRET = re.compile(r"^!(\S+\.ya?ml)\s+(\S+)$")
_ADDRESS = re.compile(r"^0x[0-9a-fA-F]{16}$")


class YamlError(Exception):
    """The file is not YAML; the message names the line."""


_DEVICES = "devices"
_MARK = "0x"  # stands for the devices' entries; no address


def _yaml() -> YAML:
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 4096
    return yaml


class Document:
    """A YAML document. After the first `dump`, changes go through `set` and `remove`."""

    def __init__(self, root: Any, path: Path | None = None) -> None:
        self.root = root
        self.path = path
        #: Whether the texts of the devices' entries, one after the other, are the section's text; None: not yet known.
        self._divisible: bool | None = None
        self._entries: dict[str, str] = {}  # the text of each device's entry, until it changes
        self._others: tuple[str, str] | None = None  # the text before and after them, until it changes

    @classmethod
    def load(cls, path: Path) -> "Document":
        """Read a file; an empty one is an empty document. Raises `YamlError` and OSError."""
        try:
            root = _yaml().load(path.read_text(encoding="utf-8"))
        except MarkedYAMLError as error:
            line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
            raise YamlError(f"{path.name}{line}: this is not YAML: {error.problem or error.context}") from None
        except (RuamelError, UnicodeDecodeError) as error:
            raise YamlError(f"{path.name}: this is not YAML: {str(error).splitlines()[0]}") from None
        return cls(CommentedMap() if root is None else root, path)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Document":
        """A document without lines."""
        return cls(_commented(values))

    def line(self, path: tuple[Any, ...]) -> int | None:
        """The line of the key at `path`, from 1; None when the document has no lines."""
        node = self.root
        line = None
        for key in path:
            if not isinstance(node, CommentedMap) or key not in node:
                break
            try:
                line = node.lc.key(key)[0] + 1
            except (AttributeError, KeyError, TypeError):
                return None
            node = node[key]
        return line

    def set(self, path: tuple[str, ...], value: Any) -> None:
        """Set the value at a path; missing keys on the way are added."""
        self._changes(path)
        node = self.root
        for key in path[:-1]:
            if not isinstance(node.get(key), dict):
                node[key] = CommentedMap()
            node = node[key]
        key = _as_written(node, path[-1])
        if _ADDRESS.match(key) and key not in node:
            key = DoubleQuotedScalarString(key)  # a bare 0x… would be a number
        old = node.get(key)
        if isinstance(old, CommentedMap) and isinstance(value, Mapping):
            for gone in [each for each in old if each not in value]:
                del old[gone]
            for each, content in value.items():
                if each not in old or old[each] != content:
                    old[each] = _commented(content)
        else:
            node[key] = _commented(value)

    def remove(self, path: tuple[str, ...]) -> None:
        """Remove the key at a path."""
        self._changes(path)
        node = self.root
        for key in path[:-1]:
            node = node.get(key)
            if node is None:
                return
        node.pop(_as_written(node, path[-1]), None)

    def dump(self) -> str:
        """The document's text.

        It takes ruamel 0.3 ms to write a device's entry: only those that have changed are written again. Where an entry
        can't be written by itself (it refers to another one), all are.
        """
        devices = self.root.get(_DEVICES)
        if not devices or not isinstance(devices, CommentedMap) or self._divisible is False:
            return _text(self.root)
        text = self._by_entry(devices)
        if self._divisible is None:
            whole = _text(self.root)
            self._divisible = text == whole
            return whole
        return text

    def _by_entry(self, devices: CommentedMap) -> str:
        if self._others is None:
            others = self._with_devices(devices, {_MARK: None})
            before, _, after = _text(others).partition(f"  {_MARK}:\n")
            self._others = before, after
        for key, entry in devices.items():
            if key not in self._entries:
                alone = _text(CommentedMap({_DEVICES: _one_of(devices, key, entry)}))
                self._entries[key] = alone.partition("\n")[2]
        before, after = self._others
        return "".join((before, *(self._entries[key] for key in devices), after))

    def _with_devices(self, devices: CommentedMap, entries: Mapping[str, Any]) -> CommentedMap:
        """The document with other entries for devices, and all comments but those of entries."""
        section = CommentedMap(entries)
        section.ca.comment = devices.ca.comment
        other = CommentedMap((key, section if key == _DEVICES else value) for key, value in self.root.items())
        other.ca.comment, other.ca.end = self.root.ca.comment, self.root.ca.end
        other.ca.items.update(self.root.ca.items)
        return other

    def _changes(self, path: tuple[str, ...]) -> None:
        if path[0] != _DEVICES or len(path) == 1:
            self._others = None
            return
        self._entries.pop(_as_written(self.root.get(_DEVICES) or {}, path[1]), None)

    @staticmethod
    def plain(value: Any) -> Any:
        """A copy made of Python's own types."""
        if isinstance(value, Mapping):
            return {str(key): Document.plain(each) for key, each in value.items()}
        if isinstance(value, list):
            return [Document.plain(each) for each in value]
        if isinstance(value, bool) or value is None:
            return value
        for kind in (str, int, float):
            if isinstance(value, kind):
                return kind(value)
        return value

    @staticmethod
    def secret_reference(value: Any) -> tuple[str, str] | None:
        """File and key that a value refers to, None when it is a value itself."""
        if isinstance(value, TaggedScalar) and value.tag.value == "!secret":
            return "secret.yaml", str(value.value)
        if isinstance(value, str) and (match := _SECRET.match(value)):
            return match[1], match[2]
        return None


def _as_written(node: Mapping[str, Any], key: str) -> str:
    """The key as the document has it: an address may be in capitals there."""
    if key not in node and _ADDRESS.match(key):
        return next((each for each in node if isinstance(each, str) and each.lower() == key.lower()), key)
    return key


def _text(root: Any) -> str:
    stream = io.StringIO()
    _yaml().dump(root, stream)
    return stream.getvalue()


def _one_of(section: CommentedMap, key: str, value: Any) -> CommentedMap:
    """A section with one of its entries, and the comments beside that."""
    one = CommentedMap({key: value})
    if key in section.ca.items:
        one.ca.items[key] = section.ca.items[key]
    return one


def _commented(value: Any) -> Any:
    """The value in ruamel's types, so that it is written as the rest of the file is."""
    if isinstance(value, Mapping):
        return CommentedMap({key: _commented(each) for key, each in value.items()})
    if isinstance(value, list | tuple):
        sequence = CommentedSeq([_commented(each) for each in value])
        if all(isinstance(each, int) for each in value):
            sequence.fa.set_flow_style()
        return sequence
    return value

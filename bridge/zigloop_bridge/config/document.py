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


def _yaml() -> YAML:
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 4096
    return yaml


class Document:
    """A YAML document."""

    def __init__(self, root: Any, path: Path | None = None) -> None:
        self.root = root
        self.path = path

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
        node = self.root
        for key in path[:-1]:
            node = node.get(key)
            if node is None:
                return
        node.pop(_as_written(node, path[-1]), None)

    def dump(self) -> str:
        """The document's text."""
        stream = io.StringIO()
        _yaml().dump(self.root, stream)
        return stream.getvalue()

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
    if _ADDRESS.match(key):
        return next((each for each in node if isinstance(each, str) and each.lower() == key.lower()), key)
    return key


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

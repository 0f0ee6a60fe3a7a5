"""Names that differ between two checkouts, for replaying recorded plans and schedules.

A name that the checkout still knows is used unchanged, so the table does no harm when both checkouts are new.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Renames:
    """Old name → new name. `controls` and `arguments` by "verb" and "verb.argument" of the old checkout.

    A key may start with a part or device: "radio.refuse" takes precedence over "refuse".
    `values` are by "verb.argument=value".
    """

    parts: dict[str, str] = field(default_factory=dict)
    controls: dict[str, str] = field(default_factory=dict)
    arguments: dict[str, str] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    declarations: dict[str, str] = field(default_factory=dict)
    scenarios: dict[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, file: Path | None) -> "Renames":
        """From JSON; nothing is renamed without a file."""
        return cls() if file is None else cls(**json.loads(file.read_text(encoding="utf-8")))

    def name(self, name: str) -> str:
        """Of a part of the bench; devices keep theirs."""
        return self.parts.get(name, name)

    def declaration(self, declaration: dict[str, Any]) -> dict[str, Any]:
        """Of a device: firmware and quirks."""
        return {self.declarations.get(key, key): value for key, value in declaration.items()}

    def renamed(self, name: str, verb: str, arguments: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Verb and arguments of a control of `name` under their new names."""
        found = {}
        for key, value in arguments.items():
            value = self._look_up(self.values, name, f"{verb}.{key}={value}", value)
            found[self._look_up(self.arguments, name, f"{verb}.{key}", key)] = value
        return self._look_up(self.controls, name, verb, verb), found

    def control(self, it: Any, verb: str, arguments: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Verb and arguments as `it` has them; LookupError when it has no such control."""
        if _takes(it.controls.get(verb), arguments):
            return verb, arguments
        verb, arguments = self.renamed(it.name, verb, arguments)
        if verb not in it.controls:
            raise LookupError(f"{it.name} has no control {verb!r}: name it in the table of renames")
        return verb, arguments

    @staticmethod
    def _look_up(table: dict[str, Any], name: str, key: str, default: Any) -> Any:
        return table.get(f"{name}.{key}", table.get(key, default))


def _takes(control: Any, arguments: dict[str, Any]) -> bool:
    """Whether a control has these arguments, and doesn't refuse these values."""
    if control is None or not arguments.keys() <= control.arguments.keys():
        return False
    try:
        for name, value in arguments.items():
            control.arguments[name].parse(value)
    except ValueError:
        return False
    return True

"""Devices on the command line: [NAME=]MODEL[,KEY=VALUE...]."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zigloop.cli.errors import CommandLineError

if TYPE_CHECKING:
    from zigloop.bench import Bench

_YES_AND_NO = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}


@dataclass(frozen=True)
class Declared:
    """A declared device; `text` is the argument as the user wrote it."""

    text: str
    name: str | None
    model: str
    declaration: dict[str, Any]

    def add_to(self, bench: "Bench", taken: Collection[str | None]) -> None:
        """Add it to the bench; default names avoid those in `taken`. CommandLineError when the bench refuses it."""
        try:
            bench.add(self.model, self.name or bench.free_name(self.model, taken), **self.declaration)
        except ValueError as error:
            raise CommandLineError(f"--device {self.text}: {error}") from None


def parse_device(text: str) -> Declared:
    """Parse `ZNCZ02LM`, `plug=ZNCZ02LM` or `plug=ZNCZ02LM,firmware=02-28-2017`; CommandLineError when it is invalid."""
    from zigloop.controls.control import PARTS
    from zigloop.device.registry import find
    from zigloop.remote.commands import WORDS

    product, *options = text.split(",")
    name, equals, model = product.rpartition("=")
    if not model or (equals and not name):
        raise CommandLineError(f"--device {text}: write MODEL or NAME=MODEL, as in plug=ZNCZ02LM")
    if name.lower() in WORDS:
        raise CommandLineError(f"--device {text}: {name} is a command of the prompt; give the device another name")
    if name.lower() in PARTS:
        raise CommandLineError(f"--device {text}: the bench has its own {name.lower()}; give the device another name")
    try:
        find(model)
    except ValueError as error:
        raise CommandLineError(f"--device {text}: {error}") from None
    declaration: dict[str, Any] = {}
    for option in options:
        key, equals, value = option.partition("=")
        if not (key and equals and value) or key in ("name", "model", "ieee"):
            raise CommandLineError(f"--device {text}: write KEY=VALUE after the comma, as in firmware=02-28-2017")
        declaration[key] = value
        if key != "firmware":
            if value.lower() not in _YES_AND_NO:
                raise CommandLineError(f"--device {text}: {key} must be yes or no, not {value}")
            declaration[key] = _YES_AND_NO[value.lower()]
    return Declared(text, name or None, model, declaration)

"""Every frame in captures/ against the definition of its product."""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from bridge import zcl

CAPTURES = Path(__file__).parent.parent / "captures"


def frames() -> list[Any]:
    return [
        pytest.param(file.stem, json.loads(line), id=f"{file.name}:{number}")
        for file in sorted(CAPTURES.glob("*.jsonl"))
        for number, line in enumerate(file.read_text().splitlines(), 1)
    ]


@pytest.mark.parametrize(("product", "capture"), frames())
def test_a_captured_frame(product: str, capture: dict[str, Any]) -> None:
    definition = import_module(f"bridge.devices.{product}").definition
    frame = zcl.parse(bytes.fromhex(capture["zcl"]))
    published = definition.decode(capture["endpoint"], capture["cluster"], frame, {}) or None
    assert published == capture["published"]
    assert capture["source"], "say where it was found"

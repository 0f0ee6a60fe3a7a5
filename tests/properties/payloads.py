"""What a definition may be sent, and what it may publish."""

import json
import math
from collections.abc import Callable
from typing import Any

from tests.support.paths import VECTORS
from zigloop.device.registry import PRODUCTS
from zigloop_bridge.converters.definition import Decoder, Definition, Payload
from zigloop_bridge.converters.exposes import flatten
from zigloop_bridge.devices import all_definitions

DEFINITIONS = {each.model: each for each in all_definitions()}
WITH_A_DEVICE = [model for model in DEFINITIONS if model in PRODUCTS]


Judge = Callable[[Any], bool]


def finite(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


#: What may be published beside the exposes (decisions 1 and 2; docs/protocols.md 10.2 on tags that no page has).
EXTRAS: dict[str, Judge] = {
    "action_user": whole,
    "action_user_role": lambda value: value in ("admin", "user"),
    "action_repeat": whole,
    "action_language": lambda value: value in ("chinese", "english"),
    "user": whole,
    "repeat": whole,
    "data": lambda value: isinstance(value, str) and set(value) <= set("0123456789abcdef"),
    "consumption": finite,
    "voltage": finite,
    "current": finite,
    "device_temperature": finite,
    "power_outage_count": whole,
}


def judge(definition: Definition, payload: Payload) -> None:
    """AssertionError unless everything in it may be published."""
    json.dumps(payload, allow_nan=False)
    exposes = {expose.property: expose for expose in flatten(definition.all_exposes)}
    for key, value in payload.items():
        if key in exposes:
            assert exposes[key].accepts(value), (key, value)
            assert not isinstance(value, float) or math.isfinite(value), (key, value)
        else:
            assert key in EXTRAS, (key, value)
            assert EXTRAS[key](value), (key, value)


def attributes_of(definition: Definition) -> list[tuple[int, int]]:
    """Cluster and attribute of each thing that it decodes, answers or remarks on."""
    found = {(each.cluster, each.attribute) for each in definition.auto_replies}
    decoders = [each for each in definition.decoders if isinstance(each, Decoder)]
    for one in (*decoders, *definition.notices):
        found |= {(one.cluster, number) for number in one.attributes}
    return sorted(found)


def clusters_of(definition: Definition) -> list[int]:
    return sorted({each.cluster for each in definition.decoders} | {0x0000, 0x0006, 0x0101, 0xFCC0})


def vectors_of(model: str) -> list[tuple[int, int, bytes]]:
    """Frames of the product's golden vectors."""
    content = json.loads((VECTORS / f"{model}.json").read_text())["vectors"]
    return [
        (each["endpoint"], each["cluster"], bytes.fromhex(each["zcl_frame_hex"]))
        for each in content
        if each["direction"] == "in" and "zcl_frame_hex" in each  # one has several frames
    ]

"""JSON as MQTT clients send and expect it."""

import json
import math
from typing import Any


def to_json(value: Any) -> str:
    """Compact JSON with sorted keys, as Zigbee2MQTT writes it."""
    return _ENCODER.encode(value)


def read_json(payload: bytes) -> Any:
    r"""The value in a payload. Raises ValueError when it is not JSON.

    Python's own parser lets NaN, 1e999 and half characters ("\ud800") pass, none of which could be published again.
    """
    try:
        value = json.loads(payload.decode(), parse_constant=_finite, parse_float=_finite)
        to_json(value).encode()
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    return value


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is not JSON")
    return number


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)

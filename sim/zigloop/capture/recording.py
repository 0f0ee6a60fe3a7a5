"""Captures: recorded frames as JSON lines. `captures/README.md` describes the keys.

A file has the frames from and to one device, in order. A single frame from a public log is a recording of one line.
"""

import json
import math
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any, Literal

Direction = Literal["in", "out"]


class CaptureError(ValueError):
    """A line isn't a valid capture; the message is one sentence with file and line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """One frame. Keys without a default are required."""

    direction: Direction  # in: from the device to the host; out: from the host to the device
    endpoint: int  # the device's
    cluster: int
    zcl: bytes
    source: str
    at: float = 0.0  # seconds since the recording began
    device: str | None = None  # IEEE address as 0x and 16 digits
    profile: int = 0x0104
    host_endpoint: int = 1
    lqi: int | None = None
    options: dict[str, Any] | None = None  # of the host for this device
    published: dict[str, Any] | None = None  # expected on MQTT; None: nothing
    rebuilt: bool = False  # rebuilt from values in a log: `note` names the part that is from the log
    note: str | None = None


_KEYS = {each.name for each in fields(Capture)}
_REQUIRED = {each.name for each in fields(Capture) if each.default is MISSING}


def read(file: Path) -> list[Capture]:
    """All frames of a file, in order; frames of the same source must be in chronological order.

    CaptureError names the first invalid line; OSError when the file can't be read.
    """
    captures: list[Capture] = []
    latest: dict[str, float] = {}  # seconds, by source
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        try:
            capture = parse(line)
            if capture.at < latest.get(capture.source, 0.0):
                raise CaptureError(f"its time, {capture.at:g} s, is before that of an earlier line of the same source")
        except CaptureError as error:
            raise CaptureError(f"{file}, line {number}: {error}") from None
        latest[capture.source] = capture.at
        captures.append(capture)
    return captures


def parse(line: str) -> Capture:
    """Parse one line; CaptureError explains what is wrong with it."""
    try:
        content = json.loads(line)
    except ValueError as error:
        raise CaptureError(f"it is not JSON ({error})") from None
    if not isinstance(content, dict):
        raise CaptureError("a capture is a JSON object")
    unknown = sorted(set(content) - _KEYS)
    if unknown:
        raise CaptureError(f"the key {unknown[0]!r} is unknown; the keys are {', '.join(sorted(_KEYS))}")
    missing = sorted(_REQUIRED - set(content))
    if content.get("direction") == "in" and "published" not in content:
        missing.append("published")  # a frame that publishes nothing must state it
    if missing:
        raise CaptureError(f"{missing[0]!r} is missing")
    for key, value in content.items():
        _check(key, value)
    if content["direction"] == "out" and content.get("published") is not None:
        raise CaptureError("a frame from the host publishes nothing: 'published' is for direction \"in\"")
    if content.get("rebuilt") and not content.get("note"):
        raise CaptureError("a rebuilt frame needs a 'note' that names the part that is from the log")
    return Capture(**{**content, "zcl": bytes.fromhex(content["zcl"])})


def _check(key: str, value: Any) -> None:
    """Raise CaptureError unless `key` may have this value."""
    number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    whole = number and isinstance(value, int)
    match key:
        case "direction":
            right, wanted = value in ("in", "out"), '"in" or "out"'
        case "endpoint" | "host_endpoint":
            right, wanted = whole and 0 <= value <= 255, "a whole number from 0 to 255"
        case "lqi":
            right, wanted = value is None or (whole and 0 <= value <= 255), "a whole number from 0 to 255, or null"
        case "cluster" | "profile":
            right, wanted = whole and 0 <= value <= 0xFFFF, "a whole number from 0 to 65535"
        case "at":
            right, wanted = number and value >= 0, "a number of seconds, 0 or more"
        case "zcl":
            right, wanted = isinstance(value, str) and bool(value) and _is_hex(value), "bytes in hex"
        case "device":
            right = value is None or (
                isinstance(value, str) and len(value) == 18 and value.startswith("0x") and _is_hex(value[2:])
            )
            wanted = "an IEEE address as 0x and 16 hex digits, or null"
        case "options" | "published":
            right, wanted = value is None or isinstance(value, dict), "an object or null"
        case "rebuilt":
            right, wanted = isinstance(value, bool), "true or false"
        case "source":
            right, wanted = isinstance(value, str) and bool(value), "text that says where it was found"
        case _:
            right, wanted = value is None or isinstance(value, str), "text or null"
    if not right:
        raise CaptureError(f"{key!r} must be {wanted}, not {json.dumps(value)}")


def _is_hex(text: str) -> bool:
    try:
        bytes.fromhex(text)
    except ValueError:
        return False
    return True

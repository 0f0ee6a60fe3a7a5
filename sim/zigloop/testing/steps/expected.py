"""What a sentence expects of a payload: JSON, numbers in ranges, and both together.

{"state": "ON"}
"ON"                                        a text, or JSON that isn't an object
"power" between 41 and 43                   the number at a path
{"state": "ON"} with "power" between 41 and 43 and "color.x" between 0 and 1
"""

import json
import re
from typing import Any, Final

from zigloop.testing.match import AllOf, At, Between

_NUMBER = r"[-+]?(?:\d[\d.eE+-]*|inf)"
_RANGE = rf'"[^"]+" between {_NUMBER} and {_NUMBER}'
_RANGES = rf"{_RANGE}(?: and {_RANGE})*"
_JSON = rf'\{{.*\}}|\[.*\]|"[^"]*"|{_NUMBER}|true|false|null'

#: The pattern of an expectation.
EXPECTED: Final = rf"(?:{_RANGES}|(?:{_JSON})(?: with {_RANGES})?)"
#: `, then {…}`, `, then other publishes {…} within 2 seconds of it`: any number of them.
THEN: Final = rf"(?:, then (?:\S+ publishes )?{EXPECTED}(?: within [\d.]+ seconds? of it)?)+"

_THEN_EACH = re.compile(
    rf", then (?:(?P<topic>\S+) publishes )?(?P<expected>{EXPECTED})(?: within (?P<within>[\d.]+) seconds? of it)?"
    r"(?=, then |$)"
)
_RANGE_EACH = re.compile(rf'"(?P<path>[^"]+)" between (?P<low>{_NUMBER}) and (?P<high>{_NUMBER})')
_PARTS = re.compile(rf"(?P<json>{_JSON})(?: with (?P<ranges>{_RANGES}))?")


def parse(text: str) -> Any:
    """An expected payload as `contains` takes it; JSONDecodeError or AssertionError for text that is none."""
    if re.fullmatch(_RANGES, text):
        return _ranges(text)
    parts = _PARTS.fullmatch(text)
    assert parts is not None, f"this is neither JSON nor a range: {text}"
    payload = json.loads(parts["json"])
    return AllOf((payload, _ranges(parts["ranges"]))) if parts["ranges"] else payload


def parse_then(text: str) -> list[tuple[str | None, Any, float | None]]:
    """Topic (None: that of the message before), expected payload, most seconds after the message before."""
    return [
        (each["topic"], parse(each["expected"]), float(each["within"]) if each["within"] else None)
        for each in _THEN_EACH.finditer(text)
    ]


def _ranges(text: str) -> Any:
    try:
        found = [
            At(each["path"], Between(float(each["low"]), float(each["high"]))) for each in _RANGE_EACH.finditer(text)
        ]
    except ValueError:
        raise AssertionError(f"this is not a range of numbers: {text}") from None
    return found[0] if len(found) == 1 else AllOf(tuple(found))

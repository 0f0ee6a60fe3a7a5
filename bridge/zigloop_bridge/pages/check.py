"""Compares a definition, as in `bridge/devices`, with the promises of its page.

Works on JSON, so it works for any bridge that publishes its definitions, including real Zigbee2MQTT. The order of
exposes and of an enum's values isn't compared: it is not a promise.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from zigloop_bridge.converters.exposes import GET, SET, STATE
from zigloop_bridge.pages.page import NESTED, Page, Promise

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Finding:
    """One deviation: the promise, and the definition's value."""

    text: str

    def __str__(self) -> str:
        return self.text


def check(page: Page, definition: Json) -> list[Finding]:
    """Every deviation of the definition from the page; empty when it holds."""
    texts = [
        *_product(page, definition),
        *_row(page, definition),
        *_each(page.exposes, list(flatten(definition.get("exposes", []))), "expose"),
        *_each(page.options, definition.get("options", []), "option"),
    ]
    return [Finding(text) for text in texts]


def flatten(exposes: Iterable[Json]) -> Iterator[Json]:
    """Properties: a switch's or light's features in its place; a composite or list is one property."""
    for expose in exposes:
        if "features" in expose and expose["type"] not in NESTED:
            yield from expose["features"]
        else:
            yield expose


def _differ(what: str, promised: object, found: object) -> str:
    return f"{what}: the page says {promised}, the definition {found}"


def _product(page: Page, definition: Json) -> Iterator[str]:
    for key in ("model", "vendor", "description"):
        promised, found = getattr(page, key), str(definition.get(key) or "").strip()
        if promised != found:
            yield _differ(f"The {key}", f"`{promised}`", f"`{found}`")
    if page.ota and not definition.get("supports_ota"):
        yield "OTA: the page promises updates, the definition has none"
    elif not page.ota and definition.get("supports_ota"):
        yield "OTA: the definition has updates, which the page doesn't promise"


def _row(page: Page, definition: Json) -> Iterator[str]:
    """The table's row Exposes, as far as it has more than the sections below it."""
    own = set()
    for expose in definition.get("exposes", []):
        features = ", ".join(feature["name"] for feature in expose.get("features", []))
        own.add(expose.get("name") or f"{expose['type']} ({features})")
    in_sections = {promise.name for promise in page.exposes if not promise.specific}
    in_definition = {expose["name"] for expose in definition.get("exposes", []) if "name" in expose}
    for entry in page.row:
        if entry not in own | in_sections:
            yield f"The table's row Exposes names `{entry}`, which the definition lacks"
    for entry in sorted(own - set(page.row) - (in_definition - in_sections)):
        yield f"The table's row Exposes lacks `{entry}`, which the definition has"


def _each(promises: Iterable[Promise], found: list[Json], kind: str) -> Iterator[str]:
    left = list(found)
    for promise in promises:
        candidates = [each for each in left if _property(each) == promise.key]
        if not candidates:
            yield f"`{promise.key}`: the page promises this {kind}, the definition lacks it"
            continue
        # A light's color_xy and color_hs share a property; then the type distinguishes them, or the order.
        one = next((each for each in candidates if each["type"] == promise.type), candidates[0])
        left.remove(one)
        yield from (f"`{promise.key}`: {text}" for text in _one(promise, one, kind))
    for each in left:
        yield f"`{_property(each)}`: the definition has this {kind}, which isn't on the page"


def _property(expose: Json) -> str:
    return str(expose.get("property") or expose.get("name") or "")


def _one(promise: Promise, expose: Json, kind: str) -> Iterator[str]:
    if promise.type and promise.type != expose["type"]:
        yield f"the page calls it {promise.type}, the definition {expose['type']}"
        return  # ranges and values of another type mean nothing
    if kind == "expose":
        yield from _access(promise, expose)
        yield from _heading(promise, expose)
    if promise.description is not None:
        promised, found = _text(promise.description, kind), _text(expose.get("description") or "", kind)
        if promised != found:
            yield f'the page describes it as "{promised}", the definition as "{found}"'
    yield from _numbers(promise, expose, kind)
    yield from _values(promise, expose)


def _access(promise: Promise, expose: Json) -> Iterator[str]:
    access = expose.get("access", 0)
    for promised, bit, can, can_not in (
        (promise.published, STATE, "is published", "isn't published"),
        (promise.settable, SET, "can be set", "can't be set"),
        (promise.readable, GET, "can be read with /get", "can't be read with /get"),
    ):
        if promised is not None and promised != bool(access & bit):
            words = (can, can_not) if promised else (can_not, can)
            yield f"the page says it {words[0]}, the definition that it {words[1]}"


def _heading(promise: Promise, expose: Json) -> Iterator[str]:
    """Pages of old have the name as a heading, those of today the label; both with a capital."""
    endpoint = str(expose.get("endpoint") or "")
    if promise.endpoint != endpoint:
        yield f"the page has it on {_endpoint(promise.endpoint)}, the definition on {_endpoint(endpoint)}"
    if promise.specific:
        return
    label, name = str(expose.get("label") or ""), str(expose.get("name") or "")
    if promise.heading.casefold() not in (label.casefold(), name.casefold()):
        yield f"the page's heading is `{promise.heading}`, the definition's label `{label}`"


def _endpoint(name: str) -> str:
    return f"endpoint `{name}`" if name else "no endpoint"


def _text(text: str, kind: str) -> str:
    """Line breaks aside; an option's full stop may be docgen's."""
    text = " ".join(text.split())
    return text.rstrip(".") if kind == "option" else text


def _numbers(promise: Promise, expose: Json, kind: str) -> Iterator[str]:
    unit = str(expose.get("unit") or "")
    if kind == "expose" and promise.complete and promise.unit != unit:
        yield f"the page's unit is {_or_none(promise.unit)}, the definition's {_or_none(unit)}"
    low, high = expose.get("value_min"), expose.get("value_max")
    if kind == "expose" and (low is None or high is None):
        low = high = None  # docgen writes a range only when it has both ends
    if not promise.complete and promise.minimum is None:
        return
    for what, promised, found in (("least", promise.minimum, low), ("greatest", promise.maximum, high)):
        if promised != found:
            yield f"the page's {what} value is {_or_none(promised)}, the definition's {_or_none(found)}"


def _or_none(value: object) -> str:
    if value is None or value == "":
        return "not given"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


def _values(promise: Promise, expose: Json) -> Iterator[str]:
    for what, promised, found in (
        ("value", promise.values, map(literal, expose.get("values", []))),
        ("preset", promise.presets, (str(preset["name"]) for preset in expose.get("presets", []))),
    ):
        if promise.complete or promised:
            yield from _words(what, promised, list(found))
    if promise.fields:
        fields = _fields(expose)
        # Pages of old have the fields' properties, those of today their names.
        by_name, by_property = [str(each.get("name")) for each in fields], list(map(_property, fields))
        yield from _words("field", promise.fields, by_name if set(by_name) == set(promise.fields) else by_property)
    for what in ("on", "off", "toggle"):
        promised_word, word = getattr(promise, what), literal(expose.get(f"value_{what}", ""))
        # A page has a toggle for specific types only.
        if promised_word != word and (promised_word or (promise.complete and what != "toggle")):
            yield f"the page's value for {what} is {_or_none(promised_word)}, the definition's {_or_none(word)}"


def _words(what: str, promised: tuple[str, ...], found: list[str]) -> Iterator[str]:
    yield from (f"the page has the {what} `{each}`, the definition lacks it" for each in promised if each not in found)
    yield from (
        f"the definition has the {what} `{each}`, which isn't on the page" for each in found if each not in promised
    )


def _fields(expose: Json) -> list[Json]:
    item = expose.get("item_type")
    features: list[Json] = item.get("features", []) if isinstance(item, dict) else expose.get("features", [])
    return features


def literal(value: object) -> str:
    """A value as a page writes it: `true`, `ON`, `5`."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)

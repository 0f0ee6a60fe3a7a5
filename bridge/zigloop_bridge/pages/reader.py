"""Reads a device page, as Zigbee2MQTT's docgen writes it, into what it promises.

Docgen writes the same sentences on every page, one to a line, with names and values in backticks; so each line is
known by how it begins, and its values are what stands between its backticks. Pages of 2019 and of today differ in
headings only. What no sentence here knows is kept in `Page.unread`, so that nobody believes it was checked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

GENERIC = ("numeric", "binary", "enum", "text")
NESTED = ("composite", "list")
WITH_STATE = ("switch", "lock", "cover", "fan")
WITH_FEATURES = ("light", "climate")
TYPES = (*GENERIC, *NESTED, *WITH_STATE, *WITH_FEATURES)


class NotADevicePageError(ValueError):
    """The text has no table that names a model."""


@dataclass(slots=True)
class Promise:
    """What a page says of one property, or of one option; None where it says nothing."""

    heading: str
    type: str = ""
    """numeric, binary, enum, text, composite or list; empty where the page doesn't tell."""
    key: str = ""
    """The property: the key in the payload."""
    endpoint: str = ""
    specific: str = ""
    """Of which it is a feature: switch, light, climate …"""
    complete: bool = False
    """The section says all there is: a unit, range or description that isn't there doesn't exist."""
    description: str | None = None
    published: bool | None = None
    settable: bool | None = None
    readable: bool | None = None
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    values: tuple[str, ...] = ()
    presets: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    on: str = ""
    off: str = ""
    toggle: str = ""

    @property
    def name(self) -> str:
        """The key without the endpoint's suffix."""
        return self.key.removesuffix(f"_{self.endpoint}") if self.endpoint else self.key


@dataclass(frozen=True, slots=True)
class Page:
    """What a page promises of a product."""

    model: str
    vendor: str
    description: str
    row: tuple[str, ...]
    """The entries of the table's row "Exposes": `power`, `switch (state)`."""
    ota: bool
    exposes: tuple[Promise, ...]
    options: tuple[Promise, ...]
    notes: tuple[str, ...]
    """The headings of the notes, which are prose."""
    unread: tuple[str, ...]


def read_page(text: str) -> Page:
    """What the page promises; NotADevicePageError when it is none."""
    sections = _sections(repair(line.rstrip()) for line in text.splitlines())
    table = _table(sections.get("", []))
    if not table.get("Model"):
        raise NotADevicePageError("it has no table with a row Model")
    unread: list[str] = []
    return Page(
        model=table["Model"],
        vendor=_link_text(table.get("Vendor", "")),
        description=table.get("Description", ""),
        row=_entries(table.get("Exposes", "")),
        ota="OTA updates" in sections,
        exposes=tuple(_exposes(sections.get("Exposes", []), unread)),
        options=tuple(_options(sections.get("Options", []), unread)),
        notes=tuple(line.lstrip("# ") for line in sections.get("Notes", []) if line.startswith("### ")),
        unread=tuple(unread),
    )


def repair(line: str) -> str:
    """The line as it was meant, where UTF-8 was once read as Latin-1: `Â°C` is °C."""
    try:
        return line.encode("latin-1").decode()
    except UnicodeError:
        return line


# -- the page's frame -------------------------------------------------------------------------------------------


def _sections(lines: Iterable[str]) -> dict[str, list[str]]:
    """Lines by their `## ` heading. What stands between the notes' comments is notes, whatever its headings."""
    sections: dict[str, list[str]] = {"": []}
    current, noted = "", False
    for line in lines:
        if line.startswith(("<!-- Notes BEGIN", "<!-- Notes END")):
            noted = "BEGIN" in line
            current = "Notes" if noted else ""
        elif line.startswith("## ") and not noted:
            current = line.removeprefix("## ").strip()
        else:
            sections.setdefault(current, []).append(line)
    return sections


def _table(lines: list[str]) -> dict[str, str]:
    rows = (line.strip().strip("|").partition("|") for line in lines if line.startswith("|"))
    return {name.strip(): value.strip() for name, _, value in rows}


def _link_text(cell: str) -> str:
    """`[Aqara](/supported-devices/#v=Aqara)` is Aqara."""
    return cell[1:].partition("](")[0] if cell.startswith("[") else cell


def _entries(cell: str) -> tuple[str, ...]:
    """Split at the commas that aren't in parentheses."""
    entries: list[str] = []
    for part in cell.split(","):
        if entries and entries[-1].count("(") > entries[-1].count(")"):
            entries[-1] += "," + part
        else:
            entries.append(part.strip())
    return tuple(entry for entry in entries if entry)


# -- values in sentences ----------------------------------------------------------------------------------------


def _quoted(text: str) -> tuple[str, ...]:
    """What stands between backticks."""
    return tuple(text.split("`")[1::2])


def _after(text: str, words: str) -> str:
    """The text behind the words, empty when they aren't there."""
    return text.partition(words)[2]


def _range(text: str, low: str, high: str) -> tuple[float | None, float | None]:
    """The numbers in backticks right behind `low` and `high`; None for one that isn't there or is no number."""
    return _number(_after(text, low)), _number(_after(text, high))


def _number(text: str) -> float | None:
    try:
        return float(_quoted(text)[0])
    except (IndexError, ValueError):
        return None


def _payload_key(text: str) -> str:
    """The key of the first payload in backticks: `state` of `{"state": "ON"}`."""
    return next((each.split('"')[1] for each in _quoted(text) if each.startswith('{"')), "")


def _payload_values(text: str) -> tuple[str, ...]:
    """The values of payloads in backticks: ON, OFF of `{"state": "ON"}`, `{"state": "OFF"}`.

    A toggle that a definition doesn't have stands there as `undefined`.
    """
    values = (each.split('"')[3] for each in _quoted(text) if each.startswith('{"') and each.count('"') >= 4)
    return tuple("" if value == "undefined" else value for value in values)


# -- exposes ----------------------------------------------------------------------------------------------------


def _exposes(lines: list[str], unread: list[str]) -> Iterator[Promise]:
    heading, section = "", list[str]()
    for line in [*lines, "### "]:
        if line.startswith("### "):
            if heading:
                yield from _section(heading, section, unread)
            heading, section = line.removeprefix("### ").strip(), []
        elif line.strip():
            section.append(line)


def _section(heading: str, lines: list[str], unread: list[str]) -> Iterator[Promise]:
    label, type_, endpoint = _read_heading(heading)
    if type_ in GENERIC or type_ in NESTED:
        yield _generic(Promise(label, type_, endpoint=endpoint, complete=type_ in GENERIC), lines, unread)
    elif type_ in WITH_STATE:
        yield from _with_state(Promise(label, specific=type_, endpoint=endpoint), lines, unread)
    elif type_ in WITH_FEATURES:
        yield from _with_features(Promise(label, specific=type_, endpoint=endpoint), lines, unread)
    else:
        unread.append(f"{heading}: a kind of expose that isn't known")


def _read_heading(heading: str) -> tuple[str, str, str]:
    """Label, type and endpoint of `Power (numeric, l1 endpoint)`, `Switch (l1 endpoint)`, `Switch`."""
    type_ = endpoint = ""
    label, _, inside = heading.rpartition(" (")
    for part in inside.removesuffix(")").split(", ") if heading.endswith(")") else []:
        if part in TYPES:
            type_ = part
        elif part.endswith(" endpoint"):
            endpoint = part.removesuffix(" endpoint")
    if not type_ and not endpoint:
        label = heading
    return label, type_ or label.lower(), endpoint


def _generic(promise: Promise, lines: list[str], unread: list[str]) -> Promise:
    """A property of its own: first its description, then the sentences."""
    description: list[str] = []
    fields: list[str] = []
    started = False
    for line in lines:
        if promise.type in NESTED and line.startswith("- `"):
            started = True
            fields.append(_quoted(line)[0])
        elif _sentence(promise, line):
            started = True
        elif started:
            unread.append(f"{promise.heading}: {line}")
        else:
            description.append(line)
    promise.fields = tuple(fields)
    promise.description = "\n".join(description).removesuffix(".")
    if promise.type in NESTED:
        _nested_access(promise)
    if not promise.key:
        name = promise.heading.lower().replace(" ", "_")
        promise.key = f"{name}_{promise.endpoint}" if promise.endpoint else name
        unread.append(f"{promise.heading}: no sentence names its property; `{promise.key}` is by its heading")
    return promise


def _nested_access(promise: Promise) -> None:
    """Of a composite or list the page only tells what can be done; of a list not whether it can be read."""
    promise.settable = bool(promise.settable)
    if promise.type == "composite":
        promise.readable = bool(promise.readable)


def _sentence(promise: Promise, line: str) -> bool:
    """Read one sentence into the promise; False when it isn't known."""
    quoted = _quoted(line)
    if line.startswith("Value will **not** be published in the state"):
        promise.published = False
    elif line.startswith("Value can be found in the published state") and quoted:
        promise.published, promise.key = True, quoted[0]
    elif line.startswith("It's not possible to read (`/get`) or write (`/set`)"):
        promise.readable = promise.settable = False
    elif line.startswith("It's not possible to read (`/get`)"):
        promise.readable = False
    elif line.startswith("It's not possible to write (`/set`)"):
        promise.settable = False
    elif line.startswith(("To read (`/get`) the value", "To read the current state of this")):
        promise.readable, promise.key = True, _payload_key(line) or promise.key
    elif line.startswith(("To write (`/set`) a value", "Can be set by publishing to")):
        promise.settable, promise.key = True, _payload_key(line) or promise.key
    elif line.startswith("The minimal value is "):
        promise.minimum, promise.maximum = _range(line, "minimal value is ", "maximum value is ")
    elif line.startswith("The unit of this value is ") and quoted:
        promise.unit = quoted[0]
    elif line.startswith("Besides the numeric values the following values are acce"):
        promise.presets = quoted
    elif line.startswith("If value equals ") and len(quoted) >= 2:
        promise.on, promise.off = quoted[0], quoted[-1]
    elif line.startswith("The possible values are:"):
        promise.values = quoted
    else:
        return False
    return True


# -- a switch, lock, cover or fan -------------------------------------------------------------------------------


def _with_state(state: Promise, lines: list[str], unread: list[str]) -> Iterator[Promise]:
    """Its state, and what a cover, fan or lock has beside it."""
    more: list[Promise] = []
    lines = list(_without_prose(lines, state.heading, unread))
    for line in lines:
        quoted = _quoted(line)
        if line.startswith("The current state of this ") and len(quoted) >= 3:
            state.published = True
            state.key, state.on, state.off = quoted[:3]
        elif line.startswith("To control this "):
            state.settable = True
            _commands(state, _payload_values(line))
        elif line.startswith("To change the "):
            feature = Promise(state.heading, specific=state.specific, endpoint=state.endpoint, settable=True)
            feature.key = _payload_key(line)
            _allowed(feature, line)
            more.append(feature)
        elif line.startswith("This lock exposes a lock state") and quoted:
            values = _quoted(_after(line, "The possible values are:"))
            more.append(Promise(state.heading, "enum", quoted[0], state.endpoint, "lock", published=True))
            more[-1].readable = more[-1].settable = False
            more[-1].values = values
        elif not _sentence(state, line):
            unread.append(f"{state.heading}: {line}")
    if state.key:
        yield state
    yield from (feature for feature in more if feature.key)


def _commands(state: Promise, values: tuple[str, ...]) -> None:
    """A cover's state is one of several words; that of the others is on or off, a switch's can be toggled."""
    if state.specific == "cover" or not {state.on, state.off} <= set(values):
        state.type, state.values, state.on, state.off = "enum", values, "", ""
        return
    state.type = "binary"
    if len(values) > 2:
        state.toggle = values[2]


def _without_prose(lines: list[str], heading: str, unread: list[str]) -> Iterator[str]:
    """Lines down to the first `#### `, under which docgen explains transitions and the like."""
    prose = False
    for line in lines:
        if line.startswith("#### "):
            prose = True
            unread.append(f"{heading}: what it says under {line.lstrip('# ')!r}")
        elif not prose:
            yield line


def _allowed(feature: Promise, text: str) -> None:
    """Range or values of a feature: "a number between `0` and `100`", "one of: `a`, `b`"."""
    for words in ("VALUE` can be:", "VALUE` is one of:", "Possible values are:"):
        if words in text:
            feature.type = "enum"
            # A next sentence begins behind the full stop that follows a value.
            feature.values = _quoted(_after(text, words).partition("`. ")[0] + "`")
            feature.values = tuple(value for value in feature.values if value)
    if " between `" in text:
        feature.type = "numeric"
        between = _after(text, " between ")
        feature.minimum, feature.maximum = _number(between), _number(_after(between, "` and "))


# -- a light or climate -----------------------------------------------------------------------------------------


def _with_features(whole: Promise, lines: list[str], unread: list[str]) -> Iterator[Promise]:
    """Its features: those of its first sentence, each told more in a bullet of its own, or not."""
    features: dict[str, Promise] = {}
    for line in _without_prose(lines, whole.heading, unread):
        if "supports the following features:" in line:
            for name in _quoted(line):
                key = f"{name}_{whole.endpoint}" if whole.endpoint else name
                features[name] = Promise(whole.heading, "", key, whole.endpoint, whole.specific)
        elif line.startswith("- `") and (feature := features.get(_quoted(line)[0])) is not None:
            _feature(feature, line)
        else:
            unread.append(f"{whole.heading}: {line}")
    yield from features.values()


def _feature(feature: Promise, line: str) -> None:
    feature.key = _payload_key(line) or feature.key
    if "FRIENDLY_NAME/set`" in line:
        feature.settable = True
        control = _after(line, "FRIENDLY_NAME/set`").partition("To read")[0]
        if " where `VALUE` " in control:
            _allowed(feature, control)
        elif '": {' in control:
            feature.type = "composite"
        elif values := _payload_values(control):
            feature.type = "binary"
            feature.on, feature.off, feature.toggle = (*values, "", "")[:3]
    elif unit := _after(line, " (in ").partition(")")[0]:
        feature.type, feature.unit = "numeric", unit
    else:
        _allowed(feature, line)
    if "FRIENDLY_NAME/get`" in line:
        feature.readable = True
    elif "Reading (`/get`) this attribute is not possible" in line:
        feature.readable = False


# -- options ----------------------------------------------------------------------------------------------------


def _options(lines: list[str], unread: list[str]) -> Iterator[Promise]:
    option: Promise | None = None
    code = False
    for line in lines:
        if line.startswith("```"):
            code = not code
        elif line.startswith("* `"):
            if option is not None:
                yield _option(option)
            name, _, text = line.removeprefix("* `").partition("`:")
            option = Promise(name, key=name, description=text.strip(), settable=True, complete=True)
        elif option is not None and line.strip() and not code:
            option.description = f"{option.description}\n{line.strip()}"
        elif line.strip() and not code and not line.startswith("*["):
            unread.append(f"Options: {line}")
    if option is not None:
        yield _option(option)


def _option(option: Promise) -> Promise:
    """Part what was read as its description into that and its last sentence, which says what it may be."""
    text = option.description or ""
    description, found, allowed = text.rpartition("The value must be ")
    if not found:
        option.type = "composite" if text.endswith("Example:") else ""
        option.description = text.removesuffix("Example:").strip()
        return option
    option.description = description.strip()
    quoted = _quoted(allowed)
    if allowed.startswith("a number"):
        option.type = "numeric"
        option.minimum, option.maximum = _range(allowed, "minimum value of ", "maximum value of ")
    elif allowed.startswith("one of "):
        option.type, option.values = "enum", quoted
    elif allowed.startswith("a list"):
        option.type = "list"
    elif allowed.startswith("textual"):
        option.type = "text"
    elif len(quoted) == 2:
        option.type = "binary"
        option.on, option.off = quoted
    return option

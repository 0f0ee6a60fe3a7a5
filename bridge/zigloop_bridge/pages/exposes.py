"""Reads the section Exposes of a device page."""

from collections.abc import Iterator

from zigloop_bridge.pages.page import GENERIC, NESTED, TYPES, WITH_FEATURES, WITH_STATE, Promise
from zigloop_bridge.pages.sentences import after, bounds, number_in, payload_key, payload_values, quotes


def read_exposes(lines: list[str], unread: list[str]) -> Iterator[Promise]:
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
            fields.append(quotes(line)[0])
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
    """For a composite or list the page has only what is possible; for a list not whether it can be read."""
    promise.settable = bool(promise.settable)
    if promise.type == "composite":
        promise.readable = bool(promise.readable)


def _sentence(promise: Promise, line: str) -> bool:
    """Read one sentence into the promise; False when it isn't known."""
    quoted = quotes(line)
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
        promise.readable, promise.key = True, payload_key(line) or promise.key
    elif line.startswith(("To write (`/set`) a value", "Can be set by publishing to")):
        promise.settable, promise.key = True, payload_key(line) or promise.key
    elif line.startswith("The minimal value is "):
        promise.minimum, promise.maximum = bounds(line, "minimal value is ", "maximum value is ")
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
        quoted = quotes(line)
        if line.startswith("The current state of this ") and len(quoted) >= 3:
            state.published = True
            state.key, state.on, state.off = quoted[:3]
        elif line.startswith("To control this "):
            state.settable = True
            _commands(state, payload_values(line))
        elif line.startswith("To change the "):
            feature = Promise(state.heading, specific=state.specific, endpoint=state.endpoint, settable=True)
            feature.key = payload_key(line)
            _allowed(feature, line)
            more.append(feature)
        elif line.startswith("This lock exposes a lock state") and quoted:
            values = quotes(after(line, "The possible values are:"))
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
            unread.append(f"{heading}: the text under {line.lstrip('# ')!r}")
        elif not prose:
            yield line


def _allowed(feature: Promise, text: str) -> None:
    """Range or values of a feature: "a number between `0` and `100`", "one of: `a`, `b`"."""
    for words in ("VALUE` can be:", "VALUE` is one of:", "Possible values are:"):
        if words in text:
            feature.type = "enum"
            # A next sentence begins behind the full stop that follows a value.
            feature.values = quotes(after(text, words).partition("`. ")[0] + "`")
            feature.values = tuple(value for value in feature.values if value)
    if " between `" in text:
        feature.type = "numeric"
        between = after(text, " between ")
        feature.minimum, feature.maximum = number_in(between), number_in(after(between, "` and "))


# -- a light or climate -----------------------------------------------------------------------------------------


def _with_features(whole: Promise, lines: list[str], unread: list[str]) -> Iterator[Promise]:
    """Its features: those of its first sentence, each with a bullet of its own, or without."""
    features: dict[str, Promise] = {}
    for line in _without_prose(lines, whole.heading, unread):
        if "supports the following features:" in line:
            for name in quotes(line):
                key = f"{name}_{whole.endpoint}" if whole.endpoint else name
                features[name] = Promise(whole.heading, "", key, whole.endpoint, whole.specific)
        elif line.startswith("- `") and (feature := features.get(quotes(line)[0])) is not None:
            _feature(feature, line)
        else:
            unread.append(f"{whole.heading}: {line}")
    yield from features.values()


def _feature(feature: Promise, line: str) -> None:
    feature.key = payload_key(line) or feature.key
    if "FRIENDLY_NAME/set`" in line:
        feature.settable = True
        control = after(line, "FRIENDLY_NAME/set`").partition("To read")[0]
        if " where `VALUE` " in control:
            _allowed(feature, control)
        elif '": {' in control:
            feature.type = "composite"
        elif values := payload_values(control):
            feature.type = "binary"
            feature.on, feature.off, feature.toggle = (*values, "", "")[:3]
    elif unit := after(line, " (in ").partition(")")[0]:
        feature.type, feature.unit = "numeric", unit
    else:
        _allowed(feature, line)
    if "FRIENDLY_NAME/get`" in line:
        feature.readable = True
    elif "Reading (`/get`) this attribute is not possible" in line:
        feature.readable = False

"""Reads the section Options of a device page."""

from collections.abc import Iterator

from zigloop_bridge.pages.page import Promise
from zigloop_bridge.pages.sentences import bounds, quotes


def read_options(lines: list[str], unread: list[str]) -> Iterator[Promise]:
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
    """Split its text into the description and the last sentence, which has the allowed values."""
    text = option.description or ""
    description, found, allowed = text.rpartition("The value must be ")
    if not found:
        option.type = "composite" if text.endswith("Example:") else ""
        option.description = text.removesuffix("Example:").strip()
        return option
    option.description = description.strip()
    quoted = quotes(allowed)
    if allowed.startswith("a number"):
        option.type = "numeric"
        option.minimum, option.maximum = bounds(allowed, "minimum value of ", "maximum value of ")
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

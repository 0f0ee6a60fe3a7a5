"""Writes the feature file that a new product starts from: what its page promises, in the steps of docs/features.md.

What the page lacks is a TODO comment: the control that makes a device publish, and the value of a free text. The rest
runs unchanged.
"""

import json
from collections.abc import Iterator

from zigloop_bridge.pages.page import GENERIC, Page, Promise

CONTROL = "# TODO When … (a control of the device; zigloop devices)"

Lines = Iterator[str]


def write_feature(page: Page, name: str = "device") -> str:
    """The feature file of a page, for a device called `name`."""
    return "\n".join(_Skeleton(page, name).lines()) + "\n"


class _Skeleton:
    def __init__(self, page: Page, name: str) -> None:
        self.page = page
        self.name = name
        self._titles: set[str] = set()

    def lines(self) -> Lines:
        page = self.page
        yield f"Feature: {_line(page.model)}, {_line(page.description)}"
        yield "  The promises of its page: each expose, each /get, each /set, each option."
        yield "  Written by `zigloop page`; each TODO is for a person who knows the page and the device."
        yield ""
        model = "".join(letter if letter.isalnum() or letter == "_" else "_" for letter in page.model)
        yield "  Background:"
        if model != page.model:
            yield f"    # A step's model is one word: this is the product {_line(page.model)}."
        yield f"    Given a {model} called {self.name} has joined"
        yield from self._known()
        for promise in page.exposes:
            yield from self._expose(promise)
        yield from self._forbidden()
        for number, option in enumerate(page.options):
            yield from ("", "  # Options") if number == 0 else ()
            yield from self._option(option)
        yield from _remarks("The page's notes; TODO: a scenario for each that promises something", page.notes)
        yield from _remarks("Lines of the page that aren't read; TODO: see whether they promise something", page.unread)

    def _scenario(self, title: str, *steps: str, examples: list[list[str]] | None = None) -> Lines:
        """A scenario; an outline when it has examples, the rows of a table with its header."""
        unique, number = _line(title), 1
        while unique in self._titles:
            number += 1
            unique = f"{_line(title)} ({number})"
        self._titles.add(unique)
        yield ""
        yield f"  Scenario{' Outline' if examples else ''}: {unique}"
        yield from (f"    {step}" for step in steps)
        if examples:
            yield from ("", "    Examples:")
            yield from _table(examples, "      ")

    # -- exposes ------------------------------------------------------------------------------------------------

    def _known(self) -> Lines:
        page, name = self.page, self.name
        definition = {
            "model": page.model,
            "vendor": page.vendor,
            "description": page.description,
            "supports_ota": page.ota,
        }
        rows = [["property", "type", "unit", "access"]]
        unclear = []
        for promise in page.exposes:
            access = _access(promise)
            if promise.type in GENERIC and access is not None and (promise.complete or promise.type != "numeric"):
                rows.append([promise.key, promise.type, promise.unit, access])
            else:
                unclear.append(promise.key)
        yield from self._scenario(
            "It is supported, and exposes what the page says",
            f'Then the host lists {name} with {{"supported": true}}',
            f"And the host lists {name} with {_json({'definition': definition})}",
            f"And {name} exposes:",
        )
        yield from _table(rows, "      ")
        if unclear:
            yield f"      # TODO: the page lacks a part of {', '.join(unclear)}; a row for each"

    def _expose(self, promise: Promise) -> Lines:
        yield from (
            "",
            f"  # {_line(promise.heading)}{f': {_line(promise.description)}' if promise.description else ''}",
        )
        if promise.key == "linkquality":
            yield from self._scenario(
                "Every message carries the link quality",
                f"Given the link quality of {self.name} is 77",
                CONTROL,
                f'Then {self.name} publishes {{"linkquality": 77}}',
            )
            return
        values = _settable_values(promise)
        if not values:
            yield f"  # TODO: {promise.key} is {promise.type or 'something'} of which the page gives no example"
            return
        if promise.settable:
            yield from self._set(promise, values)
        elif promise.published:
            yield from self._reported(promise, values)
        if promise.readable:
            yield from self._read(promise, values)

    def _set(self, promise: Promise, values: list[str]) -> Lines:
        key, name = promise.key, self.name
        published = (
            f'Then {name} publishes {{"{key}": <value>}}'
            if promise.published is not False
            else "Then the host logs no error"
        )
        yield from self._scenario(
            f"Its {key} is set",
            f'When {{"{key}": <value>}} is published to {name}/set',
            published,
            f"# TODO And {name} itself has {{…}}",
            examples=_column(values),
        )
        if promise.toggle:
            on, off = _value(promise.on), _value(promise.off)
            yield from self._scenario(
                f"Its {key} is toggled",
                f'When {{"{key}": {on}}} is published to {name}/set',
                f'Then {name} publishes {{"{key}": {on}}}',
                f'When {{"{key}": {_value(promise.toggle)}}} is published to {name}/set',
                f'Then {name} publishes {{"{key}": {off}}}',
            )
        if promise.type in ("enum", "binary"):
            yield from self._scenario(
                f"A wrong {key} is an error",
                f'When {{"{key}": "no such value"}} is published to {name}/set',
                f'Then the host logs an error with "{key}"',
                f"And no command is sent to {name}",
            )

    def _reported(self, promise: Promise, values: list[str]) -> Lines:
        """What the device reports by itself."""
        if promise.type == "numeric":
            yield from self._scenario(f"It reports its {promise.key}", CONTROL, *self._between(promise))
            return
        yield from self._scenario(
            f"It reports its {promise.key}",
            CONTROL,
            f'Then {self.name} publishes {{"{promise.key}": <value>}}',
            examples=_column(values),
        )

    def _read(self, promise: Promise, values: list[str]) -> Lines:
        key, name = promise.key, self.name
        read = f'When {{"{key}": ""}} is published to {name}/get'
        if promise.settable:
            yield from self._scenario(
                f"Its {key} is read",
                f'When {{"{key}": <value>}} is published to {name}/set',
                f'Then {name} publishes {{"{key}": <value>}}',
                read,
                f'Then {name} publishes {{"{key}": <value>}}',
                "And the host logs no error",
                examples=_column(values),
            )
        elif promise.type == "numeric":
            yield from self._scenario(f"Its {key} is read", read, *self._between(promise), "And the host logs no error")
        else:
            yield from self._scenario(
                f"Its {key} is read",
                CONTROL,
                read,
                f'Then {name} publishes {{"{key}": <value>}}',
                "And the host logs no error",
                examples=_column(values),
            )

    def _between(self, promise: Promise) -> Lines:
        """That a number is published, within what the page gives as its range."""
        if promise.minimum is None or promise.maximum is None:
            yield "# TODO: what to expect; the page gives no range"
        low = "-inf" if promise.minimum is None else f"{promise.minimum:.15g}"
        high = "inf" if promise.maximum is None else f"{promise.maximum:.15g}"
        yield f'Then {self.name} publishes "{promise.key}" between {low} and {high}'

    def _forbidden(self) -> Lines:
        rows = [["property", "verb", "value"]]
        for promise in self.page.exposes:
            if promise.readable is False:
                rows.append([promise.key, "get", '""'])
            if promise.settable is False:
                rows.append([promise.key, "set", (_settable_values(promise) or ['"text"'])[0]])
        if len(rows) == 1:
            return
        yield from self._scenario(
            "What the page forbids is an error",
            f'When {{"<property>": <value>}} is published to {self.name}/<verb>',
            'Then the host logs an error with "<property>"',
            f"And no command is sent to {self.name}",
            examples=rows,
        )

    # -- options ------------------------------------------------------------------------------------------------

    def _option(self, option: Promise) -> Lines:
        key = option.key
        yield from ("", f"  # {_line(option.description or key)}")
        values = _settable_values(option)
        if not values:
            yield f"  # TODO: the option {key} is {option.type or 'something'} of which the page gives no example"
            return
        subject = key.removesuffix("_calibration").removesuffix("_precision")
        about = next((each for each in self.page.exposes if each.key == subject and each.type == "numeric"), None)
        yield from self._scenario(
            f"The option {key} is obeyed",
            f'Given {self.name} has the options {{"{key}": <value>}}',
            CONTROL,
            *(self._between(about) if about else ["Then the host logs no error"]),
            "# TODO And … what the option changes",
            examples=_column(values),
        )


def _settable_values(promise: Promise) -> list[str]:
    """JSON of values to try: each word of an enum, both of a binary, both ends of a range; none of a text."""
    if promise.type == "binary" and promise.on:
        return [_value(promise.on), _value(promise.off)]
    if promise.type == "enum":
        return [json.dumps(value, ensure_ascii=False) for value in promise.values]
    if promise.type == "numeric":
        ends = [f"{end:.15g}" for end in (promise.minimum, promise.maximum) if end is not None]
        return ends or ["1"]
    return []


def _column(values: list[str]) -> list[list[str]]:
    """A table of one column, `value`."""
    return [["value"], *([value] for value in values)]


def _value(literal: str) -> str:
    """A literal of a page as JSON: `true` is a boolean, `1` a number, `ON` a text."""
    try:
        if isinstance(json.loads(literal), bool | int):
            return literal
    except ValueError:
        pass
    return json.dumps(literal, ensure_ascii=False)


def _access(promise: Promise) -> str | None:
    """As the step `exposes:` says it; None when the page lacks a part of it."""
    access = {"published": promise.published, "set": promise.settable, "get": promise.readable}
    return None if None in access.values() else " ".join(word for word, it in access.items() if it)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _line(text: str) -> str:
    return " ".join(text.split())


def _table(rows: list[list[str]], indent: str) -> Lines:
    """A Gherkin table, its columns aligned."""
    escaped = [[cell.replace("\\", "\\\\").replace("|", "\\|") for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*escaped, strict=True)]
    for row in escaped:
        yield f"{indent}| {' | '.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))} |"


def _remarks(title: str, remarks: tuple[str, ...]) -> Lines:
    if remarks:
        yield from ("", f"  # {title}:")
        yield from (f"  #   {_line(remark)}" for remark in remarks)

"""Reads a device page, as Zigbee2MQTT's docgen writes it, into what it promises.

Docgen writes the same sentences on every page, one to a line, with names and values in backticks; so each line is
recognized by how it begins, and its values are the texts between its backticks. Pages of 2019 and of today differ in
headings only. Sentences that are unknown here are kept in `Page.unread`, so that they don't count as checked.
"""

from collections.abc import Iterable

from zigloop_bridge.pages.exposes import read_exposes
from zigloop_bridge.pages.options import read_options
from zigloop_bridge.pages.page import Page


class NotADevicePageError(ValueError):
    """The text has no table that names a model."""


def read_page(text: str) -> Page:
    """What the page promises. Raises `NotADevicePageError`."""
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
        exposes=tuple(read_exposes(sections.get("Exposes", []), unread)),
        options=tuple(read_options(sections.get("Options", []), unread)),
        notes=tuple(line.lstrip("# ") for line in sections.get("Notes", []) if line.startswith("### ")),
        unread=tuple(unread),
    )


def repair(line: str) -> str:
    """The line as it was meant, where UTF-8 was once read as Latin-1: `Â°C` is °C."""
    try:
        return line.encode("latin-1").decode()
    except UnicodeError:
        return line


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

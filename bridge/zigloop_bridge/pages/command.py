"""`python -m zigloop_bridge page PAGE.md`: holds our definition against a page, or writes a feature from the page."""

from __future__ import annotations

import sys
from pathlib import Path

from zigloop_bridge.converters.definition import all_definitions
from zigloop_bridge.pages.check import check
from zigloop_bridge.pages.reader import NotADevicePageError, Page, read_page
from zigloop_bridge.pages.skeleton import write_feature

HOLDS, DEVIATES, CANNOT = 0, 1, 2


def page(path: Path, *, feature: bool = False, output: Path | None = None, name: str = "device") -> int:
    """Run the command. Returns the exit code: 0 it holds, 1 it deviates, 2 it can't be told."""
    try:
        if feature:
            return _write(write_feature(_load(path), name), output)
        return _check(_load(path), path)
    except _Problem as problem:
        print(f"bridge: {problem}", file=sys.stderr)
        return CANNOT


class _Problem(Exception):  # noqa: N818 - what the user is told
    """Why it can't be done, in one sentence."""


def _load(path: Path) -> Page:
    try:
        return read_page(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise _Problem(f"{path} can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise _Problem(f"{path} is no text in UTF-8") from None
    except NotADevicePageError as error:
        raise _Problem(f"{path} is no device page of Zigbee2MQTT: {error}") from None


def _check(page: Page, path: Path) -> int:
    definition = next((each for each in all_definitions() if each.model == page.model), None)
    if definition is None:
        raise _Problem(
            f"there is no definition of {page.model}; `zigloop page {path} --feature` writes a feature "
            "file to start from"
        )
    findings = check(page, definition.json)
    for finding in findings:
        print(finding)
    for line in page.unread:
        print(f"not read: {line}", file=sys.stderr)
    if not findings:
        print(f"The definition of {page.model} holds what its page promises.")
    return DEVIATES if findings else HOLDS


def _write(text: str, output: Path | None) -> int:
    if output is None:
        print(text, end="")
        return HOLDS
    try:
        with output.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError:
        raise _Problem(f"{output} exists; it isn't overwritten, for somebody may have worked on it") from None
    except OSError as error:
        raise _Problem(f"{output} can't be written: {error.strerror}") from None
    return HOLDS

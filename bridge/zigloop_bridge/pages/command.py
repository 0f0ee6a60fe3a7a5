"""The command `zigloop page`: checks our definition against a device page, or writes a feature from the page."""

import argparse
import sys
from pathlib import Path

from zigloop_bridge.devices import all_definitions
from zigloop_bridge.pages.check import check
from zigloop_bridge.pages.page import Page
from zigloop_bridge.pages.reader import NotADevicePageError, read_page
from zigloop_bridge.pages.skeleton import write_feature

PROG = "zigloop page"

HOLDS, DEVIATES, CANNOT = 0, 1, 2


def main(arguments: list[str]) -> int:
    """Check our definition of a product against its page. Returns the exit code: 1 when it deviates, 2 for an error."""
    parser = argparse.ArgumentParser(
        prog=PROG,
        description="Check our definition of a product against its Zigbee2MQTT device page. "
        "Exit code 0: no deviation, 1: deviations, 2: error.",
    )
    parser.add_argument("page", type=Path, metavar="PAGE.md", help="a page from docs/devices of Koenkk/zigbee2mqtt.io")
    parser.add_argument("--feature", action="store_true", help="write a feature file that tests what the page promises")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the feature to FILE, not to standard output")
    parser.add_argument("--name", default="device", type=_word, help="the device's name in the feature")
    options = parser.parse_args(arguments)
    if options.output is not None and not options.feature:
        parser.error("--output is for the feature: add --feature")
    try:
        if options.feature:
            return _write(write_feature(_load(options.page), options.name), options.output)
        return _check(_load(options.page), options.page)
    except _Problem as problem:
        print(f"{PROG}: {problem}", file=sys.stderr)
        return CANNOT


def _word(text: str) -> str:
    if not text or len(text.split()) != 1:
        raise argparse.ArgumentTypeError(f"{text!r} isn't one word")
    return text


class _Problem(Exception):  # noqa: N818 - an error message for the user
    """An error in one sentence."""


def _load(path: Path) -> Page:
    try:
        return read_page(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise _Problem(f"{path} can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise _Problem(f"{path} is not text in UTF-8") from None
    except NotADevicePageError as error:
        raise _Problem(f"{path} is not a device page of Zigbee2MQTT: {error}") from None


def _check(page: Page, path: Path) -> int:
    definition = next((each for each in all_definitions() if each.model == page.model), None)
    if definition is None:
        raise _Problem(
            f"no definition of {page.model} exists; `zigloop page {path} --feature` writes a feature file to start from"
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
        raise _Problem(f"{output} already exists; remove it first, or choose another file") from None
    except OSError as error:
        raise _Problem(f"{output} can't be written: {error.strerror}") from None
    return HOLDS

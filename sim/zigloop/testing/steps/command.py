"""`zigloop steps`: lists the sentences of features."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterable
from dataclasses import asdict
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zigloop.testing.steps.sentences import Listed


def main(arguments: list[str]) -> int:
    """List the sentences of features. Exit code 2 when pytest-bdd isn't installed."""
    parser = ArgumentParser(
        prog="zigloop steps",
        description="List the sentences that a feature may use: steps, and controls of products and of the bench. "
        "Words in capitals stand for a word, N for a number, {…} for JSON; what is in brackets may be left out.",
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help="print a list of objects: text, keywords (Given, When, Then), help, models (of a product's sentence), "
        "part (radio, line, air or broker)",
    )
    options = parser.parse_args(arguments)
    if find_spec("pytest_bdd") is None:
        print("zigloop: steps need pytest-bdd: pip install 'zigloop[test]'", file=sys.stderr)
        return 2
    from zigloop.testing.steps.sentences import sentences

    found = sentences()
    if options.json:
        print(json.dumps([asdict(each) for each in found], indent=2, ensure_ascii=False))
    else:
        print("\n\n".join(_sections(found)))
    return 0


def _sections(found: "Iterable[Listed]") -> list[str]:
    by_title: dict[str, list[Listed]] = {}
    for each in found:
        by_title.setdefault(_title(each), []).append(each)
    return ["\n".join([title, *_columns(rows)]) for title, rows in by_title.items()]


def _title(sentence: "Listed") -> str:
    from zigloop.device.registry import PRODUCTS

    keywords = " or ".join(sentence.keywords)
    if sentence.part is not None:
        return f"{keywords}: the {sentence.part}"
    if len(sentence.models) == len(PRODUCTS):
        return f"{keywords}: every product"
    return f"{keywords}: {', '.join(sentence.models)}" if sentence.models else keywords


def _columns(rows: "list[Listed]") -> list[str]:
    width = max(len(each.text) for each in rows)
    return [f"  {each.text:<{width}}  {each.help}".rstrip() for each in rows]

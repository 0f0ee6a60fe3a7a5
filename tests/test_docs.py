"""What the documents show is so."""

import re
from pathlib import Path

import pytest

from zigloop.bench import Bench
from zigloop.device.registry import PRODUCTS
from zigloop_bridge.pages.command import main

ROOT = Path(__file__).parents[1]
DOCS = [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md"]
GUIDE = ROOT / "docs" / "adding-a-product.md"

#: ```LANGUAGE PATH, its content, ```
EXCERPT = re.compile(r"^```\w+ (?P<path>\S+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
#: `folder/name.extension`, as text mentions files of the project.
MENTION = re.compile(r"`((?:sim|bridge|features|captures|tests)/[\w/.-]*)`")
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


def excerpts() -> list[object]:
    return [
        pytest.param(
            match["path"], match["text"], id=f"{doc.name}:{doc.read_text()[: match.start()].count(chr(10)) + 1}"
        )
        for doc in DOCS
        for match in EXCERPT.finditer(doc.read_text(encoding="utf-8"))
    ]


@pytest.mark.parametrize(("path", "text"), excerpts())
def test_an_excerpt_is_in_its_file(path: str, text: str) -> None:
    assert text in (ROOT / path).read_text(encoding="utf-8")


def test_the_guide_shows_parts_of_each_file_of_its_product_that_is_code() -> None:
    shown = {match["path"] for match in EXCERPT.finditer(GUIDE.read_text(encoding="utf-8"))}
    assert shown >= {
        "captures/wsdcgq11lm.jsonl",
        "bridge/zigloop_bridge/devices/wsdcgq11lm.py",
        "sim/zigloop/devices/wsdcgq11lm.py",
        "features/wsdcgq11lm.feature",
    }


def test_files_and_folders_that_the_guide_mentions_are_there() -> None:
    mentioned = MENTION.findall(GUIDE.read_text(encoding="utf-8"))
    assert mentioned
    assert [name for name in mentioned if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("doc", DOCS, ids=lambda doc: doc.name)
def test_links_lead_somewhere(doc: Path) -> None:
    links = LINK.findall(doc.read_text(encoding="utf-8"))
    assert [link for link in links if not (doc.parent / link).exists()] == []


def test_the_page_check_prints_what_the_guide_quotes(capsys: pytest.CaptureFixture[str]) -> None:
    command, answer = "    $ zigloop page tests/pages/WSDCGQ11LM.md\n", "holds what its page promises."
    assert main([str(ROOT / "tests" / "pages" / "WSDCGQ11LM.md")]) == 0
    said = capsys.readouterr().out
    assert answer in said
    assert f"{command}    {said}" in GUIDE.read_text(encoding="utf-8")


def test_the_readme_lists_each_product() -> None:
    listed = set(re.findall(r"^\| (\w+) \|", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(PRODUCTS) <= listed


@pytest.mark.parametrize("model", PRODUCTS)
def test_the_control_page_lists_each_product_s_state(bench: Bench, model: str) -> None:
    text = (ROOT / "docs" / "control.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"`(\w+)`", text.partition("The state of every product has")[2].partition("## Faults")[0]))
    assert set(bench.add(model, "device").state()) <= listed

"""Nothing in the repository cites a file, a section or a decision that the repository lacks."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SELF = Path(__file__)

CODE = ("sim", "bridge", "tests", "features", "benchmarks", "examples")
TEXT = {".py", ".feature", ".json", ".jsonl", ".toml", ".md"}
#: Copies of pages and their results, which are quoted as they are; results of measurements.
QUOTED = ("tests/pages", "benchmarks/history.json")

#: Working papers that the project was built from. What it needs of them is in docs/decisions.md and docs/protocols.md.
GONE = re.compile(
    r"\bcontract(?:\.md|,? (?:\d|decides|decision|which))|\bznp[-_](?:facts|gotchas)|\bdossier|\bmqtt-surface"
    r"|\bbaselines(?:\.md| of \d)|\bdesign\.md|\blanguage\.md|\bseeds/[A-Z]|\.\./shared",
    re.IGNORECASE,
)
LINK = re.compile(r"\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]+))?\)")
#: A file of the project in backticks, or a document. Upper case stands for any name: `captures/MODEL.jsonl`.
MENTION = re.compile(
    r"`((?:sim|bridge|tests|features|captures|benchmarks|examples)/[\w./-]+\.(?:py|md|jsonl?|feature))`"
    r"|\b(docs/[\w-]+\.md)"
)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
DECISION = re.compile(r"(?:\bdecisions? |docs/decisions\.md \(?)(\d+(?:(?:,| and| to) \d+)*)", re.IGNORECASE)
RULE = re.compile(r"\"rule (\d+)")
SECTION = re.compile(r"docs/protocols\.md (\d+(?:\.\d+)*)")


@cache
def text(file: Path) -> str:
    return file.read_text(encoding="utf-8")


@cache
def files() -> tuple[Path, ...]:
    """Sources, tests, features, captures and documents, without this module."""
    found = {file for folder in (*CODE, "captures", "docs") for file in (ROOT / folder).rglob("*")}
    found |= {ROOT / "README.md", ROOT / "pyproject.toml"}
    return tuple(
        sorted(
            file
            for file in found
            if file.suffix in TEXT
            and file != SELF
            and not file.relative_to(ROOT).as_posix().startswith(QUOTED)
            and "__pycache__" not in file.parts
        )
    )


def documents() -> list[Path]:
    return [file for file in files() if file.suffix == ".md"]


def matches(pattern: re.Pattern[str]) -> Iterator[tuple[str, re.Match[str]]]:
    """Each match, with where it is."""
    for file in files():
        for match in pattern.finditer(text(file)):
            line = text(file).count("\n", 0, match.start()) + 1
            yield f"{file.relative_to(ROOT)}:{line}", match


def headings(file: Path) -> list[str]:
    return HEADING.findall(text(file))


def anchor(heading: str) -> str:
    """As GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def numbers(listed: str) -> Iterator[int]:
    """Each number of a list like "1 to 3, 5 and 7"."""
    for first, last in re.findall(r"(\d+)(?: to (\d+))?", listed):
        yield from range(int(first), int(last or first) + 1)


def exists(name: str) -> bool:
    """Whether the project has this file; a name in upper case before the suffix stands for any."""
    path, placeholder = Path(name), re.match(r"[A-Z]+(?=\.)", Path(name).name)
    if placeholder is None:
        return (ROOT / path).is_file()
    return any((ROOT / path.parent).glob("*" + path.name[placeholder.end() :]))


def test_working_papers_are_not_cited() -> None:
    assert [f"{where} cites {match[0]!r}" for where, match in matches(GONE)] == []


def test_mentioned_files_exist() -> None:
    mentions = [(where, match[1] or match[2]) for where, match in matches(MENTION)]
    assert [f"{where} mentions {name}" for where, name in mentions if not exists(name)] == []


@pytest.mark.parametrize("file", documents(), ids=lambda file: str(file.relative_to(ROOT)))
def test_links_lead_to_a_file_and_its_heading(file: Path) -> None:
    broken = []
    for path, fragment in LINK.findall(text(file)):
        target = file.parent / path if path else file
        if not target.exists() or (fragment and anchor(fragment) not in map(anchor, headings(target))):
            broken.append(f"{path}#{fragment}")
    assert broken == []


def test_cited_decisions_and_rules_exist() -> None:
    known = headings(ROOT / "docs" / "decisions.md")
    wanted = [(where, f"Decision {each}") for where, match in matches(DECISION) for each in numbers(match[1])]
    wanted += [(where, f"Rule {match[1]}") for where, match in matches(RULE)]
    assert len(wanted) > 50
    assert [f"{where} cites {name}" for where, name in wanted if name not in known] == []


def test_cited_sections_exist() -> None:
    known = {heading.split()[0].rstrip(".") for heading in headings(ROOT / "docs" / "protocols.md")}
    cited = [(where, match[1]) for where, match in matches(SECTION)]
    assert len(cited) > 10
    assert [f"{where} cites section {section}" for where, section in cited if section not in known] == []


def test_decisions_are_numbered_in_order() -> None:
    found = [int(each.split()[1]) for each in headings(ROOT / "docs" / "decisions.md") if each.startswith("Decision ")]
    assert found == list(range(1, len(found) + 1))


@pytest.mark.parametrize(
    ("listed", "each"), [("5", [5]), ("1 to 3, 5 and 7", [1, 2, 3, 5, 7]), ("14 to 17", [14, 15, 16, 17])]
)
def test_numbers_of_a_citation(listed: str, each: list[int]) -> None:
    assert list(numbers(listed)) == each

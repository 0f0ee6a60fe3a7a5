"""The list of sentences: complete, readable, and that of the documentation."""

import json
import re

import pytest

from tests.support.paths import ROOT
from zigloop.device.registry import PRODUCTS
from zigloop.testing.steps.command import main
from zigloop.testing.steps.controls import ControlSentence
from zigloop.testing.steps.lenient import declared
from zigloop.testing.steps.missing import nearest_sentences
from zigloop.testing.steps.sentence import Sentence
from zigloop.testing.steps.sentences import Listed, sentences

#: A value for each placeholder.
VALUES = {"{…}": '{"state": "ON"}', "N": "5", "PATTERN": r"\d+", "MODEL": "ZNCZ02LM", "NAME": "plug"}
PLACEHOLDER = re.compile(r"\{…\}|\b[A-Z][A-Z0-9]*\b")
PUBLISHES = "TOPIC publishes {…}[ with QoS N][ within N seconds[ of the stimulus]]"
KEYWORDS = ("Given", "When", "Then")
STEPS = [each for each in sentences() if not each.models and each.part is None]


def an_example(text: str) -> str:
    """A step with this sentence: without optional parts, the first of alternatives, placeholders filled."""
    while "[" in text:
        text = re.sub(r"\[[^][]*\]", "", text)
    text = re.sub(r"\(([^|]*)\|[^)]*\)|(\w+)(?:\|\w+)+", r"\1\2", text)
    return PLACEHOLDER.sub(lambda match: VALUES.get(match[0], "thing"), text)


def matching(keyword: str, step: str) -> list[str]:
    return [
        each.parser.text
        for each in declared
        if each.keyword == keyword.lower() and isinstance(each.parser, Sentence) and each.parser.is_matching(step)
    ]


@pytest.mark.parametrize("sentence", STEPS, ids=lambda sentence: sentence.text)
def test_a_sentence_as_shown_is_a_step(sentence: Listed) -> None:
    for keyword in sentence.keywords:
        assert sentence.text in matching(keyword, an_example(sentence.text))


@pytest.mark.parametrize(
    ("declaration", "shown"),
    [
        ("a[n] {model} called {name}", "a MODEL called NAME"),
        ("{topic} publishes {expected}[ within {within} second[s]]", "TOPIC publishes {…}[ within N seconds]"),
        ("{count} {unit} pass[es]", "N seconds|minutes|hours|days pass"),
        ("it is [{most:at most} ](once|{times} times)", "it is [at most ](once|N times)"),
        ("it is {retained:retained|not retained}", "it is (retained|not retained)"),
    ],
)
def test_a_sentence_is_readable(declaration: str, shown: str) -> None:
    assert Sentence(declaration).text == shown


@pytest.mark.parametrize("declaration", ["a[n", "a]", "(a|b", "a)"])
def test_a_declaration_whose_brackets_do_not_match_is_refused(declaration: str) -> None:
    with pytest.raises(ValueError, match="brackets do not match"):
        Sentence(declaration)


def test_a_sentence_gives_arguments() -> None:
    sentence = Sentence(
        "{topic} publishes {expected} [{most:at most} ](once|{times} times)[ within {within} second[s]]"
    )
    read = sentence.parse_arguments
    assert read('plug publishes {"power": 1} at most 3 times within 1 second') == {
        "topic": "plug", "expected": '{"power": 1}', "most": "at most", "times": "3", "within": "1",
    }  # fmt: skip
    assert read("plug publishes 42 once") == {
        "topic": "plug", "expected": "42", "most": None, "times": None, "within": None,
    }  # fmt: skip
    assert read("plug publishes 42 twice") is None


@pytest.mark.parametrize(
    ("step", "keyword", "nearest"),
    [
        ('plug publishs {"state": "ON"}', "then", "TOPIC publishes {…}"),
        ("the button of plug is presed", "when", "the button of NAME is pressed"),
        ("5 minuts pass", "given", "N seconds|minutes|hours|days pass"),
        ("the host restart", "then", "Given the host restarts"),
    ],
)
def test_the_nearest_sentence(step: str, keyword: str, nearest: str) -> None:
    assert nearest_sentences(step, keyword)[0] == nearest


def test_nothing_is_near_nonsense() -> None:
    assert nearest_sentences("qqqqqqqqqq", "then") == []


def test_the_list_has_steps_and_controls_of_products_and_parts(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    sections = dict(each.split("\n", 1) for each in capsys.readouterr().out.split("\n\n"))
    assert f"  {PUBLISHES}\n" in sections["Then"]
    assert "  NAME leaves " in sections["Given or When: every product"]
    assert "  the button of NAME is pressed " in sections["Given or When: ZNCZ02LM"]
    assert "  NAME is pressed " in sections["Given or When: ZNXNKG02LM"]
    assert "  the radio hangs for SECONDS s " in sections["Given or When: the radio"]
    assert "  the broker stops for SECONDS s " in sections["Given or When: the broker"]


def test_the_list_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert {tuple(each) for each in listed} == {("text", "keywords", "help", "models", "part")}
    pressed = [each for each in listed if each["text"] == "NAME is pressed"]
    assert pressed == [
        {
            "text": "NAME is pressed",
            "keywords": ["Given", "When"],
            "help": "Press it once, briefly.",
            "models": ["ZNXNKG02LM"],
            "part": None,
        }
    ]
    assert {model for each in listed for model in each["models"]} == set(PRODUCTS)


def documented() -> list[str]:
    """Each sentence of the tables of docs/features.md; those that begin with … vary another one."""
    section = (ROOT / "docs/features.md").read_text(encoding="utf-8").partition("## Steps")[2].partition("\n## ")[0]
    first = [line.split(" | ")[0] for line in section.splitlines() if line.startswith("| `")]
    return [each for cell in first for each in re.findall(r"`([^`]+)`", cell) if not each.startswith("…")]


def test_the_documentation_lists_each_step() -> None:
    listed = [an_example(sentence) for sentence in documented()]
    found = {text for example in listed for keyword in KEYWORDS for text in matching(keyword, example)}
    assert {each.text for each in STEPS} - found == set()


def test_each_documented_sentence_is_a_step() -> None:
    known = {each.text for each in sentences()}
    unknown = [
        sentence
        for sentence in documented()
        if sentence not in known
        and not any(matching(keyword, an_example(sentence)) for keyword in KEYWORDS)
        and not ControlSentence().is_matching(an_example(sentence))
    ]
    assert unknown == []

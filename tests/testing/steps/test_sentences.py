"""The list of sentences: complete, readable, and that of the documentation."""

import json
import re

import pytest

from tests.support.paths import ROOT
from zigloop.device.registry import PRODUCTS
from zigloop.testing.steps.command import main
from zigloop.testing.steps.controls import CONTROL_SENTENCE, ControlSentence
from zigloop.testing.steps.lenient import declared
from zigloop.testing.steps.sentences import Sentence, nearest, readable, sentences

#: A value for each placeholder.
VALUES = {"{…}": '{"state": "ON"}', "N": "5", "PATTERN": r"\d+", "MODEL": "ZNCZ02LM", "NAME": "plug"}
PLACEHOLDER = re.compile(r"\{…\}|\b[A-Z][A-Z0-9]*\b")
KEYWORDS = ("Given", "When", "Then")
STEPS = [each for each in sentences() if not each.models and each.part is None]


def an_example(text: str) -> str:
    """A step with this sentence: without optional parts, the first of alternatives, placeholders filled."""
    text = re.sub(r"\[[^]]*\]", "", text)
    text = re.sub(r"\(([^|]*)\|[^)]*\)|(\w+)(?:\|\w+)+", r"\1\2", text)
    return PLACEHOLDER.sub(lambda match: VALUES.get(match[0], "thing"), text)


def matching(keyword: str, step: str) -> list[str]:
    return [
        readable(each.parser.name)
        for each in declared
        if each.keyword == keyword.lower() and each.parser.name != CONTROL_SENTENCE and each.parser.is_matching(step)
    ]


@pytest.mark.parametrize("sentence", STEPS, ids=lambda sentence: sentence.text)
def test_a_sentence_as_shown_is_a_step(sentence: Sentence) -> None:
    for keyword in sentence.keywords:
        assert sentence.text in matching(keyword, an_example(sentence.text))


@pytest.mark.parametrize(
    ("pattern", "shown"),
    [
        (r"an? (?P<model>\w+) called (?P<name>\S+)", "a MODEL called NAME"),
        (r"(?P<topic>\S+) publishes (?P<json>\{.*\}|\[.*\])(?: within (?P<within>[\d.]+) seconds?)?",
         "TOPIC publishes {…}[ within N seconds]"),
        (r"(?P<count>\d+) (?P<unit>seconds?|hours?) pass(?:es)?", "N seconds|hours pass"),
        (r"the host (?:has|restarts with) the configuration", "the host (has|restarts with) the configuration"),
        (r"the (?P<what>host|broker) stops \(at once\)", "the host|broker stops (at once)"),
    ],
)  # fmt: skip
def test_a_pattern_is_readable(pattern: str, shown: str) -> None:
    assert readable(pattern) == shown


@pytest.mark.parametrize("pattern", [r"it is [ab] now", r"x+ is", "a.b", r"a \w b", "(a) b"])
def test_a_pattern_that_cannot_be_shown_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="can't be shown as a sentence"):
        readable(pattern)


def test_the_nearest_sentence() -> None:
    assert nearest("TOPIC publishs {…}", "Then")[0] == "TOPIC publishes {…}[ within N seconds]"
    assert nearest('plug publishs {"state": "ON"}')[0] == "TOPIC publishes {…}[ within N seconds]"
    assert nearest("the button of plug is presed")[0] == "the button of NAME is pressed"
    assert nearest("qqqqqqqqqq") == []
    assert all(each != "the host restarts" for each in nearest("the host restarts", "Then"))


def test_the_list_has_steps_and_controls_of_products_and_parts(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    sections = dict(each.split("\n", 1) for each in capsys.readouterr().out.split("\n\n"))
    assert "  TOPIC publishes {…}[ within N seconds]\n" in sections["Then"]
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

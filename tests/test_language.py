"""The worst patterns of translated English may not come back."""

import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from tests.support.paths import ROOT

TEXT = (".py", ".md", ".feature")
CODE = (".py",)


class Rule(NamedTuple):
    """What may not be written, and what to write instead. Case counts; a match may cross a line break."""

    name: str
    pattern: str
    instead: str
    suffixes: tuple[str, ...] = TEXT


RULES = (
    Rule("is no", r"\bis no (?!longer\b|more\b|match\b)[a-z]", "is not a …"),
    Rule("whoever", r"\b[Ww]hoever\b", "the caller, the host, a test"),
    Rule(
        "who",
        r"(?:^|[.:;] |\"\"\"|#:? )Who(?:'s)? (?!hears whom)[a-z']+(?! \w+\?)",
        "the subject by name, instead of a free 'who'",
    ),
    Rule("so many", r"\b[Ss]o many (?!that\b)", "`n`"),
    Rule("less its", r"\bless its\b", "without its"),
    Rule("without a word", r"\bwithout a word\b", "silently, without announcing it"),
    Rule("let be", r"\b(?:is|are) let (?:be|go)\b", "is ignored, is released"),
    Rule("says its heartbeat", r"\b(?:says?|said) its heartbeat\b", "sends its heartbeat"),
    Rule("worked", r"\b(?:be|is|are|was|were) worked\b", "is used, is called"),
    Rule("works a control", r"\b[Ww]ork(?:s|ed|ing)? (?:a|its|the|their) (?:control|fault)s?\b", "uses, calls"),
    Rule("told of", r"\btold of\b", "reported"),
    Rule("tells the", r"\bthe least is\b|\btells the (?:rest|voltage)\b", "the minimum is; lists, reports"),
    Rule(
        "for as because",
        r", for (?:it|they|this|that|there|what|nobody|somebody|a|the|no) (?:\w+ ){0,3}"
        r"(?:has|have|is|are|can|may|need|will)\b",
        "since …, because …",
    ),
    Rule("by chance", r"\bby chance\b", "at random, random"),
    Rule(
        "nobody",
        r"\b(?:nobody|somebody) (?:else )?"
        r"(?:has|have|is|was|waits|reads|listens|took|takes|asked|wants|knows|hears|heard)\b",
        "the subject by name: the host, another client, a neighbour",
    ),
    Rule("log: expression", r"is no regular expression", "Ignoring invalid regular expression '%s'"),
    Rule("log: configuration", r"isn't used as it is now", "Keeping the previous configuration"),
    Rule("log: reply", r"take the answer to its report", "rejected the reply to its report"),
    Rule("log: output", r"drops what it has to say", "Host is not reading: dropping output"),
    Rule("log: children", r"the children it takes", "child table is full"),
    Rule("just now", r"\b[Jj]ust now\b", "at present, current"),
    Rule("such a one", r"\bsuch a one\b|\bthat many\b", "the noun, the number"),
    Rule("anew", r"\banew\b", "again"),
    Rule("for people", r"\b(?:line|lines|words|text|description) for people\b|\bFor people:", "human-readable"),
    Rule("put an end", r"\b[Pp]ut an end to\b", "end"),
    Rule("wants of", r"\b[Ww]hat \w+ wants? of\b|\bOf an? \w+, what\b", "what … needs from"),
    Rule("what became of", r"\b[Ww]hat (?:became|becomes) of\b", "the outcome of"),
    Rule("own accord", r"\bof (?:its|their) own accord\b|\bon its own account\b", "by itself"),
    Rule("of Lumi's own", r"\bof (?:Lumi|TI)'s own\b", "Lumi's own …"),
    Rule("away", r"\b(?:radio|broker|server|adapter) (?:\S+ )?(?:is|was|went) (?:still )?away\b", "is not connected"),
    Rule("disposal", r"\bhost's disposal\b", "for a host"),
    Rule("dice", r"\b[Dd]ice\b|\b[Aa]ll (?:of its )?chance\b", "randomness, random outcomes"),
    Rule("told otherwise", r"\bunless told\b|\bis told\b", "by default; is set, is sent"),
    Rule("under way", r"\bunder way\b", "in progress, pending"),
    Rule("python -m", r"python -m (?:sim|bridge|zigloop)\b", "the command zigloop"),
    # Names that have better ones.
    Rule("reign", r"\b(?:reign|relent)\b", "activate, deactivate", CODE),
    Rule("Speech", r"\bmust_speak\b|\bSpeech\b", "require_on_air, TransmitFaults", CODE),
    Rule("this_life", r"\bthis_life\b|\bgo_on\b|\b_unsaid\b", "until_reset, resume, _pending", CODE),
    Rule("Stated", r"\bStated\b|\bone_room\b|\bretract\b", "LinkTable, fully_connected, clear_link", CODE),
    Rule("Sleeper", r"\bSleepers?\b", "IndirectQueue", CODE),
    Rule("Reaction", r"\b(?:Reaction|Remark|Asked)\b", "AutoReply, Notice, CommandContext", CODE),
    Rule("said_nothing", r"\bsaid_nothing\b|\bcomplained\b", "touch, reported", CODE),
    Rule("Tamed", r"\bTamed\b|\bBrokerHand\b|\bclass Waiting\b", "PatchedBroker, BrokerControl, PendingCommands", CODE),
    Rule("carry_out", r"\bcarry_out\b", "execute, dispatch", CODE),
    Rule("number_", r"\bnumber_\b", "attribute_id", CODE),
    Rule("shown", r"\bdef (?:shown|remember)\b", "expected_state, restore", CODE),
)
FOLDERS = ("sim", "bridge", "benchmarks", "features", "docs")
GENERATED = ROOT / "docs" / "zigbee2mqtt.md"


def texts() -> Iterator[tuple[str, str]]:
    """Path in the repository and content of all that is checked."""
    files = {path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.suffix in TEXT}
    for path in sorted(files - {GENERATED} | {ROOT / "README.md", ROOT / "run.py"}):
        yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def found(rule: Rule) -> dict[str, list[str]]:
    """The matches by file, each with its line."""
    pattern = re.compile(rule.pattern.replace(" ", r"(?: |\n\s*(?:#:? )?)"), re.MULTILINE)
    matches: dict[str, list[str]] = {}
    for name, text in texts():
        if name.endswith(rule.suffixes):
            for match in pattern.finditer(text):
                line = text.count("\n", 0, match.start()) + 1
                matches.setdefault(name, []).append(f"{name}:{line}: {' '.join(match.group().split())!r}")
    return matches


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_what_may_not_come_back(rule: Rule) -> None:
    matches = found(rule)
    bad = [line for lines in matches.values() for line in lines]
    assert bad == [], f"write: {rule.instead}"

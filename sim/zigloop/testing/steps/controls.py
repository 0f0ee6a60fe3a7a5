"""Steps that use the controls of devices and of the bench's parts.

The sentences ("the button of plug is pressed", "the radio resets") come from the controls' declarations: each control
with a `phrase` is a step. One parser knows them all. A sentence works for the products that have it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from pytest_bdd import parsers

from zigloop.air.controls import AirPart
from zigloop.controls.control import PARTS, Control, Part, parse_command
from zigloop.device.device import Device
from zigloop.device.registry import PRODUCTS
from zigloop.radio import LinePart, RadioPart
from zigloop.testing.broker import BrokerPart
from zigloop.testing.steps.lenient import stimulus
from zigloop.testing.steps.nearest import closest
from zigloop.testing.world import World

#: The parts whose controls are steps.
BENCH_PARTS: tuple[type[Part], ...] = (RadioPart, LinePart, AirPart, BrokerPart)

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@stimulus("{name} does {command}")
def control(world: World, name: str, command: str) -> None:
    """Any control by its verb, as at the prompt: `plug does draw 42`."""
    step = f"{name} does {command}"
    verb, positional, named = parse_command(command)
    it = world.part(name, step) if name in PARTS else world.device(name, step)
    if verb in it.controls:
        named = it.controls[verb].bind(positional, dict(named))
    world.use(it, verb, **named)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase of controls: `part` is the part of the bench that has it, None for devices.

    `verbs` are the controls that have it, by model: products may give one phrase to different verbs.
    """

    pattern: re.Pattern[str]
    part: str | None
    verbs: dict[str, str]


@dataclass(frozen=True, slots=True)
class Use:
    """A sentence as one phrase reads it. `name` is that of a device; arguments are text."""

    phrase: Phrase
    name: str
    arguments: dict[str, str]


def _pattern(phrase: str) -> re.Pattern[str]:
    literals = _PLACEHOLDER.split(phrase)  # text, name, text, name, … text
    return re.compile(
        "".join(rf"(?P<{text}>\S+)" if at % 2 else re.escape(text) for at, text in enumerate(literals)),
    )


@cache
def phrases() -> list[Phrase]:
    """The phrases of all products' and parts' controls."""
    found: dict[tuple[str | None, str], Phrase] = {}

    def add(phrase: str | None, part: str | None, owner: str, verb: str) -> None:
        if phrase is not None:
            it = found.setdefault((part, phrase), Phrase(_pattern(phrase), part, {}))
            it.verbs[owner] = verb

    for model, product in PRODUCTS.items():
        for each in product.controls.values():
            add(each.phrase, None, model, each.verb)
    for part in BENCH_PARTS:
        for each in part.controls.values():
            add(each.phrase, part.called, part.called, each.verb)
    return list(found.values())


@cache
def read(sentence: str) -> tuple[Use, ...]:
    """What a sentence may mean; empty when no control has it."""
    found = []
    for phrase in phrases():
        if match := phrase.pattern.fullmatch(sentence):
            arguments = match.groupdict()
            name = "" if phrase.part else arguments.pop("name")
            found.append(Use(phrase, name, arguments))
    return tuple(found)


class ControlSentence(parsers.StepParser):
    """Matches the sentences of all controls; its argument is the sentence itself."""

    def __init__(self) -> None:
        super().__init__("the sentence of a control")

    def is_matching(self, name: str) -> bool:
        return bool(read(name))

    def parse_arguments(self, name: str) -> dict[str, Any]:
        return {"sentence": name}


@stimulus(ControlSentence())
def use(world: World, sentence: str) -> None:
    """A control by its sentence; AssertionError names the nearest sentence when the device doesn't have this one."""
    uses = read(sentence)
    if (part := uses[0].phrase.part) is not None:
        world.use(world.part(part, sentence), uses[0].phrase.verbs[part], **uses[0].arguments)
        return
    device = next((world.bench[each.name] for each in uses if world.bench and each.name in world.bench.devices), None)
    device = device or world.device(uses[0].name, sentence)
    for each in uses:
        if each.name == device.name and (verb := each.phrase.verbs.get(device.model)) is not None:
            world.use(device, verb, **each.arguments)
            return
    raise AssertionError(_not_of(device, sentence))


def _not_of(device: Device, sentence: str) -> str:
    """Why a device doesn't have a sentence that other products have."""
    models = sorted({model for each in read(sentence) for model in each.phrase.verbs})
    own = sentences_of(device.controls.values(), device.name)
    (nearest,) = closest(sentence, own)  # every device has some: of its power, and of its faults
    return (
        f"{device.title} has no sentence {sentence!r}, a sentence of {' and '.join(models)}; its nearest is {nearest!r}"
    )


def sentences_of(controls: Iterable[Control], name: str) -> list[str]:
    """The sentences of these controls for a device of this name, with a word in capitals for each argument."""
    return [text for each in controls if (text := each.step(name)) is not None]

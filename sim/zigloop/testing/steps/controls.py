"""Steps that use the controls of devices and of the bench's parts.

The sentences ("the button of plug is pressed", "the radio resets") come from the controls' declarations: each control
with a `phrase` is a step.
"""

import inspect
import re

from pytest_bdd import parsers

from zigloop.air.controls import AirPart
from zigloop.controls.control import PARTS, Control, parse_command
from zigloop.device.registry import PRODUCTS
from zigloop.radio import LinePart, RadioPart
from zigloop.testing.broker import BrokerPart
from zigloop.testing.steps.lenient import stimulus
from zigloop.testing.world import World


@stimulus(parsers.re(r"(?P<name>\S+) does (?P<command>.+)"))
def control(world: World, name: str, command: str) -> None:
    """Any control by its verb, as at the prompt: `plug does draw 42`."""
    step = f"{name} does {command}"
    verb, positional, named = parse_command(command)
    it = world.part(name, step) if name in PARTS else world.device(name, step)
    if verb in it.controls:
        named = it.controls[verb].bind(positional, dict(named))
    world.use(it, verb, **named)


def _control_step(control: Control, phrase: str, part: str | None = None) -> None:
    """Register a control's sentence as a step, a stimulus. `part`: the part of the bench that has it."""
    text = re.escape(phrase).replace(re.escape("{name}"), r"(?P<name>\S+)")
    for argument in control.arguments:
        text = text.replace(re.escape("{" + argument + "}"), rf"(?P<{argument}>\S+)")

    def use(world: World, name: str = "", **arguments: str) -> None:
        step = phrase.format(name=name, **arguments)
        world.use(world.part(part, step) if part else world.device(name, step), control.verb, **arguments)

    # pytest-bdd passes the fixtures and arguments that the signature names.
    names = [
        "world",
        *(() if part else ("name",)),
        *(argument for argument in control.arguments if f"{{{argument}}}" in phrase),
    ]
    use.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter(each, inspect.Parameter.POSITIONAL_OR_KEYWORD) for each in names]
    )
    stimulus(parsers.re(text), stacklevel=2)(use)


_phrases: dict[str, Control] = {}
for _product in PRODUCTS.values():
    for _control in _product.controls.values():
        if _control.phrase is not None and _phrases.setdefault(_control.phrase, _control) is _control:
            _control_step(_control, _control.phrase)
for _part in (RadioPart, LinePart, AirPart, BrokerPart):
    for _control in _part.controls.values():
        if _control.phrase is not None:
            _control_step(_control, _control.phrase, _part.called)

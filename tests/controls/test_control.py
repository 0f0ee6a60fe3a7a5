"""Controls: arguments, their text, and the messages about wrong ones."""

import pytest

from zigloop.controls.arguments import Choice, ControlError, Number
from zigloop.controls.control import Controlled, control, controls_of, parse_command


class Kettle(Controlled):
    """Something with controls."""

    name = "kettle"

    def __init__(self) -> None:
        self.did: list[object] = []

    @control("{name} is filled with {litres} l", litres=Number(0, 2, "l"), cups=Number(0, 8, whole=True))
    def fill(self, litres: float, cups: int = 0) -> None:
        """Fill it.

        This isn't the help.
        """
        self.did.append((litres, cups))

    @control(how=Choice(("gently", "wildly")))
    def boil(self, how: str = "gently") -> None:
        """Boil it."""
        self.did.append(how)

    @control()
    def empty(self) -> None:
        """Empty it."""
        self.did.append("empty")


CONTROLS = controls_of(Kettle)


def test_a_control_is_described() -> None:
    assert [each.usage for each in CONTROLS.values()] == ["fill LITRES [CUPS]", "boil [gently|wildly]", "empty"]
    fill = CONTROLS["fill"]
    assert (fill.help, fill.phrase) == ("Fill it.", "{name} is filled with {litres} l")
    assert CONTROLS["empty"].phrase is None


def test_it_stays_a_method() -> None:
    kettle = Kettle()
    kettle.fill(1.5)
    kettle.fill(litres=1, cups=2)
    kettle.boil()
    kettle.boil("Wildly")
    assert kettle.did == [(1.5, 0), (1, 2), "gently", "wildly"]


@pytest.mark.parametrize(
    ("positional", "named", "message"),
    [
        ((), {}, "fill needs LITRES, a number from 0 to 2 (l)"),
        ((1, 2, 3), {}, "fill takes 2 arguments, not 3: fill LITRES [CUPS]"),
        ((1,), {"litres": 2}, "fill: litres is given twice; write fill LITRES [CUPS]"),
        ((1,), {"sugar": 2}, "fill: sugar is not known; write fill LITRES [CUPS]"),
        (("x",), {}, "fill: litres is a number from 0 to 2 (l), not 'x'"),
        ((3,), {}, "fill: litres is a number from 0 to 2 (l), not 3"),
        (("nan",), {}, "fill: litres is a number from 0 to 2 (l), not 'nan'"),
        ((True,), {}, "fill: litres is a number from 0 to 2 (l), not True"),
        ((None,), {}, "fill: litres is a number from 0 to 2 (l), not None"),
        ((1, 1.5), {}, "fill: cups is a whole number from 0 to 8, not 1.5"),
    ],
)
def test_wrong_arguments(positional: tuple[object, ...], named: dict[str, object], message: str) -> None:
    with pytest.raises(ControlError) as caught:
        Kettle().fill(*positional, **named)  # type: ignore[arg-type]
    assert str(caught.value) == message


def test_wrong_words() -> None:
    with pytest.raises(ControlError, match=r"^boil: how is gently or wildly, not 'softly'$"):
        Kettle().boil("softly")
    with pytest.raises(ControlError, match=r"^empty takes no arguments, not 1: empty$"):
        Kettle().empty(1)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("empty", ("empty", (), {})),
        ("  FILL 1.5  2 ", ("fill", ("1.5", "2"), {})),
        ("fill litres=1 Cups=2", ("fill", (), {"litres": "1", "cups": "2"})),
        ("say 'two words'", ("say", ("two words",), {})),
    ],
)
def test_text(text: str, parsed: object) -> None:
    assert parse_command(text) == parsed


@pytest.mark.parametrize("text", ["", "   ", "say 'two"])
def test_no_text(text: str) -> None:
    with pytest.raises(ControlError):
        parse_command(text)

"""Controls: what a person or the environment does to a device, or to the parts between devices and host, as verbs.

A class marks its methods with `@control`; they stay plain methods (`plug.draw(42)`), and become verbs that
the prompt, the control socket and Gherkin steps share (`plug.command("draw 42")`). The first line of a
method's docstring is the verb's help. `@fault` above it declares that the control does harm, and what undoes it. An
object has its own controls and those of its parts (`Controlled.controlled_parts`).
"""

import functools
import inspect
import random
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final, TypeVar, cast

from zigloop.controls.arguments import Argument, Choice, ControlError
from zigloop.controls.uses import Uses

MISSING: Final = inspect.Parameter.empty
#: A choice of at most this many words is listed in a control's usage.
_FEW: Final = 3


@dataclass(frozen=True)
class Fault:
    """How to use a harmful control at random, without lasting damage.

    `undo` is the control of the same object that reverts it, also after the fault has ended by itself; None when only a
    person can (a device that left must be paired again). `safe` limits arguments to values that a good host survives;
    an optional argument is used only when it is in `safe`.
    """

    undo: str | None
    safe: dict[str, Argument]


@dataclass(frozen=True)
class Control:
    """A verb of a device, or of another part of the bench."""

    verb: str
    help: str
    phrase: str | None  # the step's text, with {name} for the device and {argument} for each required argument
    arguments: dict[str, Argument]
    optional: frozenset[str]
    fault: Fault | None = None

    @property
    def is_fault(self) -> bool:
        """Whether the control is a fault."""
        return self.fault is not None

    @property
    def undo(self) -> str | None:
        """The verb that reverts the fault; None when none does, and for controls that aren't faults."""
        return None if self.fault is None else self.fault.undo

    def some_arguments(self, rng: random.Random, names: Sequence[str] = ()) -> dict[str, Any]:
        """Random arguments, safe ones for a fault; `names` are the devices on the bench."""
        safe = {} if self.fault is None else self.fault.safe
        wanted = {name: each for name, each in self.arguments.items() if name not in self.optional}
        return {name: each.pick(rng, names) for name, each in (wanted | safe).items()}

    @property
    def usage(self) -> str:
        """The verb and its arguments: "draw WATTS", "report [all|state|power]"."""
        words = [f"[{word}]" if name in self.optional else word for name, word in self._placeholders().items()]
        return " ".join([self.verb, *words])

    def step(self, name: str) -> str | None:
        """The step of a feature for a device of this name: "plug draws WATTS W"."""
        return None if self.phrase is None else self.phrase.format(name=name, **self._placeholders())

    def _placeholders(self) -> dict[str, str]:
        """Each argument's placeholder: its words when they are few, else its name."""
        return {
            name: "|".join(each.words) if isinstance(each, Choice) and len(each.words) <= _FEW else name.upper()
            for name, each in self.arguments.items()
        }

    def bind(self, positional: tuple[object, ...], named: dict[str, object]) -> dict[str, Any]:
        """The arguments as the method takes them; ControlError when one is missing, unknown or not allowed."""
        names = list(self.arguments)
        if len(positional) > len(names):
            raise ControlError(
                f"{self.verb} takes {_count(len(names), 'argument')}, not {len(positional)}: {self.usage}"
            )
        given = dict(zip(names, positional, strict=False))
        for name, value in named.items():
            if name not in self.arguments or name in given:
                problem = "is given twice" if name in given else "is not known"
                raise ControlError(f"{self.verb}: {name} {problem}; write {self.usage}")
            given[name] = value
        missing = [name for name in names if name not in given and name not in self.optional]
        if missing:
            wanted = " and ".join(f"{name.upper()}, {self.arguments[name]}" for name in missing)
            raise ControlError(f"{self.verb} needs {wanted}")
        bound = {}
        for name, value in given.items():
            try:
                bound[name] = self.arguments[name].parse(value)
            except ValueError:
                raise ControlError(f"{self.verb}: {name} is {self.arguments[name]}, not {value!r}") from None
        return bound


Method = TypeVar("Method", bound=Callable[..., None])


def control(phrase: str | None = None, /, **arguments: Argument) -> Callable[[Method], Method]:
    """Make a method a verb. Every parameter but `self` is described; those with a default are optional.

    `phrase` is the text of its Gherkin step: "{name} draws {watts} W".
    """

    def decorate(method: Method) -> Method:
        parameters = [each for name, each in inspect.signature(method).parameters.items() if name != "self"]
        assert [each.name for each in parameters] == list(arguments), f"{method.__name__}: describe its parameters"
        assert method.__doc__, f"{method.__name__}: its docstring is the verb's help"
        it = Control(
            verb=method.__name__,
            help=method.__doc__.strip().partition("\n")[0],
            phrase=phrase,
            arguments=dict(arguments),
            optional=frozenset(each.name for each in parameters if each.default is not MISSING),
        )

        @functools.wraps(method)
        def checked(self: "Controlled", *positional: object, **named: object) -> None:
            this: Control = checked.__control__  # type: ignore[attr-defined]  # with its fault, if it is one
            arguments = this.bind(positional, named)
            self.uses.use(this, self.controls, arguments, functools.partial(method, self, **arguments))

        checked.__control__ = it  # type: ignore[attr-defined]
        return cast(Method, checked)

    return decorate


def fault(*, undo: str | None = "mend", **safe: Argument) -> Callable[[Method], Method]:
    """Mark a control as a fault; see `Fault`."""

    def decorate(method: Method) -> Method:
        it: Control = method.__control__  # type: ignore[attr-defined]
        assert safe.keys() <= it.arguments.keys(), f"{it.verb}: only its arguments can be safe"
        method.__control__ = replace(it, fault=Fault(undo, safe))  # type: ignore[attr-defined]
        return method

    return decorate


def undo(each: "Controlled", it: Control, arguments: dict[str, Any]) -> None:
    """Revert a fault that was used with these arguments; does nothing when it has no undo."""
    if it.fault is not None and it.fault.undo is not None:
        wanted = each.controls[it.fault.undo].arguments
        each.do(it.fault.undo, **{name: value for name, value in arguments.items() if name in wanted})


def controls_of(product: type) -> dict[str, Control]:
    """The verbs of a class, those of its bases first."""
    found: dict[str, Control] = {}
    for base in reversed(product.__mro__):
        for name, member in vars(base).items():
            if hasattr(member, "__control__"):
                found[name] = member.__control__
    return found


def parse_command(text: str) -> tuple[str, tuple[str, ...], dict[str, str]]:
    """Verb, arguments and NAME=VALUE arguments of one line; ControlError for an empty or incomplete line."""
    try:
        words = shlex.split(text)
    except ValueError:
        raise ControlError("a quotation mark is missing") from None
    if not words:
        raise ControlError("write a verb and its arguments")
    named = dict(word.split("=", 1) for word in words[1:] if "=" in word)
    positional = tuple(word for word in words[1:] if "=" not in word)
    return words[0].lower(), positional, {name.lower(): value for name, value in named.items()}


class Controlled:
    """An object with a name and controls: a device, the radio, the line, the air, the broker."""

    name: str
    #: Its own and those of its parts, by verb; faults, and what undoes them, last.
    controls: ClassVar[dict[str, Control]] = {}
    #: Classes of its parts, by the attribute that holds each.
    controlled_parts: ClassVar[dict[str, "type[Controlled]"]] = {}
    _part_of: ClassVar[dict[str, str]] = {}  # by verb: the attribute of the part that has it
    _uses: Uses | None = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._part_of = {verb: part for part, kind in cls.controlled_parts.items() for verb in kind.controls}
        found = {verb: it for kind in cls.controlled_parts.values() for verb, it in kind.controls.items()}
        own = controls_of(cls)
        assert not own.keys() & found.keys(), f"{cls.__name__}: its parts have {', '.join(own.keys() & found.keys())}"
        found |= own
        harm = {each for it in found.values() if it.fault is not None for each in (it.verb, it.fault.undo)}
        cls.controls = {verb: found[verb] for verb in sorted(found, key=lambda verb: verb in harm)}

    @property
    def title(self) -> str:
        """Its name in messages."""
        return self.name

    @property
    def uses(self) -> Uses:
        """The uses of its controls."""
        if self._uses is None:
            self._uses = Uses()
        return self._uses

    def state(self) -> dict[str, Any]:
        """Its state by name, for assertions and for display."""
        raise NotImplementedError

    def do(self, verb: str, *positional: object, **named: object) -> None:
        """Use a control by name: `do("draw", watts=42)`. ControlError explains what is allowed."""
        if verb not in self.controls:
            raise ControlError(f"{self.title} has no control {verb!r}; it has {', '.join(self.controls)}")
        part = self._part_of.get(verb)
        getattr(self if part is None else getattr(self, part), verb)(*positional, **named)

    def command(self, text: str) -> None:
        """Use a control by its text: `command("draw 42")`."""
        verb, positional, named = parse_command(text)
        self.do(verb, *positional, **named)


class Part(Controlled):
    """A controllable part of the bench other than a device: all its controls are faults, `mend` ends them."""

    called: ClassVar[str]  # its name, one of `PARTS`
    about: ClassVar[str]  # a description for display

    def __init__(self) -> None:
        self.name = self.called
        self._uses = Uses(ends_all="mend")

    @property
    def faulty(self) -> bool:
        """Whether a fault has been used since the last `mend`."""
        raise NotImplementedError

    def mend(self) -> None:
        """End all its faults."""
        raise NotImplementedError

    def stop_waiting(self) -> None:
        """Cancel its timers."""


#: Names of the parts that a bench may have; no device has one of these names.
PARTS: Final = ("radio", "line", "air", "broker")


def faults_of(each: Controlled, *, undoable: bool = True) -> list[Control]:
    """The controls that are faults; `undoable`: only those that another control reverts."""
    return [it for it in each.controls.values() if it.fault is not None and (it.fault.undo is not None or not undoable)]


def _count(number: int, noun: str) -> str:
    return f"no {noun}s" if number == 0 else f"1 {noun}" if number == 1 else f"{number} {noun}s"

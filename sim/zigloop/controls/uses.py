"""The uses of controls, emitted as events; faults are tracked until they end."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from zigloop.events import Channel, ControlUsed, Events, FaultEnded, FaultStarted


class FaultControl(Protocol):
    """A control, as seen by `Uses`."""

    @property
    def verb(self) -> str: ...
    @property
    def arguments(self) -> Mapping[str, object]: ...
    @property
    def is_fault(self) -> bool: ...
    @property
    def undo(self) -> str | None:
        """The verb that reverts a fault."""


#: A fault's verb and its text arguments, in any order: on another link or in another direction it is another fault,
#: with another strength it is the same.
_Key: TypeAlias = tuple[str, frozenset[Any]]


@dataclass(frozen=True, slots=True)
class _Active:
    """A fault that has not ended."""

    undo: str
    undone_by: frozenset[Any]  # its arguments that its undo takes, too
    arguments: dict[str, Any]


class Uses:
    """The uses of one object's controls, and its faults that have not ended. Emits nothing before `emit_on`.

    `ends_all` is the verb of the control that ends all faults.
    """

    def __init__(self, ends_all: str | None = None) -> None:
        self._ends_all = ends_all
        self._name = ""
        self._now: Callable[[], float] = lambda: 0.0
        self._used: Channel[ControlUsed] = Channel()
        self._started: Channel[FaultStarted] = Channel()
        self._ended: Channel[FaultEnded] = Channel()
        self._faults: dict[_Key, _Active] = {}
        self._nested = False
        #: Whether one of its controls has been used.
        self.used = False

    def emit_on(self, events: Events, name: str, now: Callable[[], float]) -> None:
        """Start to emit uses, under the object's name; `now` returns the loop's time."""
        self._name, self._now = name, now
        self._used = events.channel(ControlUsed)
        self._started = events.channel(FaultStarted)
        self._ended = events.channel(FaultEnded)

    def use(
        self,
        control: FaultControl,
        controls: Mapping[str, FaultControl],
        arguments: dict[str, Any],
        act: Callable[[], None],
    ) -> None:
        """Use a control: `act` executes it. `controls` are those of the same object, by verb.

        A control that is called by another control doesn't count as a use, but ends the faults that it reverts.
        """
        self.used = True
        nested = self._nested
        if not nested and self._used.listeners:
            self._used.emit(ControlUsed(at=self._now(), name=self._name, verb=control.verb, arguments=dict(arguments)))
        self._nested = True
        try:
            act()
        finally:
            self._nested = nested
        for key in [key for key, fault in self._faults.items() if self._ends(control.verb, arguments, fault)]:
            self._end(key)
        if control.is_fault and not nested:
            self._start(control, controls, arguments)

    def _ends(self, verb: str, arguments: dict[str, Any], fault: _Active) -> bool:
        """Whether a control used with these arguments has ended a fault."""
        return verb == self._ends_all or (fault.undo == verb and fault.undone_by <= frozenset(arguments.values()))

    def _start(self, control: FaultControl, controls: Mapping[str, FaultControl], arguments: dict[str, Any]) -> None:
        if control.undo is not None:
            shared = controls[control.undo].arguments
            undone_by = frozenset(value for name, value in arguments.items() if name in shared)
            where = frozenset(value for value in arguments.values() if isinstance(value, str))
            self._faults[control.verb, where] = _Active(control.undo, undone_by, dict(arguments))
        if self._started.listeners:
            event = FaultStarted(at=self._now(), name=self._name, verb=control.verb, arguments=dict(arguments))
            self._started.emit(event)

    def ended(self, *verbs: str) -> None:
        """These faults have ended by themselves; without verbs all have."""
        for key in list(self._faults):
            if not verbs or key[0] in verbs:
                self._end(key)

    def _end(self, key: _Key) -> None:
        arguments = self._faults.pop(key).arguments
        if self._ended.listeners:
            self._ended.emit(FaultEnded(at=self._now(), name=self._name, verb=key[0], arguments=arguments))

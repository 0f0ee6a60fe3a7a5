"""The uses of controls, emitted as events; faults are tracked until they end."""

from collections.abc import Callable, Mapping
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


#: A fault's verb, and the arguments that its undo takes too, in any order: a fault of another link is another fault.
_Key: TypeAlias = tuple[str, frozenset[Any]]


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
        self._faults: dict[_Key, tuple[str | None, dict[str, Any]]] = {}  # undo and arguments
        self._nested = False

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
        nested = self._nested
        if not nested and self._used.listeners:
            self._used.emit(ControlUsed(at=self._now(), name=self._name, verb=control.verb, arguments=dict(arguments)))
        self._nested = True
        try:
            act()
        finally:
            self._nested = nested
        for key in [key for key, (undo, _) in self._faults.items() if self._ends(control.verb, arguments, key, undo)]:
            self._end(key)
        if control.is_fault and not nested:
            self._start(control, controls, arguments)

    def _ends(self, verb: str, arguments: dict[str, Any], key: _Key, undo: str | None) -> bool:
        """Whether a control used with these arguments has ended a fault."""
        return verb == self._ends_all or (undo == verb and key[1] <= frozenset(arguments.values()))

    def _start(self, control: FaultControl, controls: Mapping[str, FaultControl], arguments: dict[str, Any]) -> None:
        if control.undo is not None:
            shared = controls[control.undo].arguments
            key = control.verb, frozenset(value for name, value in arguments.items() if name in shared)
            self._faults[key] = control.undo, dict(arguments)
        if self._started.listeners:
            event = FaultStarted(at=self._now(), name=self._name, verb=control.verb, arguments=dict(arguments))
            self._started.emit(event)

    def ended(self, *verbs: str) -> None:
        """These faults have ended by themselves; without verbs all have."""
        for key in list(self._faults):
            if not verbs or key[0] in verbs:
                self._end(key)

    def _end(self, key: _Key) -> None:
        _, arguments = self._faults.pop(key)
        if self._ended.listeners:
            self._ended.emit(FaultEnded(at=self._now(), name=self._name, verb=key[0], arguments=arguments))

"""Controls: what a person or the environment does to a device, or to radio, line and air, as verbs.

A class that is `Controlled` marks its methods with `@control`, and describes each argument:

    >>> from zigloop.controls import Controlled, Number, control, fault
    >>> class Lamp(Controlled):
    ...     name = "lamp"
    ...     level = 0.0
    ...
    ...     @fault(undo="mend")
    ...     @control("{name} flickers")
    ...     def flicker(self) -> None:
    ...         "Change its level at random."
    ...
    ...     @control("{name} is repaired")
    ...     def mend(self) -> None:
    ...         "End all faults."
    ...
    ...     @control("{name} is dimmed to {percent} %", percent=Number(0, 100, "%"))
    ...     def dim(self, percent: float) -> None:
    ...         "Dim it."
    ...         self.level = percent
    >>> lamp = Lamp()
    >>> lamp.dim(40)  # in Python
    >>> lamp.command("dim 40")  # at the prompt and on the control socket
    >>> lamp.do("dim", percent=140)
    Traceback (most recent call last):
    zigloop.controls.arguments.ControlError: dim: percent is a number from 0 to 100 (%), not 140
    >>> lamp.controls["dim"].step("lamp")  # in a feature
    'lamp is dimmed to PERCENT %'

A control that does harm is also marked as a fault; its `undo` names the control that reverts it.
"""

from zigloop.controls.arguments import Argument, Choice, ControlError, Name, Number
from zigloop.controls.control import Control, Controlled, Fault, Part, control, fault

__all__ = [
    "Argument",
    "Choice",
    "Control",
    "ControlError",
    "Controlled",
    "Fault",
    "Name",
    "Number",
    "Part",
    "control",
    "fault",
]

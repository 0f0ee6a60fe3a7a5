"""The commands of the prompt and of the control socket, one per line.

`NAME VERB ARGUMENTS` uses a control of a device, or of radio, line, air or broker; `devices`, `state` and `help` query.
Answers are plain data; an invalid line raises `ControlError`, whose message lists what is allowed in one sentence.
Documented in `docs/control.md`.
"""

from typing import TYPE_CHECKING, Any, Final

from zigloop.controls.arguments import ControlError
from zigloop.controls.control import PARTS, Controlled, Part

if TYPE_CHECKING:  # slow to import, and the command line needs only WORDS
    from zigloop.bench import Bench
    from zigloop.device.device import Device

#: Commands, which can't be names of devices. `quit` belongs to the prompt.
WORDS: Final = ("devices", "state", "help", "quit", "exit")


def execute(bench: "Bench", line: str) -> dict[str, Any]:
    """Execute one line; the answer has the state of the device or part, or what was queried."""
    first, _, rest = line.strip().partition(" ")
    rest = rest.strip()
    match first.lower():
        case "":
            raise ControlError("write a device and a control, as in 'plug press', or 'help'")
        case "help":
            return {"help": _help(bench, rest)}
        case "devices":
            return {
                "devices": [_summary(device) for device in bench.devices.values()],
                "parts": [{"name": part.name, "about": part.about} for part in bench.parts.values()],
            }
        case "state" if not rest:
            return {"state": {name: device.state() for name, device in bench.devices.items()}}
        case "state":
            return _state(_named(bench, rest))
        case _:
            it = _named(bench, first)
            if not rest:
                raise ControlError(f"{first} needs a control: {', '.join(it.controls)}")
            it.command(rest)
            return _state(it)


def _state(it: Controlled) -> dict[str, Any]:
    return {"part" if isinstance(it, Part) else "device": it.name, "state": it.state()}


def _named(bench: "Bench", name: str) -> Controlled:
    """The device or part of this name; ControlError for another name."""
    if name not in bench.devices and name not in PARTS:
        there = ", ".join(bench.devices) or "none"
        raise ControlError(f"no device is called {name!r}; the devices are {there} (see 'help')")
    return bench.named(name)


def _summary(device: "Device") -> dict[str, Any]:
    state = device.state()
    return {"name": device.name, "model": device.model} | {
        key: state[key] for key in ("ieee", "nwk", "joined", "pairing", "powered")
    }


def _help(bench: "Bench", name: str) -> list[dict[str, str]]:
    """The commands, or the controls of one device or part."""
    if name:
        controls = _named(bench, name).controls.values()
        return [{"say": f"{name} {control.usage}", "means": control.help} for control in controls]
    parts = bench.parts.values()
    return [
        {"say": "devices", "means": "List the devices and the other parts with controls."},
        {"say": "state [NAME]", "means": "Show the state of a device or part, or of all devices."},
        {"say": "help [NAME]", "means": "List the commands, or the controls of a device or part."},
        {"say": "NAME VERB [ARGUMENTS]", "means": "Use a control of a device."},
        *({"say": f"{part.name} VERB [ARGUMENTS]", "means": f"Use a control of {part.about}."} for part in parts),
    ]

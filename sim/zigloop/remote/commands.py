"""What can be said to a bench, one line at a time: the language of the prompt and of the control socket.

`NAME VERB ARGUMENTS` works a control of a device, of radio, line, air or broker; `devices`, `state` and `help` ask.
Answers are plain data; a line that can't be done raises `ControlError` with one sentence that says what can.
Documented in `docs/control.md`.
"""

from typing import TYPE_CHECKING, Any, Final

from zigloop.control.arguments import ControlError
from zigloop.control.control import PARTS, Part

if TYPE_CHECKING:
    from zigloop.bench import Bench
    from zigloop.control.control import Controlled
    from zigloop.device.device import Device

#: Words that begin a line, beside `zigloop.control.PARTS`; not names of devices. `quit` is the prompt's.
WORDS: Final = ("devices", "state", "help", "quit", "exit")


def carry_out(bench: "Bench", line: str) -> dict[str, Any]:
    """Do what one line says and give the answer, which says what has been done or found."""
    first, _, rest = line.strip().partition(" ")
    rest = rest.strip()
    match first.lower():
        case "":
            raise ControlError("say a device and what happens to it, or help")
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
                raise ControlError(f"say what happens to {first}: {', '.join(it.controls)}")
            it.command(rest)
            return _state(it)


def _state(it: "Controlled") -> dict[str, Any]:
    return {"part" if isinstance(it, Part) else "device": it.name, "state": it.state()}


def _named(bench: "Bench", name: str) -> "Controlled":
    """The device or part, or a sentence that also names the words that are neither."""
    if name not in bench.devices and name not in PARTS:
        there = ", ".join(bench.devices) or "none"
        raise ControlError(f"there is no device called {name!r}; the devices are {there} (help tells more)")
    return bench.named(name)


def _summary(device: "Device") -> dict[str, Any]:
    state = device.state()
    return {"name": device.name, "model": device.model} | {
        key: state[key] for key in ("ieee", "nwk", "joined", "pairing", "powered")
    }


def _help(bench: "Bench", name: str) -> list[dict[str, str]]:
    """What can be said: in general, or to one device or part."""
    if name:
        controls = _named(bench, name).controls.values()
        return [{"say": f"{name} {control.usage}", "means": control.help} for control in controls]
    parts = bench.parts.values()
    return [
        {"say": "devices", "means": "List the devices, and what else things can be done to."},
        {"say": "state [NAME]", "means": "Tell what is so, of one device or part, or of all devices."},
        {"say": "help [NAME]", "means": "Tell what can be said, or what can be done to a device."},
        {"say": "NAME VERB [ARGUMENTS]", "means": "Do something to a device."},
        *({"say": f"{part.name} VERB [ARGUMENTS]", "means": f"Do something to {part.about}."} for part in parts),
    ]

"""What can be said to a bench, one line at a time: the language of the prompt and of the control socket.

`NAME VERB ARGUMENTS` works a device's control; `devices`, `state` and `help` ask. Answers are plain data; a
line that can't be done raises `ControlError` with one sentence that says what can. Documented in
`docs/control.md`.
"""

from typing import TYPE_CHECKING, Any, Final

from sim.control import ControlError

if TYPE_CHECKING:
    from sim.bench import Bench
    from sim.device import Device

#: Words that begin a line and therefore can't be a device's name; `quit` is the prompt's own.
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
            return {"devices": [_summary(device) for device in bench.devices.values()]}
        case "state" if not rest:
            return {"state": {name: device.state() for name, device in bench.devices.items()}}
        case "state":
            return {"device": rest, "state": _named(bench, rest).state()}
        case _:
            device = _named(bench, first)
            if not rest:
                raise ControlError(f"say what happens to {first}: {', '.join(device.controls)}")
            device.command(rest)
            return {"device": device.name, "state": device.state()}


def _named(bench: "Bench", name: str) -> "Device":
    """The device, or a sentence that also names the words that aren't devices."""
    if name not in bench.devices:
        there = ", ".join(bench.devices) or "none"
        raise ControlError(f"there is no device called {name!r}; the devices are {there} (help tells more)")
    return bench.devices[name]


def _summary(device: "Device") -> dict[str, Any]:
    state = device.state()
    return {"name": device.name, "model": device.model} | {
        key: state[key] for key in ("ieee", "nwk", "joined", "pairing", "powered")
    }


def _help(bench: "Bench", name: str) -> list[dict[str, str]]:
    """What can be said: in general, or to one device."""
    if name:
        device = _named(bench, name)
        return [{"say": f"{name} {control.usage}", "means": control.help} for control in device.controls.values()]
    return [
        {"say": "devices", "means": "List the devices."},
        {"say": "state [NAME]", "means": "Tell what is so, of one device or of all."},
        {"say": "help [NAME]", "means": "Tell what can be said, or what can be done to a device."},
        {"say": "NAME VERB [ARGUMENTS]", "means": "Do something to a device."},
    ]

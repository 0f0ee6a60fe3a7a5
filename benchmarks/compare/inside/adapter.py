"""The only module of this package that uses the project's Python API.

ADAPTER FOR BOTH LAYOUTS: the packages are `sim` and `bridge` before issue 8, `zigloop` and `zigloop_bridge` since.
When the API changes, change it here.
"""

import dataclasses
import importlib
import importlib.util
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

NEW_LAYOUT = importlib.util.find_spec("zigloop") is not None
SIM = "zigloop" if NEW_LAYOUT else "sim"

#: Entry point of the host.
HOST = "bridge"


#: Where names are defined, below the package: in the new layout, then in the old one.
MODULES = {
    "ApsFrame": ("air.frame", "air"),
    "Bench": ("bench.bench", "bench"),
    "Chaos": ("testing.chaos.chaos", "testing.chaos"),
    "ControlError": ("controls.arguments", "control"),
    "Controlled": ("controls.control", "control"),
    "Direction": ("events", "radio.framing"),
    "Entry": ("testing.chaos.schedule", "testing.schedule"),
    "FrameSent": ("events",),
    "PRODUCTS": ("device.registry", "devices"),
    "VIRTUAL": ("clock",),
    "clock_loop": ("clock",),
    "describe": ("radio.zstack.framelog", "radio.framelog"),
    "describe_aps": ("capture.describe", "describe"),
}


def find(name: str) -> Any:
    """A name of the simulator, wherever this checkout defines it; LookupError when it is in none of `MODULES`."""
    for module in MODULES[name]:
        try:
            return getattr(importlib.import_module(f"{SIM}.{module}"), name)
        except (ModuleNotFoundError, AttributeError):
            continue
    raise LookupError(f"{SIM} has no {name} in {', '.join(MODULES[name])}: change {__name__}")


def require_checkout(root: Path) -> None:
    """RuntimeError when the environment has another checkout installed."""
    found = Path(importlib.import_module(SIM).__file__ or "").resolve()
    if not found.is_relative_to(root.resolve()):
        raise RuntimeError(f"this Python has {SIM} from {found}, not from {root}")


# Virtual time, bench and host


def virtual_loop() -> Any:
    """A context manager: an event loop in virtual time, closed at the end."""
    return find("clock_loop")(find("VIRTUAL"))


@contextmanager
def bench(loop: Any, seed: int) -> Iterator[tuple[Any, str]]:
    """A bench, and the URL of its port."""
    it = find("Bench")(loop, seed=seed)
    try:
        port = loop.run_until_complete(it.serve_tcp("127.0.0.1", 0))
        yield it, port.url
    finally:
        loop.run_until_complete(it.close())


@contextmanager
def host(loop: Any, radio_url: str, data: Path) -> Iterator[str]:
    """The bridge on this port, with its embedded broker; the broker's URL."""
    [entry] = entry_points(group="zigloop.hosts", name=HOST)
    it = entry.load()(loop=loop, radio_url=radio_url, mqtt_url=None, data=data, keep_network=False)
    try:
        it.start()
        yield it.mqtt_url
    finally:
        it.stop()


# What is on the bench


def products() -> dict[str, Any]:
    """The classes of all products, by model."""
    return dict(find("PRODUCTS"))


def declarations(product: Any) -> tuple[tuple[str, ...], dict[str, bool]]:
    """Firmwares that a product comes in, and its quirks with their defaults."""
    return tuple(product.product.firmwares), {each.name: each.default for each in product.product.quirks}


def refused(error: BaseException) -> bool:
    """Whether this is a control's refusal."""
    return isinstance(error, find("ControlError"))


def controlled() -> Any:
    """The class of everything that has controls; all of them are called through its `do(verb, **arguments)`."""
    return find("Controlled")


# Air


def on_air(bench: Any, on_frame: Callable[[dict[str, Any]], None]) -> None:
    """Call `on_frame` with all fields of each APS frame that is sent, before it is delivered."""

    def fields(frame: Any) -> dict[str, Any]:
        return {each.name: getattr(frame, each.name) for each in dataclasses.fields(frame)}

    if NEW_LAYOUT:
        bench.events.subscribe(find("FrameSent"), lambda event: on_frame(fields(event.frame)))
    else:
        bench.air.taps.append(lambda frame: on_frame(fields(frame)))


# Port


def listens_for_host(protocol_factory: Any) -> bool:
    """Whether a server with this factory is the radio's port (others in the loop are the broker's)."""
    return str(getattr(protocol_factory, "__module__", "")).startswith(f"{SIM}.radio")


# Decoding, for reports


def describe_port(direction: str, frame: bytes) -> str:
    """MT frames on the port, decoded."""
    describe, directions = find("describe"), find("Direction")
    way = directions.TO_HOST if direction == ">" else directions.TO_RADIO
    found = [
        describe(way, frame[at + 2] << 8 | frame[at + 3], frame[at + 4 : at + 4 + frame[at + 1]])
        for at in _frames(frame)
    ]
    return "; ".join(found)


def _frames(data: bytes) -> Iterator[int]:
    """Where frames begin: SOF, length, command (2), payload, check."""
    at = 0
    while at + 5 <= len(data) and data[at] == 0xFE:
        yield at
        at += 5 + data[at + 1]


def describe_air(fields: dict[str, Any]) -> str:
    """An APS frame, decoded; `fields` as `on_air` passed them."""
    return str(find("describe_aps")(find("ApsFrame")(**fields)))


# Chaos, for `chaos_plugin`


def chaos_class() -> Any:
    """Made with `(world, seed, name, only)`; has `bench`, `world.loop` and `lay(entries)`."""
    return find("Chaos")


def entry(number: int, at: float, who: str, control: Any, arguments: dict[str, Any], lasts: float | None) -> Any:
    """An entry of a schedule, as `Chaos.lay` takes it."""
    return find("Entry")(number, at, who, control, arguments, lasts)


def recorded(entry: Any) -> dict[str, Any]:
    """The same as plain data, with names only."""
    plain = {name: getattr(entry, name) for name in ("number", "at", "who", "arguments", "lasts")}
    return plain | {"verb": entry.control.verb}

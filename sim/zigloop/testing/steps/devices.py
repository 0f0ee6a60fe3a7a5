"""Steps about devices: adding one, their options, states and entries in the host's list."""

import asyncio
import json
import re
from typing import Any

from zigloop.air.frame import ApsFrame
from zigloop.capture.describe import describe_aps
from zigloop.testing.listing import Entries, await_list
from zigloop.testing.match import contains
from zigloop.testing.mqtt import Mqtt
from zigloop.testing.steps.expected import parse
from zigloop.testing.steps.lenient import given, stimulus, then
from zigloop.testing.world import World

DEVICE = "a[n] {model} called {name}[ {declared}]"
#: Seconds in which a command crosses host, radio and air, even one that is sent again.
_CROSSING = 1.0
_DECLARED = re.compile(r"with firmware (?P<firmware>\S+)|(?P<how>with|without) the quirk (?P<quirk>\w+)")


def _declaration(text: str | None) -> dict[str, Any]:
    """`with firmware 02-28-2017 and with the quirk sleeps` as `Bench.add` takes it."""
    declaration: dict[str, Any] = {}
    for each in (text or "").split(" and ") if text else ():
        match = _DECLARED.fullmatch(each)
        assert match, f"{each!r} doesn't describe a device: write with firmware DATE or with[out] the quirk NAME"
        if match["firmware"]:
            declaration["firmware"] = match["firmware"]
        else:
            declaration[match["quirk"]] = match["how"] == "with"
    return declaration


@given(DEVICE + " that has not joined")
def device(world: World, model: str, name: str, declared: str | None) -> None:
    world.add_device(model, name, **_declaration(declared))


@given(DEVICE + " has joined")
def joined_device(world: World, model: str, name: str, declared: str | None) -> None:
    world.joined_device(model, name, **_declaration(declared))


@stimulus("the link quality of {name} is {lqi}")
def link_quality(world: World, name: str, lqi: str) -> None:
    device = world.device(name, f"the link quality of {name} is {lqi}")
    assert world.bench is not None  # `device` needs one
    world.bench.air.set_lqi(device.node, int(lqi))


@then("{name} itself has {expected}")
def own_state(world: World, name: str, expected: str) -> None:
    """The state of the device itself, which the host may not know yet, within a second."""
    wanted = parse(expected)
    device = world.device(name, f"{name} itself has {expected}")
    world.settle()
    end = world.loop.time() + _CROSSING
    while not contains(wanted, device.state()) and world.loop.time() < end:
        world.run(asyncio.sleep(_CROSSING / 20))
    if not contains(wanted, device.state()):
        got = json.dumps(device.state(), default=str)
        raise AssertionError(f"expected state of {name}: {expected}\ngot: {got}")


@then("no command is sent to {name}")
def no_command(world: World, name: str) -> None:
    """Since the last stimulus. Responses to the device's own requests don't count."""
    device = world.device(name, f"no command is sent to {name}")
    world.settle()
    if world.timing.virtual:
        world.run(asyncio.sleep(_CROSSING))
    sent = [frame for frame in world.frames if frame.dst == device.node.nwk and not _is_response(frame)]
    assert not sent, f"the host sent {', '.join(map(describe_aps, sent))}"


def _is_response(frame: ApsFrame) -> bool:
    """Whether it is a ZCL read response (0x01) or default response (0x0B), both global commands (ZCL 2.5)."""
    if frame.dst_endpoint == 0 or len(frame.data) < 3:
        return False
    manufacturer_specific = bool(frame.data[0] & 0x04)
    command = frame.data[4 if manufacturer_specific else 2 :][:1]
    return frame.data[0] & 0x03 == 0 and command in (b"\x01", b"\x0b")


@stimulus("{name} has the option[s] {options}")
@stimulus("{name} is given the option[s] {options}")
def options(world: World, name: str, options: str) -> None:
    world.mqtt.request("device/options", {"id": name, "options": json.loads(options)}, stimulus=False)


@then("the host lists {name} with {expected}")
def listed_with(mqtt: Mqtt, name: str, expected: str) -> None:
    _entry(mqtt, name, parse(expected), expected)


@then("{name} exposes:")
def exposes(mqtt: Mqtt, name: str, datatable: list[list[str]]) -> None:
    """Compare a table of property, type, unit and access (published, set, get) with `bridge/devices`."""
    entry = _entry(mqtt, name, {"definition": {}}, "a definition")
    offered = {expose["property"]: expose for expose in _flat(entry["definition"]["exposes"])}
    header, *rows = datatable
    for row in rows:
        wanted = dict(zip(header, row, strict=True))
        expose = offered.pop(wanted["property"], None)
        assert expose is not None, f"{wanted['property']} is not exposed"
        got = {
            "property": expose["property"],
            "type": expose["type"],
            "unit": expose.get("unit", ""),
            "access": _access(expose["access"]),
        }
        assert got == wanted, f"exposed as {got}, expected {wanted}"
    assert not offered, f"exposed, but not in the table: {', '.join(offered)}"


def _entry(mqtt: Mqtt, name: str, wanted: Any, expected: str) -> dict[str, Any]:
    """The device's entry in `bridge/devices`, once it contains `wanted`."""

    def found(entries: Entries) -> Entries:
        return [entry for entry in entries if entry["friendly_name"] == name and contains(wanted, entry)]

    return found(await_list(mqtt, lambda entries: bool(found(entries)), f"an entry of {name} with {expected}"))[0]


def _flat(exposes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """All exposes; a switch stands for its features."""
    return [feature for expose in exposes for feature in expose.get("features", [expose])]


def _access(bits: int) -> str:
    """Bit 0 published, bit 1 set, bit 2 get."""
    return " ".join(word for bit, word in ((1, "published"), (2, "set"), (4, "get")) if bits & bit)

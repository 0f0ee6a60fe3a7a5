"""Steps about the network, the host and time."""

import json

from pytest_bdd import parsers

from zigloop.testing.joining import address
from zigloop.testing.recovery import RECOVERY
from zigloop.testing.steps.lenient import given, then, when
from zigloop.testing.world import World

UNITS = {"second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86400.0}


@when("joining is permitted")
def permit_join(world: World) -> None:
    world.mqtt.request("permit_join", {"time": 254})


@when(parsers.re(r"joining is permitted for (?P<seconds>\d+) seconds"))
def permit_join_for(world: World, seconds: str) -> None:
    world.mqtt.request("permit_join", {"time": int(seconds)})


@when("joining is closed")
def close_join(world: World) -> None:
    world.mqtt.request("permit_join", {"time": 0})


@given(parsers.re(r"the host has the configuration (?P<settings>\{.*\})"))
@when(parsers.re(r"the host restarts with the configuration (?P<settings>\{.*\})"))
def configure(world: World, settings: str) -> None:
    """Restart with these settings, and after the scenario again without them."""
    world.configure(json.loads(settings))


@when("the host restarts")
def restart(world: World) -> None:
    world.mqtt.mark()
    world.host.restart()


@when(parsers.re(r"(?P<count>[\d.]+) (?P<unit>seconds?|minutes?|hours?|days?) pass(?:es)?"))
def time_passes(world: World, count: str, unit: str) -> None:
    unit = unit.removesuffix("s")
    world.pass_time_or_skip(float(count) * UNITS[unit], f"{count} {unit}s pass")


@then(parsers.re(r"the host recovers(?: within (?P<within>[\d.]+) seconds)?"))
def recovers(world: World, within: str | None) -> None:
    patience = float(within or RECOVERY)
    assert world.recovers(patience), (
        f"the host has not recovered within {patience:g} s; its log ends with\n{world.host.log_tail()}"
    )
    world.mqtt.mark()


@then(parsers.re(r"(?P<name>\S+) is interviewed and supported"))
def interviewed(world: World, name: str) -> None:
    device = world.device(name, f"{name} is interviewed and supported")
    data = world.interviewed(device).json["data"]
    assert data["supported"] is True, f"the host doesn't support it: {data}"


@then(parsers.re(r"the host (?P<lists>lists|does not list) (?P<name>\S+)"))
def listed(world: World, name: str, lists: str) -> None:
    """Compares IEEE addresses: a device that is removed loses its name."""
    device = world.device(name, f"the host {lists} {name}")
    expected = lists == "lists"

    def wanted(message: object) -> bool:
        return any(entry["ieee_address"] == address(device) for entry in message.json) == expected  # type: ignore[attr-defined]

    topic = world.mqtt.topic("bridge/devices")
    current = world.mqtt.fetch_retained(topic)
    if current is not None and wanted(current):
        return
    found = world.mqtt.wait_for(lambda m: m.topic == topic and bool(m.payload) and wanted(m), within=10)
    if found is None:
        raise AssertionError(f"{topic} {'does not list' if expected else 'lists'} {name} ({address(device)})")

"""Steps about the network, the host and time."""

import json

from zigloop.testing.joining import INTERVIEW_TIMEOUT, address
from zigloop.testing.listing import await_list
from zigloop.testing.match import contains, describe
from zigloop.testing.recovery import RECOVERY
from zigloop.testing.steps.lenient import given, stimulus, then, when
from zigloop.testing.world import World

UNITS = {"second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86400.0}
PASSES = "{count} {unit} pass[es]"


@stimulus("joining is permitted")
def permit_join(world: World) -> None:
    world.mqtt.request("permit_join", {"time": 254}, stimulus=False)


@stimulus("joining is permitted for {seconds} seconds")
def permit_join_for(world: World, seconds: str) -> None:
    world.mqtt.request("permit_join", {"time": int(seconds)}, stimulus=False)


@stimulus("joining is closed")
def close_join(world: World) -> None:
    world.mqtt.request("permit_join", {"time": 0}, stimulus=False)


@stimulus("the host has the configuration {settings}")
@stimulus("the host restarts with the configuration {settings}")
def configure(world: World, settings: str) -> None:
    """Restart with these settings, and after the scenario again without them."""
    world.configure(json.loads(settings))


@stimulus("the host restarts")
def restart(world: World) -> None:
    world.host.restart()


@given(PASSES)
@when(PASSES)
def time_passes(world: World, count: str, unit: str) -> None:
    world.pass_time_or_skip(
        float(count) * UNITS[unit.removesuffix("s")], f"{count} {unit} pass{'' if unit.endswith('s') else 'es'}"
    )


@then("the host recovers[ within {within} second[s]]")
def recovers(world: World, within: str | None) -> None:
    patience = float(within or RECOVERY)
    assert world.recovers(patience), (
        f"the host has not recovered within {patience:g} s; its log ends with\n{world.host.log_tail()}"
    )


@then("{name} is interviewed and supported")
def interviewed(world: World, name: str) -> None:
    """Now or soon, as the host's list has it: the interview may have ended before the last stimulus."""
    device = world.device(name, f"{name} is interviewed and supported")
    wanted = {"ieee_address": address(device), "interview_completed": True, "supported": True}
    await_list(
        world.mqtt,
        lambda entries: any(contains(wanted, entry) for entry in entries),
        f"{name} with {describe(wanted)} within {INTERVIEW_TIMEOUT:g} s",
        within=INTERVIEW_TIMEOUT,
    )


@then("the host {lists:lists|does not list} {name}")
def listed(world: World, name: str, lists: str) -> None:
    """Compares IEEE addresses: a device that is removed loses its name."""
    device = world.device(name, f"the host {lists} {name}")
    ieee = address(device)
    await_list(
        world.mqtt,
        lambda entries: any(entry["ieee_address"] == ieee for entry in entries) == (lists == "lists"),
        f"{'an' if lists == 'lists' else 'no'} entry of {name} ({ieee})",
    )

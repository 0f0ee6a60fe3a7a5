"""The pytest plugin: options, the fixtures `bench`, `host` and `mqtt`, and the Gherkin steps.

It is registered for every project that has zigloop installed and does nothing until a test asks for a fixture.
"""

import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from zigloop.bench import Bench
    from zigloop.testing.chaos.plugin import ChaosPlugin
    from zigloop.testing.hosts import Host
    from zigloop.testing.mqtt import Mqtt
    from zigloop.testing.world import Options, World

if find_spec("pytest_bdd") is not None:
    pytest_plugins = [
        "zigloop.testing.steps.devices",
        "zigloop.testing.steps.messages",
        "zigloop.testing.steps.network",
    ]

#: `@zigbee2mqtt-fails:reason-with-dashes`: this host breaks the device's page here, and that is its known reason.
FAILS = "-fails:"

#: The name of the plugin that lays chaos over tests.
CHAOS = "zigloop-chaos"

_WORLD = pytest.StashKey["World"]()
_PACE = pytest.StashKey[float]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("zigloop", "zigloop: virtual Zigbee devices behind a fake radio")
    group.addoption(
        "--host", default="bridge", metavar="NAME",
        help="the host under test: bridge (default, in virtual time) or zigbee2mqtt (the real one, from npm)",
    )  # fmt: skip
    group.addoption(
        "--radio", default=None, metavar="URL",
        help="another port in the place of the fake radio: /dev/ttyUSB0 or socket://HOST:PORT; steps that need "
        "a control of a virtual device are skipped",
    )  # fmt: skip
    group.addoption(
        "--mqtt",
        default=None,
        metavar="URL",
        help="a broker to use instead of the host's own: mqtt://HOST:PORT",
    )
    group.addoption(
        "--bench-seed",
        type=int,
        default=0,
        metavar="N",
        help="the seed of everything random on the bench (default 0)",
    )
    group.addoption(
        "--pace", default=None, metavar="N",
        help="simulated seconds a second, or max; the default is max, and 1 for a host outside this process: "
        "such a one lives in real time, so only the steps that let time pass are faster",
    )  # fmt: skip
    group.addoption(
        "--chaos", default=None, metavar="SEED",
        help="lay faults over each test, on a schedule made from this seed (a number, or random): what the test "
        "asserts isn't judged, but that the bridge is up in the end, its state is the devices', and nothing was lost",
    )  # fmt: skip
    group.addoption(
        "--chaos-only", default=None, metavar="NUMBERS",
        help="of each schedule, only the faults with these numbers: 1,4,7",
    )  # fmt: skip
    group.addoption(
        "--chaos-sample", type=int, default=None, metavar="N",
        help="lay chaos over N tests that the seed chooses, and run no others",
    )  # fmt: skip
    group.addoption(
        "--chaos-reruns", type=int, default=40, metavar="N",
        help="rerun a test that fails up to N times to find the few faults that make it fail (default 40)",
    )  # fmt: skip


def pytest_configure(config: pytest.Config) -> None:
    if config.option.chaos is not None:
        _prepare_chaos(config)
    elif config.option.chaos_only is not None:
        raise pytest.UsageError("--chaos-only is a part of a schedule: say --chaos SEED, too")
    if config.option.host != "bridge":
        from zigloop.testing.hosts import host_factory

        try:
            host_factory(config.option.host)
        except LookupError as error:
            raise pytest.UsageError(f"--host: {error}") from None
    if config.option.pace is not None:
        config.stash[_PACE] = _pace(config.option.pace, config.option.radio)


def _prepare_chaos(config: pytest.Config) -> None:
    from zigloop.testing.chaos import plugin as chaosplugin
    from zigloop.testing.hosts import host_factory

    if config.option.radio is not None:
        raise pytest.UsageError("--chaos works on the fake radio, and --radio names another port")
    if not host_factory(config.option.host).in_process:
        raise pytest.UsageError(f"--chaos needs virtual time, and {config.option.host} lives in real time")
    seed, only = chaosplugin.parse_seed(config), chaosplugin.parse_only(config.option.chaos_only)
    sample, reruns = config.option.chaos_sample, config.option.chaos_reruns
    config.pluginmanager.register(chaosplugin.ChaosPlugin(seed, only, sample, reruns), CHAOS)


def _pace(text: str, radio: str | None) -> float:
    from zigloop.pace import parse_pace

    try:
        pace = parse_pace(text)
    except ValueError as error:
        raise pytest.UsageError(f"--pace: {error}") from None
    if radio is not None and pace != 1:
        raise pytest.UsageError(f"--pace {text}: what is behind --radio lives in real time, leave it out")
    return pace


def _options(config: pytest.Config) -> "Options":
    from zigloop.testing.world import Options

    option = config.option
    return Options(
        host=option.host,
        radio_url=option.radio,
        mqtt_url=option.mqtt,
        seed=option.bench_seed,
        pace=config.stash.get(_PACE, None),
    )


@pytest.fixture(scope="session")
def _session(request: pytest.FixtureRequest) -> "Iterator[World]":
    """Bench, host and broker, started once: a real host takes seconds to start."""
    from zigloop.testing.hosts import HostUnavailable
    from zigloop.testing.world import World, missing

    world = World(_options(request.config))
    unavailable = None
    try:
        world.start()
    except HostUnavailable as error:
        world.stop()
        unavailable = str(error)
    except BaseException:
        world.stop()
        raise
    if unavailable is not None:
        missing(unavailable)
    yield world
    world.stop()


@pytest.fixture
def world(request: pytest.FixtureRequest) -> "Iterator[World]":
    """Everything, with no device on the bench before and after the test; the steps live in it."""
    chaos = request.config.pluginmanager.get_plugin(CHAOS)
    if chaos is not None:
        yield from _chaotic(request, chaos)
        return
    world: World = request.getfixturevalue("_session")
    request.node.stash[_WORLD] = world
    with world.wall_clock():
        world.mqtt.mark()
        yield world
        world.clear()


def _chaotic(request: pytest.FixtureRequest, chaos: "ChaosPlugin") -> "Iterator[World]":
    """A world of this test's own, so that what happens in it depends on the seed and the test alone."""
    from zigloop.testing.world import World

    world = World(_options(request.config))
    try:
        world.start()
        request.node.stash[_WORLD] = world
        with world.wall_clock():
            world.host.restart({"availability": {"enabled": True}})
            chaos.reign(request.node, world)
            yield world
    finally:
        chaos.relent()
        if world.chaos is not None:
            world.chaos.close()
        world.stop()


@pytest.fixture
def bench(world: "World") -> "Bench":
    """The bench with its radio and devices; skips when `--radio` put another port in its place."""
    if world.bench is None:
        pytest.skip("this test needs the fake radio and its devices, and --radio names another port")
    return world.bench


@pytest.fixture
def host(world: "World") -> "Host":
    """The host under test, online."""
    return world.host


@pytest.fixture
def mqtt(world: "World") -> "Mqtt":
    """What is said on MQTT: `publish`, `request`, `eventually`, `never`, `holds`."""
    return world.mqtt


def pytest_bdd_apply_tag(tag: str, function: Callable[..., Any]) -> bool | None:
    """Turn `@HOST-fails:REASON` into an expected failure on that host alone; other tags stay markers."""
    if FAILS not in tag:
        return None
    host, reason = tag.split(FAILS, 1)
    known: dict[str, str] = function.__dict__.setdefault("zigloop_fails", {})
    known[host] = reason.replace("-", " ")
    return True


def _scenario(function: Callable[..., Any] | None) -> Any:
    """The scenario that a test function runs, or None. pytest-bdd has no public name for it: 8.0 keeps it at the
    function, later ones in a table."""
    table = getattr(sys.modules.get("pytest_bdd.scenario"), "scenario_wrapper_template_registry", None)
    if function is None or table is None:
        return getattr(function, "__scenario__", None)
    return table.get(function)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Let `-k` find scenarios by their feature's file: `-k zncz02lm`."""
    scenario = _scenario(getattr(item, "function", None))
    if scenario is not None:
        item.extra_keyword_matches.add(Path(scenario.feature.filename).stem)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        known = getattr(getattr(item, "function", None), "zigloop_fails", {})
        if config.option.host in known and config.option.chaos is None:
            reason = f"{config.option.host} breaks the page: {known[config.option.host]}"
            item.add_marker(pytest.mark.xfail(reason=reason, strict=True))


def pytest_bdd_before_step(request: pytest.FixtureRequest, step: Any) -> None:
    """Assertions of a `Then` look at what came after the last `When`."""
    world = request.node.stash.get(_WORLD, None)
    if step.type == "when" and world is not None:
        world.mqtt.mark()

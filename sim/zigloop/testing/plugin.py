"""The pytest plugin: options, the fixtures `bench`, `host` and `mqtt`, and the Gherkin steps.

It is registered in every project that has zigloop installed, and does nothing until a test requests a fixture.
"""

import sys
from collections.abc import Callable, Generator, Iterator
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from zigloop.testing.steps import MODULES

if TYPE_CHECKING:
    from zigloop.bench import Bench
    from zigloop.testing.chaos.plugin import ChaosPlugin
    from zigloop.testing.hosts import Host
    from zigloop.testing.mqtt import Mqtt
    from zigloop.testing.world import Options, World

#: `@zigbee2mqtt-fails:reason-with-dashes`: this host is known to break the device's page here, for that reason;
#: `@zigbee2mqtt-2.2.1-fails:…`: this version of it.
FAILS = "-fails:"

#: Name of the plugin behind `--chaos`.
CHAOS = "zigloop-chaos"

_WORLD = pytest.StashKey["World"]()
#: The scenario of a test and its last step that has begun, in pytest-bdd's form.
_STEP = pytest.StashKey[tuple[Any, Any]]()
_PACE = pytest.StashKey[float]()
#: The names of the host in tags: with and without its version.
_HOSTS = pytest.StashKey[set[str]]()
#: Their key in the configuration of pytest-xdist's workers.
HOSTS = "zigloop_hosts"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("zigloop", "zigloop: virtual Zigbee devices behind a fake radio")
    group.addoption(
        "--host", default="bridge", metavar="NAME[@VERSION]",
        help="the host under test: bridge (default, in virtual time), zigbee2mqtt or zigbee2mqtt@VERSION (the real "
        "one, from npm: zigloop host install zigbee2mqtt)",
    )  # fmt: skip
    group.addoption(
        "--radio", default=None, metavar="URL",
        help="a port to use instead of the fake radio: /dev/ttyUSB0 or socket://HOST:PORT; scenarios with steps that "
        "control a virtual device are skipped",
    )  # fmt: skip
    group.addoption(
        "--mqtt",
        default=None,
        metavar="URL",
        help="the broker to use instead of the host's own: mqtt://HOST:PORT",
    )
    group.addoption(
        "--bench-seed",
        type=int,
        default=0,
        metavar="N",
        help="seed of everything random on the bench (default 0)",
    )
    group.addoption(
        "--pace", default=None, metavar="N",
        help="simulated seconds per second, or max. Default: max; 1 for a host in its own process, which runs in real "
        "time: there the pace only applies to steps that let time pass",
    )  # fmt: skip
    group.addoption(
        "--fresh", action="store_true",
        help="let each device join in each test; otherwise each joins once, and its state after that is put back",
    )  # fmt: skip
    group.addoption(
        "--chaos", default=None, metavar="SEED",
        help="add random faults to each test, drawn from this seed (a number, or random). The test's own assertions "
        "don't count; at its end the bridge must be up, publish the devices' states, and have lost no report",
    )  # fmt: skip
    group.addoption(
        "--chaos-only", default=None, metavar="NUMBERS",
        help="play only the faults with these numbers of each schedule: 1,4,7",
    )  # fmt: skip
    group.addoption(
        "--chaos-sample", type=int, default=None, metavar="N",
        help="run only N tests, chosen by the seed",
    )  # fmt: skip
    group.addoption(
        "--chaos-reruns", type=int, default=40, metavar="N",
        help="rerun a failing test up to N times to find the few faults that make it fail (default 40)",
    )  # fmt: skip
    group.addoption(
        "--chaos-record", type=Path, default=None, metavar="FILE",
        help="write the schedule of each test to FILE",
    )  # fmt: skip
    group.addoption(
        "--chaos-replay", type=Path, default=None, metavar="FILE",
        help="instead of --chaos: run the tests in FILE, with their recorded schedules",
    )  # fmt: skip


def pytest_configure(config: pytest.Config) -> None:
    option = config.option
    config.stash[_HOSTS] = {option.host}
    if any(each is not None for each in (option.chaos, option.chaos_only, option.chaos_record, option.chaos_replay)):
        from zigloop.testing.chaos import plugin as chaos_plugin

        if (plugin := chaos_plugin.from_options(config)) is not None:
            config.pluginmanager.register(plugin, CHAOS)
    if not option.help and (option.host != "bridge" or option.radio is not None or option.mqtt is not None):
        from zigloop.testing import available

        if hasattr(config, "workerinput"):  # of pytest-xdist: the run has checked it
            config.stash[_HOSTS] = set(config.workerinput[HOSTS])
        else:
            config.stash[_HOSTS] = available.check(option)
    if config.option.pace is not None:
        config.stash[_PACE] = _pace(config.option.pace, config.option.radio)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Pass the host's names to a worker of pytest-xdist."""
    node.workerinput[HOSTS] = sorted(node.config.stash[_HOSTS])


def _pace(text: str, radio: str | None) -> float:
    from zigloop.pace import parse_pace

    try:
        pace = parse_pace(text)
    except ValueError as error:
        raise pytest.UsageError(f"--pace: {error}") from None
    if radio is not None and pace != 1:
        raise pytest.UsageError(f"--pace {text}: a real radio lives in real time, so leave --pace out with --radio")
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
        fresh=option.fresh or config.pluginmanager.has_plugin(CHAOS),
    )


@pytest.fixture(scope="session")
def _session(request: pytest.FixtureRequest) -> "Iterator[World]":
    """Bench, host and broker, started once for the session: a real host takes seconds to start."""
    from zigloop.testing.available import give_up
    from zigloop.testing.hosts import HostUnavailable
    from zigloop.testing.world import World

    option = request.config.option
    named = [f"{name} {url}" for name, url in (("--radio", option.radio), ("--mqtt", option.mqtt)) if url is not None]
    world = World(_options(request.config))
    problem = None
    try:
        world.start()
    except HostUnavailable as error:
        problem = f"--host {option.host}: {error}"
    except BaseException as error:
        if not named or not isinstance(error, Exception):
            world.stop()
            raise
        problem = f"{' '.join(named)}: {error}"
    if problem is not None:
        world.stop()
        give_up(request.config, problem)
    yield world
    world.stop()


@pytest.fixture
def world(request: pytest.FixtureRequest) -> "Iterator[World]":
    """Bench, host, MQTT and time together; no devices on the bench before and after the test. The steps use it."""
    chaos = request.config.pluginmanager.get_plugin(CHAOS)
    if chaos is not None:
        yield from _chaotic(request, chaos)
        return
    world: World = request.getfixturevalue("_session")
    _enter(request.node, world)
    with world.wall_clock():
        world.mqtt.mark()
        yield world
        world.clear()


def _enter(item: pytest.Item, world: "World") -> None:
    """A test begins to use a world; a scenario requests it in one of its steps."""
    item.stash[_WORLD] = world
    world.timeline.begin()
    if _STEP in item.stash:
        _, step = item.stash[_STEP]
        world.timeline.step(f"{step.keyword} {step.name}", stimulus=step.type == "when")


def _chaotic(request: pytest.FixtureRequest, chaos: "ChaosPlugin") -> "Iterator[World]":
    """A world for this test alone, so that it depends only on the seed and the test."""
    from zigloop.testing.world import World

    world = World(_options(request.config))
    try:
        world.start()
        _enter(request.node, world)
        with world.wall_clock():
            world.host.restart({"availability": {"enabled": True}})
            chaos.activate(request.node, world)
            yield world
    finally:
        chaos.deactivate(request.node)
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
    """MQTT messages: `publish`, `request`, `eventually`, `never`, `holds`."""
    return world.mqtt


def pytest_bdd_apply_tag(tag: str, function: Callable[..., Any]) -> bool | None:
    """Turn `@HOST-fails:REASON` into an expected failure on that host only; other tags stay markers."""
    if FAILS not in tag:
        return None
    host, reason = tag.split(FAILS, 1)
    known: dict[str, str] = function.__dict__.setdefault("zigloop_fails", {})
    known[host] = reason.replace("-", " ")
    return True


def _scenario(function: Callable[..., Any] | None) -> Any:
    """The scenario that a test function runs, or None.

    pytest-bdd has no public name for it: 8.0 keeps it at the function, later ones in a table.
    """
    table = getattr(sys.modules.get("pytest_bdd.scenario"), "scenario_wrapper_template_registry", None)
    if function is None or table is None:
        return getattr(function, "__scenario__", None)
    return table.get(function)


def _load_steps(plugins: pytest.PytestPluginManager) -> None:
    """Load the steps once there is a scenario: pytest also starts in projects that only have zigloop installed."""
    for name in MODULES:
        if not plugins.has_plugin(name):
            plugins.register(import_module(name), name)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Load the steps for the first scenario. Let `-k` select scenarios by their feature file: `-k zncz02lm`."""
    scenario = _scenario(getattr(item, "function", None))
    if scenario is not None:
        _load_steps(item.config.pluginmanager)
        item.extra_keyword_matches.add(Path(scenario.feature.filename).stem)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    hosts = config.stash[_HOSTS]
    names = sorted(hosts, reverse=True)  # a tag of its version first
    for item in items:
        known: dict[str, str] = getattr(getattr(item, "function", None), "zigloop_fails", {})
        host = next((each for each in names if each in known), None)
        if host is not None and not config.pluginmanager.has_plugin(CHAOS):
            item.add_marker(pytest.mark.xfail(reason=f"{host} breaks the page: {known[host]}", strict=True))


def pytest_bdd_before_step(request: pytest.FixtureRequest, scenario: Any, step: Any) -> None:
    """Add the step to the timeline, and remember it for the report."""
    request.node.stash[_STEP] = (scenario, step)
    world = request.node.stash.get(_WORLD, None)
    if world is not None:
        world.timeline.step(f"{step.keyword} {step.name}", stimulus=step.type == "when")


def pytest_bdd_step_func_lookup_error(request: pytest.FixtureRequest, scenario: Any, step: Any) -> None:
    """Remember the step that doesn't exist, for the report."""
    request.node.stash[_STEP] = (scenario, step)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Give the report of a failure its form, where the test uses the kit."""
    report = yield
    world, (scenario, step) = item.stash.get(_WORLD, None), item.stash.get(_STEP, (None, None))
    if call.excinfo is not None and (world is not None or step is not None):
        from zigloop.testing.reports import Running, rewrite

        rewrite(item, call, report, world, None if step is None else Running(scenario, step))
    return report

"""Chaos: schedules, the search for the faults that make a test fail, and the invariants."""

import asyncio
import json
import random
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from zigloop.controls.control import Control, Controlled
from zigloop.device.device import Device
from zigloop.events import FrameSent
from zigloop.radio import LinePart, RadioPart
from zigloop.testing.broker import BrokerPart
from zigloop.testing.chaos import invariants, schedule
from zigloop.testing.chaos.chaos import Chaos
from zigloop.testing.chaos.invariants import AtRest
from zigloop.testing.chaos.ledger import PUBLISHED, Ledger
from zigloop.testing.chaos.schedule import Entry, parse_numbers, shrink
from zigloop.testing.chaos.verdict import ChaosError, judge
from zigloop.testing.world import Options, World
from zigloop.zcl.clusters.on_off import OnOff
from zigloop_bridge.extensions.announcements import Announcements
from zigloop_bridge.publishing.publisher import Publisher

# A home of its own for each test: what is planted in it would disturb others.


@pytest.fixture
def home() -> Iterator[World]:
    """A world without devices, with availability."""
    world = World(Options(fresh=True))
    world.start()
    try:
        with world.wall_clock():
            world.host.restart({"availability": {"enabled": True}})
            yield world
    finally:
        world.stop()


@pytest.fixture
def plug(home: World, ledger: Ledger) -> Device:
    plug = home.add_device("ZNCZ02LM", "plug")
    home.join(plug)
    ledger.follow(plug)
    home.run(asyncio.sleep(20))
    return plug


@pytest.fixture
def ledger(home: World) -> Iterator[Ledger]:
    assert home.bench is not None
    ledger = Ledger(home.bench, home.mqtt, home.in_process_host.reads)
    yield ledger
    ledger.close()


@pytest.fixture(scope="module")
def undisturbed() -> Iterator[World]:
    """A world with a plug that hasn't joined, for tests that only draw schedules."""
    world = World(Options())
    world.start()
    world.add_device("ZNCZ02LM", "plug")
    yield world
    world.stop()


def things(world: World) -> tuple[list[Controlled], list[Controlled]]:
    assert world.bench is not None
    return list(world.bench.devices.values()), list(world.bench.parts.values())


def drawn(world: World, seed: int, **options: Any) -> list[Entry]:
    devices, parts = things(world)
    return schedule.draw(random.Random(seed), devices, parts, names=["plug", "radio"], count=200, **options)


# Schedules


def test_a_seed_gives_one_schedule(undisturbed: World) -> None:
    one, again, other = (list(map(str, drawn(undisturbed, seed))) for seed in (1, 1, 2))
    assert one == again
    assert one != other
    entries = drawn(undisturbed, 1)
    assert [each.number for each in entries] == list(range(1, 201))
    assert [each.at for each in entries] == sorted(each.at for each in entries)
    assert {each.who for each in entries} == {"plug", "radio", "line", "air", "broker"}


def test_excluded_faults_are_not_drawn(undisturbed: World) -> None:
    assert any((each.who, each.control.verb) == ("radio", "lose_memory") for each in drawn(undisturbed, 1))
    entries = drawn(undisturbed, 1, never={("radio", "lose_memory")}, for_good=0.0)
    assert not any((each.who, each.control.verb) == ("radio", "lose_memory") for each in entries)
    assert all(each.lasts is not None for each in entries)


def test_drawn_arguments_are_accepted(undisturbed: World) -> None:
    assert undisturbed.bench is not None
    for entry in drawn(undisturbed, 3):
        undisturbed.bench.named(entry.who).controls[entry.control.verb].bind((), dict(entry.arguments))


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        (
            Entry(3, 12.4, "line", LinePart.controls["garble"], {"percent": 0.5, "direction": "to-host"}, 8.0),
            "  3.    12.4 s  the line garbles 0.5 % of bytes (direction to-host) for 8 s",
        ),
        (Entry(12, 30.1, "plug", Device.controls["drop"], {}, 20.0), " 12.    30.1 s  plug drops off for 20 s"),
        (
            Entry(1, 1.0, "broker", BrokerPart.controls["away"], {"seconds": 5.0}, 5.0),
            "  1.     1.0 s  the broker stops for 5 s",
        ),
        (Entry(1, 1.0, "plug", Device.controls["leave"], {}, None), "  1.     1.0 s  plug leaves"),
    ],
)
def test_an_entry_in_words(entry: Entry, text: str) -> None:
    assert str(entry) == text


def test_numbers_of_a_schedule() -> None:
    assert parse_numbers("1,4, 7") == {1, 4, 7}
    assert parse_numbers("") == frozenset()
    with pytest.raises(ValueError, match="x"):
        parse_numbers("1,x")


# Shrinking


@pytest.mark.parametrize("failing", [{5}, {1}, {8}, {2, 7}, {1, 2, 3}, set(range(1, 9))])
def test_the_faults_to_blame_are_found(failing: set[int]) -> None:
    assert shrink(range(1, 9), lambda numbers: failing <= set(numbers), tries=100) == sorted(failing)


def test_a_failure_without_faults_shrinks_to_none() -> None:
    assert shrink(range(1, 9), lambda numbers: True, tries=100) == []


def test_shrinking_stops_after_its_tries() -> None:
    tried: list[Sequence[int]] = []

    def fails(numbers: Sequence[int]) -> bool:
        tried.append(numbers)
        return {3, 60} <= set(numbers)

    found = shrink(range(100), fails, tries=9)
    assert len(tried) == 9
    assert {3, 60} <= set(found)
    assert len(found) < 100


# From the command line

PLAIN = """
def test_home(bench, world):
    world.join(bench.add("ZNCZ02LM", "plug"))
    world.pass_time(30)
    assert False, "does not count"
"""

SHORT: list[tuple[int, str, type[Controlled], str]] = [
    (1, "radio", RadioPart, "reset"),
    (2, "broker", BrokerPart, "empty"),
    (3, "plug", Device, "drop"),
    (4, "line", LinePart, "close"),
]


def entries(*_: object, **__: object) -> list[Entry]:
    """One fault every 5 s."""
    return [Entry(number, 5.0 * number, who, kind.controls[verb], {}, 3.0) for number, who, kind, verb in SHORT]


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A test that uses the world, and a short schedule."""
    monkeypatch.setattr(schedule, "draw", entries)
    pytester.makepyfile(test_home=PLAIN)
    return pytester


def test_assertions_of_the_test_do_not_count(project: pytest.Pytester) -> None:
    result = project.runpytest_inprocess("--chaos", "4")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        [
            "chaos: seed 4",
            "4 faults in 1 tests; 1 steps failed meanwhile and were skipped",
            "test_home.py::test_home: does not count",
        ]
    )


def test_the_report_names_the_fault_to_blame(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: the bridge publishes its retained messages to a broker only once."""
    published: set[int] = set()
    everything = Announcements.everything

    def once(events: Announcements) -> None:
        if id(events) not in published:
            published.add(id(events))
            everything(events)

    monkeypatch.setattr(Announcements, "everything", once)
    result = project.runpytest_inprocess("--chaos", "4", "--chaos-only", "2,4")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "plug is in the network, and not in bridge/devices",
            "seed 4, 1 of 2 faults are enough (found in * reruns):",
            "*  2.    10.0 s  the broker restarts without retained messages for 3 s",
            "run again: pytest test_home.py::test_home --chaos 4 --chaos-only 2",
        ]
    )
    project.runpytest_inprocess("--chaos", "4", "--chaos-only", "1,3,4").assert_outcomes(passed=1)


def test_what_fails_without_faults_and_what_was_skipped(project: pytest.Pytester) -> None:
    """A step's failure is skipped, but listed; an error is none of the faults' doing."""
    (project.path / "plug.feature").write_text(
        "Feature: My plug\n  Scenario: Blue\n    Given a ZNCZ02LM called plug has joined\n"
        '    Then plug publishes {"state": "BLUE"} within 1 seconds\n'
    )
    project.makepyfile(
        test_home="from pytest_bdd import scenarios\n\nscenarios('.')\n\n\n"
        "def test_error(bench, world):\n    world.join(bench.add('ZNCZ02LM', 'plug'))\n    {}['x']\n"
    )
    result = project.runpytest_inprocess("--chaos", "4", "--show-capture=no")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "test_home.py:8: *'x'*",
            "E *KeyError: 'x'",
            "seed 4, it fails without any fault",
            "run again: pytest test_home.py::test_error --chaos 4 --chaos-only ''",
            "4 faults in 2 tests; 1 steps failed meanwhile and were skipped",
            "plug.feature:4: Then plug publishes {*} within 1 seconds: expected on zigbee2mqtt/plug: *",
        ]
    )


def test_a_sample(project: pytest.Pytester) -> None:
    project.makepyfile(test_many="\n".join(f"def test_{number}(): pass" for number in range(9)))
    project.runpytest_inprocess("--chaos", "1", "--chaos-sample", "4", "test_many.py").assert_outcomes(
        passed=4, deselected=5
    )


@pytest.mark.slow
def test_a_random_seed_is_the_same_in_all_processes(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("number", range(4))
        def test_seed(pytestconfig, number):
            print("lived", pytestconfig.pluginmanager.get_plugin("zigloop-chaos").seed)
        """
    )
    result = pytester.runpytest_inprocess("--chaos", "random", "-n", "2", "-rP")
    [seed] = [line.removeprefix("chaos: seed ") for line in result.outlines if line.startswith("chaos: seed ")]
    assert [line for line in result.outlines if line.startswith("lived")] == [f"lived {seed}"] * 4


@pytest.mark.parametrize("workers", [(), pytest.param(("-n", "2"), marks=pytest.mark.slow)], ids=" ".join)
def test_a_recorded_schedule_is_replayed_by_names(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, workers: tuple[str, ...]
) -> None:
    recorded = project.path / "chaos.json"
    project.runpytest_inprocess("--chaos", "4", "--chaos-record", str(recorded)).assert_outcomes(passed=1)
    [(nodeid, test)] = json.loads(recorded.read_text())["tests"].items()
    assert (nodeid, test["seed"], test["name"]) == ("test_home.py::test_home", 4, "test_home")
    empty = {"number": 2, "at": 10.0, "who": "broker", "verb": "empty", "arguments": {}, "lasts": 3.0}
    assert test["joins"] == [[*test["joins"][0][:1], empty, *test["joins"][0][2:]]]
    monkeypatch.setattr(schedule, "draw", None)  # nothing is drawn
    project.makepyfile(test_other="def test_other(): pass")
    again = project.path / "again.json"
    arguments = ("--chaos-replay", str(recorded), "--chaos-record", str(again), *workers)
    project.runpytest_inprocess(*arguments).assert_outcomes(passed=1)
    assert again.read_text() == recorded.read_text()


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"verb": "explode"}, "*can't be played: radio has no control 'explode'; it has *"),
        ({"who": "moon"}, "*can't be played: no device is called 'moon'; *"),
    ],
)
def test_a_recorded_fault_that_does_not_exist(project: pytest.Pytester, change: dict[str, str], text: str) -> None:
    fault = {"number": 1, "at": 1.0, "who": "radio", "verb": "reset", "arguments": {}, "lasts": 1.0}
    test = {"seed": 1, "name": "test_home", "joins": [[fault | change]]}
    (project.path / "chaos.json").write_text(json.dumps({"tests": {"test_home.py::test_home": test}}))
    result = project.runpytest_inprocess("--chaos-replay", "chaos.json", "--chaos-reruns", "0")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([text])


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (None, "--chaos-replay chaos.json: cannot be read (No such file or directory)"),
        ("[]", "--chaos-replay: chaos.json is not a recording of chaos (*)"),
        ('{"tests": {"x::y": {"seed": 1, "name": "y"}}}', "--chaos-replay has tests that are not collected: x::y"),
        (
            '{"tests": {"x::y": {"seed": 1, "name": "y", "joins": [[{"number": 1, "at": "x"}]]}}}',
            "--chaos-replay: chaos.json, x::y: 'at' of a fault is a number of seconds, not \"x\"",
        ),
        (
            '{"tests": {"x::y": {"seed": 1, "name": "y", "joins": [[{"number": 1, "at": 2}]]}}}',
            "--chaos-replay: chaos.json, x::y: a fault has no 'who': {*}",
        ),
    ],
)
def test_a_recording_that_cannot_be_replayed(project: pytest.Pytester, content: str | None, text: str) -> None:
    if content is not None:
        (project.path / "chaos.json").write_text(content)
    result = project.runpytest_inprocess("--chaos-replay", "chaos.json")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*{text}"])


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("--chaos", "x"), "--chaos is a whole number or random, not 'x'"),
        (
            ("--chaos", "1", "--chaos-only", "a"),
            "--chaos-only is a list of numbers of a schedule, as in 1,4,7, not 'a'",
        ),
        (("--chaos-only", "1"), "--chaos-only needs a schedule: give --chaos SEED too"),
        (("--chaos-record", "x"), "--chaos-record needs a schedule: give --chaos SEED too"),
        (
            ("--chaos", "1", "--chaos-record", "/nowhere/x"),
            "--chaos-record /nowhere/x: the directory /nowhere does not*",
        ),
        (("--chaos", "1", "--chaos-record", "/"), "--chaos-record /: this is a directory; name a file"),
        (
            ("--chaos", "1", "--chaos-replay", "x"),
            "--chaos and --chaos-replay exclude each other: a recording has its*",
        ),
        (("--chaos", "1", "--radio", "/dev/ttyUSB0"), "--chaos needs the fake radio, and --radio names another*"),
        (("--chaos", "1", "--host", "zigbee2mqtt"), "--chaos needs virtual time, and zigbee2mqtt lives in real time"),
        (("--chaos", "1", "--host", "nosuch"), "--host nosuch: no host is called 'nosuch'; known: bridge, zigbee2mqtt"),
    ],
)
def test_invalid_options(pytester: pytest.Pytester, arguments: tuple[str, ...], text: str) -> None:
    result = pytester.runpytest_inprocess(*arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*{text}"])


# The same again


def lived(seed: int) -> list[tuple[float, Any]]:
    """Frames on the air of a plug and a sensor under chaos."""
    world = World(Options(fresh=True))
    world.start()
    try:
        with world.wall_clock():
            assert world.bench is not None
            frames: list[tuple[float, Any]] = []
            world.bench.events.subscribe(FrameSent, lambda event: frames.append((world.loop.time(), event.frame)))
            chaos = Chaos(world, seed, "again")
            for model in ("ZNCZ02LM", "WSDCGQ11LM"):
                world.join(world.bench.add(model, model.lower()))
            for _ in range(10):
                chaos.pause()
                world.bench["zncz02lm"].do("press")
            chaos.finish()
            chaos.close()
            return frames
    finally:
        world.stop()


def test_the_same_seed_gives_the_same_bytes() -> None:
    one, again = lived(3), lived(3)
    assert one == again
    assert len(one) > 80


# The invariants

NONE: dict[str, dict[str, Any]] = {"plug": {}}


def wrong(world: World, ledger: Ledger, judge: Any, expected: dict[str, dict[str, Any]] = NONE) -> list[str]:
    world.settle()
    found: list[str] = judge(AtRest(world, ledger, 0.0, expected))
    return found


def test_an_undisturbed_home_passes(home: World, ledger: Ledger, plug: Device) -> None:
    plug.do("press")
    judge(home, ledger)
    assert ledger.checked > 2


def test_a_bridge_that_is_offline(home: World, ledger: Ledger) -> None:
    home.settle()
    home.mqtt.publish("bridge/state", '{"state":"offline"}', retain=True, stimulus=False)
    assert wrong(home, ledger, invariants.the_bridge_is_up) == ['bridge/state, retained, is {"state": "offline"}']


def test_a_device_that_is_not_listed(home: World, ledger: Ledger, plug: Device) -> None:
    home.mqtt.publish("bridge/devices", "[]", retain=True, stimulus=False)
    assert wrong(home, ledger, invariants.the_devices_are_listed) == [
        "plug is in the network, and not in bridge/devices"
    ]


def test_a_device_that_is_listed_after_it_has_left(home: World, ledger: Ledger, plug: Device) -> None:
    listed = home.mqtt.fetch_retained(home.mqtt.topic("bridge/devices"))
    assert listed is not None
    plug.do("leave")
    home.run(asyncio.sleep(2 * PUBLISHED))
    assert wrong(home, ledger, invariants.the_devices_are_listed) == []
    home.mqtt.publish("bridge/devices", listed.payload, retain=True, stimulus=False)
    assert wrong(home, ledger, invariants.the_devices_are_listed) == [
        "plug is in bridge/devices, and has left the network"
    ]


def test_a_state_that_differs_from_the_device(home: World, ledger: Ledger, plug: Device) -> None:
    expected = {"plug": {"state": "OFF"}}
    assert wrong(home, ledger, invariants.states_equal_the_devices, expected) == []
    home.mqtt.publish("plug", {"state": "ON"}, stimulus=False)
    home.settle()
    assert wrong(home, ledger, invariants.states_equal_the_devices, expected) == [
        'plug publishes state "ON", and the device has "OFF"'
    ]


def test_a_report_that_was_lost(home: World, ledger: Ledger, plug: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    assert wrong(home, ledger, invariants.nothing_was_lost) == []
    monkeypatch.setattr(Publisher, "publish", lambda *_: None)
    plug.do("press")
    home.run(asyncio.sleep(2 * PUBLISHED))
    [sentence] = wrong(home, ledger, invariants.nothing_was_lost)
    assert "the radio delivered {'state': 'ON'} from plug: not published on zigbee2mqtt/plug" in sentence


def test_a_report_on_a_bad_line_may_be_lost(
    home: World, ledger: Ledger, plug: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Publisher, "publish", lambda *_: None)
    assert home.bench is not None
    home.bench.parts["line"].do("drop", percent=0.01)
    plug.do("press")
    home.run(asyncio.sleep(2 * PUBLISHED))
    assert wrong(home, ledger, invariants.nothing_was_lost) == []


def test_a_command_without_effect(home: World, ledger: Ledger, plug: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    home.mqtt.publish("plug/set", {"state": "ON"})
    home.settle()
    assert wrong(home, ledger, invariants.nothing_was_lost) == []
    monkeypatch.setattr(OnOff, "switch", lambda *_: None)
    home.mqtt.publish("plug/set", {"state": "OFF"})
    home.settle()
    [sentence] = wrong(home, ledger, invariants.nothing_was_lost)
    assert sentence.endswith("plug confirmed that it is off, and is not")


def test_a_device_in_the_network_that_is_offline_on_mqtt(home: World, ledger: Ledger, plug: Device) -> None:
    assert wrong(home, ledger, invariants.all_are_available) == []
    home.mqtt.publish("plug/availability", '{"state":"offline"}', retain=True, stimulus=False)
    assert wrong(home, ledger, invariants.all_are_available) == ['plug/availability, retained, is {"state": "offline"}']


def test_a_host_that_does_not_recover(home: World, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(World, "recovers", lambda *_: False)
    with pytest.raises(ChaosError, match="the host has not recovered 600 s after the last fault"):
        judge(home, ledger)


def test_an_entry_uses_the_sentence_of_its_control() -> None:
    control: Control = RadioPart.controls["hang"]
    assert Entry(1, 0.0, "radio", control, {"seconds": 2.0}, 2.0).text == "the radio hangs for 2 s"

"""Chaos: schedules, the search for the fault that is to blame, and invariants that notice."""

import asyncio
import random
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

import zigloop.testing.chaos.plugin  # noqa: F401
import zigloop_bridge.host  # noqa: F401 - pytester forgets what is imported while it runs, and zigpy can't be imported twice
from zigloop.control.control import Control, Controlled
from zigloop.device.device import Device
from zigloop.events import FrameSent
from zigloop.radio import LinePart, RadioPart
from zigloop.testing.broker import BrokerPart
from zigloop.testing.chaos import invariants, schedule
from zigloop.testing.chaos.chaos import Chaos, ChaosError, judge
from zigloop.testing.chaos.invariants import Rest
from zigloop.testing.chaos.ledger import PASSED_ON, Ledger
from zigloop.testing.chaos.schedule import Entry, parse_numbers, shrink
from zigloop.testing.world import Options, World
from zigloop.zcl.clusters.on_off import OnOff
from zigloop_bridge.extensions.announcements import Events
from zigloop_bridge.publishing.publisher import Publisher

# A home of its own for each test: what is planted in it would disturb others.


@pytest.fixture
def home() -> Iterator[World]:
    """A world without devices, whose devices are watched."""
    world = World(Options())
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
    ledger = Ledger(home)
    yield ledger
    ledger.close()


def things(world: World) -> tuple[list[Controlled], list[Controlled]]:
    assert world.bench is not None
    return list(world.bench.devices.values()), list(world.bench.parts.values())


def drawn(world: World, seed: int, **options: Any) -> list[Entry]:
    devices, parts = things(world)
    return schedule.draw(random.Random(seed), devices, parts, names=["plug", "radio"], count=200, **options)


# Schedules


def test_a_seed_makes_a_schedule(home: World, plug: Device) -> None:
    one, again, other = (list(map(str, drawn(home, seed))) for seed in (1, 1, 2))
    assert one == again
    assert one != other
    entries = drawn(home, 1)
    assert [each.number for each in entries] == list(range(1, 201))
    assert [each.at for each in entries] == sorted(each.at for each in entries)
    assert {each.who for each in entries} == {"plug", "radio", "line", "air", "broker"}


def test_some_faults_never_occur(home: World, plug: Device) -> None:
    assert any((each.who, each.control.verb) == ("radio", "lose_memory") for each in drawn(home, 1))
    entries = drawn(home, 1, never={("radio", "lose_memory")}, for_good=0.0)
    assert not any((each.who, each.control.verb) == ("radio", "lose_memory") for each in entries)
    assert all(each.lasts is not None for each in entries)


def test_all_that_is_drawn_can_be_done(home: World, plug: Device) -> None:
    assert home.bench is not None
    for entry in drawn(home, 3):
        home.bench.named(entry.who).controls[entry.control.verb].bind((), dict(entry.arguments))


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
            "  1.     1.0 s  the broker goes away for 5 s",
        ),
        (Entry(1, 1.0, "plug", Device.controls["leave"], {}, None), "  1.     1.0 s  plug leaves"),
    ],
)
def test_a_schedule_can_be_read(entry: Entry, text: str) -> None:
    assert str(entry) == text


def test_numbers_of_a_schedule() -> None:
    assert parse_numbers("1,4, 7") == {1, 4, 7}
    assert parse_numbers("") == frozenset()
    with pytest.raises(ValueError, match="x"):
        parse_numbers("1,x")


# Shrinking


@pytest.mark.parametrize("guilty", [{5}, {1}, {8}, {2, 7}, {1, 2, 3}, set(range(1, 9))])
def test_who_is_to_blame_is_found(guilty: set[int]) -> None:
    assert shrink(range(1, 9), lambda numbers: guilty <= set(numbers), tries=100) == sorted(guilty)


def test_what_fails_without_faults_has_none_to_blame() -> None:
    assert shrink(range(1, 9), lambda numbers: True, tries=100) == []


def test_shrinking_ends() -> None:
    asked: list[Sequence[int]] = []

    def fails(numbers: Sequence[int]) -> bool:
        asked.append(numbers)
        return {3, 60} <= set(numbers)

    found = shrink(range(100), fails, tries=9)
    assert len(asked) == 9
    assert {3, 60} <= set(found)
    assert len(found) < 100


# From the command line

PLAIN = """
def test_home(bench, world):
    world.join(bench.add("ZNCZ02LM", "plug"))
    world.pass_time(30)
    assert False, "isn't judged"
"""

SHORT: list[tuple[int, str, type[Controlled], str]] = [
    (1, "radio", RadioPart, "reset"),
    (2, "broker", BrokerPart, "empty"),
    (3, "plug", Device, "drop"),
    (4, "line", LinePart, "close"),
]


def entries(*_: object, **__: object) -> list[Entry]:
    """One after the other."""
    return [Entry(number, 5.0 * number, who, kind.controls[verb], {}, 3.0) for number, who, kind, verb in SHORT]


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A test that lives in the world, and a short schedule."""
    monkeypatch.setattr(schedule, "draw", entries)
    pytester.makepyfile(test_home=PLAIN)
    return pytester


def test_what_a_test_asserts_is_not_judged(project: pytest.Pytester) -> None:
    result = project.runpytest_inprocess("--chaos", "4")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["chaos: seed 4"])


def test_the_guilty_fault_is_found_and_named(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: the bridge tells a broker only once what it retains."""
    told: set[int] = set()
    everything = Events.everything

    def once(events: Events) -> None:
        if id(events) not in told:
            told.add(id(events))
            everything(events)

    monkeypatch.setattr(Events, "everything", once)
    result = project.runpytest_inprocess("--chaos", "4")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*ChaosError: plug is in the network, and not in bridge/devices*",
            "seed 4, 1 of 4 faults are enough (found in * reruns):",
            "*  2.    10.0 s  the broker restarts empty for 3 s",
            "again: pytest test_home.py::test_home --chaos 4 --chaos-only 2",
        ]
    )
    project.runpytest_inprocess("--chaos", "4", "--chaos-only", "1,3,4").assert_outcomes(passed=1)
    project.runpytest_inprocess("--chaos", "4", "--chaos-only", "2", "--chaos-reruns", "0").assert_outcomes(failed=1)


def test_a_sample(project: pytest.Pytester) -> None:
    project.makepyfile(test_many="\n".join(f"def test_{number}(): pass" for number in range(9)))
    project.runpytest_inprocess("--chaos", "1", "--chaos-sample", "4", "test_many.py").assert_outcomes(
        passed=4, deselected=5
    )


def test_a_seed_that_nobody_has_chosen_is_one_in_all_processes(pytester: pytest.Pytester) -> None:
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


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("--chaos", "x"), "--chaos is a whole number, or random, not 'x'"),
        (("--chaos", "1", "--chaos-only", "a"), "--chaos-only has numbers of a schedule, such as 1,4,7, not 'a'"),
        (("--chaos-only", "1"), "--chaos-only is a part of a schedule: say --chaos SEED, too"),
        (("--chaos", "1", "--radio", "/dev/ttyUSB0"), "--chaos works on the fake radio, and --radio names another*"),
        (("--chaos", "1", "--host", "zigbee2mqtt"), "--chaos needs virtual time, and zigbee2mqtt lives in real time"),
    ],
)
def test_what_cannot_be_had(pytester: pytest.Pytester, arguments: tuple[str, ...], text: str) -> None:
    result = pytester.runpytest_inprocess(*arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*{text}"])


# The same again


def lived(seed: int) -> list[tuple[float, Any]]:
    """What is on the air while a plug and a sensor live through chaos."""
    world = World(Options())
    world.start()
    try:
        with world.wall_clock():
            assert world.bench is not None
            frames: list[tuple[float, Any]] = []
            world.bench.events.subscribe(FrameSent, lambda event: frames.append((world.loop.time(), event.frame)))
            world.chaos = Chaos(world, seed, "again")
            for model in ("ZNCZ02LM", "WSDCGQ11LM"):
                world.join(world.bench.add(model, model.lower()))
            for _ in range(10):
                world.chaos.dawdle()
                world.bench["zncz02lm"].do("press")
            world.chaos.finish()
            world.chaos.close()
            return frames
    finally:
        world.stop()


def test_the_same_seed_gives_the_same_bytes() -> None:
    one, again = lived(3), lived(3)
    assert one == again
    assert len(one) > 80


# The invariants

NONE: dict[str, dict[str, Any]] = {"plug": {}}


def wrong(world: World, ledger: Ledger, judge: Any, shown: dict[str, dict[str, Any]] = NONE) -> list[str]:
    world.settle()
    found: list[str] = judge(Rest(world, ledger, 0.0, shown))
    return found


def test_nothing_is_wrong_with_a_home_that_nobody_disturbs(home: World, ledger: Ledger, plug: Device) -> None:
    plug.do("press")
    judge(home, ledger)
    assert ledger.judged > 2


def test_a_bridge_that_is_gone(home: World, ledger: Ledger) -> None:
    home.settle()
    home.mqtt.say("bridge/state", '{"state":"offline"}', retain=True)
    assert wrong(home, ledger, invariants.the_bridge_is_up) == ['bridge/state, retained, is {"state": "offline"}']


def test_a_device_that_is_not_listed(home: World, ledger: Ledger, plug: Device) -> None:
    home.mqtt.say("bridge/devices", "[]", retain=True)
    assert wrong(home, ledger, invariants.the_devices_are_listed) == [
        "plug is in the network, and not in bridge/devices"
    ]


def test_a_device_that_is_listed_though_it_has_gone(home: World, ledger: Ledger, plug: Device) -> None:
    listed = home.mqtt.fetch_retained(home.mqtt.topic("bridge/devices"))
    assert listed is not None
    plug.do("leave")
    home.run(asyncio.sleep(2 * PASSED_ON))
    assert wrong(home, ledger, invariants.the_devices_are_listed) == []
    home.mqtt.say("bridge/devices", listed.payload, retain=True)
    assert wrong(home, ledger, invariants.the_devices_are_listed) == [
        "plug is in bridge/devices, and has left the network"
    ]


def test_a_state_that_is_not_so(home: World, ledger: Ledger, plug: Device) -> None:
    shown = {"plug": {"state": "OFF"}}
    assert wrong(home, ledger, invariants.states_equal_the_devices, shown) == []
    home.mqtt.say("plug", {"state": "ON"})
    home.settle()
    assert wrong(home, ledger, invariants.states_equal_the_devices, shown) == [
        'plug publishes state "ON", and the device shows "OFF"'
    ]


def test_a_report_that_was_lost(home: World, ledger: Ledger, plug: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    assert wrong(home, ledger, invariants.nothing_was_lost) == []
    monkeypatch.setattr(Publisher, "publish", lambda *_: None)
    plug.do("press")
    home.run(asyncio.sleep(2 * PASSED_ON))
    [sentence] = wrong(home, ledger, invariants.nothing_was_lost)
    assert "the radio handed over {'state': 'ON'} of plug: not on zigbee2mqtt/plug" in sentence


def test_a_report_on_a_bad_line_may_be_lost(
    home: World, ledger: Ledger, plug: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Publisher, "publish", lambda *_: None)
    assert home.bench is not None
    home.bench.parts["line"].do("drop", percent=0.01)
    plug.do("press")
    home.run(asyncio.sleep(2 * PASSED_ON))
    assert wrong(home, ledger, invariants.nothing_was_lost) == []


def test_a_command_without_effect(home: World, ledger: Ledger, plug: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    home.mqtt.publish("plug/set", {"state": "ON"})
    home.settle()
    assert wrong(home, ledger, invariants.nothing_was_lost) == []
    monkeypatch.setattr(OnOff, "switch", lambda *_: None)
    home.mqtt.publish("plug/set", {"state": "OFF"})
    home.settle()
    [sentence] = wrong(home, ledger, invariants.nothing_was_lost)
    assert sentence.endswith("plug confirmed that it is off, and isn't")


def test_a_device_that_is_there_and_called_offline(home: World, ledger: Ledger, plug: Device) -> None:
    assert wrong(home, ledger, invariants.all_are_available) == []
    home.mqtt.say("plug/availability", '{"state":"offline"}', retain=True)
    assert wrong(home, ledger, invariants.all_are_available) == ['plug/availability, retained, is {"state": "offline"}']


def test_a_host_that_does_not_come_back(home: World, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(World, "recovers", lambda *_: False)
    with pytest.raises(ChaosError, match="the host isn't well 600 s after the last fault"):
        judge(home, ledger)


def test_a_control_is_worked_in_its_own_words() -> None:
    """So that a schedule reads as a scenario does."""
    control: Control = RadioPart.controls["hang"]
    assert Entry(1, 0.0, "radio", control, {"seconds": 2.0}, 2.0).text == "the radio hangs for 2 s"

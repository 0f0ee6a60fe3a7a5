"""What happens to a device, as events: attributes, controls, faults."""

import random
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.station import TestCoordinator, outcome
from zigloop.bench import Bench
from zigloop.clock import ClockLoop
from zigloop.devices.zncz02lm import Plug
from zigloop.devices.znxnkg02lm import Knob
from zigloop.events import AttributeChanged, ControlUsed, FaultEnded, FaultStarted

ON_OFF, STATE, BASIC, OUTPUT = 0x0006, 0x0000, 0x0000, 0xFF0D


@pytest.fixture
def faults(peer: TestCoordinator, plug: Plug) -> list[tuple[str, str]]:
    """Faults of the plug that start and end."""
    seen: list[tuple[str, str]] = []
    peer.air.events.subscribe(FaultStarted, lambda event: seen.append(("started", event.verb)))
    peer.air.events.subscribe(FaultEnded, lambda event: seen.append(("ended", event.verb)))
    return seen


def test_an_attribute_that_changes(peer: TestCoordinator, plug: Plug) -> None:
    seen: list[AttributeChanged] = []
    peer.air.events.subscribe(AttributeChanged, seen.append)
    plug.press()
    peer.send(plug.node.nwk, 1, ON_OFF, b"\x11\x42\x01")  # on, as it is already
    peer.sleep(1)
    (event,) = seen
    assert (event.ieee, event.endpoint, event.cluster, event.manufacturer, event.attribute, event.value) == (
        plug.node.ieee, 1, ON_OFF, None, STATE, True,
    )  # fmt: skip
    peer.send(plug.node.nwk, 1, ON_OFF, b"\x11\x43\x00")
    peer.sleep(1)
    assert [each.value for each in seen] == [True, False]
    plug.meter(12)
    assert (seen[-1].endpoint, seen[-1].value) == (3, 12)


def test_a_control_that_is_used(peer: TestCoordinator, plug: Plug) -> None:
    seen: list[tuple[str, str, dict[str, Any], bool]] = []
    peer.air.events.subscribe(
        ControlUsed, lambda event: seen.append((event.name, event.verb, event.arguments, plug.on))
    )
    plug.press()
    plug.command("draw 42")
    plug.do("drop")
    assert seen == [
        ("plug", "press", {}, False),  # before it takes effect
        ("plug", "draw", {"watts": 42}, True),
        ("plug", "drop", {}, True),
    ]


def test_a_fault_that_its_undo_ends(plug: Plug, faults: list[tuple[str, str]]) -> None:
    plug.faults.drop()
    plug.faults.come_back()
    plug.cut()
    plug.restore()
    assert faults == [("started", "drop"), ("ended", "drop"), ("started", "cut"), ("ended", "cut")]


def test_mend_ends_all_but_power_and_network(plug: Plug, faults: list[tuple[str, str]]) -> None:
    plug.faults.drop()
    plug.faults.out_of_range()
    plug.faults.twice()
    plug.faults.in_range()
    plug.cut()
    faults.clear()
    plug.faults.mend()
    assert sorted(faults) == [("ended", "drop"), ("ended", "twice")]


def test_a_babble_ends_after_its_time(peer: TestCoordinator, plug: Plug, faults: list[tuple[str, str]]) -> None:
    plug.faults.babble(10, 2)
    peer.sleep(1)
    assert faults == [("started", "babble")]
    peer.sleep(2)
    assert faults == [("started", "babble"), ("ended", "babble")]
    plug.faults.mend()
    assert len(faults) == 2


def test_wrong_answers_end_after_their_number_and_when_others_take_their_place(
    peer: TestCoordinator, plug: Plug, faults: list[tuple[str, str]]
) -> None:
    plug.faults.mute(2)
    for _ in range(2):
        peer.ask(plug.node.nwk, 1, BASIC, b"\x00\x42\x00\x05\x00")
    assert faults == [("started", "mute"), ("ended", "mute")]
    faults.clear()
    plug.faults.late(1)
    plug.faults.late(2)
    plug.faults.twice()
    assert faults == [("started", "late"), ("started", "late"), ("ended", "late"), ("started", "twice")]
    assert outcome(peer, plug.node.nwk)


@pytest.fixture
def bench(loop: ClockLoop) -> Iterator[Bench]:
    bench = Bench(loop)
    yield bench
    loop.run_until_complete(bench.close())


def test_parts_of_a_bench_too(bench: Bench) -> None:
    seen: list[tuple[str, ...]] = []
    bench.events.subscribe(ControlUsed, lambda event: seen.append(("used", event.name, event.verb)))
    bench.events.subscribe(FaultStarted, lambda event: seen.append(("started", event.name, event.verb)))
    bench.events.subscribe(FaultEnded, lambda event: seen.append(("ended", event.name, event.verb)))
    bench.add("ZNCZ02LM", "plug")
    bench.named("air").do("part", "plug", "radio")
    bench.named("air").do("reunite", "radio", "plug")
    bench.named("plug").do("drop")
    bench.mend()
    assert seen == [
        ("used", "air", "part"),
        ("started", "air", "part"),
        ("used", "air", "reunite"),
        ("ended", "air", "part"),
        ("used", "plug", "drop"),
        ("started", "plug", "drop"),
        *[("used", "plug", "mend"), ("ended", "plug", "drop")],
        *[("used", name, "mend") for name in ("radio", "line", "air")],
    ]


def test_an_ideal_air_ends_what_was_out_of_range(bench: Bench) -> None:
    ended: list[tuple[str, ...]] = []
    bench.events.subscribe(FaultEnded, lambda event: ended.append((event.name, event.verb)))
    plug = bench.add("ZNCZ02LM", "plug")
    plug.do("out_of_range")
    bench.named("air").do("mend")
    plug.do("in_range")
    assert ended == [("plug", "out_of_range")]


def test_a_device_that_its_parent_forgot_and_that_has_rejoined_by_itself(peer: TestCoordinator) -> None:
    ended: list[str] = []
    peer.air.events.subscribe(FaultEnded, lambda event: ended.append(event.verb))
    knob = Knob(peer.air, name="knob", ieee=0x54EF440001020304, rng=random.Random(1))
    knob.pair()
    peer.sleep(60)
    knob.forgotten()
    peer.sleep(60)
    assert ended == []
    knob.wake()
    peer.sleep(5)
    assert ended == ["forgotten"]

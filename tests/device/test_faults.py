"""What may be wrong with a device, and with the air around it; all of it can be put right, and drawn by chance."""

import asyncio
import random
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from tests.support.station import IEEE, TestCoordinator
from zigloop.air.distance import Distance
from zigloop.air.link import Link
from zigloop.bench import Bench
from zigloop.clock import ClockLoop
from zigloop.controls.arguments import ControlError
from zigloop.controls.control import PARTS, Controlled, faults_of, undo
from zigloop.device.faults import AGAIN, MALFORMED, OTHER_SEQUENCE
from zigloop.device.registry import PRODUCTS
from zigloop.devices.wsdcgq11lm import WeatherSensor
from zigloop.devices.zncz02lm import Plug
from zigloop.lumi.battery import TOO_LITTLE
from zigloop.remote.commands import execute
from zigloop.testing.broker import BrokerPart

ON_OFF = 0x0006
TOGGLE = b"\x11\x42\x02"  # default responses are off
READ_ON_OFF = b"\x00\x42\x00\x00\x00"
ANSWER = b"\x18\x42\x01\x00\x00\x00\x10\x00"


def read(peer: TestCoordinator, plug: Plug) -> list[bytes]:
    return peer.ask(plug.node.nwk, 1, ON_OFF, READ_ON_OFF)


def heard(peer: TestCoordinator) -> list[bytes]:
    found = [frame.data for frame in peer.heard]
    peer.forget()
    return found


class TestOffTheAir:
    def test_a_device_that_drops_off_neither_receives_nor_sends(self, peer: TestCoordinator, plug: Plug) -> None:
        plug.faults.drop()
        assert read(peer, plug) == []
        peer.send(plug.node.nwk, 1, ON_OFF, TOGGLE)
        plug.draw(10)
        peer.sleep(700)
        assert heard(peer) == []
        assert not plug.on
        assert plug.joined
        plug.press()
        assert plug.on  # it works on by hand
        assert plug.state()["faults"] == ["dropped off"]
        plug.faults.come_back()
        assert heard(peer) == []
        assert read(peer, plug) == [ANSWER[:-1] + b"\x01"]
        assert "faults" not in plug.state()

    def test_a_device_that_dropped_off_is_not_let_in_and_is_not_heard_leaving(
        self, peer: TestCoordinator, plug: Plug
    ) -> None:
        plug.faults.drop()
        plug.pair()
        peer.sleep(10)
        assert not plug.joined
        assert peer.gone == []
        plug.faults.come_back()
        peer.sleep(10)
        assert plug.joined

    def test_a_sleeping_device_that_drops_off_does_not_poll(self, peer: TestCoordinator) -> None:
        sensor = weather_sensor(peer)
        sensor.faults.drop()
        sensor.wake()
        peer.send(sensor.node.nwk, 1, 0x0000, b"\x00\x42\x00\x05\x00")
        peer.sleep(10)
        assert heard(peer) == []

    def test_out_of_range_it_is_not_heard(self, peer: TestCoordinator, plug: Plug) -> None:
        plug.faults.out_of_range()
        assert plug.state()["faults"] == ["out of range"]
        plug.press()
        assert read(peer, plug) == []
        peer.sleep(5)
        assert heard(peer) == []
        plug.leave()
        assert peer.gone == []
        plug.faults.in_range()
        plug.pair()
        peer.sleep(10)
        assert plug.joined

    def test_a_reset_clears_network_and_settings(self, peer: TestCoordinator, plug: Plug) -> None:
        assert peer.ask(plug.node.nwk, 1, 0x0004, b"\x01\x42\x00\x34\x12\x00") == [b"\x19\x42\x00\x00\x34\x12"]
        peer.send(plug.node.nwk, 1, ON_OFF, TOGGLE)
        peer.sleep(1)
        plug.faults.reset()
        assert (plug.joined, plug.on, plug.state()["pairing"]) == (False, False, False)
        assert peer.gone == [(plug.node.ieee, False)]
        assert plug.node.groups.members(0x1234) == []

    def test_a_reset_needs_power(self, peer: TestCoordinator, plug: Plug) -> None:
        plug.cut()
        plug.faults.reset()
        assert plug.joined


class TestAnswers:
    def test_late(self, peer: TestCoordinator, plug: Plug) -> None:
        plug.faults.late(2.5)
        assert plug.state()["faults"] == ["answers 2.5 s late"]
        assert read(peer, plug) == []
        peer.sleep(2.4)
        assert heard(peer) == []
        peer.sleep(0.2)
        assert heard(peer) == [ANSWER]

    def test_late_answers_are_lost_with_the_power(self, peer: TestCoordinator, plug: Plug) -> None:
        plug.faults.late(1)
        read(peer, plug)
        plug.cut()
        plug.restore()
        peer.sleep(1.5)
        assert ANSWER not in heard(peer)

    def test_twice(self, peer: TestCoordinator, plug: Plug) -> None:
        plug.faults.twice()
        read(peer, plug)
        peer.sleep(2 * AGAIN)
        first, second = peer.heard
        assert first.data == second.data == ANSWER
        assert first.counter != second.counter

    def test_another_sequence_number(self, peer: TestCoordinator, plug: Plug) -> None:
        plug.faults.missequence()
        assert read(peer, plug) == [bytes((ANSWER[0], 0x42 ^ OTHER_SEQUENCE)) + ANSWER[2:]]

    def test_another_sequence_number_in_zdo_and_behind_a_manufacturer_code(
        self, peer: TestCoordinator, plug: Plug
    ) -> None:
        plug.faults.missequence()
        peer.send(plug.node.nwk, 0, 0x0005, b"\x42" + plug.node.nwk.to_bytes(2, "little"))
        peer.sleep(0.01)
        assert heard(peer)[0][0] == 0x42 ^ OTHER_SEQUENCE
        (answer,) = peer.ask(plug.node.nwk, 1, 0x0000, b"\x04\x5f\x11\x42\x00\x05\x00")
        assert answer[3] == 0x42 ^ OTHER_SEQUENCE

    def test_no_reply_while_it_executes_commands(self, peer: TestCoordinator, plug: Plug) -> None:
        plug.faults.mute()
        assert peer.ask(plug.node.nwk, 1, ON_OFF, b"\x01\x42\x02") == []
        assert plug.on

    def test_so_many_answers_and_no_more(self, peer: TestCoordinator, plug: Plug) -> None:
        plug.faults.mute(2)
        assert [read(peer, plug) for _ in range(3)] == [[], [], [ANSWER]]
        assert "faults" not in plug.state()

    def test_reports_are_no_answers(self, peer: TestCoordinator, plug: Plug) -> None:
        plug.faults.mute()
        plug.press()
        peer.sleep(2)
        assert heard(peer) != []

    def test_mending_ends_it(self, peer: TestCoordinator, plug: Plug) -> None:
        plug.faults.twice()
        plug.faults.drop()
        plug.faults.out_of_range()
        plug.faults.mend()
        assert read(peer, plug) == [ANSWER]


class TestSpeaking:
    def test_babbling_repeats_its_last_report(self, peer: TestCoordinator, plug: Plug) -> None:
        plug.report("state")
        peer.sleep(1)
        said = heard(peer)[-1]
        plug.faults.babble(20, 3)
        assert plug.state()["faults"] == ["babbles"]
        peer.sleep(5)
        babbled = heard(peer)
        assert len(babbled) == pytest.approx(60, abs=1)
        assert {data[:1] + data[2:] for data in babbled} == {said[:1] + said[2:]}
        sequences = [data[1] for data in babbled]
        assert sequences == [(said[1] + 1 + number) & 0xFF for number in range(len(babbled))]
        assert "faults" not in plug.state()

    def test_babbling_ends_with_the_power_and_when_mended(self, peer: TestCoordinator, plug: Plug) -> None:
        plug.faults.babble(20, 60)
        peer.sleep(1)
        plug.faults.mend()
        peer.sleep(0.01)
        peer.forget()
        peer.sleep(2)
        assert heard(peer) == []
        plug.faults.babble(20, 60)
        plug.cut()
        peer.sleep(0.01)
        peer.forget()
        peer.sleep(2)
        assert heard(peer) == []

    @pytest.mark.parametrize("kind", MALFORMED)
    def test_malformed_reports(self, peer: TestCoordinator, plug: Plug, kind: str) -> None:
        data = {
            "truncated": b"\x0a\x06\x00\x42\x08" + b"2017",
            "unknown-type": b"\x0a\x06\x00\x5f\x08" + b"20170101",
            "wrong-length": b"\x0a\x06\x00\x42\x06" + b"20170101",
            "header-only": b"\x0a",
            "half-header": b"",
        }[kind]
        plug.faults.malform(kind)
        peer.sleep(0.01)
        (frame,) = peer.heard
        assert frame.cluster == 0x0000
        assert frame.data[:1] == b"\x18"
        assert frame.data[2:] == data

    def test_every_product_can_babble_and_malform(self, peer: TestCoordinator) -> None:
        for number, product in enumerate(PRODUCTS.values()):
            device = product(peer.air, name="it", ieee=IEEE + number, rng=random.Random(1))
            device.do("pair")
            peer.sleep(30)
            peer.forget()
            device.do("malform", "half-header")
            device.faults._transmit.last_report = None  # as if it had not reported yet
            device.do("babble", 4, 1)
            peer.sleep(5)
            assert len(peer.heard) >= 5, product

    def test_without_power_it_refuses_to_send(self, peer: TestCoordinator, plug: Plug) -> None:
        plug.cut()
        with pytest.raises(ControlError, match="no power"):
            plug.faults.babble(1, 1)
        with pytest.raises(ControlError, match="no power"):
            plug.faults.malform("truncated")


def weather_sensor(peer: TestCoordinator) -> WeatherSensor:
    sensor = WeatherSensor(peer.air, name="sensor", ieee=IEEE, rng=random.Random(1))
    sensor.pair()
    peer.sleep(30)
    peer.forget()
    return sensor


class TestBattery:
    def test_it_dies_evenly(self, peer: TestCoordinator) -> None:
        sensor = weather_sensor(peer)
        sensor.die(1000)
        peer.sleep(500)
        assert sensor.battery.millivolts == pytest.approx((3000 + TOO_LITTLE) / 2, abs=30)
        assert sensor.powered
        peer.sleep(501)
        assert sensor.battery.millivolts == TOO_LITTLE - 1
        assert not sensor.powered

    def test_a_new_one_is_full(self, peer: TestCoordinator) -> None:
        sensor = weather_sensor(peer)
        sensor.drain(TOO_LITTLE)
        assert sensor.powered
        sensor.drain(TOO_LITTLE - 1)
        assert not sensor.powered
        sensor.restore()
        peer.sleep(10)
        assert sensor.powered
        assert sensor.battery.percent == 100

    def test_a_power_cut_keeps_its_battery(self, peer: TestCoordinator) -> None:
        sensor = weather_sensor(peer)
        sensor.drain(2900)
        sensor.cut()
        sensor.restore()
        assert sensor.battery.millivolts == 2900


@pytest.fixture
def bench(loop: ClockLoop) -> Iterator[Bench]:
    it = Bench(loop, seed=7)
    yield it
    loop.run_until_complete(it.close())


class TestAir:
    @pytest.mark.parametrize(
        ("line", "expected"),
        [
            ("air lose 10", Link(loss=0.1)),
            ("air delay 50", Link(delay=0.05)),
            ("air jitter 50", Link(jitter=0.05)),
            ("air double 1", Link(duplicates=0.01)),
            ("air reorder 1", Link(reordering=0.01)),
            ("air quality 99", Link(lqi=99)),
            ("air drift 9", Link(drift=9)),
        ],
    )
    def test_everywhere(self, bench: Bench, line: str, expected: Link) -> None:
        plug = bench.add("ZNCZ02LM")
        execute(bench, line)
        assert bench.air.medium.link(bench.radio, plug.node) == expected
        assert bench.parts["air"].faulty
        execute(bench, "air mend")
        assert bench.air.medium.link(bench.radio, plug.node) == Link()
        assert not bench.parts["air"].faulty

    def test_between_two(self, bench: Bench) -> None:
        one, other = bench.add("ZNCZ02LM", "one"), bench.add("ZNCZ02LM", "other")
        execute(bench, "air lose_between one radio 30")
        execute(bench, "air quality_between radio one 30")
        execute(bench, "air delay_between radio one 30")
        execute(bench, "air part one other")
        link = bench.air.medium.link
        assert link(one.node, bench.radio) == Link(loss=0.3, lqi=30, delay=0.03)
        assert link(other.node, bench.radio) == Link()
        assert link(one.node, other.node) is None
        execute(bench, "air reunite other one")
        assert link(one.node, other.node) == Link()

    def test_places(self, bench: Bench) -> None:
        plug = bench.add("ZNCZ02LM")
        plug.do("out_of_range")
        execute(bench, "air place plug 10 0")
        assert isinstance(bench.air.medium, Distance)
        assert bench.air.medium.is_away(plug.node)
        plug.do("in_range")
        near = bench.air.medium.link(bench.radio, plug.node)
        execute(bench, "air wall 12 5 -1 5 1")
        far = bench.air.medium.link(bench.radio, plug.node)
        assert near is not None
        assert far is not None
        assert far.lqi < near.lqi
        assert execute(bench, "state air")["state"]["walls"] == 1

    @pytest.mark.parametrize(
        ("line", "message"),
        [
            ("air part plug plug", "a link needs two different ends, not plug twice"),
            ("air part plug lamp", "no device is called 'lamp'"),
            ("air lose 101", r"percent is a number from 0 to 100 \(%\)"),
            ("air jump", "air has no control 'jump'; it has .*lose"),
            ("air", "air needs a control: "),
            ("broker empty", "this bench has no broker of its own"),
            ("radio refuse NONSENSE", "status is no_memory, .*, or a Z-Stack status from 1 to 255, or its name"),
        ],
    )
    def test_messages_about_a_wrong_line(self, bench: Bench, line: str, message: str) -> None:
        bench.add("ZNCZ02LM")
        with pytest.raises(ControlError, match=message):
            execute(bench, line)

    def test_the_seed_is_the_bench_s(self, loop: ClockLoop) -> None:
        bench = Bench(loop, seed=42)
        assert bench.air.seed == 42
        loop.run_until_complete(bench.close())


@pytest.mark.parametrize("name", PARTS)
def test_no_device_is_called_like_a_part(bench: Bench, name: str) -> None:
    with pytest.raises(ControlError, match=f"'{name}' can't be a device's name: the bench has a {name} of its own"):
        bench.add("ZNCZ02LM", name)


class TestByChance:
    """What a random schedule of faults needs: a list, safe arguments, and a way back."""

    def everything(self, bench: Bench) -> list[Controlled]:
        for model in PRODUCTS:
            bench.add(model, model.lower())
        return [*bench.devices.values(), *bench.parts.values()]

    def test_each_fault_can_be_undone(self, bench: Bench) -> None:
        everything = self.everything(bench)
        assert {(each.name, it.verb) for each, it in bench.faults()} == {
            (each.name, it.verb) for each in everything for it in faults_of(each)
        }
        for each, it in bench.faults():
            assert it.fault is not None
            undo = it.fault.undo
            assert undo is not None
            wanted = [name for name in each.controls[undo].arguments if name not in each.controls[undo].optional]
            assert set(wanted) <= set(it.arguments), f"{each.name} {it.verb}: {undo} wants more than it was given"

    def test_undoing_each_leaves_none(self, loop: ClockLoop, bench: Bench) -> None:
        everything = self.everything(bench)
        rng = random.Random(1)

        def so() -> dict[str, Any]:
            """How everything is, less what products add: they count outages."""
            common = ("joined", "pairing", "powered", "faults")
            return {
                each.name: {key: value for key, value in each.state().items() if key in common or each.name in PARTS}
                for each in everything
            }

        before = so()
        worked = 0
        for each, it in bench.faults():
            arguments = it.some_arguments(rng, ["zncz02lm"])
            if "other" in it.arguments:
                arguments["other"] = "radio"
            with suppress(ControlError):  # nobody is in a network: some can't speak
                each.do(it.verb, **arguments)
                worked += 1
            undo(each, it, arguments)
            loop.run_until_complete(asyncio.sleep(1))
            assert so() == before, f"{each.name} {it.verb}"
        assert worked > 50

    def test_leaving_is_a_fault_that_cannot_be_undone(self, bench: Bench) -> None:
        plug = bench.add("ZNCZ02LM")
        assert {it.verb for it in faults_of(plug, undoable=False)} - {it.verb for it in faults_of(plug)} == {
            "leave",
            "reset",
        }

    @pytest.mark.parametrize("seed", range(5))
    def test_safe_arguments_are_allowed(self, bench: Bench, seed: int) -> None:
        self.everything(bench)
        rng = random.Random(seed)
        for each, it in [*bench.faults(), *[(BrokerPart, it) for it in BrokerPart.controls.values() if it.fault]]:
            arguments = it.some_arguments(rng, ["radio", *bench.devices])
            assert it.bind((), arguments).keys() == arguments.keys(), f"{each} {it.verb}"

    @pytest.mark.parametrize("seed", range(3))
    def test_a_storm_of_faults_is_over_when_mended(self, loop: ClockLoop, bench: Bench, seed: int) -> None:
        self.everything(bench)
        rng = random.Random(seed)
        for _ in range(60):
            each, it = rng.choice(bench.faults())
            assert it.fault is not None
            arguments: dict[str, Any] = it.some_arguments(rng, ["radio", *bench.devices])
            try:
                each.do(it.verb, **arguments)
            except ControlError as error:
                assert any(  # noqa: PT017
                    reason in str(error) for reason in ("no power", "not in a network", "two different ends")
                )
            loop.run_until_complete(asyncio.sleep(rng.uniform(0, 2)))
        bench.mend()
        loop.run_until_complete(asyncio.sleep(1))
        assert not any(part.faulty for part in bench.parts.values())
        assert not any(device.faults.state() for device in bench.devices.values())
        assert bench.air.medium.link(bench.radio, bench["zncz02lm"].node) == Link()

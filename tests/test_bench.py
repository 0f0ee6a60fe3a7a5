"""The bench, and the language in which it is spoken to."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.station import TestCoordinator
from zigloop.air.frame import ApsFrame
from zigloop.bench import Bench
from zigloop.clock import ClockLoop
from zigloop.controls.arguments import ControlError
from zigloop.events import FrameSent
from zigloop.radio.line import SerialLine
from zigloop.radio.zstack.mt.framing import encode
from zigloop.remote.commands import execute


class Commissioner:
    """A host that has formed a network by MT alone, and permits joining."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        bench.radio.uart.plug(SerialLine(bench.loop, 0, lambda frame: None))
        for header, payload in ((0x2F05, "04"), (0x2536, "0f fcff fe 00")):
            bench.radio.uart.feed(encode(header, bytes.fromhex(payload)))
            bench.loop.run_until_complete(asyncio.sleep(1))

    def neighbours(self) -> list[int]:
        return [station.ieee for station in self.bench.radio.network.stations()]


@pytest.fixture
def bench(loop: ClockLoop) -> Iterator[Bench]:
    it = Bench(loop, seed=7)
    yield it
    loop.run_until_complete(it.close())


def close(bench: Bench) -> None:
    bench.loop.run_until_complete(bench.close())


# Devices


def test_names_and_addresses(loop: ClockLoop, bench: Bench) -> None:
    first, second, third = bench.add("ZNCZ02LM"), bench.add("zncz02lm"), bench.add("ZNCZ02LM", "kitchen")
    assert list(bench.devices) == ["plug", "plug2", "kitchen"]
    assert {each.node.ieee >> 40 for each in (first, second, third)} == {0x00158D}
    assert bench["kitchen"] is third
    again, other = Bench(loop, seed=7), Bench(loop, seed=8)
    assert again.add("ZNCZ02LM", "kitchen").node.ieee == third.node.ieee
    assert other.add("ZNCZ02LM", "kitchen").node.ieee != third.node.ieee
    assert bench.add("ZNCZ02LM", "x", ieee=0x0123456789ABCDEF).node.ieee == 0x0123456789ABCDEF
    close(again)
    close(other)


def test_devices_that_are_refused(bench: Bench) -> None:
    bench.add("ZNCZ02LM", "plug", ieee=1)
    for model, name, more, message in (
        ("ZNCZ2LM", None, {}, r"did you mean ZNCZ02LM\?"),
        ("ZNCZ02LM", "plug", {}, "already is a device called 'plug'"),
        ("ZNCZ02LM", "a b", {}, "can't be a device's name"),
        ("ZNCZ02LM", "", {}, "can't be a device's name"),
        ("ZNCZ02LM", "b", {"ieee": 1}, "already is a device with the address 0x0000000000000001"),
        ("ZNCZ02LM", "b", {"firmware": "x"}, "known ones are 09-04-2018, 02-28-2017"),
        ("ZNCZ02LM", "b", {"color": True}, "its options are firmware, reports_0xf000"),
    ):
        with pytest.raises(ValueError, match=message):
            bench.add(model, name, **more)  # type: ignore[arg-type]
    assert list(bench.devices) == ["plug"]


def test_remove(bench: Bench) -> None:
    plug = bench.add("ZNCZ02LM")
    peer = TestCoordinator(bench.air)
    plug.do("pair")
    peer.sleep(30)
    bench.remove("plug")
    peer.forget()
    peer.sleep(3600)
    assert peer.heard == []
    with pytest.raises(ControlError, match="no device is called 'plug'; there are none"):
        bench.remove("plug")


def test_the_same_seed_gives_the_same_bytes(loop: ClockLoop) -> None:
    def run() -> list[tuple[float, object]]:
        bench = Bench(loop, seed=3)
        peer = TestCoordinator(bench.air)
        began = loop.time()
        frames: list[tuple[float, object]] = []
        bench.events.subscribe(FrameSent, lambda event: frames.append((round(loop.time() - began, 6), event.frame)))
        for name in ("one", "two"):
            bench.add("ZNCZ02LM", name).do("pair")
        peer.sleep(700)
        close(bench)
        peer.sleep(1)
        return frames

    assert run() == run()


# State


def test_state_survives(loop: ClockLoop, tmp_path: Path) -> None:
    bench = Bench(loop, state=tmp_path / "radio.json")
    plug = bench.add("ZNCZ02LM")
    peer = TestCoordinator(bench.air)
    plug.do("pair")
    peer.sleep(30)
    plug.command("press")
    plug.command("draw 42")
    state = plug.state()
    close(bench)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["radio.json", "radio.json.devices"]
    resumed = Bench(loop, state=tmp_path / "radio.json")
    assert resumed.add("ZNCZ02LM").state() == state
    close(resumed)
    unused = Bench(loop, state=tmp_path / "radio.json")  # a device that isn't there this time is not forgotten
    close(unused)
    again = Bench(loop, state=tmp_path / "radio.json")
    assert again.add("ZNCZ02LM").state() == state
    close(again)


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"format": 9, "devices": {}}', '{"format": 1, "devices": {"a": 1}}']
)
def test_a_state_that_is_none(loop: ClockLoop, tmp_path: Path, content: str) -> None:
    (tmp_path / "s.devices").write_text(content)
    with pytest.raises(ValueError, match="is not the state of a bench's devices"):
        Bench(loop, state=tmp_path / "s")


@pytest.mark.parametrize(("key", "value"), [("clusters", {}), ("groups", 1), ("membership", "x")])
def test_a_device_s_state_that_does_not_fit(loop: ClockLoop, tmp_path: Path, key: str, value: object) -> None:
    state = tmp_path / "s"
    devices = tmp_path / "s.devices"
    bench = Bench(loop, state=state)
    bench.add("ZNCZ02LM")
    close(bench)
    content = json.loads(devices.read_text())
    content["devices"]["plug"]["node"][key] = value  # another version wrote it, or a disk is damaged
    devices.write_text(json.dumps(content))
    bench = Bench(loop, state=state)
    with pytest.raises(ValueError, match=r"the state of plug in .*/s\.devices doesn't fit \(\w+Error: "):
        bench.add("ZNCZ02LM")
    assert [each.ieee for each in bench.air.stations] == [bench.radio.ieee]
    close(bench)
    assert json.loads(devices.read_text()) == content  # kept for the version that it fits


# What can be said


def test_a_device_remembers_which_network_it_is_in(loop: ClockLoop, tmp_path: Path) -> None:
    state = tmp_path / "radio.json"
    bench = Bench(loop, state=state)
    plug = bench.add("ZNCZ02LM")
    network = Commissioner(bench)
    plug.do("pair")
    loop.run_until_complete(asyncio.sleep(30))
    assert network.neighbours() == [plug.node.ieee]
    close(bench)

    bench = Bench(loop, state=state)
    plug = bench.add("ZNCZ02LM")
    assert Commissioner(bench).neighbours() == [plug.node.ieee]
    close(bench)

    state.unlink()  # another radio, whose network is another one
    bench = Bench(loop, seed=1, state=state)
    plug = bench.add("ZNCZ02LM")
    network = Commissioner(bench)
    heard: list[ApsFrame] = []
    bench.events.subscribe(FrameSent, lambda event: heard.append(event.frame))
    assert (plug.joined, network.neighbours()) == (True, [])
    plug.do("heartbeat")
    plug.do("leave")
    loop.run_until_complete(asyncio.sleep(1))
    assert len(heard) == 1  # nobody answers it
    plug.do("pair")
    loop.run_until_complete(asyncio.sleep(30))
    assert network.neighbours() == [plug.node.ieee]
    close(bench)


def test_devices_state_and_help(bench: Bench) -> None:
    bench.add("ZNCZ02LM", "kitchen")
    (summary,) = execute(bench, "devices")["devices"]
    assert (summary["name"], summary["model"], summary["joined"]) == ("kitchen", "ZNCZ02LM", False)
    state = bench["kitchen"].state()
    assert execute(bench, "state") == {"state": {"kitchen": state}}
    assert execute(bench, " STATE kitchen ") == {"device": "kitchen", "state": state}
    assert {
        "say": "kitchen draw WATTS",
        "means": "Set the appliance's power, which it draws while the relay is on.",
    } in (execute(bench, "help kitchen")["help"])
    assert len(execute(bench, "help")["help"]) == 4 + len(bench.parts)


def test_controls(bench: Bench) -> None:
    bench.add("ZNCZ02LM")
    answer = execute(bench, "plug press")
    assert (answer["device"], answer["state"]["on"]) == ("plug", True)
    assert execute(bench, "plug draw watts=42")["state"]["power"] == 42


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", "write a device and a control, as in 'plug press', or 'help'"),
        ("lamp press", "no device is called 'lamp'; the devices are plug"),
        ("state lamp", "no device is called 'lamp'; the devices are plug"),
        ("plug", "plug needs a control: pair, .*press"),
        (
            "plug jump",
            r"plug \(ZNCZ02LM\) has no control 'jump'; it has pair, .*press, draw",
        ),
        ("plug draw much", r"draw: watts is a number from 0 to 100000 \(W\), not 'much'"),
        ("plug draw", "draw needs WATTS, a number"),
        ("plug heartbeat", "plug is not in a network, so no host would receive it: use pair first"),
    ],
)
def test_errors_for_invalid_lines(bench: Bench, line: str, message: str) -> None:
    bench.add("ZNCZ02LM")
    with pytest.raises(ControlError, match=message):
        execute(bench, line)

"""The cut between coordinator and family: a family of the tests' own, on a TCP port with bytes of its own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import EntryPoint

import pytest

from tests.support.toy_radio import Toy
from zigloop.bench import Bench
from zigloop.clock import ClockLoop
from zigloop.controls.arguments import ControlError
from zigloop.events import (
    DeviceAdmitted,
    DeviceGone,
    Event,
    IncomingMessage,
    JoinNotice,
    LeaveNotice,
    PortFrame,
    RadioReset,
)
from zigloop.radio import families

ON_OFF = 0x0006


class ToyHost:
    """Whatever speaks a Toy's lines."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        self._writer.write(line.encode() + b"\n")

    async def hears(self, beginning: str) -> str:
        """The next line that begins so; others are kept in `lines`."""
        while True:
            line = (await asyncio.wait_for(self._reader.readline(), 60)).decode().rstrip("\n")
            assert line, f"the port was closed before {beginning!r}"
            self.lines.append(line)
            if line.startswith(beginning):
                return line

    async def ask(self, line: str) -> str:
        self.say(line)
        return await self.hears("")


@asynccontextmanager
async def host(bench: Bench) -> AsyncIterator[ToyHost]:
    port = await bench.serve_tcp()
    address, number = port.url.removeprefix("socket://").rsplit(":", 1)
    reader, writer = await asyncio.open_connection(address, int(number))
    try:
        yield ToyHost(reader, writer)
    finally:
        writer.close()
        await writer.wait_closed()


def test_a_plug_lives_on_a_toy(loop: ClockLoop) -> None:
    async def run() -> None:
        async with Bench(radio=Toy) as bench, host(bench) as toy:
            seen: list[Event] = []
            for kind in (DeviceAdmitted, DeviceGone, RadioReset):
                bench.events.subscribe(kind, seen.append)
            meanings: list[object] = []
            bench.events.subscribe(PortFrame, lambda event: meanings.append(event.meaning))
            plug = bench.add("ZNCZ02LM", "plug")
            ieee, network = plug.node.ieee, bench.radio.network

            assert await toy.ask("form") == "ok"
            assert await toy.ask("permit 60") == "ok"
            plug.pair()
            _, address, nwk = (await toy.hears("joined")).split()
            await asyncio.sleep(20)
            assert (int(address, 16), int(nwk, 16)) == (ieee, plug.node.nwk)
            assert plug.joined
            assert network.is_member(plug.node)
            assert JoinNotice(ieee) in meanings

            toy.say(f"send {nwk} 1 0006 014201")
            assert await toy.hears("sent") == "sent delivered"
            assert plug.on
            await toy.hears(f"data {nwk} 1 0006 18420b0100")  # its default response
            await toy.hears(f"data {nwk} 1 0006 181d0a0000100100")  # its report

            meanings.clear()
            plug.press()
            report = (await toy.hears(f"data {nwk} 1 0006 181e0a0000100000")).split()[-1]
            assert IncomingMessage(plug.node.nwk, 1, ON_OFF, bytes.fromhex(report), None) in meanings

            plug.leave()
            assert await toy.hears("left") == f"left {ieee:016x}"
            assert not plug.joined
            assert LeaveNotice(ieee) in meanings

            epoch = bench.radio.epoch
            bench.parts["radio"].do("reset")
            assert not network.started
            assert await toy.hears("reset") == "reset watchdog"
            assert bench.radio.epoch != epoch
            assert await toy.ask("start") == "ok"
            assert network.started
            kinds = [type(event) for event in seen]
            assert kinds == [DeviceAdmitted, DeviceGone, RadioReset]

    loop.run_until_complete(run())


def test_neutral_faults_of_a_toy(loop: ClockLoop) -> None:
    async def run() -> None:
        async with Bench(radio=Toy) as bench, host(bench) as toy:
            radio = bench.parts["radio"]
            await toy.ask("form")
            await toy.ask("permit 60")
            plug = bench.add("ZNCZ02LM", "plug")
            plug.pair()
            await toy.hears("joined")
            await asyncio.sleep(20)
            command = f"send {plug.node.nwk:04x} 1 0006 014201"

            radio.command("refuse buffer_full")
            toy.say(command)
            assert await toy.hears("refused") == "refused buffer_full"
            radio.command("fail channel_busy")
            toy.say(command)
            assert await toy.hears("sent") == "sent channel_busy"
            assert not plug.on
            with pytest.raises(ControlError, match=r"fail: status is no_memory, .*, or nothing else, not 'MAC_NO_ACK'"):
                radio.command("fail MAC_NO_ACK")

            radio.do("hang", 5)
            before = loop.time()
            toy.say(command)
            assert await toy.hears("sent") == "sent delivered"
            assert loop.time() - before >= 5

            radio.do("lose_memory")
            assert await toy.hears("reset") == "reset power"
            assert not bench.radio.network.formed
            radio.do("mend")
            assert await toy.hears("reset") == "reset host"
            await toy.ask("start")
            assert bench.radio.network.is_member(plug.node)

    loop.run_until_complete(run())


def test_families_are_found_by_name(loop: ClockLoop, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = EntryPoint("toy", "tests.support.toy_radio:Toy", families.GROUP)
    monkeypatch.setattr(families, "entry_points", lambda group: [entry] if group == families.GROUP else [])
    assert families.family("toy") is Toy
    with pytest.raises(ValueError, match=r"unknown family of radios 'ezsp': choose one of zstack, toy"):
        Bench(loop, radio="ezsp")

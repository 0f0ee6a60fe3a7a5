"""The set-up of a measurement: radio and devices in this process; broker, receiver and host in their own."""

import asyncio
import json
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from benchmarks import broker, mqtt
from benchmarks.hosts import Host, configure
from benchmarks.inbox import Inbox, Message
from zigloop.bench import Bench
from zigloop.device.device import Device
from zigloop.events import JoinNotice, PortFrame
from zigloop.radio import TcpPort
from zigloop.radio.line import DEFAULT_BAUD
from zigloop.testing.hosts.processes import Program

PRODUCT = "ZNCZ02LM"
BASE = "zigbee2mqtt/"
#: Seconds; a cold start takes Zigbee2MQTT 5 s, an answer to a request milliseconds.
START_TIMEOUT, REQUEST_TIMEOUT, INTERVIEW_TIMEOUT = 60.0, 20.0, 60.0


class HostError(Exception):
    """The host failed at something, so it can't be measured; the text ends with its log."""


class Stage:
    """One blank radio, one broker, one host.

    Air and serial line are as slow as in reality, until `unpaced`.
    """

    def __init__(
        self, host: Host, bench: Bench, port: TcpPort, data: Path, end_broker: Callable[[], object], url: str
    ) -> None:
        self.host = host
        self.bench = bench
        self.port = port
        self.broker = ""
        self.inbox = Inbox()
        self.program: Program | None = None
        self._data = data
        self._end_broker = end_broker
        self._mqtt_url = url
        self._publisher: socket.socket | None = None

    # Host

    async def start(self) -> float:
        """Start the host; seconds from the start of its process to `bridge/state` online."""
        online = self.inbox.expect(lambda m: m.topic == BASE + "bridge/state" and m.json == {"state": "online"})
        started = time.monotonic_ns()
        self.program = self.host.launch(self._data)
        for _ in range(int(START_TIMEOUT)):
            if (await asyncio.wait((online,), timeout=1))[0] or not self.program.running:
                break
        message = await self._in_time(online, 1, "bridge/state online")
        # Online means ready: a request must be answered now.
        if not (await self.request("health_check"))["healthy"]:
            raise HostError(f"{self.host.title} is online and unhealthy")
        return (message.at - started) / 1e9

    async def stop(self) -> None:
        """Send SIGTERM, and wait; the radio keeps answering meanwhile."""
        if self.program is not None:
            await asyncio.to_thread(self.program.stop)
            self.program = None

    def kill(self) -> None:
        """Kill the host: it can't reset the radio, so its endpoints stay registered there."""
        assert self.program is not None
        self.program.process.kill()

    async def restart(self) -> float:
        """Stop, and start with its stored data."""
        await self.stop()
        return await self.start()

    @property
    def pid(self) -> int:
        assert self.program is not None, "the host isn't running"
        return self.program.process.pid

    async def unpaced(self) -> None:
        """From here on frames take no time, neither on the air nor on the line: only the host does."""
        await self.stop()
        self.bench.air.delay = 0.0
        self.port.baud = 0
        await self.start()

    # MQTT

    def publish(self, topic: str, payload: Any) -> int:
        """Publish below the base topic; the time, in ns of CLOCK_MONOTONIC."""
        assert self._publisher is not None
        packet = mqtt.publish(BASE + topic, json.dumps(payload).encode())
        now = time.monotonic_ns()
        self._publisher.sendall(packet)
        return now

    async def request(self, name: str, payload: dict[str, Any] | None = None) -> dict[str, Any]:
        """Publish `bridge/request/NAME`, each second until it is answered; the response's data."""
        answer = self.inbox.expect(lambda m: m.topic == f"{BASE}bridge/response/{name}")
        for _ in range(int(REQUEST_TIMEOUT)):
            self.publish(f"bridge/request/{name}", payload or {})
            if (await asyncio.wait((answer,), timeout=1))[0]:
                break
        data = (await self._in_time(answer, 1, f"an answer to {name}")).json
        if data["status"] != "ok":
            raise HostError(f"{self.host.title} refuses {name}: {data.get('error')}")
        return dict(data["data"])

    # Devices

    async def join(self, count: int) -> tuple[list[Device], list[float]]:
        """Let `count` new plugs join, whose buttons are pressed at the same moment.

        The plugs, and for each, in order of success, the seconds from the *first* join notice to the end of its
        interview on MQTT.
        """
        plugs = [self.bench.add(PRODUCT, f"plug{len(self.bench.devices)}") for _ in range(count)]
        waiting = {f"0x{plug.node.ieee:016x}" for plug in plugs}
        done: list[int] = []

        def interviewed(message: Message) -> bool:
            if message.topic != BASE + "bridge/event":
                return False
            event = message.json
            if event["type"] == "device_interview" and event["data"]["status"] != "started":
                if event["data"]["status"] == "failed":
                    raise HostError(f"{self.host.title} failed to interview {event['data']['ieee_address']}")
                if event["data"]["ieee_address"] in waiting:
                    waiting.remove(event["data"]["ieee_address"])
                    done.append(message.at)
            return not waiting

        joined: list[int] = []

        def on_port(event: PortFrame) -> None:
            if isinstance(event.meaning, JoinNotice):
                joined.append(time.monotonic_ns())

        await self.request("permit_join", {"time": 254})
        all_done = self.inbox.expect(interviewed)
        unsubscribe = self.bench.events.subscribe(PortFrame, on_port)
        try:
            for plug in plugs:
                plug.do("pair")
            await self._in_time(all_done, INTERVIEW_TIMEOUT, f"{count} interviews")
        finally:
            unsubscribe()
        await self.request("permit_join", {"time": 0})
        return plugs, [(at - joined[0]) / 1e9 for at in done]

    async def _in_time(self, future: asyncio.Future[Message], within: float, what: str) -> Message:
        try:
            return await asyncio.wait_for(future, within)
        except TimeoutError:
            log = self.program.log_tail() if self.program is not None else ""
            raise HostError(f"{self.host.title}: no {what} in time; its log ends with\n{log}") from None

    # Start and stop

    async def open(self, log_level: str) -> None:
        configure(self._data, radio_url=self.port.url, mqtt_url=self._mqtt_url, log_level=log_level)
        for attempt in range(100):
            try:
                self._publisher = mqtt.connect(self._mqtt_url, "benchmark-publisher")
                break
            except OSError:
                if attempt == 99:
                    raise
                await asyncio.sleep(0.05)
        await self.inbox.start(self._mqtt_url)

    async def close(self) -> None:
        await self.stop()
        if self._publisher is not None:
            self._publisher.close()
        await self.inbox.stop()
        await asyncio.to_thread(self._end_broker)


@asynccontextmanager
async def stage(host: Host, *, log_level: str, baud: int = DEFAULT_BAUD, seed: int = 0) -> AsyncIterator[Stage]:
    """A blank radio without devices, and a host that is not started yet."""
    with tempfile.TemporaryDirectory(prefix="zigloop-benchmark-", ignore_cleanup_errors=True) as folder:
        data = Path(folder)
        async with Bench(seed=seed) as bench:
            port = await bench.serve_tcp(baud=baud)
            end_broker, url, name = broker.start(data)
            it = Stage(host, bench, port, data, end_broker, url)
            it.broker = name
            try:
                await it.open(log_level)
                yield it
            finally:
                await it.close()

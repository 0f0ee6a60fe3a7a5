"""Faults of the MQTT broker as controls, for brokers that the host has started."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from zigloop.controls.arguments import Number
from zigloop.controls.control import Part, control, fault
from zigloop.testing.hosts import Broker
from zigloop.testing.mqtt import Mqtt

_SECONDS = Number(0, 86_400, "s")
#: Seconds between two attempts of the test client to connect, and their number: mosquitto takes a while to listen.
_RETRY_EVERY, _ATTEMPTS = 0.05, 200


class BrokerPart(Part):
    """Stops and starts the broker. The test's own client disconnects before and reconnects after."""

    called = "broker"
    about = "the MQTT broker beside the host"

    def __init__(self, loop: asyncio.AbstractEventLoop, broker: Broker, mqtt: Mqtt, url: str) -> None:
        super().__init__()
        self._loop = loop
        self._broker = broker
        self._mqtt = mqtt
        self._url = url
        self._state = "running"
        self._faulty = False
        self._mended = asyncio.Event()
        self._started = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._under_way: list[str] = []  # verbs of the faults that haven't ended
        self._lock = asyncio.Lock()

    def state(self) -> dict[str, Any]:
        return {"is": self._state}

    @property
    def faulty(self) -> bool:
        return self._faulty

    @control("the broker works again")
    def mend(self) -> None:
        """End the fault at once: the broker runs and accepts connections."""
        self._mended.set()
        self._faulty = False

    async def started(self) -> None:
        """Return when the last fault has taken effect."""
        await self._started.wait()

    async def finished(self) -> None:
        """Return when all faults are over."""
        while self._tasks:
            await self._tasks.pop(0)

    @fault(seconds=Number(1, 60))
    @control("the broker stops for {seconds} s", seconds=_SECONDS)
    def away(self, seconds: float) -> None:
        """Stop it for some time; it keeps its retained messages."""
        self._begin("away", self._stop("stopped", seconds))

    @fault()
    @control("the broker restarts without retained messages")
    def empty(self) -> None:
        """Restart it without its retained messages."""
        self._begin("empty", self._stop("stopped", 0, empty=True))

    @fault(seconds=Number(1, 60))
    @control("the broker refuses connections for {seconds} s", seconds=_SECONDS)
    def refuse(self, seconds: float) -> None:
        """Close all connections, and refuse new ones for some time."""
        self._begin("refuse", self._refuse(seconds))

    def _begin(self, verb: str, work: Coroutine[Any, Any, None]) -> None:
        self._faulty = True
        self._mended.clear()
        self._started.clear()
        self._under_way.append(verb)
        self._tasks.append(self._loop.create_task(self._in_turn(verb, work)))

    async def _in_turn(self, verb: str, work: Coroutine[Any, Any, None]) -> None:
        try:
            async with self._lock:
                await self._mqtt.close()
                await work
                await self._reconnect()
                self._state = "running"
        finally:
            self._under_way.remove(verb)
        if verb not in self._under_way:
            self.uses.ended(verb)

    async def _stop(self, state: str, seconds: float, *, empty: bool = False) -> None:
        self._state = state
        await self._broker.stop()
        await self._wait(seconds)
        await self._broker.start(empty=empty)

    async def _refuse(self, seconds: float) -> None:
        self._state = "refusing connections"
        await self._broker.stop()
        await self._broker.start(refusing=True)
        await self._wait(seconds)
        await self._broker.stop()
        await self._broker.start()

    async def _wait(self, seconds: float) -> None:
        self._started.set()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._mended.wait(), seconds)

    async def _reconnect(self) -> None:
        for attempts_left in reversed(range(_ATTEMPTS)):
            try:
                return await self._mqtt.open(self._url)
            except OSError:
                if not attempts_left:
                    raise
            await asyncio.sleep(_RETRY_EVERY)
        return None

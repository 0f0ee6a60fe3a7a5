"""What can go wrong with the MQTT broker beside a host, as controls: for brokers that the host has brought."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from zigloop.control.arguments import Number
from zigloop.control.control import Part, control, fault
from zigloop.testing.hosts import Broker
from zigloop.testing.mqtt import Mqtt

_SECONDS = Number(0, 86_400, "s")
#: Seconds between two tries of the tests' own client, and how many: a mosquitto needs some time to listen.
_TRY_EVERY, _TRIES = 0.05, 200


class BrokerPart(Part):
    """A hand on the broker. The tests' own client goes when it goes, and comes back when it does."""

    called = "broker"
    about = "the MQTT broker beside the host"

    def __init__(self, loop: asyncio.AbstractEventLoop, broker: Broker, mqtt: Mqtt, url: str) -> None:
        super().__init__()
        self._loop = loop
        self._broker = broker
        self._mqtt = mqtt
        self._url = url
        self._state = "there"
        self._touched = False
        self._enough = asyncio.Event()
        self._begun = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._one_by_one = asyncio.Lock()

    def state(self) -> dict[str, Any]:
        return {"is": self._state}

    @property
    def faulty(self) -> bool:
        return self._touched

    @control("the broker works again")
    def mend(self) -> None:
        """It is there again, without waiting any longer, and lets everybody in."""
        self._enough.set()
        self._touched = False

    async def begun(self) -> None:
        """Returns when what was said last has taken effect."""
        await self._begun.wait()

    async def settled(self) -> None:
        """Returns when what was begun has come to its end."""
        while self._tasks:
            await self._tasks.pop(0)

    @fault(seconds=Number(1, 60))
    @control("the broker stops for {seconds} s", seconds=_SECONDS)
    def away(self, seconds: float) -> None:
        """It stops, and starts some time later with what it has retained."""
        self._begin(self._go("away", seconds))

    @fault()
    @control("the broker restarts without retained messages")
    def empty(self) -> None:
        """It restarts, and has lost what it had retained."""
        self._begin(self._go("away", 0, empty=True))

    @fault(seconds=Number(1, 60))
    @control("the broker refuses connections for {seconds} s", seconds=_SECONDS)
    def refuse(self, seconds: float) -> None:
        """It closes all connections, and turns away whoever connects, for some time."""
        self._begin(self._refuse(seconds))

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        self._touched = True
        self._enough.clear()
        self._begun.clear()
        self._tasks.append(self._loop.create_task(self._in_turn(work)))

    async def _in_turn(self, work: Coroutine[Any, Any, None]) -> None:
        async with self._one_by_one:
            await self._mqtt.hang_up()
            await work
            await self._come_back()
            self._state = "there"

    async def _go(self, how: str, seconds: float, *, empty: bool = False) -> None:
        self._state = how
        await self._broker.stop()
        await self._wait(seconds)
        await self._broker.start(empty=empty)

    async def _refuse(self, seconds: float) -> None:
        self._state = "refuses everybody"
        await self._broker.stop()
        await self._broker.start(refusing=True)
        await self._wait(seconds)
        await self._broker.stop()
        await self._broker.start()

    async def _wait(self, seconds: float) -> None:
        self._begun.set()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._enough.wait(), seconds)

    async def _come_back(self) -> None:
        for tries_left in reversed(range(_TRIES)):
            try:
                return await self._mqtt.open(self._url)
            except OSError:
                if not tries_left:
                    raise
            await asyncio.sleep(_TRY_EVERY)
        return None

"""The broker's faults, as events."""

import asyncio
from typing import Any, cast

from zigloop.clock import ClockLoop
from zigloop.events import Events, FaultEnded
from zigloop.testing.broker import BrokerPart


class Quick:
    """A broker and a client that do at once what they are asked."""

    async def start(self, **how: Any) -> None: ...
    async def stop(self) -> None: ...
    async def open(self, url: str) -> None: ...
    async def close(self) -> None: ...


def test_the_same_fault_twice_ends_with_the_second(loop: ClockLoop) -> None:
    quick: Any = cast(Any, Quick())
    part = BrokerPart(loop, quick, quick, "mqtt://nowhere")
    events = Events()
    part.uses.emit_on(events, part.name, loop.time)
    ended: list[float] = []
    began = loop.time()
    events.subscribe(FaultEnded, lambda event: ended.append(round(event.at - began)))
    part.away(5)
    part.away(3)
    loop.run_until_complete(part.finished())
    assert ended == [8]


def test_a_fault_ends_after_its_time_or_when_mended(loop: ClockLoop) -> None:
    quick: Any = cast(Any, Quick())
    part = BrokerPart(loop, quick, quick, "mqtt://nowhere")
    events = Events()
    part.uses.emit_on(events, part.name, loop.time)
    ended: list[tuple[str, float]] = []
    began = loop.time()
    events.subscribe(FaultEnded, lambda event: ended.append((event.verb, round(event.at - began))))
    part.away(5)
    loop.run_until_complete(part.finished())
    assert ended == [("away", 5)]
    part.refuse(60)
    loop.run_until_complete(asyncio.sleep(2))
    part.mend()
    loop.run_until_complete(part.finished())
    assert ended == [("away", 5), ("refuse", 7)]

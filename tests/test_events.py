"""The stream of what happens: kinds, order, and nothing for those that nobody waits for."""

import pytest

from zigloop.air.air import Air
from zigloop.air.frame import ApsFrame
from zigloop.bench import Bench
from zigloop.clock import ClockLoop
from zigloop.events import Channel, DeviceAnnounced, DeviceLeft, Events, FrameSent, TimeJumped


def jump(at: float) -> TimeJumped:
    return TimeJumped(at=at, seconds=1.0)


def test_listeners_are_called_in_the_order_in_which_they_subscribed() -> None:
    events = Events()
    heard: list[str] = []
    events.subscribe(TimeJumped, lambda event: heard.append(f"first {event.at}"))
    events.subscribe(TimeJumped, lambda event: heard.append(f"second {event.at}"))
    events.channel(TimeJumped).emit(jump(3))
    assert heard == ["first 3", "second 3"]


def test_a_listener_may_end_its_subscription_while_it_is_called() -> None:
    channel: Channel[TimeJumped] = Channel()
    heard: list[float] = []

    def once(event: TimeJumped) -> None:
        heard.append(event.at)
        unsubscribe()

    unsubscribe = channel.subscribe(once)
    channel.subscribe(lambda event: heard.append(-event.at))
    channel.emit(jump(1))
    channel.emit(jump(2))
    assert heard == [1, -1, -2]


def test_unsubscribing_twice_ends_one_subscription() -> None:
    channel: Channel[TimeJumped] = Channel()
    heard: list[TimeJumped] = []
    first, second = channel.subscribe(heard.append), channel.subscribe(heard.append)
    first()
    first()
    channel.emit(jump(1))
    assert len(heard) == 1
    second()
    assert not channel.listeners


def test_kinds_are_apart() -> None:
    events = Events()
    left: list[DeviceLeft] = []
    events.subscribe(DeviceLeft, left.append)
    assert not events.channel(DeviceAnnounced).listeners


def test_an_event_without_a_subscriber_is_not_created(loop: ClockLoop, monkeypatch: pytest.MonkeyPatch) -> None:
    air = Air(loop)
    monkeypatch.setattr("zigloop.air.air.FrameSent", lambda **_: pytest.fail("an event without a subscriber"))
    frame = ApsFrame(src=0, dst=1, src_endpoint=1, dst_endpoint=1, profile=0x0104, cluster=6, data=b"\x01\x01\x01")
    air.send(frame)
    monkeypatch.undo()
    sent: list[FrameSent] = []
    air.events.subscribe(FrameSent, sent.append)
    air.send(frame)
    assert [event.frame for event in sent] == [frame]
    loop.run_until_complete(_pause())


def test_a_bench_has_the_jumps_of_its_clock(loop: ClockLoop) -> None:
    bench = Bench(loop)
    jumps: list[TimeJumped] = []
    bench.events.subscribe(TimeJumped, jumps.append)
    loop.run_until_complete(_pause())
    assert sum(event.seconds for event in jumps) == pytest.approx(1)
    loop.run_until_complete(bench.close())


async def _pause() -> None:
    import asyncio

    await asyncio.sleep(1)

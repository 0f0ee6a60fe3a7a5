"""Timers that end with a reset, hanging, resetting."""

import asyncio

import pytest

from zigloop.clock import ClockLoop
from zigloop.coordinator import Processor, ResetReason
from zigloop.events import Events, RadioReset


@pytest.fixture
def booted() -> list[ResetReason]:
    return []


@pytest.fixture
def events() -> Events:
    return Events()


@pytest.fixture
def processor(loop: ClockLoop, events: Events, booted: list[ResetReason]) -> Processor:
    return Processor(loop, events, boot_time=0.5, booted=booted.append)


def run(processor: Processor, seconds: float) -> None:
    processor.loop.run_until_complete(asyncio.sleep(seconds))


def test_timers_end_with_a_reset(processor: Processor, booted: list[ResetReason]) -> None:
    calls: list[str] = []
    processor.later(1, calls.append, "before")
    processor.later(3, calls.append, "never")
    wrapped = processor.until_reset(calls.append)
    wrapped("wrapped")
    run(processor, 2)
    processor.reset(ResetReason.HOST)
    wrapped("never")
    assert not processor.running
    run(processor, 0.4)
    assert booted == []
    run(processor, 5)
    assert calls == ["wrapped", "before"]
    assert booted == [ResetReason.HOST]
    assert processor.running
    assert processor.life == 1


def test_a_reset_calls_subscribers_in_order_and_then_emits(processor: Processor, events: Events) -> None:
    order: list[object] = []
    processor.on_reset(lambda: order.append("first"))
    processor.on_reset(lambda: order.append("second"))
    events.subscribe(RadioReset, order.append)
    run(processor, 1)
    processor.reset(ResetReason.WATCHDOG)
    assert order == ["first", "second", RadioReset(at=1, reason="watchdog")]
    run(processor, 1)


def test_a_hanging_processor_resumes(processor: Processor) -> None:
    calls: list[str] = []
    processor.on_resume(lambda: calls.append("resumed"))
    processor.hang()
    processor.defer(calls.append, "deferred")
    run(processor, 1)
    assert calls == []
    processor.resume()
    processor.resume()
    assert calls == ["deferred", "resumed"]


def test_a_reset_ends_a_hang_and_drops_deferred_callbacks(processor: Processor) -> None:
    calls: list[str] = []
    processor.hang()
    processor.defer(calls.append, "deferred")
    processor.reset(ResetReason.POWER)
    processor.defer(calls.append, "while it boots")
    assert not processor.hangs
    run(processor, 1)
    processor.resume()
    assert calls == []


def test_it_may_hang_while_it_boots(processor: Processor, booted: list[ResetReason]) -> None:
    processor.reset(ResetReason.POWER)
    processor.hang()
    run(processor, 1)
    assert booted == [ResetReason.POWER]
    assert not processor.running
    processor.resume()
    assert processor.running

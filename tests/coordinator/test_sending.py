"""Delivery, and its troubles."""

from typing import Any

import pytest

from tests.support.center import Center
from tests.support.receiver import Receiver
from zigloop.air.frame import ApsFrame, Outcome
from zigloop.coordinator import ResetReason, Status, Trouble


def frame(dst: int, **more: Any) -> ApsFrame:
    return ApsFrame(
        src=0, dst=dst, src_endpoint=1, dst_endpoint=1, profile=0x0104, cluster=6, data=b"\x01\x07\x02", **more
    )


@pytest.fixture
def device(center: Center) -> Receiver:
    return center.joined(0x11)


@pytest.fixture
def outcomes(center: Center) -> list[object]:
    return []


def test_a_frame_is_delivered(center: Center, device: Receiver, outcomes: list[object]) -> None:
    center.sending.send(frame(device.nwk), outcomes.append)
    assert outcomes == []
    center.run()
    assert outcomes == [Outcome.DELIVERED]
    assert device.heard == [frame(device.nwk)]


def test_to_itself(center: Center, outcomes: list[object]) -> None:
    center.sending.send(frame(0), outcomes.append)
    assert center.data == []
    center.run()
    assert center.data == [frame(0)]
    assert outcomes == [Outcome.DELIVERED]


def test_a_relay_that_is_gone(center: Center, device: Receiver, outcomes: list[object]) -> None:
    router = center.joined(0x22)
    center.sending.send(frame(device.nwk, relays=(router.nwk,)), outcomes.append)
    center.sending.send(frame(device.nwk, relays=(0x7777,)), outcomes.append)
    center.run()
    router.listening = False
    center.sending.send(frame(device.nwk, relays=(router.nwk,)), outcomes.append)
    center.run()
    assert outcomes == [Outcome.DELIVERED, Outcome.NO_ACK, Outcome.NO_ACK]
    assert len(device.heard) == 1


def test_refusals_are_counted(center: Center) -> None:
    center.sending.trouble = Trouble("refused", Status.BUFFER_FULL, frames=2)
    assert [center.sending.refusal() for _ in range(3)] == [Status.BUFFER_FULL, Status.BUFFER_FULL, None]
    center.sending.trouble = Trouble("refused", 0x1A, frames=None)
    assert [center.sending.refusal() for _ in range(3)] == [0x1A] * 3


@pytest.mark.parametrize("status", [Status.CHANNEL_BUSY, 0xE1])
def test_failures(center: Center, device: Receiver, outcomes: list[object], status: Status | int) -> None:
    center.sending.trouble = Trouble("failed", status)
    for _ in range(2):
        assert center.sending.refusal() is None
        center.sending.send(frame(device.nwk), outcomes.append)
        center.run()
    assert outcomes == [status, Outcome.DELIVERED]
    assert len(device.heard) == 1


def test_confirms_that_never_come(center: Center, device: Receiver, outcomes: list[object]) -> None:
    center.sending.trouble = Trouble("unconfirmed")
    for _ in range(2):
        center.sending.send(frame(device.nwk), outcomes.append)
        center.run()
    assert outcomes == [Outcome.DELIVERED]
    assert len(device.heard) == 2


def test_a_reset_clears_troubles_and_pending_frames(center: Center, device: Receiver, outcomes: list[object]) -> None:
    center.sending.send(frame(device.nwk), outcomes.append)
    center.sending.send(frame(0), outcomes.append)
    center.sending.trouble = Trouble("refused", frames=None)
    center.processor.reset(ResetReason.HOST)
    center.run(5)
    assert outcomes == []
    assert center.data == []
    assert center.sending.trouble is None


def test_a_hanging_radio_does_not_listen(center: Center, device: Receiver) -> None:
    center.processor.hang()
    device.send(1, 1, 6, b"\x18\x01\x0a")
    center.run()
    assert center.data == []
    center.processor.resume()
    device.send(1, 1, 6, b"\x18\x02\x0a")
    center.run()
    assert [each.data for each in center.data] == [b"\x18\x02\x0a"]
    center.coordinator.away = True
    device.send(1, 1, 6, b"\x18\x03\x0a")
    center.run()
    assert len(center.data) == 1

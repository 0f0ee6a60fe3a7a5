"""Nodes that sleep: when they are awake, and what becomes of frames for them meanwhile."""

import random
from typing import Any

import pytest

from tests.support.station import TestCoordinator
from zigloop.air.frame import BROADCAST_ALL, BROADCAST_RX_ON, ApsFrame, Outcome
from zigloop.devices.znxnkg02lm import Knob

IEEE = 0x54EF441000010203
PERSISTENCE = 7.68  # IEEE 802.15.4-2006, table 86: 0x01F4 unit periods of 15.36 ms
READ_MODEL = bytes.fromhex("10 2a 00 0500")


def new(peer: TestCoordinator, ieee: int = IEEE, **declaration: Any) -> Knob:
    return Knob(peer.air, name="knob", ieee=ieee, rng=random.Random(ieee), **declaration)


@pytest.fixture
def knob(peer: TestCoordinator) -> Knob:
    """Joined, and asleep."""
    it = new(peer)
    it.pair()
    peer.sleep(60)
    assert it.joined
    peer.forget()
    return it


class Sent:
    """A unicast read of the model, and what its sender has learned of it: how it ended, and after how many seconds."""

    def __init__(self, peer: TestCoordinator, dst: int, tsn: int = 0x2A) -> None:
        self._loop = peer.air.loop
        self._began = self._loop.time()
        self.ends: list[tuple[Outcome, float]] = []
        data = bytes((0x10, tsn, 0x00)) + READ_MODEL[3:]
        frame = ApsFrame(src=0, dst=dst, src_endpoint=1, dst_endpoint=1, profile=0x0104, cluster=0, data=data)
        peer.air.send(frame, lambda outcome: self.ends.append((outcome, self._loop.time() - self._began)))

    @property
    def outcome(self) -> Outcome | None:
        assert len(self.ends) <= 1, "a frame ends once"
        return self.ends[0][0] if self.ends else None


def answers(peer: TestCoordinator) -> list[int]:
    """Sequence numbers of the answers to reads that were heard."""
    return [header.tsn for _, _, header, _ in peer.said() if header.command == 0x01]


# When it is awake


def test_it_is_awake_for_a_while_after_joining(peer: TestCoordinator) -> None:
    """Long enough for an interview: a host asks it once a second, and is answered at once."""
    knob = new(peer)
    knob.pair()
    peer.sleep(1)
    for number in range(13):
        sent = Sent(peer, knob.node.nwk, number)
        peer.sleep(1)
        assert sent.outcome is Outcome.DELIVERED
    assert answers(peer) == list(range(13))


def test_then_it_sleeps(peer: TestCoordinator, knob: Knob) -> None:
    sent = Sent(peer, knob.node.nwk)
    peer.sleep(PERSISTENCE - 0.01)
    assert (sent.outcome, answers(peer)) == (None, [])
    peer.sleep(0.02)
    assert sent.outcome is Outcome.EXPIRED
    assert sent.ends[0][1] == pytest.approx(PERSISTENCE)
    knob.wake()
    peer.sleep(5)
    assert answers(peer) == []  # it has expired: the parent has it no more


@pytest.mark.parametrize("said", ["wake", "double", "heartbeat"])
def test_it_listens_after_it_has_spoken(peer: TestCoordinator, knob: Knob, said: str) -> None:
    knob.do(said)
    peer.sleep(0.4)
    sent = Sent(peer, knob.node.nwk)
    peer.sleep(0.5)
    assert (sent.outcome, answers(peer)) == (Outcome.DELIVERED, [0x2A])


def test_it_listens_no_longer_than_a_moment(peer: TestCoordinator, knob: Knob) -> None:
    knob.wake()
    peer.sleep(1.5)
    sent = Sent(peer, knob.node.nwk)
    peer.sleep(20)
    assert sent.outcome is Outcome.EXPIRED


def test_being_spoken_to_keeps_it_awake(peer: TestCoordinator, knob: Knob) -> None:
    knob.wake()
    for number in range(20):
        peer.sleep(0.7)
        Sent(peer, knob.node.nwk, number)
    peer.sleep(1)
    assert answers(peer) == list(range(20))


def test_it_polls_and_is_not_always_listening(peer: TestCoordinator, knob: Knob) -> None:
    """Between two polls, a quarter of a second apart, a frame waits."""
    knob.wake()
    peer.sleep(0.1)
    sent = Sent(peer, knob.node.nwk)
    peer.sleep(0.1)
    assert sent.outcome is None
    peer.sleep(0.1)
    assert sent.outcome is Outcome.DELIVERED
    assert 0 < sent.ends[0][1] <= 0.26


def test_a_device_whose_receiver_is_on_never_sleeps(peer: TestCoordinator) -> None:
    knob = new(peer, sleeps=False)
    knob.pair()
    peer.sleep(3600)
    sent = Sent(peer, knob.node.nwk)
    peer.sleep(0.01)
    assert sent.outcome is Outcome.DELIVERED
    assert len(answers(peer)) == 1


# What waits for it


def test_a_frame_waits_until_it_wakes(peer: TestCoordinator, knob: Knob) -> None:
    sent = Sent(peer, knob.node.nwk)
    peer.sleep(7)
    assert (sent.outcome, answers(peer)) == (None, [])
    knob.wake()
    peer.sleep(0.1)
    assert (sent.outcome, answers(peer)) == (Outcome.DELIVERED, [0x2A])
    peer.sleep(20)
    assert len(sent.ends) == 1
    assert answers(peer) == [0x2A]


def test_several_frames_come_in_their_order(peer: TestCoordinator, knob: Knob) -> None:
    sent = []
    for number in range(5):
        sent.append(Sent(peer, knob.node.nwk, number))
        peer.sleep(1)
    knob.wake()
    peer.sleep(0.1)
    assert [each.outcome for each in sent] == [Outcome.DELIVERED] * 5
    assert answers(peer) == [0, 1, 2, 3, 4]


def test_each_frame_expires_on_its_own(peer: TestCoordinator, knob: Knob) -> None:
    first = Sent(peer, knob.node.nwk, 1)
    peer.sleep(5)
    second = Sent(peer, knob.node.nwk, 2)
    peer.sleep(5)
    assert (first.outcome, second.outcome) == (Outcome.EXPIRED, None)
    knob.wake()
    peer.sleep(0.1)
    assert second.outcome is Outcome.DELIVERED
    assert answers(peer) == [2]


def test_each_sleeper_has_its_own_frames(peer: TestCoordinator, knob: Knob) -> None:
    other = new(peer, IEEE + 1)
    other.pair()
    peer.sleep(60)
    peer.forget()
    to_knob, to_other = Sent(peer, knob.node.nwk, 1), Sent(peer, other.node.nwk, 2)
    peer.sleep(1)
    other.wake()
    peer.sleep(0.5)
    assert (to_knob.outcome, to_other.outcome) == (None, Outcome.DELIVERED)
    assert answers(peer) == [2]


# A Device_annce of somebody else's is answered by nobody; a NWK_addr_req (0x0000) for it, by the node that it asks for.
def ask_for_address(peer: TestCoordinator, dst: int) -> None:
    peer.send(dst, 0, 0x0000, b"\x42" + IEEE.to_bytes(8, "little") + b"\x00\x00")


def test_a_broadcast_to_all_waits_for_it(peer: TestCoordinator, knob: Knob) -> None:
    ask_for_address(peer, BROADCAST_ALL)
    peer.sleep(3)
    assert peer.heard == []
    knob.wake()
    peer.sleep(0.5)
    assert [frame.cluster for frame in peer.heard if frame.src_endpoint == 0] == [0x8000]


def test_a_broadcast_to_all_expires(peer: TestCoordinator, knob: Knob) -> None:
    ask_for_address(peer, BROADCAST_ALL)
    peer.sleep(8)
    knob.wake()
    peer.sleep(2)
    assert [frame.cluster for frame in peer.heard] == [0x0000]


def test_a_sleeping_device_misses_a_broadcast_to_listening_devices(peer: TestCoordinator, knob: Knob) -> None:
    ask_for_address(peer, BROADCAST_RX_ON)
    knob.wake()
    peer.sleep(5)
    assert [frame.cluster for frame in peer.heard] == [0x0000]


# Power, and leaving


def test_without_power_it_fetches_nothing(peer: TestCoordinator, knob: Knob) -> None:
    knob.wake()
    peer.sleep(0.1)
    sent = Sent(peer, knob.node.nwk)
    knob.cut()
    peer.sleep(20)
    assert sent.outcome is Outcome.EXPIRED
    assert answers(peer) == []


def test_frames_held_while_it_had_no_power_arrive_when_it_is_restored(peer: TestCoordinator, knob: Knob) -> None:
    sent = Sent(peer, knob.node.nwk)
    knob.cut()
    peer.sleep(3)
    knob.restore()
    peer.sleep(2)
    assert (sent.outcome, answers(peer)) == (Outcome.DELIVERED, [0x2A])


def test_a_device_that_has_left_fetches_nothing(peer: TestCoordinator, knob: Knob) -> None:
    knob.wake()
    peer.sleep(0.1)
    sent = Sent(peer, knob.node.nwk)
    knob.leave()
    peer.sleep(20)
    assert sent.outcome is Outcome.EXPIRED
    assert answers(peer) == []


def test_a_device_that_has_rejoined_does_not_get_frames_for_its_old_address(peer: TestCoordinator, knob: Knob) -> None:
    old = Sent(peer, knob.node.nwk, 1)
    knob.pair()
    peer.sleep(5)
    assert knob.joined
    assert old.outcome is None
    assert 1 not in answers(peer)
    new = Sent(peer, knob.node.nwk, 2)
    peer.sleep(5)
    assert (old.outcome, new.outcome) == (Outcome.EXPIRED, Outcome.DELIVERED)
    assert answers(peer) == [2]


def test_a_frame_for_a_removed_station_is_confirmed_as_failed(peer: TestCoordinator, knob: Knob) -> None:
    sent = Sent(peer, knob.node.nwk)
    knob.node.close()
    peer.sleep(20)
    assert sent.outcome is Outcome.EXPIRED


def test_a_resumed_bench_has_it_asleep(peer: TestCoordinator, knob: Knob) -> None:
    again = new(peer, IEEE + 1)
    memory = knob.snapshot()
    knob.node.close()
    again.restore_snapshot(memory)
    peer.sleep(1)
    sent = Sent(peer, again.node.nwk)
    peer.sleep(1)
    assert sent.outcome is None
    again.wake()
    peer.sleep(0.5)
    assert (sent.outcome, answers(peer)) == (Outcome.DELIVERED, [0x2A])

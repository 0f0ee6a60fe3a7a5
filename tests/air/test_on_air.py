"""`FrameOnAir`: each transmission of a frame, over each hop, with its outcome and link."""

import asyncio
import itertools

import pytest

from tests.support.village import END_DEVICE, Village
from zigloop.air.frame import BROADCAST_ALL, BROADCAST_RX_ON, Outcome
from zigloop.air.hop import MAC_RETRIES, MAC_RETRY
from zigloop.air.link import Link
from zigloop.air.station import RX_ON_WHEN_IDLE
from zigloop.events import FrameOnAir

DELIVERED, NO_ACK = Outcome.DELIVERED, Outcome.NO_ACK


@pytest.fixture
def on_air(village: Village) -> list[FrameOnAir]:
    seen: list[FrameOnAir] = []
    village.air.events.subscribe(FrameOnAir, seen.append)
    return seen


def hops(village: Village, on_air: list[FrameOnAir]) -> list[tuple[str, str, int, Outcome]]:
    names = {village.peer.ieee: "radio", 1: "one", 2: "two", 3: "far"}
    return [(names[each.sender], names[each.receiver], each.attempt, each.outcome) for each in on_air]


def test_each_hop_when_it_has_arrived(village: Village, on_air: list[FrameOnAir]) -> None:
    began = village.air.loop.time()
    village.medium.set_link(village.one, village.far, Link(lqi=9))
    village.send()
    assert hops(village, on_air) == [("radio", "one", 1, DELIVERED), ("one", "far", 1, DELIVERED)]
    delay = village.air.delay
    assert [each.at - began for each in on_air] == [pytest.approx(delay), pytest.approx(2 * delay)]
    assert [each.link for each in on_air] == [Link(), Link(lqi=9)]
    assert {each.frame.data for each in on_air} == {b"\x01"}


def test_each_attempt_that_is_lost(village: Village, on_air: list[FrameOnAir]) -> None:
    village.alone_with_one(Link(loss=0.5))
    for _ in range(50):
        on_air.clear()
        ((_, outcome),) = village.send(dst=0x1000)
        assert [each.outcome for each in on_air] == [NO_ACK] * (len(on_air) - 1) + [outcome]
        assert [each.attempt for each in on_air] == list(range(1, len(on_air) + 1))
        assert all(b.at - a.at == pytest.approx(MAC_RETRY) for a, b in itertools.pairwise(on_air))
        assert outcome is DELIVERED or len(on_air) == 1 + MAC_RETRIES


def test_a_receiver_without_power_or_out_of_range(village: Village, on_air: list[FrameOnAir]) -> None:
    village.one.listening = False
    village.send(dst=0x1000)
    assert hops(village, on_air) == [("radio", "one", 1, NO_ACK)]
    assert on_air[0].link == Link()
    on_air.clear()
    village.one.listening = True
    assert village.via() == [1, 3]
    village.medium.set_link(village.one, village.far, None)  # after the route was found
    village.send()
    assert hops(village, on_air) == [("radio", "one", 1, DELIVERED), ("one", "far", 1, NO_ACK)]
    assert on_air[1].link is None


def test_a_frame_that_arrives_twice_is_one_event(village: Village, on_air: list[FrameOnAir]) -> None:
    village.alone_with_one(Link(duplicates=1))
    village.send(dst=0x1000)
    assert len(village.one.heard) == 2
    assert hops(village, on_air) == [("radio", "one", 1, DELIVERED)]


def test_a_frame_for_a_sleeping_station_when_it_polls(village: Village, on_air: list[FrameOnAir]) -> None:
    village.one.capability, village.one.listening = END_DEVICE & ~RX_ON_WHEN_IDLE, False
    loop = village.air.loop
    began = loop.time()
    loop.call_later(2, village.air.polls, village.one, began + 3)
    village.send(dst=0x1000)
    assert hops(village, on_air) == [("radio", "one", 1, DELIVERED)]
    assert on_air[0].at - began == pytest.approx(2 + village.air.delay)


@pytest.mark.parametrize("dst", [BROADCAST_ALL, BROADCAST_RX_ON])
def test_a_broadcast_from_each_router_to_each_station_in_its_range(
    village: Village, on_air: list[FrameOnAir], dst: int
) -> None:
    village.send(dst=dst)
    assert hops(village, on_air) == [
        ("radio", "one", 1, DELIVERED),
        ("radio", "two", 1, DELIVERED),
        ("one", "far", 1, DELIVERED),
    ]


def test_a_broadcast_that_is_lost(village: Village, on_air: list[FrameOnAir]) -> None:
    village.medium.set_link(village.peer, village.one, Link(loss=1))
    village.send(dst=BROADCAST_RX_ON)
    assert hops(village, on_air)[:3] == [("radio", "one", attempt, NO_ACK) for attempt in (1, 2, 3)]
    assert ("radio", "two", 1, DELIVERED) in hops(village, on_air)
    assert village.one.heard == []


def test_a_listener_changes_nothing(village: Village) -> None:
    def run(village: Village) -> list[tuple[float, Outcome]]:
        return [(round(at, 9), outcome) for _ in range(50) for at, outcome in village.send(dst=0x1000)]

    village.alone_with_one(Link(loss=0.5, jitter=0.05, duplicates=0.3, reordering=0.3))
    alone = run(village)
    other = Village(type(village.air)(village.air.loop))
    other.alone_with_one(Link(loss=0.5, jitter=0.05, duplicates=0.3, reordering=0.3))
    other.air.events.subscribe(FrameOnAir, lambda event: None)
    assert run(other) == alone


def test_nothing_is_made_without_a_subscriber(village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zigloop.air.hop.FrameOnAir", lambda **_: pytest.fail("an event without a subscriber"))
    village.send()
    village.send(dst=BROADCAST_RX_ON)
    village.one.listening = False
    village.send(dst=0x1000)
    village.air.loop.run_until_complete(asyncio.sleep(1))

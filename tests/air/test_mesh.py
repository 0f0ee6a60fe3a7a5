"""Several hops: routes over routers, losses on the way, other routes, and the tables."""

from dataclasses import replace

import pytest

from tests.support.station import TestCoordinator
from tests.support.village import END_DEVICE, Listener, Village
from zigloop.air.acknowledged import APS_ACK_WAIT
from zigloop.air.air import Air
from zigloop.air.frame import BROADCAST_RX_ON, Outcome
from zigloop.air.hop import MAC_RETRIES
from zigloop.air.link import Link
from zigloop.clock import ClockLoop


def test_a_frame_goes_over_a_router(village: Village) -> None:
    ((at, outcome),) = village.send()
    assert (outcome, at) == (Outcome.DELIVERED, pytest.approx(village.air.delay))  # the first hop took it
    assert village.far.heard == [(b"\x01", 160)]
    assert village.one.heard == village.two.heard == []


def test_the_better_way_is_taken(village: Village) -> None:
    village.medium.set_link(village.peer, village.one, Link(loss=0.4))
    assert village.via() == [2, 3]
    village.medium.set_link(village.peer, village.two, Link(loss=0.6))
    village.air.mesh.changed()
    assert village.via() == [1, 3]


def test_a_router_without_power_is_gone_around(village: Village) -> None:
    assert village.via() == [1, 3]
    village.one.listening = False
    assert [outcome for _, outcome in village.send()] == [Outcome.NO_ACK]
    assert [outcome for _, outcome in village.send()] == [Outcome.DELIVERED]
    assert village.via() == [2, 3]
    village.two.listening = False
    assert [outcome for _, outcome in village.send()] == [Outcome.NO_ACK]
    assert [outcome for _, outcome in village.send()] == [Outcome.NO_ROUTE]
    village.one.listening = True
    assert [outcome for _, outcome in village.send()] == [Outcome.DELIVERED]


def test_an_acknowledgement_comes_from_the_far_end(village: Village) -> None:
    ((at, outcome),) = village.send(ack=True)
    assert outcome is Outcome.DELIVERED
    assert at == pytest.approx(4 * village.air.delay)  # two hops there, two back


def test_a_far_end_without_power_does_not_acknowledge(village: Village) -> None:
    village.far.listening = False
    ((at, outcome),) = village.send(ack=True)
    assert outcome is Outcome.NO_APS_ACK
    assert at > APS_ACK_WAIT
    assert [outcome for _, outcome in village.send()] == [Outcome.DELIVERED]  # the router took it, and that's all


def test_a_lossy_link_is_tried_four_times(village: Village) -> None:
    village.alone_with_one(Link(loss=0.5))
    outcomes = [village.send(bytes((number,)), dst=0x1000)[0] for number in range(200)]
    failed = [at for at, outcome in outcomes if outcome is Outcome.NO_ACK]
    assert len(failed) == pytest.approx(200 * 0.5 ** (1 + MAC_RETRIES), abs=12)
    assert len(village.one.heard) == 200 - len(failed)
    assert all(outcome in (Outcome.DELIVERED, Outcome.NO_ACK) for _, outcome in outcomes)


def test_nothing_gets_through_a_dead_link(village: Village) -> None:
    village.alone_with_one(Link(loss=1))
    ((_, outcome),) = village.send(dst=0x1000)
    assert outcome is Outcome.NO_ACK
    assert village.one.heard == []


def test_a_lossy_second_hop_costs_repetitions_not_the_frame(village: Village) -> None:
    village.medium.set_link(village.one, village.far, Link(loss=0.8))
    village.medium.set_link(village.two, village.far, Link(loss=0.8))
    outcomes = [village.send(ack=True)[0] for _ in range(20)]
    acknowledged = [at for at, outcome in outcomes if outcome is Outcome.DELIVERED]
    assert len(acknowledged) > 10
    assert any(at > APS_ACK_WAIT for at in acknowledged)


def test_doubled_frames_arrive_twice(village: Village) -> None:
    village.medium.set_link(village.peer, village.one, Link(duplicates=1))
    village.send(dst=0x1000)
    assert [data for data, _ in village.one.heard] == [b"\x01", b"\x01"]


def test_the_same_seed_does_the_same(loop: ClockLoop) -> None:
    def life(seed: int) -> list[object]:
        village = Village(Air(loop, seed=seed))
        village.medium.default_link = Link(loss=0.5, jitter=0.01, duplicates=0.1, reordering=0.1)
        told: list[object] = [village.send(bytes((number,)), dst=0x1000) for number in range(20)]
        return [[(round(at, 6), outcome) for at, outcome in each] for each in told] + [village.one.heard]  # type: ignore[attr-defined]

    assert life(7) == life(7)
    assert life(7) != life(8)


def test_a_broadcast_reaches_all_stations_in_range_of_a_router(village: Village) -> None:
    child = Listener(village.air, 4, 0x4000, END_DEVICE)
    village.air.mesh.adopt(child, village.far)
    village.medium.set_link(village.peer, child, None)
    alone = Listener(village.air, 5, 0x5000)
    village.medium.take_away(alone)
    village.send(dst=BROADCAST_RX_ON)
    assert all(each.heard for each in (village.one, village.two, village.far, child))
    assert alone.heard == []
    village.far.listening = False
    village.send(b"\x02", dst=BROADCAST_RX_ON)
    assert village.one.heard[-1][0] == b"\x02"
    assert child.heard[-1][0] == b"\x01"  # behind a router without power


def test_a_child_is_reached_only_through_its_parent(village: Village) -> None:
    child = Listener(village.air, 4, 0x4000, END_DEVICE)
    village.air.mesh.adopt(child, village.two)
    assert [each.ieee for each in village.air.mesh.route(village.peer, child)] == [2, 4]
    village.send(dst=0x4000)
    assert len(child.heard) == 1
    village.two.listening = False
    for _ in range(2):  # its parent is the only way
        assert [outcome for _, outcome in village.send(dst=0x4000)] == [Outcome.NO_ACK]
    assert len(child.heard) == 1


def test_the_parent_is_the_router_with_the_best_link(village: Village) -> None:
    new = Listener(village.air, 6, 0xFFFE, END_DEVICE, membership=b"")
    village.medium.set_link(village.two, new, Link(lqi=200))
    village.medium.set_link(village.peer, new, Link(lqi=30))
    assert [each.ieee for each in village.air.mesh.candidates(new)][:2] == [2, 1]
    village.medium.take_away(new)
    assert village.air.mesh.candidates(new) == []


def test_neighbour_tables(village: Village) -> None:
    child = Listener(village.air, 4, 0x4000, END_DEVICE)
    village.air.mesh.adopt(child, village.far)
    village.medium.set_link(village.one, village.far, Link(lqi=55))
    village.two.listening = False

    def table(station: Listener | TestCoordinator) -> dict[int, tuple[int, int, int]]:
        return {
            each.station.ieee: (each.relation, each.depth, each.lqi) for each in village.air.mesh.neighbours(station)
        }

    assert table(village.far) == {1: (2, 1, 55), 4: (1, 3, 160)}  # the radio isn't heard, and `two` is off
    assert table(village.peer) == {1: (2, 1, 160)}
    assert table(village.one)[village.peer.ieee] == (0, 0, 160)
    assert table(child) == {3: (0, 2, 160)}


def test_routing_tables_have_the_next_hop(village: Village) -> None:
    assert village.air.mesh.table(village.peer) == []
    village.send()
    assert village.air.mesh.table(village.peer) == [(village.far, village.one)]
    assert village.air.mesh.table(village.one) == [(village.far, village.far)]
    village.one.listening = False
    village.send()
    assert village.air.mesh.table(village.peer) == []
    village.send()
    assert village.air.mesh.table(village.peer) == [(village.far, village.two)]


def test_quality_is_that_of_the_last_hop_and_drifts(village: Village) -> None:
    village.medium.set_link(village.one, village.far, Link(lqi=80, drift=30))
    village.medium.set_link(village.two, village.far, None)
    for _ in range(30):
        village.send()
        village.peer.sleep(300)
    seen = {lqi for _, lqi in village.far.heard}
    assert len(seen) > 5
    assert all(50 <= lqi <= 110 for lqi in seen)


def test_a_slow_link_delays_each_frame(village: Village) -> None:
    village.medium.default_link = replace(village.medium.default_link, delay=0.1)
    ((at, _),) = village.send(dst=0x1000)
    assert at == pytest.approx(0.1 + village.air.delay)

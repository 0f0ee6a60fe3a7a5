"""The path of a broadcast: the same as by looking at all stations again and again, but with few looks."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.station import TestCoordinator
from tests.support.village import END_DEVICE, ROUTER, Listener
from zigloop.air.air import Air
from zigloop.air.link import Link, Located
from zigloop.air.medium import LinkTable
from zigloop.air.station import Station, routes
from zigloop.clock import VIRTUAL, ClockLoop, clock_loop


class CountingTable(LinkTable):
    """Counts the links that are looked up."""

    looks = 0

    def link(self, a: Located, b: Located) -> Link | None:
        self.looks += 1
        return super().link(a, b)


def plainly(air: Air, source: Station) -> Iterator[tuple[Station, Station, int]]:
    """Each router in turn repeats it to all that haven't received it yet."""
    entry = source if routes(source) else air.mesh.parent(source)
    seen = [source]
    wave: list[tuple[Station, int]] = [(source, 0)]
    for here, hops in wave:
        for there in air.stations:
            if routes(there):
                hears = (routes(here) or there is entry) and air.medium.link(here, there) is not None
            else:
                hears = routes(here) and air.mesh.parent(there) is here
            if hears and there not in seen:
                seen.append(there)
                yield there, here, hops + 1
                if routes(there) and there.listening:
                    wave.append((there, hops + 1))


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 20)), min_size=1, max_size=12), st.data())
def test_it_is_the_path_of_a_flood(drawn: list[tuple[bool, bool, int]], data: st.DataObject) -> None:
    with clock_loop(VIRTUAL) as loop:
        air = Air(loop)
        medium = LinkTable()
        air.medium = medium
        stations: list[Station] = [TestCoordinator(air)]
        for number, (router, listening, parent) in enumerate(drawn, 1):
            one = Listener(air, number, 0x1000 + number, ROUTER if router else END_DEVICE, listening)
            parents = [each for each in stations if routes(each)]
            air.mesh.adopt(one, parents[parent % len(parents)])
            stations.append(one)
        pairs = [(a, b) for a in stations for b in stations if a.ieee < b.ieee]
        for a, b in data.draw(st.lists(st.sampled_from(pairs))):
            medium.set_link(a, b, None)
        for source in stations:
            assert list(air.mesh.reach(source)) == list(plainly(air, source))


@pytest.mark.parametrize("number", [50, 100, 200])
def test_each_station_is_looked_at_once(loop: ClockLoop, number: int) -> None:
    air = Air(loop)
    air.medium = medium = CountingTable()
    center = TestCoordinator(air)
    routers = [Listener(air, 1 + each, 0x1000 + each) for each in range(number)]
    sleepers = [Listener(air, 0x1000 + each, 0x2000 + each, END_DEVICE) for each in range(number)]
    for each, sleeper in enumerate(sleepers):
        air.mesh.adopt(sleeper, routers[each])
    for source in (center, routers[0], sleepers[0]):
        medium.looks = 0
        assert len(list(air.mesh.reach(source))) == 2 * number
        assert medium.looks <= number + 1


def test_a_route_to_a_station_in_range_is_not_searched(loop: ClockLoop) -> None:
    air = Air(loop)
    air.medium = medium = CountingTable()
    center = TestCoordinator(air)
    routers = [Listener(air, 1 + each, 0x1000 + each) for each in range(200)]
    child = Listener(air, 0x1000, 0x2000, END_DEVICE)
    air.mesh.adopt(child, routers[5])
    medium.looks = 0
    assert air.mesh.route(center, routers[-1]) == [routers[-1]]
    assert air.mesh.route(center, child) == [routers[5], child]
    assert medium.looks == 2
    medium.set_link(center, routers[-1], Link(loss=0.5))  # as dear as 7 good hops
    air.mesh.changed()
    assert len(air.mesh.route(center, routers[-1])) == 2

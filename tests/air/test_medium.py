"""Media: links that were set, links that follow from physics, and the dice of each."""

import itertools
from dataclasses import dataclass, replace

import pytest

from zigloop.air.distance import Distance, Wall, frame_loss, path_loss
from zigloop.air.link import DRIFT_STEP, LATE, Chance, Link, describe
from zigloop.air.medium import LinkTable


@dataclass(frozen=True)
class At:
    """A station of which nothing but the address counts."""

    ieee: int


RADIO, PLUG, LAMP = At(1), At(2), At(3)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"loss": 1.1}, "loss is a share from 0 to 1, not 1.1"),
        ({"duplicates": -0.1}, "duplicates is a share from 0 to 1"),
        ({"delay": -1.0}, "delay is 0 or more"),
        ({"jitter": float("inf")}, "jitter is 0 or more, not inf"),
        ({"lqi": 256}, "link quality must be 0..255, not 256"),
    ],
)
def test_links_that_cannot_be(wrong: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Link(**wrong)  # type: ignore[arg-type]


def test_a_link_leaves_nothing_to_chance_by_default() -> None:
    assert Link(delay=1, drift=10, lqi=3).perfect
    assert not any(Link(**{name: 0.1}).perfect for name in ("loss", "jitter", "duplicates", "reordering"))


class TestLinkTable:
    def test_everyone_hears_everyone(self) -> None:
        medium = LinkTable()
        assert medium.link(RADIO, PLUG) == Link()
        assert (medium.fully_connected, medium.ideal) == (True, True)

    def test_a_set_link_applies_in_both_directions_to_its_ends_only(self) -> None:
        medium = LinkTable()
        medium.set_link(PLUG, RADIO, Link(lqi=9))
        assert medium.link(RADIO, PLUG) == medium.link(PLUG, RADIO) == Link(lqi=9)
        assert medium.link(RADIO, LAMP) == Link()
        assert (medium.fully_connected, medium.ideal) == (True, False)
        medium.set_link(PLUG, RADIO, None)
        assert medium.link(RADIO, PLUG) is None
        assert not medium.fully_connected
        medium.clear_link(RADIO, PLUG)
        assert medium.ideal

    def test_a_station_that_was_taken_away_hears_no_other(self) -> None:
        medium = LinkTable()
        medium.set_link(PLUG, RADIO, Link(lqi=9))
        medium.take_away(PLUG)
        assert medium.link(RADIO, PLUG) is medium.link(PLUG, LAMP) is None
        assert medium.link(RADIO, LAMP) == Link()
        assert not medium.fully_connected
        medium.bring_back(PLUG)
        assert medium.link(RADIO, PLUG) == Link(lqi=9)

    def test_a_station_that_is_forgotten_leaves_nothing_behind(self) -> None:
        medium = LinkTable()
        medium.set_link(PLUG, RADIO, None)
        medium.take_away(PLUG)
        medium.forget(PLUG)
        assert medium.ideal


class TestDistance:
    def test_signals_fade(self) -> None:
        assert path_loss(0.1) == path_loss(0.5)
        assert path_loss(8) == pytest.approx(58.3, abs=0.3)  # the standard's two parts meet
        assert [path_loss(each) for each in (1, 5, 8, 10, 50)] == sorted(path_loss(each) for each in (1, 5, 8, 10, 50))

    def test_noise_costs_frames(self) -> None:
        assert frame_loss(20) == pytest.approx(0, abs=1e-9)
        assert frame_loss(-10) == pytest.approx(1, abs=1e-6)
        assert 0.01 < frame_loss(0.5) < 0.9

    def test_quality_falls_with_distance_until_the_link_is_gone(self) -> None:
        medium = Distance()
        seen = []
        for metres in (1, 5, 10, 20, 30):
            medium.place(PLUG, metres)
            link = medium.link(RADIO, PLUG)
            assert link is not None
            seen.append(link.lqi)
        assert seen == sorted(seen, reverse=True)
        assert seen[0] > seen[-1]
        medium.place(PLUG, 500)
        assert medium.link(RADIO, PLUG) is None

    def test_a_station_that_is_not_placed_stands_beside_the_radio(self) -> None:
        medium = Distance()
        beside = medium.link(RADIO, PLUG)
        medium.place(PLUG, 0, 0)
        assert medium.link(RADIO, PLUG) == beside
        medium.place(RADIO, 3, 4)
        medium.place(LAMP, 5)
        assert medium.link(RADIO, PLUG) == medium.link(PLUG, LAMP)  # both 5 m

    def test_walls_count_where_they_are_crossed(self) -> None:
        medium = Distance()
        medium.place(PLUG, 10)
        open_field = medium.link(RADIO, PLUG)
        medium.wall(Wall((5, 1), (5, 5), 30))
        assert medium.link(RADIO, PLUG) == open_field
        medium.wall(Wall((5, -5), (5, 5), 12))
        behind = medium.link(RADIO, PLUG)
        assert open_field is not None
        assert behind is not None
        assert behind.lqi == pytest.approx(open_field.lqi - 255 * 12 / 77, abs=1)
        medium.wall(Wall((6, -5), (6, 5), 60))
        assert medium.link(RADIO, PLUG) is None

    def test_the_default_link_comes_on_top_and_links_that_were_set_stay_set(self) -> None:
        stated = LinkTable(Link(loss=0.5, delay=0.1))
        stated.set_link(RADIO, LAMP, None)
        medium = Distance.of(stated)
        link = medium.link(RADIO, PLUG)
        assert link is not None
        assert (link.loss, link.delay) == (pytest.approx(0.5), 0.1)
        assert medium.link(RADIO, LAMP) is None
        medium.default_link = replace(medium.default_link, loss=0.0)
        link = medium.link(RADIO, PLUG)
        assert link is not None
        assert link.loss == pytest.approx(0)


class TestChance:
    def test_a_seed_and_a_link_decide(self) -> None:
        link = Link(loss=0.3, jitter=0.05, duplicates=0.2, reordering=0.2)

        def life(seed: str) -> list[object]:
            chance = Chance(seed)
            return [(chance.lost(link), chance.arrivals(link, float(at))) for at in range(50)]

        assert life("a") == life("a")
        assert life("a") != life("b")

    def test_shares_are_met_on_average(self) -> None:
        chance = Chance("shares")
        assert sum(chance.lost(Link(loss=0.3)) for _ in range(10_000)) == pytest.approx(3000, rel=0.05)
        doubled = [chance.arrivals(Link(duplicates=0.2), 0.0) for _ in range(10_000)]
        assert sum(len(each) == 2 for each in doubled) == pytest.approx(2000, rel=0.1)

    def test_jitter_keeps_the_order_and_reordering_does_not(self) -> None:
        chance = Chance("order")
        arrivals = [chance.arrivals(Link(jitter=0.5), at / 100)[0] for at in range(100)]
        assert arrivals == sorted(arrivals)
        assert all(0 <= arrival - at / 100 <= 0.5 for at, arrival in enumerate(arrivals))
        late = Chance("late")
        overtaken = [late.arrivals(Link(reordering=0.5), at / 100)[0] for at in range(100)]
        assert overtaken != sorted(overtaken)
        assert max(arrival - at / 100 for at, arrival in enumerate(overtaken)) <= LATE[1]

    def test_quality_drifts_slowly_within_its_bounds(self) -> None:
        chance = Chance("drift")
        link = Link(lqi=100, drift=20)
        seen = [chance.lqi(link, now) for now in range(0, int(20 * DRIFT_STEP), 10)]
        assert len(set(seen)) > 10
        assert all(80 <= each <= 120 for each in seen)
        assert max(abs(after - before) for before, after in itertools.pairwise(seen)) <= 2
        assert chance.lqi(Link(lqi=100), 1e6) == 100
        assert all(0 <= chance.lqi(Link(lqi=250, drift=100), now * DRIFT_STEP) <= 255 for now in range(50))


@pytest.mark.parametrize(
    ("link", "said"),
    [
        (None, "out of range"),
        (Link(), "LQI 160"),
        (Link(lqi=9, drift=3, loss=0.1), "LQI 9, drifting by 3, 10 % lost"),
        (Link(duplicates=0.5, reordering=0.25), "LQI 160, 50 % duplicated, 25 % reordered"),
        (Link(delay=0.1, jitter=0.05), "LQI 160, delayed by 100 ms + up to 50 ms"),
    ],
)
def test_links_in_words(link: Link | None, said: str) -> None:
    assert describe(link) == said

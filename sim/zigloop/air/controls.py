"""Controls of the air: what is wrong with links, and where stations stand."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from zigloop.air.air import Air
from zigloop.air.distance import Distance, Wall
from zigloop.air.link import Link, describe
from zigloop.air.medium import LinkTable
from zigloop.air.station import Station
from zigloop.controls.arguments import ControlError, Name, Number
from zigloop.controls.control import Part, control, fault

_PERCENT = Number(0, 100, "%")
_MILLISECONDS = Number(0, 60_000, "ms")
_METRES = Number(-1000, 1000, "m")
_LQI = Number(0, 255, whole=True)
_NAME = Name()


class AirPart(Part):
    """The controls of an air. `find` gives the station of a name; `in_range` is called when all stations are again."""

    called = "air"
    about = "what lies between radio and devices"

    def __init__(self, air: Air, find: Callable[[str], Station], in_range: Callable[[], None]) -> None:
        super().__init__()
        self._air = air
        self._find = find
        self._in_range = in_range

    @property
    def _medium(self) -> LinkTable:
        medium = self._air.medium
        if not isinstance(medium, LinkTable):
            raise ControlError(f"the air has no controls while its medium is a {type(medium).__name__}")
        return medium

    def state(self) -> dict[str, Any]:
        distances = {"walls": len(self._medium.walls)} if isinstance(self._medium, Distance) else {}
        return {"links": describe(self._medium.default_link), **distances}

    @property
    def faulty(self) -> bool:
        return not self._medium.ideal

    @control("the air is ideal")
    def mend(self) -> None:
        """Everyone hears everyone again, without loss; positions and walls are gone."""
        self._air.medium = LinkTable()
        self._in_range()

    # Everywhere

    @fault(percent=Number(0, 20))
    @control("the air loses {percent} % of frames", percent=_PERCENT)
    def lose(self, percent: float) -> None:
        """Transmissions get lost, each with this chance; neighbours try four times."""
        self._all(loss=percent / 100)

    @fault(milliseconds=Number(0, 200))
    @control("the air delays frames by {milliseconds} ms", milliseconds=_MILLISECONDS)
    def delay(self, milliseconds: float) -> None:
        """Each hop of a frame takes this much longer."""
        self._all(delay=milliseconds / 1000)

    @fault(milliseconds=Number(0, 200))
    @control("the air delays frames by up to {milliseconds} ms", milliseconds=_MILLISECONDS)
    def jitter(self, milliseconds: float) -> None:
        """Each hop of a frame takes up to this much longer, at random."""
        self._all(jitter=milliseconds / 1000)

    @fault(percent=Number(0, 20))
    @control("the air duplicates {percent} % of frames", percent=_PERCENT)
    def double(self, percent: float) -> None:
        """Frames arrive twice, each with this chance."""
        self._all(duplicates=percent / 100)

    @fault(percent=Number(0, 20))
    @control("the air reorders {percent} % of frames", percent=_PERCENT)
    def reorder(self, percent: float) -> None:
        """Frames are overtaken by the next one, each with this chance."""
        self._all(reordering=percent / 100)

    @fault(lqi=Number(20, 255, whole=True))
    @control("every link has a quality of {lqi}", lqi=_LQI)
    def quality(self, lqi: int) -> None:
        """Frames arrive with this link quality, except over links that have their own."""
        self._all(lqi=lqi)

    @fault(lqi=Number(0, 100, whole=True))
    @control("link qualities drift by up to {lqi}", lqi=_LQI)
    def drift(self, lqi: int) -> None:
        """Link qualities drift slowly, each by up to this much."""
        self._all(drift=lqi)

    def _all(self, **changes: Any) -> None:
        self._medium.default_link = replace(self._medium.default_link, **changes)
        self._air.mesh.changed()

    # Between two

    @fault(percent=Number(0, 20))
    @control("the link between {one} and {other} loses {percent} % of frames", one=_NAME, other=_NAME, percent=_PERCENT)
    def lose_between(self, one: str, other: str, percent: float) -> None:
        """As lose, but between these two alone: devices, or a device and radio."""
        self._one(one, other, loss=percent / 100)

    @fault(milliseconds=Number(0, 200))
    @control(
        "the link between {one} and {other} delays frames by {milliseconds} ms",
        one=_NAME, other=_NAME, milliseconds=_MILLISECONDS,
    )  # fmt: skip
    def delay_between(self, one: str, other: str, milliseconds: float) -> None:
        """As delay, but between these two alone."""
        self._one(one, other, delay=milliseconds / 1000)

    @fault(lqi=Number(20, 255, whole=True))
    @control("the link between {one} and {other} has a quality of {lqi}", one=_NAME, other=_NAME, lqi=_LQI)
    def quality_between(self, one: str, other: str, lqi: int) -> None:
        """As quality, but between these two alone."""
        self._one(one, other, lqi=lqi)

    @fault(undo="reunite")
    @control("{one} and {other} do not hear each other", one=_NAME, other=_NAME)
    def part(self, one: str, other: str) -> None:
        """These two don't hear each other; a router between them may help."""
        self._medium.set_link(*self._ends(one, other), None)

    @control("{one} and {other} hear each other again", one=_NAME, other=_NAME)
    def reunite(self, one: str, other: str) -> None:
        """The link between these two is the same as others again."""
        self._medium.clear_link(*self._ends(one, other))
        self._air.mesh.changed()

    def _one(self, one: str, other: str, **changes: Any) -> None:
        ends = self._ends(one, other)
        self._medium.set_link(*ends, replace(self._medium.link(*ends) or Link(), **changes))
        self._air.mesh.changed()

    def _ends(self, one: str, other: str) -> tuple[Station, Station]:
        ends = self._find(one), self._find(other)
        if ends[0] is ends[1]:
            raise ControlError(f"a link has two ends, and {one} is one of them")
        return ends

    # Places

    @control("{who} is placed at {x} m, {y} m", who=_NAME, x=_METRES, y=_METRES)
    def place(self, who: str, x: float, y: float) -> None:
        """Put a device (or radio) there; from now on distance decides who hears whom. Others stand at 0, 0."""
        station = self._find(who)
        self._distance().place(station, x, y)
        self._air.mesh.changed()

    @control(
        "a wall of {decibels} dB stands from {x1} m, {y1} m to {x2} m, {y2} m",
        decibels=Number(0, 200, "dB"), x1=_METRES, y1=_METRES, x2=_METRES, y2=_METRES,
    )  # fmt: skip
    def wall(self, decibels: float, x1: float, y1: float, x2: float, y2: float) -> None:
        """Build a wall; signals through it are weaker by this much."""
        self._distance().wall(Wall((x1, y1), (x2, y2), decibels))
        self._air.mesh.changed()

    def _distance(self) -> Distance:
        """The medium in which distance counts; links that were set stay set."""
        medium = self._medium
        if not isinstance(medium, Distance):
            self._air.medium = medium = Distance.of(medium)
        return medium

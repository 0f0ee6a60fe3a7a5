"""Controls of the air: the faults of links, and the positions of stations."""

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
    """The controls of an air. `find` returns a station by name; `in_range` is called when all are in range again."""

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
        """End all faults of the air: all stations hear each other without loss, positions and walls are removed."""
        self._air.medium = LinkTable()
        self._in_range()

    # Everywhere

    @fault(percent=Number(0, 20))
    @control("the air loses {percent} % of frames", percent=_PERCENT)
    def lose(self, percent: float) -> None:
        """Lose this share of transmissions; each hop makes four attempts."""
        self._all(loss=percent / 100)

    @fault(milliseconds=Number(0, 200))
    @control("the air delays frames by {milliseconds} ms", milliseconds=_MILLISECONDS)
    def delay(self, milliseconds: float) -> None:
        """Delay each hop of a frame by this time."""
        self._all(delay=milliseconds / 1000)

    @fault(milliseconds=Number(0, 200))
    @control("the air delays frames by up to {milliseconds} ms", milliseconds=_MILLISECONDS)
    def jitter(self, milliseconds: float) -> None:
        """Delay each hop of a frame by a random time up to this."""
        self._all(jitter=milliseconds / 1000)

    @fault(percent=Number(0, 20))
    @control("the air duplicates {percent} % of frames", percent=_PERCENT)
    def double(self, percent: float) -> None:
        """Deliver this share of frames twice."""
        self._all(duplicates=percent / 100)

    @fault(percent=Number(0, 20))
    @control("the air reorders {percent} % of frames", percent=_PERCENT)
    def reorder(self, percent: float) -> None:
        """Let the next frame overtake this share of frames."""
        self._all(reordering=percent / 100)

    @fault(lqi=Number(20, 255, whole=True))
    @control("every link has a quality of {lqi}", lqi=_LQI)
    def quality(self, lqi: int) -> None:
        """Set the quality of all links that have none of their own."""
        self._all(lqi=lqi)

    @fault(lqi=Number(0, 100, whole=True))
    @control("link qualities drift by up to {lqi}", lqi=_LQI)
    def drift(self, lqi: int) -> None:
        """Let link qualities drift slowly, each by up to this value."""
        self._all(drift=lqi)

    def _all(self, **changes: Any) -> None:
        self._medium.default_link = replace(self._medium.default_link, **changes)
        self._air.mesh.changed()

    # Between two

    @fault(percent=Number(0, 20))
    @control("the link between {one} and {other} loses {percent} % of frames", one=_NAME, other=_NAME, percent=_PERCENT)
    def lose_between(self, one: str, other: str, percent: float) -> None:
        """Like lose, but only between two devices, or a device and the radio."""
        self._one(one, other, loss=percent / 100)

    @fault(milliseconds=Number(0, 200))
    @control(
        "the link between {one} and {other} delays frames by {milliseconds} ms",
        one=_NAME, other=_NAME, milliseconds=_MILLISECONDS,
    )  # fmt: skip
    def delay_between(self, one: str, other: str, milliseconds: float) -> None:
        """Like delay, but only between these two."""
        self._one(one, other, delay=milliseconds / 1000)

    @fault(lqi=Number(20, 255, whole=True))
    @control("the link between {one} and {other} has a quality of {lqi}", one=_NAME, other=_NAME, lqi=_LQI)
    def quality_between(self, one: str, other: str, lqi: int) -> None:
        """Like quality, but only between these two."""
        self._one(one, other, lqi=lqi)

    @fault(undo="reunite")
    @control("{one} and {other} do not hear each other", one=_NAME, other=_NAME)
    def part(self, one: str, other: str) -> None:
        """Cut the link between these two; a router between them may still relay."""
        self._medium.set_link(*self._ends(one, other), None)

    @control("{one} and {other} hear each other again", one=_NAME, other=_NAME)
    def reunite(self, one: str, other: str) -> None:
        """Make the link between these two the same as all others again."""
        self._medium.clear_link(*self._ends(one, other))
        self._air.mesh.changed()

    def _one(self, one: str, other: str, **changes: Any) -> None:
        ends = self._ends(one, other)
        self._medium.set_link(*ends, replace(self._medium.link(*ends) or Link(), **changes))
        self._air.mesh.changed()

    def _ends(self, one: str, other: str) -> tuple[Station, Station]:
        ends = self._find(one), self._find(other)
        if ends[0] is ends[1]:
            raise ControlError(f"a link needs two different ends, not {one} twice")
        return ends

    # Places

    @control("{who} is placed at {x} m, {y} m", who=_NAME, x=_METRES, y=_METRES)
    def place(self, who: str, x: float, y: float) -> None:
        """Place a device or the radio (default 0, 0); from now on distances decide which stations hear each other."""
        station = self._find(who)
        self._distance().place(station, x, y)
        self._air.mesh.changed()

    @control(
        "a wall of {decibels} dB stands from {x1} m, {y1} m to {x2} m, {y2} m",
        decibels=Number(0, 200, "dB"), x1=_METRES, y1=_METRES, x2=_METRES, y2=_METRES,
    )  # fmt: skip
    def wall(self, decibels: float, x1: float, y1: float, x2: float, y2: float) -> None:
        """Build a wall that attenuates signals by this value."""
        self._distance().wall(Wall((x1, y1), (x2, y2), decibels))
        self._air.mesh.changed()

    def _distance(self) -> Distance:
        """The medium with positions; links that were set stay set."""
        medium = self._medium
        if not isinstance(medium, Distance):
            self._air.medium = medium = Distance.of(medium)
        return medium

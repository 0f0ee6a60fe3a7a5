"""Media: which stations hear each other, and how well.

`LinkTable` holds a link for each pair that one was set for, and a default link for all others. `Distance` derives links
from positions, walls and physics (`zigloop.air.distance`).
"""

from typing import Protocol

from zigloop.air.link import Link, Located, Pair, pair


class Medium(Protocol):
    """Which stations hear each other."""

    @property
    def fully_connected(self) -> bool:
        """Whether all stations hear each other, so that no route has to be searched."""

    def link(self, a: Located, b: Located) -> Link | None:
        """The link between two stations, None when they don't hear each other."""

    def take_away(self, station: Located) -> None:
        """Move a station out of range of all others."""

    def bring_back(self, station: Located) -> None:
        """Undo `take_away`."""

    def is_away(self, station: Located) -> bool: ...

    def forget(self, station: Located) -> None:
        """Remove a station for good, with the links that were set for it."""


class LinkTable:
    """A link for each pair that one was set for, and `default_link` for all others."""

    def __init__(self, default_link: Link | None = None) -> None:
        self._default_link = Link() if default_link is None else default_link
        self._links: dict[Pair, Link | None] = {}
        self._away: set[int] = set()  # out of range of all others, by IEEE address

    @property
    def ideal(self) -> bool:
        """Whether no link was set, and nothing is lost."""
        return self._default_link == Link() and not self._links and not self._away

    @property
    def fully_connected(self) -> bool:
        return not self._away and None not in self._links.values()

    @property
    def default_link(self) -> Link:
        """The link of pairs that none was set for."""
        return self._default_link

    @default_link.setter
    def default_link(self, link: Link) -> None:
        self._default_link = link

    def link(self, a: Located, b: Located) -> Link | None:
        if self._away and (a.ieee in self._away or b.ieee in self._away):
            return None
        if self._links and (key := pair(a, b)) in self._links:
            return self._links[key]
        return self._derived_link(a, b)

    def _derived_link(self, a: Located, b: Located) -> Link | None:
        """The link between two stations that none was set for."""
        return self._default_link

    def set_link(self, a: Located, b: Located, link: Link | None) -> None:
        """Set the link of two stations; None: they don't hear each other."""
        self._links[pair(a, b)] = link

    def clear_link(self, a: Located, b: Located) -> None:
        """Let two stations have the default link again."""
        self._links.pop(pair(a, b), None)

    def copy_links(self, other: "LinkTable") -> None:
        """Copy the links that were set in another table, and the stations that were taken away there."""
        self._links, self._away = dict(other._links), set(other._away)

    def take_away(self, station: Located) -> None:
        self._away.add(station.ieee)

    def bring_back(self, station: Located) -> None:
        self._away.discard(station.ieee)

    def is_away(self, station: Located) -> bool:
        return station.ieee in self._away

    def forget(self, station: Located) -> None:
        self._away.discard(station.ieee)
        self._links = {key: link for key, link in self._links.items() if station.ieee not in key}

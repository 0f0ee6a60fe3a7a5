"""The stations on an air: found by address, members of the network, routers among them."""

from zigloop.air.station import Station, TrustCenter, routes


class Stations:
    """The stations on an air, in the order in which they were attached. `trust_center` is the radio, once attached."""

    def __init__(self) -> None:
        self.all: list[Station] = []
        self.trust_center: TrustCenter | None = None
        self._found: dict[int, Station] = {}  # the last one found at each address: stations change theirs

    def remove(self, station: Station) -> None:
        """Take a station off the air for good."""
        self.all.remove(station)
        self._found = {nwk: found for nwk, found in self._found.items() if found is not station}

    def at(self, nwk: int) -> Station | None:
        """The station with this short address, powered or not."""
        found = self._found.get(nwk)
        if found is None or found.nwk != nwk:
            found = next((station for station in self.all if station.nwk == nwk), None)
            if found is not None:
                self._found[nwk] = found
        return found

    def members(self) -> list[Station]:
        """Those in the trust center's network."""
        center = self.trust_center
        membership = b"" if center is None else center.membership
        return [each for each in self.all if membership and each.membership == membership]

    def routers(self) -> list[Station]:
        """Members that route and currently listen."""
        return [each for each in self.members() if routes(each) and each.listening]

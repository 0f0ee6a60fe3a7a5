"""What the coordinator learns from frames that aren't addressed to its host alone: announcements, permits, routes."""

import struct

from zigloop.air.frame import BROADCASTS, ApsFrame
from zigloop.coordinator.network import Network
from zigloop.node.codes import ZDOCmd
from zigloop.node.zdo_server import DEVICE_ANNCE

_ANNOUNCEMENT = struct.Struct("<HQ")  # short and IEEE address
_MGMT_PERMIT_JOINING: int = ZDOCmd.Mgmt_Permit_Joining_req


class Overheard:
    """Updates the network from overheard frames."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def received(self, frame: ApsFrame) -> None:
        """A ZDO frame was received: a device may have announced its address."""
        if frame.cluster == DEVICE_ANNCE and len(frame.data) > _ANNOUNCEMENT.size:
            nwk, ieee = _ANNOUNCEMENT.unpack_from(frame.data, 1)
            self._network.moved(ieee, nwk)

    def sent(self, frame: ApsFrame) -> None:
        """A ZDO frame is sent: routers that receive it may start to admit devices, which the coordinator must know."""
        if frame.cluster == _MGMT_PERMIT_JOINING and len(frame.data) > 1:
            for router in self._network.routers():
                if frame.dst in BROADCASTS or frame.dst == router.nwk:
                    self._network.permit(router.nwk, frame.data[1])

    def route_records(self, nwk: int | None = None) -> list[tuple[int, list[int]]]:
        """List the devices behind routers that answer a route request for `nwk` (None: a many-to-one request).

        Each has the routers on its path, nearest to the coordinator first.
        """
        return [
            (station.nwk, relays)
            for station in self._network.stations()
            if (relays := self._network.relays(station.nwk)) and station.listening and nwk in (None, station.nwk)
        ]

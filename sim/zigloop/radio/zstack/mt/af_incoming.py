"""MT AF: data from the air to the host.

This is the radio's hot path, so indications are packed by hand.
"""

import struct
from collections.abc import Mapping
from typing import Any, Final, Protocol

import zigpy_znp.commands as c
import zigpy_znp.types as t

from zigloop.air.frame import ALL_ENDPOINTS, BROADCASTS, WILDCARD_PROFILE, ApsFrame
from zigloop.coordinator.network import Network
from zigloop.coordinator.processor import Processor
from zigloop.node.zdo_owner import SimpleDescriptor
from zigloop.radio.zstack.mt.dispatch import SUCCESS, handles
from zigloop.radio.zstack.mt.framing import MAX_DATA
from zigloop.radio.zstack.mt.groups import GroupCommands
from zigloop.radio.zstack.mt.host import MtHost

INCOMING_MSG: Final = 0x4481
INCOMING_MSG_EXT: Final = 0x4482

#: Group, cluster, source, endpoints, broadcast, LQI, secure, timestamp, counter, length; the data follow.
INCOMING: Final = struct.Struct("<HHHBBBBBIBB")
_INCOMING_EXT = struct.Struct("<HHBQBHBBBBIBH")
_TAIL = struct.Struct("<HB")  # MAC source, radius: undocumented, and zigpy-znp insists on them

#: Beyond this, INCOMING_MSG_EXT announces the data and the host fetches them (27 bytes of header, MT_AF.c).
_MAX_INLINE: Final = MAX_DATA - 27
#: How many long messages wait for the host to fetch them, and for how many seconds (MT_AF_EXEC_CNT of TI's
#: MT_AF.c).
_MAX_WAITING: Final = 16
_WAITING_TIME: Final = 15.0


class _Registered(Protocol):
    """AF, as incoming data need it."""

    @property
    def endpoints(self) -> Mapping[int, SimpleDescriptor]: ...


class AfIncoming:
    """Passes incoming data to the endpoints that the host has registered."""

    def __init__(
        self, processor: Processor, network: Network, registered: _Registered, groups: GroupCommands, host: MtHost
    ) -> None:
        self._processor = processor
        self._loop = processor.loop
        self._network = network
        self._registered = registered
        self._groups = groups
        self._host = host
        self._boot()
        processor.on_reset(self._boot)

    def _boot(self) -> None:
        """A reset: nothing waits to be fetched."""
        #: Long messages that the host has not fetched, by their timestamp.
        self.waiting: dict[int, bytes] = {}

    def receive(self, frame: ApsFrame, lqi: int) -> None:
        """Pass data to their endpoint, if it is registered; otherwise drop them."""
        endpoints = self._registered.endpoints
        if frame.group is not None:
            members = self._groups.members
            for endpoint in endpoints:
                if (endpoint, frame.group) in members:
                    self._indicate(frame, endpoint, lqi)
        elif frame.dst_endpoint == ALL_ENDPOINTS:
            for endpoint, descriptor in endpoints.items():
                if frame.profile in (descriptor.profile, WILDCARD_PROFILE):
                    self._indicate(frame, endpoint, lqi)
        elif frame.dst_endpoint in endpoints:
            self._indicate(frame, frame.dst_endpoint, lqi)

    def _indicate(self, frame: ApsFrame, endpoint: int, lqi: int) -> None:
        data = frame.data
        length = len(data)
        # 320 µs, the MAC's backoff period, is the firmware's unit of time here.
        timestamp = int(self._loop.time() * 3125) & 0xFFFFFFFF
        if length <= _MAX_INLINE:
            head = INCOMING.pack(
                frame.group or 0,
                frame.cluster,
                frame.src,
                frame.src_endpoint,
                endpoint,
                frame.group is None and frame.dst in BROADCASTS,
                lqi,
                frame.secure,
                timestamp,
                frame.counter,
                length,
            )
            self._host.areq(INCOMING_MSG, head + data + _TAIL.pack(self._mac_source(frame.src), frame.radius))
            return
        if len(self.waiting) >= _MAX_WAITING:
            return  # no memory left for it
        while timestamp in self.waiting:
            timestamp = (timestamp + 1) & 0xFFFFFFFF
        self.waiting[timestamp] = data
        self._processor.later(_WAITING_TIME, self._give_up, timestamp, data)
        head = _INCOMING_EXT.pack(
            frame.group or 0,
            frame.cluster,
            0x02,
            frame.src,
            frame.src_endpoint,
            self._network.pan_id,
            endpoint,
            frame.group is None and frame.dst in BROADCASTS,
            lqi,
            frame.secure,
            timestamp,
            frame.counter,
            length,
        )
        self._host.areq(INCOMING_MSG_EXT, head + _TAIL.pack(self._mac_source(frame.src), frame.radius))

    def _mac_source(self, nwk: int) -> int:
        """The sender of the last hop: a router on the path, or the device itself."""
        relays = self._network.relays(nwk)
        return relays[0] if relays else nwk

    def _give_up(self, timestamp: int, data: bytes) -> None:
        if self.waiting.get(timestamp) is data:
            del self.waiting[timestamp]

    @handles(c.AF.DataRetrieve.Req)
    def data_retrieve(self, request: Any) -> bytes:
        """Return a part of a long message; a request for 0 bytes frees it."""
        data = self.waiting.get(int(request.TimeStamp))
        if data is None or request.Index + request.Length > len(data) or request.Length > MAX_DATA - 2:
            return bytes((t.Status.FAILURE, 0))
        if not request.Length:
            del self.waiting[int(request.TimeStamp)]
        return bytes((SUCCESS, request.Length)) + data[request.Index : request.Index + request.Length]

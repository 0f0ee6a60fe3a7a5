"""The ZDO server of devices and coordinators: discovery, binding and network management (Zigbee specification 2.4).

Payloads are ZDO's own (2.4.4), without the transaction sequence number. A request that is too short to be understood
gets no answer.

Not modelled: user and complex descriptors, discovery caches, end device bind.
"""

import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from zigloop.air.frame import BROADCASTS, COORDINATOR
from zigloop.air.mesh import Neighbour
from zigloop.air.station import routes, sleeps
from zigloop.node.codes import Status, ZDOCmd
from zigloop.node.tables import Binding
from zigloop.node.zdo_owner import Habits, ZdoOwner

DEVICE_ANNCE: Final = 0x0013
_ANNOUNCEMENTS: Final = (DEVICE_ANNCE, ZDOCmd.Parent_annce)
#: In the cluster of a response.
RESPONSE: Final = 0x8000
#: Channels of 2.4 GHz.
CHANNELS: Final = range(11, 27)

#: Entries of a table that fit one response: of 21 or 22 bytes, and of 5.
_LONG_ENTRIES: Final = 3
_SHORT_ENTRIES: Final = 10
_ROUTE_ACTIVE: Final = 0
#: What Mgmt_NWK_Update_req's scan duration means beyond the longest scan (2.4.3.3.9).
LONGEST_SCAN: Final = 5
CHANNEL_CHANGE: Final = 0xFE
SET_ATTRIBUTES: Final = 0xFF
#: Address modes of a binding's destination.
_GROUP, _EXTENDED = 0x01, 0x03


#: Makes a request's payload its response's; None: no answer.
Service = Callable[[bytes], bytes | None]
#: Sends a response's payload.
Reply = Callable[[bytes], None]


class ZdoServer:
    """Answers requests for its owner. `services` are requests that not every node supports, by cluster."""

    def __init__(self, owner: ZdoOwner, habits: Habits, services: Mapping[int, Service]) -> None:
        self._owner = owner
        self._habits = habits
        self._services: dict[int, Service] = {
            **services,
            ZDOCmd.NWK_addr_req: self._nwk_address,
            ZDOCmd.IEEE_addr_req: self._ieee_address,
            ZDOCmd.Node_Desc_req: self._node_descriptor,
            ZDOCmd.Power_Desc_req: self._power_descriptor,
            ZDOCmd.Simple_Desc_req: self._simple_descriptor,
            ZDOCmd.Active_EP_req: self._active_endpoints,
            ZDOCmd.Match_Desc_req: self._match_descriptors,
            ZDOCmd.System_Server_Discovery_req: self._server_discovery,
            ZDOCmd.Bind_req: self._bind,
            ZDOCmd.Unbind_req: self._unbind,
            ZDOCmd.Mgmt_Lqi_req: self._neighbours,
            ZDOCmd.Mgmt_Rtg_req: self._routes,
            ZDOCmd.Mgmt_Bind_req: self._bindings,
            ZDOCmd.Mgmt_Permit_Joining_req: self._permit_joining,
        }

    def answer(self, cluster: int, payload: bytes, *, broadcast: bool, reply: Reply) -> None:
        """Answer a request: `reply` gets the response's payload, now or later."""
        service = self._services.get(cluster)
        if cluster >= RESPONSE or (service is None and cluster in _ANNOUNCEMENTS):
            return
        wanted = self._habits.answers_broadcast
        silent = broadcast and wanted is not None and cluster not in wanted
        try:
            if cluster == ZDOCmd.Mgmt_NWK_Update_req:
                self._network_update(payload, (lambda _: None) if silent else reply)
                return
            response = bytes((Status.NOT_SUPPORTED,)) if service is None else service(payload)
        except (struct.error, IndexError, ValueError):
            return
        # A broadcast that would be refused isn't answered.
        if response is not None and not silent and not (broadcast and response[0] != Status.SUCCESS):
            reply(response)

    # Addresses

    def _nwk_address(self, payload: bytes) -> bytes:
        ieee, kind, start = struct.unpack_from("<QBB", payload)
        if ieee == self._owner.ieee:
            return self._addresses(ieee, self._owner.nwk, kind, start)
        nwk = self._owner.nwk_of(ieee)
        if nwk is None:
            return struct.pack("<BQH", Status.DEVICE_NOT_FOUND, ieee, self._habits.unknown_nwk)
        return struct.pack("<BQH", Status.SUCCESS, ieee, nwk)

    def _ieee_address(self, payload: bytes) -> bytes:
        nwk, kind, start = struct.unpack_from("<HBB", payload)
        if nwk == self._owner.nwk:
            return self._addresses(self._owner.ieee, nwk, kind, start)
        ieee = self._owner.ieee_of(nwk)
        if ieee is None:
            return struct.pack("<BQH", Status.DEVICE_NOT_FOUND, self._habits.unknown_ieee, nwk)
        return struct.pack("<BQH", Status.SUCCESS, ieee, nwk)

    def _addresses(self, ieee: int, nwk: int, kind: int, start: int) -> bytes:
        """Its own, in an extended answer (2.4.4.2.1) also its children's."""
        if kind > 1 and self._habits.refuses_request_types:
            return struct.pack("<BQH", Status.INV_REQUESTTYPE, ieee, nwk)
        answer = struct.pack("<BQH", Status.SUCCESS, ieee, nwk)
        if kind != 1:
            return answer
        children = self._owner.children()[start:]
        head = bytes((len(children), start)) if children or self._habits.start_index_always else b"\x00"
        return answer + head + struct.pack(f"<{len(children)}H", *children)

    # Descriptors

    def _node_descriptor(self, payload: bytes) -> bytes:
        return self._own(payload, self._owner.node_descriptor)

    def _power_descriptor(self, payload: bytes) -> bytes:
        return self._own(payload, self._owner.power_descriptor)

    def _own(self, payload: bytes, descriptor: bytes) -> bytes:
        (nwk,) = struct.unpack_from("<H", payload)
        if nwk != self._owner.nwk:
            return struct.pack("<BH", Status.DEVICE_NOT_FOUND, nwk)
        return struct.pack("<BH", Status.SUCCESS, nwk) + descriptor

    def _simple_descriptor(self, payload: bytes) -> bytes:
        nwk, endpoint = struct.unpack_from("<HB", payload)
        if nwk != self._owner.nwk:
            return struct.pack("<BHB", Status.DEVICE_NOT_FOUND, nwk, 0)
        if not 1 <= endpoint <= self._habits.last_endpoint:
            return struct.pack("<BHB", Status.INVALID_EP, nwk, 0)
        it = next((each for each in self._owner.endpoints if each.endpoint == endpoint), None)
        if it is None:
            return struct.pack("<BHB", Status.NOT_ACTIVE, nwk, 0)
        descriptor = struct.pack("<BHHB", it.endpoint, it.profile, it.device, it.version)
        for clusters in (it.in_clusters, it.out_clusters):
            descriptor += struct.pack(f"<B{len(clusters)}H", len(clusters), *clusters)
        return struct.pack("<BHB", Status.SUCCESS, nwk, len(descriptor)) + descriptor

    def _active_endpoints(self, payload: bytes) -> bytes:
        (nwk,) = struct.unpack_from("<H", payload)
        if nwk != self._owner.nwk:
            return struct.pack("<BHB", Status.DEVICE_NOT_FOUND, nwk, 0)
        endpoints = bytes(each.endpoint for each in self._owner.endpoints)
        return struct.pack("<BHB", Status.SUCCESS, nwk, len(endpoints)) + endpoints

    def _match_descriptors(self, payload: bytes) -> bytes | None:
        """Endpoints that have one of the wanted clusters; silence when broadcast and none has (2.4.3.1.7)."""
        nwk, profile, count = struct.unpack_from("<HHB", payload)
        wanted_in = struct.unpack_from(f"<{count}H", payload, 5)
        at = 5 + 2 * count
        wanted_out = struct.unpack_from(f"<{payload[at]}H", payload, at + 1)
        own = self._owner.nwk
        if nwk != own and nwk not in BROADCASTS and not self._habits.matches_any_address:
            return struct.pack("<BHB", Status.DEVICE_NOT_FOUND, nwk, 0)
        matches = bytes(
            each.endpoint
            for each in self._owner.endpoints
            if profile in (each.profile, 0xFFFF)
            and (not set(wanted_in).isdisjoint(each.in_clusters) or not set(wanted_out).isdisjoint(each.out_clusters))
        )
        if not matches and nwk != own:
            return None
        return struct.pack("<BHB", Status.SUCCESS, own, len(matches)) + matches

    def _server_discovery(self, payload: bytes) -> bytes | None:
        (wanted,) = struct.unpack_from("<H", payload)
        (mask,) = struct.unpack_from("<H", self._owner.node_descriptor, 8)
        found = wanted & mask
        return struct.pack("<BH", Status.SUCCESS, found) if found & self._habits.server_bits else None

    # Binding

    def _bind(self, payload: bytes) -> bytes:
        if (table := self._owner.bindings) is None:
            return bytes((Status.TABLE_FULL,))
        entry = self._binding(payload)
        if entry is None:
            return bytes((Status.INVALID_EP,))
        if entry not in table.entries:
            if table.full:
                return bytes((Status.TABLE_FULL,))
            table.entries.append(entry)
        return bytes((Status.SUCCESS,))

    def _unbind(self, payload: bytes) -> bytes:
        if (table := self._owner.bindings) is None:
            return bytes((Status.NO_ENTRY,))
        entry = self._binding(payload)
        if entry is None or entry not in table.entries:
            return bytes((Status.NO_ENTRY,))
        table.entries.remove(entry)
        return bytes((Status.SUCCESS,))

    def _binding(self, payload: bytes) -> Binding | None:
        """None for a source that isn't the owner's."""
        source, endpoint, cluster, mode = struct.unpack_from("<QBHB", payload)
        if mode == _GROUP:
            (group,) = struct.unpack_from("<H", payload, 12)
            entry = Binding(endpoint, cluster, group)
        elif mode == _EXTENDED:
            ieee, target = struct.unpack_from("<QB", payload, 12)
            entry = Binding(endpoint, cluster, None, ieee, target)
        else:
            raise ValueError(f"unknown address mode {mode}")
        known = source == self._owner.ieee and any(each.endpoint == endpoint for each in self._owner.endpoints)
        return entry if known else None

    def _bindings(self, payload: bytes) -> bytes:
        table = self._owner.bindings
        entries = [] if table is None else [each.serialize(self._owner.ieee) for each in table.entries]
        return _table(entries, payload[0], _LONG_ENTRIES)

    # Network management

    def _neighbours(self, payload: bytes) -> bytes:
        network = self._owner.extended_pan_id
        near = self._owner.neighbours()
        return _table(
            [_neighbour(network, each, self._owner.permits(each)) for each in near], payload[0], _LONG_ENTRIES
        )

    def _routes(self, payload: bytes) -> bytes:
        entries = [struct.pack("<HBH", target, _ROUTE_ACTIVE, hop) for target, hop in self._owner.routes()]
        return _table(entries, payload[0], _SHORT_ENTRIES)

    def _permit_joining(self, payload: bytes) -> bytes:
        duration, _ = struct.unpack_from("<BB", payload)
        self._owner.permit(duration)
        return bytes((Status.SUCCESS,))

    def _network_update(self, payload: bytes, reply: Reply) -> None:
        mask, duration = struct.unpack_from("<IB", payload)
        channels = [channel for channel in CHANNELS if mask >> channel & 1]
        if duration <= LONGEST_SCAN:
            scanned = sum(1 << channel for channel in channels)

            def done(energy: list[int]) -> None:
                # Transmissions and failures aren't counted.
                reply(struct.pack("<BIHHB", Status.SUCCESS, scanned, 0, 0, len(energy)) + bytes(energy))

            self._owner.scan(channels, duration, payload[5], done)
        elif duration == SET_ATTRIBUTES or (duration == CHANNEL_CHANGE and self._owner.change_channel(channels)):
            return
        else:
            mask = mask if self._habits.returns_channels else 0
            reply(struct.pack("<BIHHB", Status.INV_REQUESTTYPE, mask, 0, 0, 0))


def _neighbour(extended_pan_id: int, it: Neighbour, permits: int) -> bytes:
    """One entry of a neighbour table (table 2-130)."""
    station = it.station
    kind = 0 if station.nwk == COORDINATOR else 1 if routes(station) else 2
    rx_on = 0 if sleeps(station) else 1
    flags = kind | rx_on << 2 | it.relation << 4
    return struct.pack("<QQHBBBB", extended_pan_id, station.ieee, station.nwk, flags, permits, it.depth, it.lqi)


def _table(entries: Sequence[bytes], start: int, most: int) -> bytes:
    part = entries[start : start + most]
    return bytes((Status.SUCCESS, len(entries), start, len(part))) + b"".join(part)

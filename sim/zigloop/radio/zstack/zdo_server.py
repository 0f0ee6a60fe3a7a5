"""How the coordinator itself answers ZDO requests: its descriptors, its neighbours, its permit to join.

Payloads are ZDO's own (Zigbee specification 2.4.4), without the transaction sequence number.

Not modelled: binding by the coordinator (its table is empty and full at once), complex and user descriptors.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from zigpy.zdo.types import Status, ZDOCmd

from zigloop.air.frame import COORDINATOR
from zigloop.air.station import routes
from zigloop.node.zdo import UNKNOWN, neighbour_row
from zigloop.radio.zstack import personality
from zigloop.radio.zstack.network import CHANNELS

if TYPE_CHECKING:
    from zigloop.radio.zstack.radio import Radio

RESPONSE: Final = 0x8000

#: Entries of a table in one response (ZDO.h of Z-Stack).
_MAX_LQI_ITEMS: Final = 3
_MAX_ROUTING_ITEMS: Final = 10
_ROUTE_ACTIVE: Final = 0
_CHANNEL_CHANGE: Final = 0xFE
_SET_ATTRIBUTES: Final = 0xFF
_LONGEST_SCAN: Final = 5
#: aBaseSuperframeDuration: 960 symbols of 16 µs. A scan stays (2^n + 1) of them on each channel.
_SUPERFRAME: Final = 0.01536

Reply = Callable[[bytes], None]


class ZdoServer:
    """Answers requests that are for the coordinator."""

    def __init__(self, radio: Radio) -> None:
        self._radio = radio
        self._answers: dict[int, Callable[[bytes], bytes | None]] = {
            ZDOCmd.NWK_addr_req: self._nwk_address,
            ZDOCmd.IEEE_addr_req: self._ieee_address,
            ZDOCmd.Node_Desc_req: self._node_descriptor,
            ZDOCmd.Power_Desc_req: self._power_descriptor,
            ZDOCmd.Simple_Desc_req: self._simple_descriptor,
            ZDOCmd.Active_EP_req: self._active_endpoints,
            ZDOCmd.Match_Desc_req: self._match_descriptors,
            ZDOCmd.System_Server_Discovery_req: self._server_discovery,
            ZDOCmd.Parent_annce: self._parent_announce,
            ZDOCmd.Bind_req: self._bind,
            ZDOCmd.Unbind_req: self._unbind,
            ZDOCmd.Mgmt_Lqi_req: self._neighbours,
            ZDOCmd.Mgmt_Rtg_req: self._routes,
            ZDOCmd.Mgmt_Bind_req: self._bindings,
            ZDOCmd.Mgmt_Permit_Joining_req: self._permit_joining,
        }

    def answer(self, cluster: int, payload: bytes, *, broadcast: bool, reply: Reply) -> None:
        """Answer a request: `reply` gets the response's payload, now or later.

        One that is too short to be understood gets no answer, as in the firmware.
        """
        try:
            if cluster == ZDOCmd.Mgmt_NWK_Update_req:
                self._network_update(payload, reply)
            elif cluster == ZDOCmd.Device_annce or cluster >= RESPONSE:
                return
            elif (answer := self._answers.get(cluster)) is not None:
                response = answer(payload)
                # Nobody answers a broadcast just to say no.
                if response is not None and not (broadcast and response[0] != Status.SUCCESS):
                    reply(response)
            elif not broadcast:
                reply(bytes((Status.NOT_SUPPORTED,)))
        except (struct.error, IndexError):
            return

    # Addresses

    def _nwk_address(self, payload: bytes) -> bytes:
        ieee, kind, start = struct.unpack_from("<QBB", payload)
        nwk = COORDINATOR
        if ieee != self._radio.ieee:
            child = self._child_address(ieee)
            if child is None:
                return struct.pack("<BQH", Status.DEVICE_NOT_FOUND, ieee, 0xFFFE)
            nwk, kind = child, 0
        return struct.pack("<BQH", Status.SUCCESS, ieee, nwk) + self._associated(kind, start)

    def _child_address(self, ieee: int) -> int | None:
        """A parent answers for its sleeping children."""
        network = self._radio.network
        address = network.addresses.by_ieee(ieee)
        if address is not None and any(c.address_index == address.index for c in network.associations.children):
            return address.nwk
        return None

    def _ieee_address(self, payload: bytes) -> bytes:
        nwk, kind, start = struct.unpack_from("<HBB", payload)
        if nwk != COORDINATOR:
            known = self._radio.network.addresses.by_nwk(nwk)
            if known is None:
                return struct.pack("<BQH", Status.DEVICE_NOT_FOUND, 0, nwk)
            return struct.pack("<BQH", Status.SUCCESS, known.ieee, nwk)
        return struct.pack("<BQH", Status.SUCCESS, self._radio.ieee, nwk) + self._associated(kind, start)

    def _associated(self, kind: int, start: int) -> bytes:
        if kind != 1:
            return b""
        children = [child.nwk for child in self._radio.network.associations.children][start:]
        return bytes((len(children), start)) + struct.pack(f"<{len(children)}H", *children)

    # Descriptors

    def _node_descriptor(self, payload: bytes) -> bytes:
        return self._own(payload, personality.NODE_DESCRIPTOR)

    def _power_descriptor(self, payload: bytes) -> bytes:
        return self._own(payload, personality.POWER_DESCRIPTOR)

    def _own(self, payload: bytes, descriptor: bytes) -> bytes:
        (nwk,) = struct.unpack_from("<H", payload)
        if nwk != COORDINATOR:
            return struct.pack("<BH", Status.DEVICE_NOT_FOUND, nwk)
        return struct.pack("<BH", Status.SUCCESS, nwk) + descriptor

    def _simple_descriptor(self, payload: bytes) -> bytes:
        nwk, endpoint = struct.unpack_from("<HB", payload)
        status = Status.SUCCESS
        if nwk != COORDINATOR:
            status = Status.DEVICE_NOT_FOUND
        elif not 0 < endpoint < 255:
            status = Status.INVALID_EP
        elif endpoint not in self._radio.af.endpoints:
            status = Status.NOT_ACTIVE
        if status != Status.SUCCESS:
            return struct.pack("<BHB", status, nwk, 0)
        e = self._radio.af.endpoints[endpoint]
        descriptor = struct.pack("<BHHB", e.endpoint, e.profile, e.device, e.version)
        for clusters in (e.in_clusters, e.out_clusters):
            descriptor += struct.pack(f"<B{len(clusters)}H", len(clusters), *clusters)
        return struct.pack("<BHB", status, nwk, len(descriptor)) + descriptor

    def _active_endpoints(self, payload: bytes) -> bytes:
        (nwk,) = struct.unpack_from("<H", payload)
        if nwk != COORDINATOR:
            return struct.pack("<BHB", Status.DEVICE_NOT_FOUND, nwk, 0)
        endpoints = bytes(self._radio.af.endpoints)
        return struct.pack("<BHB", Status.SUCCESS, nwk, len(endpoints)) + endpoints

    def _match_descriptors(self, payload: bytes) -> bytes | None:
        nwk, profile, count = struct.unpack_from("<HHB", payload)
        wanted_in = struct.unpack_from(f"<{count}H", payload, 5)
        at = 5 + 2 * count
        wanted_out = struct.unpack_from(f"<{payload[at]}H", payload, at + 1)
        matches = bytes(
            e.endpoint
            for e in self._radio.af.endpoints.values()
            if profile in (e.profile, 0xFFFF)
            and (not set(wanted_in).isdisjoint(e.in_clusters) or not set(wanted_out).isdisjoint(e.out_clusters))
        )
        if not matches and nwk != COORDINATOR:
            return None  # was a broadcast
        return struct.pack("<BHB", Status.SUCCESS, COORDINATOR, len(matches)) + matches

    def _server_discovery(self, payload: bytes) -> bytes | None:
        (wanted,) = struct.unpack_from("<H", payload)
        (mask,) = struct.unpack_from("<H", personality.NODE_DESCRIPTOR, 8)
        return struct.pack("<BH", Status.SUCCESS, wanted & mask) if wanted & mask & 0x7F else None

    def _parent_announce(self, payload: bytes) -> bytes:
        return bytes((Status.SUCCESS, 0))

    # Binding: the dump's table has one entry, empty, and nothing ever uses it

    def _bind(self, payload: bytes) -> bytes:
        return bytes((Status.TABLE_FULL,))

    def _unbind(self, payload: bytes) -> bytes:
        return bytes((Status.NO_ENTRY,))

    def _bindings(self, payload: bytes) -> bytes:
        return bytes((Status.SUCCESS, 0, payload[0], 0))

    # Network management

    def _neighbours(self, payload: bytes) -> bytes:
        start = payload[0]
        network = self._radio.network
        near = self._radio.air.mesh.neighbours(self._radio)
        part = near[start : start + _MAX_LQI_ITEMS]
        entries = b"".join(
            neighbour_row(
                network.extended_pan_id,
                each,
                permits=network.permits(each.station.nwk) if routes(each.station) else UNKNOWN,
            )
            for each in part
        )
        return bytes((Status.SUCCESS, len(near), start, len(part))) + entries

    def _routes(self, payload: bytes) -> bytes:
        start = payload[0]
        network = self._radio.network
        far = {station.nwk: hops[0] for station in network.stations() if (hops := network.relays(station.nwk))}
        part = list(far.items())[start : start + _MAX_ROUTING_ITEMS]
        entries = b"".join(struct.pack("<HBH", nwk, _ROUTE_ACTIVE, hop) for nwk, hop in part)
        return bytes((Status.SUCCESS, len(far), start, len(part))) + entries

    def _permit_joining(self, payload: bytes) -> bytes:
        self._radio.network.permit(COORDINATOR, payload[0])
        return bytes((Status.SUCCESS,))

    def _network_update(self, payload: bytes, reply: Reply) -> None:
        mask, duration = struct.unpack_from("<IB", payload)
        network = self._radio.network
        channels = [channel for channel in CHANNELS if mask >> channel & 1]
        if duration <= _LONGEST_SCAN:
            count = payload[5]
            energy = bytes(self._energy(channel) for channel in channels)
            scanned = sum(1 << channel for channel in channels)
            response = struct.pack("<BIHHB", Status.SUCCESS, scanned, 0, 0, len(energy)) + energy
            self._radio.later(count * scan_time(duration, len(channels)), reply, response)
        elif duration == _CHANNEL_CHANGE:
            if len(channels) == 1 and network.started:
                network.change_channel(channels[0])
            else:
                reply(struct.pack("<BIHHB", Status.INV_REQUESTTYPE, mask, 0, 0, 0))
        elif duration != _SET_ATTRIBUTES:
            reply(struct.pack("<BIHHB", Status.INV_REQUESTTYPE, mask, 0, 0, 0))

    def _energy(self, channel: int) -> int:
        """0..255. Wi-Fi channels 1, 6 and 11 cover Zigbee's 11-14, 16-19 and 21-24; the rest is quieter."""
        is_between = channel in (15, 20, 25, 26)
        return self._radio.rng.randrange(5, 40) if is_between else self._radio.rng.randrange(60, 180)


def scan_time(duration: int, channels: int) -> float:
    """Seconds that a scan with this exponent takes over so many channels."""
    return channels * _SUPERFRAME * ((1 << duration) + 1)

"""The ZDO server of a node: discovery, binding and network management (Zigbee specification 2.4).

Not modelled: user and complex descriptors, discovery caches, end device bind, answers for children, a change of
channel. Energy scans find the noise of a quiet flat.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import zigpy.types as t
from zigpy.zdo.types import CLUSTERS, MultiAddress, NwkUpdate, Status, ZDOCmd

from zigloop.air.frame import BROADCASTS, COORDINATOR, ApsFrame
from zigloop.air.mesh import Neighbour
from zigloop.air.station import routes, sleeps
from zigloop.node.tables import Binding

if TYPE_CHECKING:
    from zigloop.node.node import Node
    from zigloop.zcl.endpoint import EndpointDeclaration

DEVICE_ANNCE: Final = 0x0013
PROFILE: Final = 0x0000

#: Entries of the neighbour and binding tables that fit one frame; each takes 21 or 22 bytes.
ENTRIES_PER_FRAME: Final = 3
#: Entries of a device's neighbour table; the rest isn't kept. ASSUMPTION: Z-Stack's default for routers.
NEIGHBOUR_TABLE: Final = 16
#: End points of an active 2.4 GHz scan: channels 11 to 26.
CHANNELS: Final = range(11, 27)


class Zdo:
    """Answers what arrives on endpoint 0; not what doesn't parse, and rarely what was broadcast."""

    def __init__(self, node: "Node") -> None:
        self._node = node

    def receive(self, frame: ApsFrame) -> None:
        if frame.profile != PROFILE or not frame.data or frame.cluster & 0x8000:
            return
        act = _SERVICES.get(frame.cluster)
        broadcast = frame.dst in BROADCASTS
        if act is None:
            known = frame.cluster in (DEVICE_ANNCE, ZDOCmd.Parent_annce)
            if not broadcast and not known:
                self._answer(frame, bytes((Status.NOT_SUPPORTED,)))
            return
        try:
            args, _ = t.deserialize(frame.data[1:], CLUSTERS[frame.cluster][1])
        except ValueError:
            return
        answer = act(self._node, *args)
        if answer is None or (broadcast and frame.cluster not in _ANSWERED_WHEN_BROADCAST):
            return
        if broadcast and answer[0] != Status.SUCCESS:
            return
        self._answer(frame, answer)
        if frame.cluster == ZDOCmd.Mgmt_Leave_req and answer[0] == Status.SUCCESS:
            options = args[1]
            self._node.later(LEAVE_DELAY, lambda: self._node.leave(rejoin=bool(options & LEAVE_REJOIN)))

    def _answer(self, frame: ApsFrame, payload: bytes) -> None:
        data = frame.data[:1] + payload
        self._node.send(frame.src, 0, 0, PROFILE, frame.cluster | 0x8000, data, answer=True)


#: Mgmt_Leave_req options, bit 7 (2.4.3.3.5): come back.
LEAVE_REJOIN: Final = 0x80
#: Between the answer to a Mgmt_Leave_req and the leave itself. ASSUMPTION: long enough for the answer to
#: arrive.
LEAVE_DELAY: Final = 0.02


def _nwk_addr(node: "Node", ieee: t.EUI64, request_type: int, start: int) -> bytes:
    if _ieee(ieee) != node.ieee:
        return bytes((Status.DEVICE_NOT_FOUND,)) + _ieee(ieee).to_bytes(8, "little") + b"\xff\xff"
    return _address(node, request_type)


def _ieee_addr(node: "Node", nwk: int, request_type: int, start: int) -> bytes:
    if nwk != node.nwk:
        return bytes((Status.DEVICE_NOT_FOUND,)) + b"\xff" * 8 + _u16(nwk)
    return _address(node, request_type)


def _address(node: "Node", request_type: int) -> bytes:
    """An extended request also wants the list of children, which is empty (2.4.4.2.1)."""
    if request_type > 1:
        return bytes((Status.INV_REQUESTTYPE,)) + node.ieee.to_bytes(8, "little") + _u16(node.nwk)
    children = b"\x00" if request_type == 1 else b""
    return bytes((Status.SUCCESS,)) + node.ieee.to_bytes(8, "little") + _u16(node.nwk) + children


def _node_desc(node: "Node", nwk: int) -> bytes:
    if nwk != node.nwk:
        return _not_here(nwk)
    it = node.descriptor
    return (
        _success(nwk)
        + bytes((it.logical_type, it.aps_flags, it.capability))
        + _u16(it.manufacturer)
        + bytes((it.maximum_buffer,))
        + _u16(it.maximum_incoming)
        + _u16(it.server_mask)
        + _u16(it.maximum_outgoing)
        + bytes((it.descriptor_capability,))
    )


def _power_desc(node: "Node", nwk: int) -> bytes:
    return _success(nwk) + _u16(node.descriptor.power) if nwk == node.nwk else _not_here(nwk)


def _simple_desc(node: "Node", nwk: int, endpoint: int) -> bytes:
    if nwk != node.nwk:
        return _not_here(nwk) + b"\x00"
    if not 1 <= endpoint <= 240:
        return bytes((Status.INVALID_EP,)) + _u16(nwk) + b"\x00"
    if endpoint not in node.endpoints:
        return bytes((Status.NOT_ACTIVE,)) + _u16(nwk) + b"\x00"
    it = node.endpoints[endpoint].declaration
    descriptor = bytes((it.id,)) + _u16(it.profile) + _u16(it.device_id) + bytes((it.device_version,))
    for clusters in ([each.id for each in it.servers], it.clients):
        descriptor += bytes((len(clusters),)) + b"".join(_u16(each) for each in clusters)
    return _success(nwk) + bytes((len(descriptor),)) + descriptor


def _active_ep(node: "Node", nwk: int) -> bytes:
    if nwk != node.nwk:
        return _not_here(nwk) + b"\x00"
    return _success(nwk) + bytes((len(node.endpoints), *node.endpoints))


def _match_desc(node: "Node", nwk: int, profile: int, inputs: list[int], outputs: list[int]) -> bytes | None:
    """Endpoints that have one of the wanted clusters; silence when broadcast and none has (2.4.3.1.7)."""
    broadcast = nwk in BROADCASTS
    if not broadcast and nwk != node.nwk:
        return _not_here(nwk) + b"\x00"
    matches = [
        endpoint.id for endpoint in node.endpoints.values() if _matches(endpoint.declaration, profile, inputs, outputs)
    ]
    if broadcast and not matches:
        return None
    return _success(node.nwk) + bytes((len(matches), *matches))


def _matches(it: "EndpointDeclaration", profile: int, inputs: list[int], outputs: list[int]) -> bool:
    servers = {each.id for each in it.servers}
    return profile in (it.profile, 0xFFFF) and bool(servers & set(inputs) or set(it.clients) & set(outputs))


def _system_server_discovery(node: "Node", mask: int) -> bytes | None:
    found = node.descriptor.server_mask & mask
    return bytes((Status.SUCCESS,)) + _u16(found) if found else None


def _bind(node: "Node", source: t.EUI64, endpoint: int, cluster: int, target: MultiAddress) -> bytes:
    entry = _binding(node, source, endpoint, cluster, target)
    if entry is None:
        return bytes((Status.INVALID_EP,))
    if entry not in node.bindings.entries:
        if node.bindings.full:
            return bytes((Status.TABLE_FULL,))
        node.bindings.entries.append(entry)
    return bytes((Status.SUCCESS,))


def _unbind(node: "Node", source: t.EUI64, endpoint: int, cluster: int, target: MultiAddress) -> bytes:
    entry = _binding(node, source, endpoint, cluster, target)
    if entry not in node.bindings.entries:
        return bytes((Status.NO_ENTRY,))
    node.bindings.entries.remove(entry)
    return bytes((Status.SUCCESS,))


def _binding(node: "Node", source: t.EUI64, endpoint: int, cluster: int, target: MultiAddress) -> Binding | None:
    """None for a source that isn't this node's."""
    if _ieee(source) != node.ieee or endpoint not in node.endpoints:
        return None
    if target.addrmode == 0x01:
        return Binding(endpoint, int(cluster), int(target.nwk))
    return Binding(endpoint, int(cluster), None, _ieee(target.ieee), int(target.endpoint))


def _mgmt_lqi(node: "Node", start: int) -> bytes:
    """Its neighbours: routers in range, its parent and its children (2.4.4.3.2)."""
    trust_center = node.air.trust_center
    network = 0 if trust_center is None else trust_center.extended_pan_id
    rows = [neighbour_row(network, each, permits=UNKNOWN) for each in node.air.mesh.neighbours(node)]
    return _table(rows[:NEIGHBOUR_TABLE], start, ENTRIES_PER_FRAME)


#: Whether a neighbour permits joining: nobody tells (table 2-130).
UNKNOWN: Final = 2


def neighbour_row(extended_pan_id: int, it: Neighbour, *, permits: int) -> bytes:
    """One entry of a neighbour table (table 2-130)."""
    station = it.station
    kind = 0 if station.nwk == COORDINATOR else 1 if routes(station) else 2
    rx_on = 0 if sleeps(station) else 1
    return (
        extended_pan_id.to_bytes(8, "little")
        + station.ieee.to_bytes(8, "little")
        + _u16(station.nwk)
        + bytes((kind | rx_on << 2 | it.relation << 4, permits, it.depth, it.lqi))
    )


def _mgmt_rtg(node: "Node", start: int) -> bytes:
    """Its routes, all active: to the coordinator, and those that frames have taken through it."""
    mesh, center = node.air.mesh, node.air.trust_center
    ways = {COORDINATOR: COORDINATOR}
    if center is not None and (path := mesh.route(node, center)):
        ways[COORDINATOR] = path[0].nwk
    ways |= {target.nwk: hop.nwk for target, hop in mesh.table(node)}
    return _table([_u16(target) + b"\x00" + _u16(hop) for target, hop in ways.items()], start, 10)


def _mgmt_bind(node: "Node", start: int) -> bytes:
    return _table([each.serialize(node.ieee) for each in node.bindings.entries], start, ENTRIES_PER_FRAME)


def _mgmt_leave(node: "Node", ieee: t.EUI64, options: int) -> bytes:
    """All zeros, or its own address, mean the node itself; it has no children to remove (2.4.3.3.5)."""
    if _ieee(ieee) not in (0, node.ieee):
        return bytes((Status.DEVICE_NOT_FOUND,))
    return bytes((Status.SUCCESS,))


def _mgmt_permit_joining(node: "Node", duration: int, significance: int) -> bytes:
    return bytes((Status.SUCCESS,))


def _mgmt_nwk_update(node: "Node", update: NwkUpdate) -> bytes | None:
    """An energy scan (2.4.3.3.9). Values are zigpy's and Z-Stack's scale: 0..255, higher is busier."""
    if update.ScanDuration in (0xFE, 0xFF):
        return None  # change of channel, or of the network manager: no answer
    channels = [each for each in CHANNELS if int(update.ScanChannels) & 1 << each]
    if update.ScanDuration > 5:
        return bytes((Status.INV_REQUESTTYPE,)) + bytes(9)
    scanned = sum(1 << each for each in channels)
    energy = bytes(node.rng.randint(20, 90) for _ in channels)
    counters = bytes(4)  # transmissions and failures
    return bytes((Status.SUCCESS,)) + scanned.to_bytes(4, "little") + counters + bytes((len(energy),)) + energy


def _table(entries: list[bytes], start: int, most: int) -> bytes:
    shown = entries[start : start + most]
    return bytes((Status.SUCCESS, len(entries), start, len(shown))) + b"".join(shown)


def _success(nwk: int) -> bytes:
    return bytes((Status.SUCCESS,)) + _u16(nwk)


def _not_here(nwk: int) -> bytes:
    """A router answers for its children; it has none, so it knows no such device (2.4.3.1.3.1)."""
    return bytes((Status.DEVICE_NOT_FOUND,)) + _u16(nwk)


def _u16(value: int) -> bytes:
    return int(value).to_bytes(2, "little")


def _ieee(address: t.EUI64) -> int:
    return int.from_bytes(address.serialize(), "little")


_SERVICES: dict[int, Callable[..., bytes | None]] = {
    ZDOCmd.NWK_addr_req: _nwk_addr,
    ZDOCmd.IEEE_addr_req: _ieee_addr,
    ZDOCmd.Node_Desc_req: _node_desc,
    ZDOCmd.Power_Desc_req: _power_desc,
    ZDOCmd.Simple_Desc_req: _simple_desc,
    ZDOCmd.Active_EP_req: _active_ep,
    ZDOCmd.Match_Desc_req: _match_desc,
    ZDOCmd.System_Server_Discovery_req: _system_server_discovery,
    ZDOCmd.Bind_req: _bind,
    ZDOCmd.Unbind_req: _unbind,
    ZDOCmd.Mgmt_Lqi_req: _mgmt_lqi,
    ZDOCmd.Mgmt_Rtg_req: _mgmt_rtg,
    ZDOCmd.Mgmt_Bind_req: _mgmt_bind,
    ZDOCmd.Mgmt_Leave_req: _mgmt_leave,
    ZDOCmd.Mgmt_Permit_Joining_req: _mgmt_permit_joining,
    ZDOCmd.Mgmt_NWK_Update_req: _mgmt_nwk_update,
}
_ANSWERED_WHEN_BROADCAST = (ZDOCmd.NWK_addr_req, ZDOCmd.Match_Desc_req, ZDOCmd.System_Server_Discovery_req)

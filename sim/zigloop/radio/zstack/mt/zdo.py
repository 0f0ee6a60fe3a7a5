"""MT ZDO: device and network management, in both styles.

*Classic*: a request is an MT command (0x25xx), its answer a callback of its own (0x45xx). *Registered*: the
host sends ZDO frames itself, as AF data from endpoint 0, and receives ZDO frames as ZDO_MSG_CB_INCOMING. The
firmware always serves both: a response appears as the classic callback and, when its cluster is registered,
once more.

Not modelled: end device bind, and the omissions of the coordinator's own answers (`zigloop.coordinator.zdo`).
"""

import struct
from typing import Any, Final

import zigpy_znp.commands as c
import zigpy_znp.types as t
from zigpy.zdo.types import ZDOCmd
from zigpy_znp.commands.rpc_error import ErrorCode
from zigpy_znp.types.nvids import OsalNvIds

from zigloop.air.frame import BROADCAST_ROUTERS, BROADCAST_RX_ON, BROADCASTS, COORDINATOR, ApsFrame
from zigloop.coordinator.coordinator import Coordinator
from zigloop.coordinator.processor import Processor
from zigloop.radio.zstack.mt.dispatch import SUCCESS, MtError, handles, handles_raw
from zigloop.radio.zstack.mt.framing import MAX_DATA
from zigloop.radio.zstack.mt.host import MtHost
from zigloop.radio.zstack.store import NvStore

#: Requests that are a short address and then ZDO's own payload: the request's cluster by its MT schema.
_PLAIN_REQUESTS: Final = {
    c.ZDO.NodeDescReq.Req: ZDOCmd.Node_Desc_req,
    c.ZDO.PowerDescReq.Req: ZDOCmd.Power_Desc_req,
    c.ZDO.SimpleDescReq.Req: ZDOCmd.Simple_Desc_req,
    c.ZDO.ActiveEpReq.Req: ZDOCmd.Active_EP_req,
    c.ZDO.MatchDescReq.Req: ZDOCmd.Match_Desc_req,
    c.ZDO.ComplexDescReq.Req: ZDOCmd.Complex_Desc_req,
    c.ZDO.UserDescReq.Req: ZDOCmd.User_Desc_req,
    c.ZDO.UserDescSet.Req: ZDOCmd.User_Desc_set,
    c.ZDO.EndDeviceBindReq.Req: ZDOCmd.End_Device_Bind_req,
    c.ZDO.MgmtLqiReq.Req: ZDOCmd.Mgmt_Lqi_req,
    c.ZDO.MgmtRtgReq.Req: ZDOCmd.Mgmt_Rtg_req,
    c.ZDO.MgmtBindReq.Req: ZDOCmd.Mgmt_Bind_req,
    c.ZDO.MgmtNwkDiscReq.Req: 0x0030,  # withdrawn from the specification, so zigpy has no name for it
    c.ZDO.MgmtDirectJoinReq.Req: 0x0035,
}
#: The classic callback of each response that has one.
_CALLBACKS: Final = {
    ZDOCmd.NWK_addr_rsp: 0x4580,
    ZDOCmd.IEEE_addr_rsp: 0x4581,
    ZDOCmd.Node_Desc_rsp: 0x4582,
    ZDOCmd.Power_Desc_rsp: 0x4583,
    ZDOCmd.Simple_Desc_rsp: 0x4584,
    ZDOCmd.Active_EP_rsp: 0x4585,
    ZDOCmd.Match_Desc_rsp: 0x4586,
    ZDOCmd.Complex_Desc_rsp: 0x4587,
    ZDOCmd.User_Desc_rsp: 0x4588,
    ZDOCmd.User_Desc_conf: 0x4589,
    ZDOCmd.System_Server_Discovery_rsp: 0x458A,
    ZDOCmd.Parent_annce_rsp: 0x459F,
    ZDOCmd.End_Device_Bind_rsp: 0x45A0,
    ZDOCmd.Bind_rsp: 0x45A1,
    ZDOCmd.Unbind_rsp: 0x45A2,
    0x8030: 0x45B0,
    ZDOCmd.Mgmt_Lqi_rsp: 0x45B1,
    ZDOCmd.Mgmt_Rtg_rsp: 0x45B2,
    ZDOCmd.Mgmt_Bind_rsp: 0x45B3,
    ZDOCmd.Mgmt_Leave_rsp: 0x45B4,
    0x8035: 0x45B5,
    ZDOCmd.Mgmt_Permit_Joining_rsp: 0x45B6,
    ZDOCmd.Mgmt_NWK_Update_rsp: 0x45B8,
}
_DEVICE_ANNOUNCE_IND: Final = 0x45C1
#: ZDO_LEAVE_IND, ZDO_TC_DEV_IND.
LEAVE_IND: Final = 0x45C9
TC_DEV_IND: Final = 0x45CA
_MSG_CB_INCOMING: Final = 0x45FF
_ALL_CLUSTERS: Final = 0xFFFF
_ADDRESS_LENGTH = {0x01: 2, 0x02: 2, 0x03: 9}  # of a bind request's destination, by address mode


class Zdo:
    """ZDO requests of the host, responses and announcements of the devices."""

    def __init__(self, processor: Processor, coordinator: Coordinator, store: NvStore, host: MtHost) -> None:
        self._coordinator = coordinator
        self._network = coordinator.network
        self._store = store
        self._host = host
        self._boot()
        processor.on_reset(self._boot)

    def _boot(self) -> None:
        """A reset: no callback is registered."""
        self._registered: set[int] = set()
        self._sequence = 0
        self._classic = self._store.nv.number(OsalNvIds.ZDO_DIRECT_CB) != 0

    # Requests, classic

    @handles(*_PLAIN_REQUESTS)
    def plain_request(self, request: Any) -> Any:
        """A request that is a short address followed by ZDO's own payload."""
        destination, *rest = request.as_dict().values()
        payload = b"".join(value.serialize() for value in rest)
        return self._request(int(destination), _PLAIN_REQUESTS[type(request)], payload)

    @handles(c.ZDO.NwkAddrReq.Req)
    def nwk_address(self, request: Any) -> Any:
        """Broadcast a request for the short address of an IEEE address."""
        payload = request.IEEE.serialize() + bytes((request.RequestType, request.StartIndex))
        own = request.IEEE.serialize() == self._store.ieee.to_bytes(8, "little")
        return self._request(COORDINATOR if own else BROADCAST_RX_ON, ZDOCmd.NWK_addr_req, payload)

    @handles(c.ZDO.IEEEAddrReq.Req)
    def ieee_address(self, request: Any) -> Any:
        """Ask a short address for its IEEE address."""
        payload = struct.pack("<HBB", request.NWK, request.RequestType, request.StartIndex)
        return self._request(request.NWK, ZDOCmd.IEEE_addr_req, payload)

    @handles(c.ZDO.EndDeviceAnnce.Req)
    def announce(self, request: Any) -> Any:
        """Broadcast the announcement of a device."""
        payload = struct.pack("<H", request.NWK) + request.IEEE.serialize() + bytes((request.Capabilities,))
        return self._request(BROADCAST_RX_ON, ZDOCmd.Device_annce, payload)

    @handles(c.ZDO.ServerDiscReq.Req)
    def server_discovery(self, request: Any) -> Any:
        """Broadcast a request for these services."""
        payload = struct.pack("<H", request.ServerMask)
        return self._request(BROADCAST_RX_ON, ZDOCmd.System_Server_Discovery_req, payload)

    @handles_raw(c.ZDO.BindReq.Req)
    def bind(self, payload: bytes) -> Any:
        """Bind on a device. The destination field is always as long as an IEEE address and an endpoint."""
        return self._bind(ZDOCmd.Bind_req, payload)

    @handles_raw(c.ZDO.UnBindReq.Req)
    def unbind(self, payload: bytes) -> Any:
        """Unbind on a device."""
        return self._bind(ZDOCmd.Unbind_req, payload)

    def _bind(self, cluster: int, payload: bytes) -> Any:
        if len(payload) < 14:
            raise MtError(ErrorCode.InvalidLength)
        length = _ADDRESS_LENGTH.get(payload[13])
        if length is None:
            raise MtError(ErrorCode.InvalidParameter)
        if len(payload) < 14 + length:
            raise MtError(ErrorCode.InvalidLength)
        return self._request(int.from_bytes(payload[:2], "little"), cluster, payload[2 : 14 + length])

    @handles(c.ZDO.MgmtLeaveReq.Req)
    def leave(self, request: Any) -> Any:
        """Ask a device to leave. Its flags are in MT's bits 0 and 1 (zigpy), or ZDO's 7 and 6 (herdsman)."""
        flags = int(request.RemoveChildren_Rejoin)
        options = (0x80 if flags & 0x81 else 0) | (0x40 if flags & 0x42 else 0)
        dst = int(request.DstAddr)
        ieee = request.IEEE.serialize()
        if dst == COORDINATOR and ieee != self._store.ieee.to_bytes(8, "little"):
            # The coordinator removes one of its own children.
            child = self._store.nwk(int.from_bytes(ieee, "little"))
            if child is not None:
                dst = child
        return self._request(dst, ZDOCmd.Mgmt_Leave_req, ieee + bytes((options,)))

    @handles_raw(c.ZDO.MgmtPermitJoinReq.Req)
    def permit_joining(self, payload: bytes) -> Any:
        """Permit joining: everywhere (mode 0F, FFFC), at the coordinator (02, FFFC or 0000), or at a router.

        The coordinator answers for itself also when the request is broadcast: zigpy waits for that
        (docs/protocols.md 7.3).
        """
        if len(payload) < 5:
            raise MtError(ErrorCode.InvalidLength)
        mode, dst, duration, significance = struct.unpack_from("<BHBB", payload)
        request = bytes((duration, significance))
        everywhere = mode == t.AddrMode.Broadcast
        if everywhere or dst in (COORDINATOR, BROADCAST_ROUTERS):
            status = self._request(COORDINATOR, ZDOCmd.Mgmt_Permit_Joining_req, request)
            if status == SUCCESS and everywhere:
                self._send(BROADCAST_ROUTERS, ZDOCmd.Mgmt_Permit_Joining_req, request)
            return status
        return self._request(dst, ZDOCmd.Mgmt_Permit_Joining_req, request)

    @handles_raw(c.ZDO.MgmtNWKUpdateReq.Req)
    def network_update(self, payload: bytes) -> Any:
        """Measure energy, or change the channel."""
        if len(payload) < 11:
            raise MtError(ErrorCode.InvalidLength)
        dst, _, mask, duration, count, manager = struct.unpack_from("<HBIBBH", payload)
        request = struct.pack("<IB", mask, duration)
        if duration <= 5:
            request += bytes((count,))
        else:
            update_id = (self._network.update_id + 1) & 0xFF
            request += bytes((update_id,)) + (struct.pack("<H", manager) if duration == 0xFF else b"")
        if not self._network.started:
            return t.Status.NWK_INVALID_REQUEST
        frame = self._send(dst, ZDOCmd.Mgmt_NWK_Update_req, request)
        if dst in BROADCASTS:
            self._coordinator.answer_zdo(frame)
        return SUCCESS

    @handles(c.ZDO.SendData.Req)
    def send_data(self, request: Any) -> Any:
        """Any ZDO frame."""
        return self._request(int(request.Dst), int(request.CommandId), bytes(request.Data), int(request.TSN))

    def _request(self, dst: int, cluster: int, payload: bytes, sequence: int | None = None) -> Any:
        if not self._network.started:
            return t.Status.NWK_INVALID_REQUEST
        self._send(dst, cluster, payload, sequence)
        return SUCCESS

    def _send(self, dst: int, cluster: int, payload: bytes, sequence: int | None = None) -> ApsFrame:
        if sequence is None:
            sequence = self._sequence = (self._sequence + 1) & 0xFF
        return self._coordinator.send_zdo(int(dst), int(cluster), sequence, payload)

    # Incoming frames

    def receive(self, frame: ApsFrame) -> None:
        """A ZDO frame: from the air, or from the coordinator to itself."""
        cluster, sequence, payload = frame.cluster, frame.data[0], frame.data[1:]
        if self._classic:
            self._classic_callback(frame.src, cluster, payload)
        if cluster in self._registered or _ALL_CLUSTERS in self._registered:
            broadcast = frame.dst in BROADCASTS
            head = struct.pack("<HBHBBH", frame.src, broadcast, cluster, frame.secure, sequence, frame.dst)
            self._areq(_MSG_CB_INCOMING, head + payload)

    def _classic_callback(self, src: int, cluster: int, payload: bytes) -> None:
        if cluster == ZDOCmd.Device_annce:
            self._areq(_DEVICE_ANNOUNCE_IND, struct.pack("<H", src) + payload[:11])
        elif cluster in (ZDOCmd.NWK_addr_rsp, ZDOCmd.IEEE_addr_rsp):
            # MT swaps ZDO's count and start index, has both always, and no source address.
            count, start = (payload[11], payload[12]) if len(payload) >= 13 else (0, 0)
            self._areq(_CALLBACKS[cluster], payload[:11] + bytes((start, count)) + payload[13:])
        elif (callback := _CALLBACKS.get(cluster)) is not None:
            self._areq(callback, struct.pack("<H", src) + payload)

    def _areq(self, header: int, payload: bytes) -> None:
        # Data that don't fit into an MT frame are truncated; no response of a real device is that long.
        self._host.areq(header, payload[:MAX_DATA])

    @handles(c.ZDO.MsgCallbackRegister.Req)
    def register_callback(self, request: Any) -> Any:
        """Pass ZDO frames with this cluster (0xFFFF: all) on, until a reset."""
        self._registered.add(int(request.ClusterId))
        return SUCCESS

    @handles(c.ZDO.MsgCallbackRemove.Req)
    def remove_callback(self, request: Any) -> Any:
        """Undo a registration."""
        self._registered.discard(int(request.ClusterId))
        return SUCCESS

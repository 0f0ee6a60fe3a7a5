"""MT AF: endpoints, and the data that the host sends from them.

This is the radio's hot path, so requests are unpacked by hand.

Not modelled: inter-PAN frames (no station hears them).
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import zigpy_znp.commands as c
import zigpy_znp.types as t
from zigpy_znp.commands.rpc_error import ErrorCode
from zigpy_znp.types.nvids import OsalNvIds

from zigloop.air.frame import (
    ALL_ENDPOINTS,
    BROADCAST_RX_ON,
    BROADCASTS,
    COORDINATOR,
    WILDCARD_PROFILE,
    ApsFrame,
    Outcome,
)
from zigloop.coordinator.coordinator import Coordinator
from zigloop.coordinator.processor import Processor
from zigloop.coordinator.sending import Reason
from zigloop.node.zdo_owner import SimpleDescriptor
from zigloop.radio.zstack.mt.dispatch import SUCCESS, MtError, handles, handles_raw
from zigloop.radio.zstack.mt.framing import MAX_DATA
from zigloop.radio.zstack.mt.host import MtHost
from zigloop.radio.zstack.statuses import code_of
from zigloop.radio.zstack.store import NvStore

DATA_REQUEST: Final = 0x2401
DATA_REQUEST_EXT: Final = 0x2402
DATA_CONFIRM: Final = 0x4480

_REQUEST = struct.Struct("<HBBHBBBB")  # dst, dst ep, src ep, cluster, trans id, options, radius, length
_REQUEST_EXT = struct.Struct("<BQBHBHBBBH")  # mode, address, dst ep, pan, src ep, cluster, trans id, ..., length
_REQUEST_SOURCE_ROUTE = struct.Struct("<HBBHBBBB")  # as _REQUEST, with the number of relays in the place of length

#: Beyond this, a DATA_REQUEST_EXT carries no data, DATA_STORE does.
_MAX_INLINE_REQUEST: Final = MAX_DATA - _REQUEST_EXT.size
#: The longest ASDU that is accepted. Our own limit: the firmware's is its heap.
_MAX_ASDU: Final = 2048

_OPTION_WILDCARD_PROFILE: Final = 0x02
_OPTION_ACK: Final = 0x10
_OPTION_SECURITY: Final = 0x40

_ZDO: Final = 0
_SUCCESS: Final = int(SUCCESS)


@dataclass(slots=True)
class _LongRequest:
    """A DATA_REQUEST_EXT whose data follow by DATA_STORE."""

    send: Callable[[bytes], int]
    data: bytearray


class Af:
    """Endpoints, and outgoing data with their confirms."""

    def __init__(
        self,
        processor: Processor,
        coordinator: Coordinator,
        store: NvStore,
        host: MtHost,
        *,
        air_delay: Callable[[], float],
    ) -> None:
        self._processor = processor
        self._coordinator = coordinator
        self._network = coordinator.network
        self._sending = coordinator.sending
        self._nv = store.nv
        self._store = store
        self._host = host
        self._air_delay = air_delay  # seconds that a transmission takes
        self._boot()
        processor.on_reset(self._boot)

    def _boot(self) -> None:
        """A reset: no endpoint is registered, no request waits for its data."""
        #: Newest first, as the firmware's list grows at its head.
        self.endpoints: dict[int, SimpleDescriptor] = {}
        self._inter_pan: set[int] = set()
        self._long_request: _LongRequest | None = None

    # Endpoints

    @handles(c.AF.Register.Req)
    def register(self, request: Any) -> Any:
        """Register an endpoint; one that exists already stays as it is."""
        if request.Endpoint == _ZDO or request.Endpoint == ALL_ENDPOINTS:
            return t.Status.INVALID_PARAMETER
        if request.Endpoint in self.endpoints:
            return t.Status.APS_DUPLICATE_ENTRY
        new = SimpleDescriptor(
            int(request.Endpoint),
            int(request.ProfileId),
            int(request.DeviceId),
            int(request.DeviceVersion),
            tuple(map(int, request.InputClusters)),
            tuple(map(int, request.OutputClusters)),
        )
        self.endpoints = {new.endpoint: new, **self.endpoints}
        return SUCCESS

    @handles(c.AF.Delete.Req)
    def delete(self, request: Any) -> Any:
        """Remove an endpoint."""
        if self.endpoints.pop(request.Endpoint, None) is None:
            return t.Status.INVALID_PARAMETER
        self._inter_pan.discard(request.Endpoint)
        return SUCCESS

    @handles(c.AF.InterPanCtl.Req)
    def inter_pan(self, request: Any) -> Any:
        """Switch to another channel (1) and back (0), register an endpoint for it (2), query that (3)."""
        data = bytes(request.Data)
        match int(request.Command):
            case 0:
                self._coordinator.away = False
                return SUCCESS
            case 1 if len(data) >= 1:
                self._coordinator.away = data[0] != self._network.channel
                return SUCCESS
            case 2 if len(data) >= 1 and data[0] in self.endpoints:
                self._inter_pan.add(data[0])
                return SUCCESS
            case 3 if len(data) >= 3:
                return SUCCESS if data[2] in self._inter_pan else t.Status.FAILURE
        return t.Status.INVALID_PARAMETER

    @handles(c.AF.APSFConfigSet.Req)
    def configure_fragmentation(self, request: Any) -> Any:
        """Accepted without effect: fragments are not modelled."""
        return SUCCESS if request.Endpoint in self.endpoints else t.Status.INVALID_PARAMETER

    # To the air

    @handles_raw(c.AF.DataRequest.Req)
    def data_request(self, payload: bytes) -> Any:
        """To a short address; also to a broadcast one, though hosts prefer the extended request for that."""
        if len(payload) < _REQUEST.size or len(payload) < _REQUEST.size + payload[_REQUEST.size - 1]:
            raise MtError(ErrorCode.InvalidLength)
        dst, dst_ep, src_ep, cluster, trans_id, options, radius, length = _REQUEST.unpack_from(payload)
        data = payload[_REQUEST.size : _REQUEST.size + length]
        return self._send(dst, None, dst_ep, src_ep, cluster, trans_id, options, radius, (), data)

    @handles_raw(c.AF.DataRequestSrcRtg.Req)
    def data_request_source_route(self, payload: bytes) -> Any:
        """To a short address through these routers."""
        if len(payload) < _REQUEST_SOURCE_ROUTE.size:
            raise MtError(ErrorCode.InvalidLength)
        dst, dst_ep, src_ep, cluster, trans_id, options, radius, count = _REQUEST_SOURCE_ROUTE.unpack_from(payload)
        at = _REQUEST_SOURCE_ROUTE.size + 2 * count
        if len(payload) <= at or len(payload) < at + 1 + payload[at]:
            raise MtError(ErrorCode.InvalidLength)
        relays = struct.unpack_from(f"<{count}H", payload, _REQUEST_SOURCE_ROUTE.size)
        data = payload[at + 1 : at + 1 + payload[at]]
        return self._send(dst, None, dst_ep, src_ep, cluster, trans_id, options, radius, relays, data)

    @handles_raw(c.AF.DataRequestExt.Req)
    def data_request_ext(self, payload: bytes) -> Any:
        """To a group, a short, broadcast or IEEE address, or another PAN."""
        if len(payload) < _REQUEST_EXT.size:
            raise MtError(ErrorCode.InvalidLength)
        (mode, address, dst_ep, pan, src_ep, cluster, trans_id, options, radius, length) = _REQUEST_EXT.unpack_from(
            payload
        )
        nwk, group = address & 0xFFFF, None
        match mode:
            case 0x01:
                group = nwk
            case 0x02 | 0x0F:
                pass
            case 0x03:
                if pan in (0, self._network.pan_id):
                    if (known := self._store.nwk(address)) is None:
                        return t.Status.INVALID_PARAMETER
                    nwk = known
            case 0x00:  # to bound destinations; there are none
                return t.Status.APS_NO_BOUND_DEVICE
            case _:
                return t.Status.INVALID_PARAMETER
        if pan not in (0, self._network.pan_id):
            return self._send_inter_pan(mode, nwk, src_ep, trans_id)
        send = partial(self._send, nwk, group, dst_ep, src_ep, cluster, trans_id, options, radius, ())
        if length > _MAX_INLINE_REQUEST:
            if length > _MAX_ASDU:
                return t.Status.MEM_ERROR
            self._long_request = _LongRequest(send, bytearray(length))
            return SUCCESS
        if len(payload) < _REQUEST_EXT.size + length:
            raise MtError(ErrorCode.InvalidLength)
        return send(payload[_REQUEST_EXT.size : _REQUEST_EXT.size + length])

    @handles(c.AF.DataStore.Req)
    def data_store(self, request: Any) -> Any:
        """A part of a long request's data; one without data sends it."""
        if (waiting := self._long_request) is None:
            return t.Status.FAILURE
        end = request.Index + len(request.Data)
        if end > len(waiting.data):
            return t.Status.MEM_ERROR
        if request.Data:
            waiting.data[request.Index : end] = request.Data
            return SUCCESS
        self._long_request = None
        return waiting.send(bytes(waiting.data))

    def _send(
        self,
        dst: int,
        group: int | None,
        dst_ep: int,
        src_ep: int,
        cluster: int,
        trans_id: int,
        options: int,
        radius: int,
        relays: tuple[int, ...],
        data: bytes,
    ) -> int:
        if src_ep == _ZDO:
            profile = 0
        elif (source := self.endpoints.get(src_ep)) is not None:
            profile = WILDCARD_PROFILE if options & _OPTION_WILDCARD_PROFILE else source.profile
        else:
            return int(t.Status.INVALID_PARAMETER)
        if not self._network.started:
            return int(t.Status.NWK_INVALID_REQUEST)
        sending = self._sending
        if (refusal := sending.refusal()) is not None:
            return code_of(refusal)
        frame = ApsFrame(
            src=COORDINATOR,
            dst=BROADCAST_RX_ON if group is not None else dst,
            src_endpoint=src_ep,
            dst_endpoint=dst_ep,
            profile=profile,
            cluster=cluster,
            data=data,
            counter=sending.next_counter(),
            group=group,
            ack=bool(options & _OPTION_ACK) and group is None and dst not in BROADCASTS,
            secure=bool(options & _OPTION_SECURITY),
            radius=radius or 30,
            relays=relays,
        )
        # The ZDO's own confirms never reach the host.
        sending.send(frame, None if src_ep == _ZDO else partial(self._confirm, src_ep, trans_id))
        return _SUCCESS

    def _confirm(self, src_ep: int, trans_id: int, outcome: Outcome | Reason) -> None:
        """Send the confirm of a frame, with the firmware's status and timing."""
        code = _SUCCESS if outcome is Outcome.DELIVERED else code_of(outcome)
        confirm = bytes((code, src_ep, trans_id))
        # The duration of the failed route discovery, in units of 0.1 s.
        if outcome is Outcome.NO_ROUTE and (wait := self._nv.number(OsalNvIds.ROUTE_DISCOVERY_TIME) / 10):
            self._processor.later(wait, self._host.areq, DATA_CONFIRM, confirm)
        else:
            self._host.areq(DATA_CONFIRM, confirm)

    def _send_inter_pan(self, mode: int, nwk: int, src_ep: int, trans_id: int) -> int:
        if src_ep not in self._inter_pan:
            return int(t.Status.INVALID_PARAMETER)
        heard = mode == 0x0F or (mode == 0x02 and nwk in BROADCASTS)
        status = SUCCESS if heard else t.Status.MAC_NO_ACK
        self._processor.later(self._air_delay(), self._host.areq, DATA_CONFIRM, bytes((status, src_ep, trans_id)))
        return int(SUCCESS)

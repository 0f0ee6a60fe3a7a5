"""MT ZDO commands that aren't ZDO requests: starting, discovering networks and routes, link keys.

Not modelled: joining other networks (a coordinator can't), network key updates, other networks in range (a
scan finds none but our own routers).

Unknown commands here though the firmware has them, since no host uses them (zigpy-znp and its tools, zigpy-cli,
herdsman): ZDO_SEC_ENTRY_LOOKUP_EXT, ZDO_EXT_UPDATE_NWK_KEY, ZDO_EXT_SWITCH_NWK_KEY, ZDO_EXT_SEC_APS_REMOVE_REQ,
ZDO_NWK_ADDR_OF_INTEREST_REQ.
"""

import struct
from typing import Any, Final

import zigpy_znp.commands as c
import zigpy_znp.types as t
from zigpy_znp.commands.zdo import RouteDiscoveryOptions, RoutingStatus, StartupState

from zigloop.air.air import Air
from zigloop.air.frame import COORDINATOR
from zigloop.coordinator.network import Network
from zigloop.coordinator.overheard import Overheard
from zigloop.coordinator.processor import Processor
from zigloop.coordinator.scan import beacons, channels_of, scan_time
from zigloop.radio.zstack.commissioning import Commissioning
from zigloop.radio.zstack.mt.dispatch import SUCCESS, handles, header_of
from zigloop.radio.zstack.mt.host import MtHost
from zigloop.radio.zstack.store import NvStore

_SRC_RTG_IND: Final = 0x45C4
_BEACON = struct.Struct("<HHBBBBBBBBBQ")
#: Longest scan exponent, IEEE 802.15.4 7.1.11.1.1.
_LONGEST_SCAN: Final = 14


class ZdoNetwork:
    """The coordinator as seen by the host: its network, its routes, its keys."""

    def __init__(
        self,
        air: Air,
        processor: Processor,
        network: Network,
        overheard: Overheard,
        store: NvStore,
        commissioning: Commissioning,
        host: MtHost,
    ) -> None:
        self._air = air
        self._processor = processor
        self._network = network
        self._overheard = overheard
        self._store = store
        self._commissioning = commissioning
        self._host = host

    @handles(c.ZDO.StartupFromApp.Req, c.ZDO.StartupFromAppExt.Req)
    def startup(self, request: Any) -> Any:
        """Start the network in NV, or a new one. The delay, in ms, is for routers and devices that join."""
        formed = self._network.formed
        formation = int(c.app_config.BDBCommissioningMode.NwkFormation)
        self._processor.later(0, self._commissioning.start, formation, _quietly, _quietly)
        return bytes((StartupState.RestoredNetworkState if formed else StartupState.NewNetworkState,))

    @handles(c.ZDO.ExtNwkInfo.Req)
    def network_info(self, request: Any) -> bytes:
        """Short address, state, PAN id, parent, extended PAN id, parent's address, channel.

        Hand-packed: zigpy-znp's schema lacks the state and has a channel mask (docs/protocols.md 4).
        """
        network = self._network
        return struct.pack(
            "<HBHHQQB",
            network.nwk,
            self._commissioning.state,
            network.pan_id,
            COORDINATOR if network.started else 0xFFFF,
            network.extended_pan_id,
            0,
            network.channel,
        )

    @handles(c.ZDO.NetworkDiscoveryReq.Req)
    def discover_networks(self, request: Any) -> Any:
        """Active scan; routers on the air answer with beacons. Only while our own network is down."""
        if self._network.started or request.ScanDuration > _LONGEST_SCAN:
            return t.Status.NWK_INVALID_REQUEST
        mask = int(request.Channels)
        self._processor.later(scan_time(int(request.ScanDuration), len(channels_of(mask))), self._scanned, mask)
        return SUCCESS

    def _scanned(self, mask: int) -> None:
        for it in beacons(self._network, self._air, mask):
            beacon = _BEACON.pack(
                it.nwk, it.pan_id, it.channel, it.permits, True, True, 2, 2, it.lqi, 1, it.update_id,
                it.extended_pan_id,
            )  # fmt: skip
            self._host.areq(header_of(c.ZDO.BeaconNotifyInd.Callback), b"\x01" + beacon)
        self._host.indicate(c.ZDO.NwkDiscoveryCnf.Callback(Status=t.ZDOStatus.SUCCESS))

    @handles(c.ZDO.JoinReq.Req)
    def join(self, request: Any) -> Any:
        """Refused: a coordinator can't join networks."""
        return t.Status.NWK_INVALID_REQUEST

    # Routes

    @handles(c.ZDO.ExtRouteDisc.Req)
    def discover_route(self, request: Any) -> Any:
        """Discover a route; a device behind a router answers with its route record."""
        if not self._network.started:
            return t.Status.NWK_INVALID_REQUEST
        many_to_one = int(request.Options) & RouteDiscoveryOptions.MTO_WITH_ROUTE_CACHE
        for nwk, relays in self._overheard.route_records(None if many_to_one else int(request.Dst)):
            record = struct.pack(f"<HB{len(relays)}H", nwk, len(relays), *relays)
            self._processor.later(2 * self._air.delay, self._host.areq, _SRC_RTG_IND, record)
        return SUCCESS

    @handles(c.ZDO.ExtRouteChk.Req)
    def check_route(self, request: Any) -> Any:
        """Whether there is a route to a device, even to one that has lost its power."""
        known = self._network.station(int(request.Dst)) is not None
        return c.ZDO.ExtRouteChk.Rsp(Status=RoutingStatus.SUCCESS if known else RoutingStatus.FAIL)

    @handles(c.ZDO.ForceConcentratorChange.Req)
    def force_concentrator_change(self, request: Any) -> bytes:
        """The concentrator's settings in NV take effect now: nothing to do."""
        return b""

    @handles(c.ZDO.ExtSetParams.Req, c.ZDO.ExtRxIdle.Req, c.ZDO.SetRejoinParams.Req)
    def accept(self, request: Any) -> Any:
        """Accepted without effect: a coordinator's receiver is always on, its multicasts are broadcasts."""
        return SUCCESS

    # Link keys

    @handles(c.ZDO.SetLinkKey.Req, c.ZDO.SecAddLinkKey.Req)
    def add_link_key(self, request: Any) -> Any:
        """Store a device's link key."""
        ieee = int.from_bytes(request.IEEE.serialize(), "little")
        self._store.nv.prepare_network()
        stored = self._store.link_keys.store(ieee, int(request.NWK), request.LinkKeyData.serialize())
        return SUCCESS if stored else t.Status.APS_TABLE_FULL

    @handles(c.ZDO.RemoveLinkKey.Req, c.ZDO.SecDeviceRemove.Req)
    def remove_link_key(self, request: Any) -> Any:
        """Forget a device's link key."""
        found = self._store.link_keys.forget(int.from_bytes(request.IEEE.serialize(), "little"))
        return SUCCESS if found else t.Status.NWK_UNKNOWN_DEVICE

    @handles(c.ZDO.GetLinkKey.Req)
    def link_key(self, request: Any) -> bytes:
        """A device's link key, hashed or stored."""
        ieee = request.IEEE.serialize()
        found = self._store.link_keys.find(int.from_bytes(ieee, "little"))
        if found is None:
            return struct.pack("<B8s16x", t.Status.NWK_UNKNOWN_DEVICE, ieee)
        return struct.pack("<B8s16s", SUCCESS, ieee, found.key)


def _quietly(*args: object) -> None:
    """STARTUP_FROM_APP reports by state changes alone."""

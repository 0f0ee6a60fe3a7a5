"""MT ZDO commands that are no ZDO requests: starting, looking for networks and routes, link keys.

Not modelled: joining other networks (a coordinator can't), network key updates, other networks in range (a
scan finds none but our own routers).

Unknown commands here though the firmware has them, for no host uses them (zigpy-znp and its tools, zigpy-cli,
herdsman): ZDO_SEC_ENTRY_LOOKUP_EXT, ZDO_EXT_UPDATE_NWK_KEY, ZDO_EXT_SWITCH_NWK_KEY, ZDO_EXT_SEC_APS_REMOVE_REQ,
ZDO_NWK_ADDR_OF_INTEREST_REQ.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, Final

import zigpy_znp.commands as c
import zigpy_znp.types as t
from zigpy_znp.commands.zdo import RouteDiscoveryOptions, RoutingStatus, StartupState

from zigloop.air.frame import COORDINATOR
from zigloop.radio.zstack.mt.app_cnf import start_network
from zigloop.radio.zstack.mt.dispatch import SUCCESS, handles, header_of
from zigloop.radio.zstack.network import CHANNELS
from zigloop.radio.zstack.zdo_server import scan_time

if TYPE_CHECKING:
    from zigloop.radio.zstack.radio import Radio

_SRC_RTG_IND: Final = 0x45C4
_BEACON = struct.Struct("<HHBBBBBBBBBQ")
#: Longest scan exponent, IEEE 802.15.4 7.1.11.1.1.
_LONGEST_SCAN: Final = 14


class ZdoNetwork:
    """The coordinator as seen by the host: its network, its routes, its keys."""

    def __init__(self, radio: Radio) -> None:
        self._radio = radio

    @handles(c.ZDO.StartupFromApp.Req, c.ZDO.StartupFromAppExt.Req)
    def startup(self, request: Any) -> Any:
        """Start the network in NV, or a new one. The delay, in ms, is for routers and devices that join."""
        formed = self._radio.network.formed
        formation = int(c.app_config.BDBCommissioningMode.NwkFormation)
        self._radio.later(0, start_network, self._radio, formation, _quietly, _quietly)
        return bytes((StartupState.RestoredNetworkState if formed else StartupState.NewNetworkState,))

    @handles(c.ZDO.ExtNwkInfo.Req)
    def network_info(self, request: Any) -> bytes:
        """Short address, state, PAN id, parent, extended PAN id, parent's address, channel.

        Hand-packed: zigpy-znp's schema lacks the state and has a channel mask (docs/protocols.md 4).
        """
        network = self._radio.network
        return struct.pack(
            "<HBHHQQB",
            network.nwk,
            network.state,
            network.pan_id,
            COORDINATOR if network.started else 0xFFFF,
            network.extended_pan_id,
            0,
            network.channel,
        )

    @handles(c.ZDO.NetworkDiscoveryReq.Req)
    def discover_networks(self, request: Any) -> Any:
        """Active scan; routers on the air answer with beacons. Only while our own network is down."""
        if self._radio.network.started or request.ScanDuration > _LONGEST_SCAN:
            return t.Status.NWK_INVALID_REQUEST
        mask = int(request.Channels)
        channels = sum(mask >> channel & 1 for channel in CHANNELS)
        self._radio.later(scan_time(int(request.ScanDuration), channels), self._scanned, mask)
        return SUCCESS

    def _scanned(self, mask: int) -> None:
        network = self._radio.network
        if network.formed and mask >> network.channel & 1:
            for station in network.stations():
                if station.listening and station.capability & 0x02:
                    beacon = _BEACON.pack(
                        station.nwk, network.pan_id, network.channel, network.permits(station.nwk),
                        True, True, 2, 2, self._radio.air.lqi(station), 1, network.nib.nwkUpdateId,
                        network.extended_pan_id,
                    )  # fmt: skip
                    self._radio.areq(header_of(c.ZDO.BeaconNotifyInd.Callback), b"\x01" + beacon)
        self._radio.indicate(c.ZDO.NwkDiscoveryCnf.Callback(Status=t.ZDOStatus.SUCCESS))

    @handles(c.ZDO.JoinReq.Req)
    def join(self, request: Any) -> Any:
        """A coordinator joins no network."""
        return t.Status.NWK_INVALID_REQUEST

    # Routes

    @handles(c.ZDO.ExtRouteDisc.Req)
    def discover_route(self, request: Any) -> Any:
        """Look for a route; a device behind a router answers with its route record."""
        if not self._radio.network.started:
            return t.Status.NWK_INVALID_REQUEST
        dst = int(request.Dst)
        many_to_one = int(request.Options) & RouteDiscoveryOptions.MTO_WITH_ROUTE_CACHE
        for station in self._radio.network.stations():
            relays = self._radio.network.relays(station.nwk)
            if relays and station.listening and (many_to_one or station.nwk == dst):
                record = struct.pack(f"<HB{len(relays)}H", station.nwk, len(relays), *relays)
                self._radio.later(2 * self._radio.air.delay, self._radio.areq, _SRC_RTG_IND, record)
        return SUCCESS

    @handles(c.ZDO.ExtRouteChk.Req)
    def check_route(self, request: Any) -> Any:
        """Is there a route to a device? One that lost its power still has one."""
        known = self._radio.network.station(int(request.Dst)) is not None
        return c.ZDO.ExtRouteChk.Rsp(Status=RoutingStatus.SUCCESS if known else RoutingStatus.FAIL)

    @handles(c.ZDO.ForceConcentratorChange.Req)
    def force_concentrator_change(self, request: Any) -> bytes:
        """The concentrator's settings in NV take effect now: nothing to do."""
        return b""

    @handles(c.ZDO.ExtSetParams.Req, c.ZDO.ExtRxIdle.Req, c.ZDO.SetRejoinParams.Req)
    def accept(self, request: Any) -> Any:
        """Taken without effect: a coordinator's receiver is always on, its multicasts are broadcasts."""
        return SUCCESS

    # Link keys

    @handles(c.ZDO.SetLinkKey.Req, c.ZDO.SecAddLinkKey.Req)
    def add_link_key(self, request: Any) -> Any:
        """Store a device's link key."""
        ieee = int.from_bytes(request.IEEE.serialize(), "little")
        self._radio.nv.prepare_network()
        stored = self._radio.network.link_keys.store(ieee, int(request.NWK), request.LinkKeyData.serialize())
        return SUCCESS if stored else t.Status.APS_TABLE_FULL

    @handles(c.ZDO.RemoveLinkKey.Req, c.ZDO.SecDeviceRemove.Req)
    def remove_link_key(self, request: Any) -> Any:
        """Forget a device's link key."""
        found = self._radio.network.link_keys.forget(int.from_bytes(request.IEEE.serialize(), "little"))
        return SUCCESS if found else t.Status.NWK_UNKNOWN_DEVICE

    @handles(c.ZDO.GetLinkKey.Req)
    def link_key(self, request: Any) -> bytes:
        """A device's link key, hashed or stored."""
        ieee = request.IEEE.serialize()
        found = self._radio.network.link_keys.find(int.from_bytes(ieee, "little"))
        if found is None:
            return struct.pack("<B8s16x", t.Status.NWK_UNKNOWN_DEVICE, ieee)
        return struct.pack("<B8s16s", SUCCESS, ieee, found.key)


def _quietly(*args: object) -> None:
    """STARTUP_FROM_APP reports by state changes alone."""

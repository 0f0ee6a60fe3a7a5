"""MT UTIL: device info, the association list, link keys, addresses.

Not modelled: LEDs and keys of the board, the MAC's source matching, ZCL key establishment.

Unknown commands here though the firmware has them, for no host uses them (zigpy-znp and its tools, zigpy-cli,
herdsman): UTIL_BIND_ADD_ENTRY, UTIL_SRC_MATCH_CHECK_ALL_PENDING, UTIL_ZCL_KEY_EST_INIT_EST and ..._SIGN.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, Final

import zigpy_znp.commands as c
import zigpy_znp.types as t
from zigpy_znp.commands.rpc_error import ErrorCode
from zigpy_znp.types.nvids import OsalNvIds

from zigloop.radio.zstack.mt.dispatch import SUCCESS, MtError, handles, handles_raw
from zigloop.radio.zstack.tables import NEIGHBOR, NOT_USED, Associated

if TYPE_CHECKING:
    from zigloop.radio.zstack.radio import Radio

_DEVICE_TYPE: Final = 0x07  # could be coordinator, router and end device
_INVALID_NODE: Final = 0xFFFE
_NO_INDEX: Final = 0xFFFF


class Util:
    """UTIL commands."""

    def __init__(self, radio: Radio) -> None:
        self._radio = radio

    @handles(c.UTIL.GetDeviceInfo.Req)
    def device_info(self, request: Any) -> bytes:
        """Addresses, state, and the short addresses of the direct children."""
        network = self._radio.network
        children = [child.nwk for child in network.associations.children]
        head = struct.pack("<BQHBBB", SUCCESS, network.ieee, network.nwk, _DEVICE_TYPE, network.state, len(children))
        return head + struct.pack(f"<{len(children)}H", *children)

    @handles(c.UTIL.GetNVInfo.Req)
    def nv_info(self, request: Any) -> bytes:
        """IEEE address, channels, PAN id, security level and preconfigured key, as NV has them."""
        nv = self._radio.nv
        items = (OsalNvIds.EXTADDR, 8), (OsalNvIds.CHANLIST, 4), (OsalNvIds.PANID, 2)
        head = b"".join(nv.get(item).ljust(length, b"\xff")[:length] for item, length in items)
        return bytes((SUCCESS,)) + head + b"\x05" + nv.get(OsalNvIds.PRECFGKEY).ljust(16, b"\xff")[:16]

    @handles(c.UTIL.SetPanId.Req)
    def set_pan_id(self, request: Any) -> Any:
        """The PAN id of the next network."""
        return self._put(OsalNvIds.PANID, request.PanId)

    @handles(c.UTIL.SetChannels.Req)
    def set_channels(self, request: Any) -> Any:
        """The channels of the next network."""
        return self._put(OsalNvIds.CHANLIST, request.Channels)

    @handles(c.UTIL.SetPreConfigKey.Req)
    def set_key(self, request: Any) -> Any:
        """The key of the next network."""
        return self._put(OsalNvIds.PRECFGKEY, request.PreConfigKey)

    def _put(self, item: Any, value: Any) -> Any:
        self._radio.nv.put(item, value.serialize())
        return SUCCESS

    @handles(
        c.UTIL.SetSecurityLevel.Req,
        c.UTIL.CallbackSubCmd.Req,
        c.UTIL.KeyEvent.Req,
        c.UTIL.DataReq.Req,
        c.UTIL.SrcMatchEnable.Req,
        c.UTIL.SrcMatchAddEntry.Req,
        c.UTIL.SrcMatchDelEntry.Req,
        c.UTIL.SrcMatchCheckSrcAddr.Req,
        c.UTIL.SrcMatchAckAllPending.Req,
        c.UTIL.APSMERequestKeyCmd.Req,
    )
    def accept(self, request: Any) -> Any:
        """Taken without effect."""
        return SUCCESS

    @handles(c.UTIL.TimeAlive.Req)
    def time_alive(self, request: Any) -> Any:
        """Seconds since the last reset."""
        return c.UTIL.TimeAlive.Rsp(Seconds=int(self._radio.loop.time() - self._radio.started_at))

    @handles(c.UTIL.LEDControl.Req)
    def led(self, request: Any) -> None:
        """Firmware without LEDs never answers this one (docs/protocols.md 4); zigpy-znp waits 0.5 s."""

    @handles_raw(c.UTIL.Loopback.Req)
    def loopback(self, payload: bytes) -> bytes:
        """The same bytes back."""
        return payload

    @handles(c.UTIL.SRngGen.Req)
    def random(self, request: Any) -> bytes:
        """100 random bytes."""
        return self._radio.rng.randbytes(100)

    # Addresses

    @handles(c.UTIL.AddrMgrExtAddrLookup.Req)
    def nwk_of(self, request: Any) -> Any:
        """The short address of an IEEE address."""
        found = self._radio.network.addresses.by_ieee(_ieee(request))
        return c.UTIL.AddrMgrExtAddrLookup.Rsp(NWK=found.nwk if found else _INVALID_NODE)

    @handles(c.UTIL.AddrMgwNwkAddrLookUp.Req)
    def ieee_of(self, request: Any) -> bytes:
        """The IEEE address of a short one, 0 when unknown."""
        found = self._radio.network.addresses.by_nwk(int(request.NWK))
        return (found.ieee if found else 0).to_bytes(8, "little")

    # The association list

    @handles(c.UTIL.AssocCount.Req)
    def count(self, request: Any) -> Any:
        """How many devices have a relation in this range."""
        relations = range(request.StartRelation, request.EndRelation + 1)
        devices = self._radio.network.associations.devices
        return c.UTIL.AssocCount.Rsp(Count=sum(device.relation in relations for device in devices))

    @handles(c.UTIL.AssocFindDevice.Req)
    def find(self, request: Any) -> bytes:
        """The n-th device. From the answer's length, 36 bytes, zigpy-znp infers how structs are aligned."""
        devices = self._radio.network.associations.devices
        return _pack(devices[request.Index] if request.Index < len(devices) else None)

    @handles(c.UTIL.AssocGetWithAddress.Req)
    def get(self, request: Any) -> bytes:
        """The device with this IEEE address or, when that is 0, with this short one."""
        network = self._radio.network
        if _ieee(request):
            return _pack(self._associated(_ieee(request)))
        return _pack(network.associations.by_nwk(int(request.NWK)))

    @handles(c.UTIL.AssocRemove.Req)
    def remove(self, request: Any) -> Any:
        """Take a device off the list (Koenkk's firmware), so that a route to it is looked for."""
        device = self._associated(_ieee(request))
        if device is None:
            return t.Status.FAILURE
        self._radio.network.associations.remove(device.address_index)
        return SUCCESS

    @handles_raw(c.UTIL.AssocAdd.Req)
    def add(self, payload: bytes) -> Any:
        """Put a device on the list (Koenkk's firmware).

        The firmware reads IEEE address, short address, relation. zigpy-znp 1.1 sends the short address first,
        which a real radio takes for another device; so do we, and a device that nobody knows can't be added.
        """
        if len(payload) < 11:
            raise MtError(ErrorCode.InvalidLength)
        ieee, nwk, relation = struct.unpack_from("<QHB", payload)
        network = self._radio.network
        if (address := network.addresses.by_ieee(ieee)) is None:
            return t.Status.FAILURE
        network.associations.put(Associated(nwk, address.index, relation))
        return SUCCESS

    def _associated(self, ieee: int) -> Associated | None:
        network = self._radio.network
        address = network.addresses.by_ieee(ieee)
        if address is None:
            return None
        return next((d for d in network.associations.devices if d.address_index == address.index), None)

    # Link keys

    @handles(c.UTIL.APSMELinkKeyDataGet.Req)
    def link_key(self, request: Any) -> bytes:
        """A device's link key and its counters."""
        found = self._radio.network.link_keys.find(_ieee(request))
        if found is None:
            return bytes((t.Status.NWK_UNKNOWN_DEVICE,)) + bytes(24)
        return bytes((SUCCESS,)) + found.key + struct.pack("<II", found.tx_counter, found.rx_counter)

    @handles(c.UTIL.APSMELinkKeyNvIdGet.Req)
    def link_key_nv_id(self, request: Any) -> bytes:
        """Where a stored link key lies in its table; a hashed one lies nowhere."""
        found = self._radio.network.link_keys.find(_ieee(request))
        if found is None or found.nv_id is None:
            return struct.pack("<BH", t.Status.NWK_UNKNOWN_DEVICE, _NO_INDEX)
        return struct.pack("<BH", SUCCESS, found.nv_id)


def _ieee(request: Any) -> int:
    return int.from_bytes(request.IEEE.serialize(), "little")


_ASSOCIATED = struct.Struct("<HHBBBBBBBBIHxxBxxxIIBBxx")


def _pack(device: Associated | None) -> bytes:
    """An associated_devices_t of an aligned build, 36 bytes; an invalid one when there is no device."""
    if device is None:
        device = Associated(_INVALID_NODE, _NO_INDEX, NOT_USED)
    status = 0x0B if device.relation != NOT_USED else 0  # joined, authenticated, link key known
    cost = 1 if device.relation in (NEIGHBOR,) else 0
    return _ASSOCIATED.pack(
        device.nwk, device.address_index, device.relation, status, 0, 0,
        0, cost, device.lqi, 0, 0, 0,
        0, 0,
        0, 0, 0,
    )  # fmt: skip

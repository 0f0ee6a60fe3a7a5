"""MT UTIL: device info, the association list, link keys, addresses.

Not modelled: LEDs and keys of the board, the MAC's source matching, ZCL key establishment.

Unknown commands here though the firmware has them, since no host uses them (zigpy-znp and its tools, zigpy-cli,
herdsman): UTIL_BIND_ADD_ENTRY, UTIL_SRC_MATCH_CHECK_ALL_PENDING, UTIL_ZCL_KEY_EST_INIT_EST and ..._SIGN.
"""

import random
import struct
from typing import Any, Final

import zigpy_znp.commands as c
import zigpy_znp.types as t
from zigpy_znp.commands.rpc_error import ErrorCode
from zigpy_znp.types.nvids import OsalNvIds

from zigloop.coordinator.network import Network
from zigloop.coordinator.processor import Processor
from zigloop.radio.zstack.commissioning import Commissioning
from zigloop.radio.zstack.mt.dispatch import SUCCESS, MtError, handles, handles_raw
from zigloop.radio.zstack.store import NvStore
from zigloop.radio.zstack.tables import NEIGHBOR, NOT_USED, Associated

_DEVICE_TYPE: Final = 0x07  # could be coordinator, router and end device
_INVALID_NODE: Final = 0xFFFE
_NO_INDEX: Final = 0xFFFF


class Util:
    """UTIL commands."""

    def __init__(
        self,
        processor: Processor,
        network: Network,
        store: NvStore,
        commissioning: Commissioning,
        rng: random.Random,
    ) -> None:
        self._processor = processor
        self._network = network
        self._store = store
        self._commissioning = commissioning
        self._rng = rng

    @handles(c.UTIL.GetDeviceInfo.Req)
    def device_info(self, request: Any) -> bytes:
        """Addresses, state, and the short addresses of the direct children."""
        children = self._store.children
        ieee, nwk, state = self._store.ieee, self._network.nwk, self._commissioning.state
        head = struct.pack("<BQHBBB", SUCCESS, ieee, nwk, _DEVICE_TYPE, state, len(children))
        return head + struct.pack(f"<{len(children)}H", *children)

    @handles(c.UTIL.GetNVInfo.Req)
    def nv_info(self, request: Any) -> bytes:
        """IEEE address, channels, PAN id, security level and preconfigured key, as NV has them."""
        nv = self._store.nv
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
        self._store.nv.put(item, value.serialize())
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
        """Accepted without effect."""
        return SUCCESS

    @handles(c.UTIL.TimeAlive.Req)
    def time_alive(self, request: Any) -> Any:
        """Seconds since the last reset."""
        return c.UTIL.TimeAlive.Rsp(Seconds=int(self._processor.loop.time() - self._processor.started_at))

    @handles(c.UTIL.LEDControl.Req)
    def led(self, request: Any) -> None:
        """Firmware without LEDs never answers this one (docs/protocols.md 4); zigpy-znp waits 0.5 s."""

    @handles_raw(c.UTIL.Loopback.Req)
    def loopback(self, payload: bytes) -> bytes:
        """Return the same bytes."""
        return payload

    @handles(c.UTIL.SRngGen.Req)
    def random(self, request: Any) -> bytes:
        """100 random bytes."""
        return self._rng.randbytes(100)

    # Addresses

    @handles(c.UTIL.AddrMgrExtAddrLookup.Req)
    def nwk_of(self, request: Any) -> Any:
        """The short address of an IEEE address."""
        found = self._store.addresses.by_ieee(_ieee(request))
        return c.UTIL.AddrMgrExtAddrLookup.Rsp(NWK=found.nwk if found else _INVALID_NODE)

    @handles(c.UTIL.AddrMgwNwkAddrLookUp.Req)
    def ieee_of(self, request: Any) -> bytes:
        """The IEEE address of a short one, 0 when unknown."""
        found = self._store.addresses.by_nwk(int(request.NWK))
        return (found.ieee if found else 0).to_bytes(8, "little")

    # The association list

    @handles(c.UTIL.AssocCount.Req)
    def count(self, request: Any) -> Any:
        """The number of devices whose relation is in this range."""
        relations = range(request.StartRelation, request.EndRelation + 1)
        devices = self._store.associations.devices
        return c.UTIL.AssocCount.Rsp(Count=sum(device.relation in relations for device in devices))

    @handles(c.UTIL.AssocFindDevice.Req)
    def find(self, request: Any) -> bytes:
        """The n-th device. From the answer's length, 36 bytes, zigpy-znp infers how structs are aligned."""
        devices = self._store.associations.devices
        return _pack(devices[request.Index] if request.Index < len(devices) else None)

    @handles(c.UTIL.AssocGetWithAddress.Req)
    def get(self, request: Any) -> bytes:
        """The device with this IEEE address or, when that is 0, with this short one."""
        if _ieee(request):
            return _pack(self._store.associated(_ieee(request)))
        return _pack(self._store.associations.by_nwk(int(request.NWK)))

    @handles(c.UTIL.AssocRemove.Req)
    def remove(self, request: Any) -> Any:
        """Remove a device from the list (Koenkk's firmware), which makes the coordinator search a route to it."""
        device = self._store.associated(_ieee(request))
        if device is None:
            return t.Status.FAILURE
        self._store.associations.remove(device.address_index)
        return SUCCESS

    @handles_raw(c.UTIL.AssocAdd.Req)
    def add(self, payload: bytes) -> Any:
        """Add a device to the list (Koenkk's firmware).

        The firmware reads IEEE address, short address, relation. zigpy-znp 1.1 sends the short address first,
        which a real radio, and this one, reads as another device; an unknown device can't be added.
        """
        if len(payload) < 11:
            raise MtError(ErrorCode.InvalidLength)
        ieee, nwk, relation = struct.unpack_from("<QHB", payload)
        if (address := self._store.addresses.by_ieee(ieee)) is None:
            return t.Status.FAILURE
        self._store.associations.put(Associated(nwk, address.index, relation))
        return SUCCESS

    # Link keys

    @handles(c.UTIL.APSMELinkKeyDataGet.Req)
    def link_key(self, request: Any) -> bytes:
        """A device's link key and its counters."""
        found = self._store.link_keys.find(_ieee(request))
        if found is None:
            return bytes((t.Status.NWK_UNKNOWN_DEVICE,)) + bytes(24)
        return bytes((SUCCESS,)) + found.key + struct.pack("<II", found.tx_counter, found.rx_counter)

    @handles(c.UTIL.APSMELinkKeyNvIdGet.Req)
    def link_key_nv_id(self, request: Any) -> bytes:
        """Where a stored link key lies in its table; a hashed one lies nowhere."""
        found = self._store.link_keys.find(_ieee(request))
        if found is None or found.nv_id is None:
            return struct.pack("<BH", t.Status.NWK_UNKNOWN_DEVICE, _NO_INDEX)
        return struct.pack("<BH", SUCCESS, found.nv_id)


def _ieee(request: Any) -> int:
    return int.from_bytes(request.IEEE.serialize(), "little")


_ASSOCIATED = struct.Struct("<HHBBBBBBBBIHxxBxxxIIBBxx")


def _pack(device: Associated | None) -> bytes:
    """An associated_devices_t of an aligned build, 36 bytes; an invalid one without a device."""
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

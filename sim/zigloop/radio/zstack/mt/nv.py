"""MT SYS's NV commands: the OSAL commands, which name an item by one number, and those with three numbers."""

from typing import Any

import zigpy_znp.commands as c
import zigpy_znp.types as t

from zigloop.radio.zstack.mt.dispatch import SUCCESS, handles
from zigloop.radio.zstack.mt.framing import MAX_DATA
from zigloop.radio.zstack.nv import NvMemory
from zigloop.radio.zstack.nv_file import MAX_ITEM_LENGTH, Key, legacy

#: Most bytes of an item in one response: status and length precede them.
_MAX_READ = MAX_DATA - 2
_ERASED = b"\xff"


class NvCommands:
    """Reading and writing NV memory. All items are readable: Z-Stack 3.x.0 lets hosts read its keys."""

    def __init__(self, nv: NvMemory) -> None:
        self._nv = nv

    # Items by one number

    @handles(c.SYS.OSALNVItemInit.Req)
    def item_init(self, request: Any) -> Any:
        """Create an item; "uninitialised" (9) is how the firmware reports success."""
        if self._nv.length(legacy(request.Id)):
            return SUCCESS
        if len(request.Value) > request.ItemLen or request.ItemLen > MAX_ITEM_LENGTH:
            return t.Status.NV_OPER_FAILED
        created = self._nv.create(legacy(request.Id), bytes(request.Value).ljust(request.ItemLen, _ERASED))
        return t.Status.NV_ITEM_UNINIT if created else t.Status.NV_OPER_FAILED

    @handles(c.SYS.OSALNVDelete.Req)
    def osal_delete(self, request: Any) -> Any:
        """Delete an item of exactly this length."""
        length = self._nv.length(legacy(request.Id))
        if not length:
            return t.Status.NV_ITEM_UNINIT
        if length != request.ItemLen:
            return t.Status.NV_BAD_ITEM_LEN
        self._nv.delete(legacy(request.Id))
        return SUCCESS

    @handles(c.SYS.OSALNVLength.Req)
    def osal_length(self, request: Any) -> Any:
        """An item's length, 0 when it doesn't exist."""
        return c.SYS.OSALNVLength.Rsp(ItemLen=self._nv.length(legacy(request.Id)))

    @handles(c.SYS.OSALNVRead.Req, c.SYS.OSALNVReadExt.Req)
    def osal_read(self, request: Any) -> bytes:
        """An item from an offset on, as much as fits."""
        value = self._nv.read(legacy(request.Id))
        if value is None or request.Offset >= len(value):
            return bytes((t.Status.INVALID_PARAMETER, 0))
        part = value[request.Offset : request.Offset + _MAX_READ]
        return bytes((SUCCESS, len(part))) + part

    @handles(c.SYS.OSALNVWrite.Req, c.SYS.OSALNVWriteExt.Req)
    def osal_write(self, request: Any) -> Any:
        """Overwrite a part of an item."""
        key = legacy(request.Id)
        if not self._nv.length(key):
            return t.Status.NV_ITEM_UNINIT
        written = self._nv.write(key, request.Offset, bytes(request.Value))
        return SUCCESS if written else t.Status.NV_BAD_ITEM_LEN

    # Items by system, item, sub-item

    @handles(c.SYS.NVCreate.Req)
    def create(self, request: Any) -> Any:
        """Create an item with the bytes of erased flash. Succeeds when it exists with this length."""
        key = _key(request)
        if length := self._nv.length(key):
            return SUCCESS if length == request.Length else t.Status.NV_OPER_FAILED
        if request.Length > MAX_ITEM_LENGTH:
            return t.Status.NV_OPER_FAILED
        return SUCCESS if self._nv.create(key, _ERASED * request.Length) else t.Status.NV_OPER_FAILED

    @handles(c.SYS.NVDelete.Req)
    def delete(self, request: Any) -> Any:
        """Delete an item."""
        return SUCCESS if self._nv.delete(_key(request)) else t.Status.NV_OPER_FAILED

    @handles(c.SYS.NVLength.Req)
    def length(self, request: Any) -> Any:
        """An item's length, 0 when it doesn't exist: hosts find a table's end so."""
        return c.SYS.NVLength.Rsp(Length=self._nv.length(_key(request)))

    @handles(c.SYS.NVRead.Req)
    def read(self, request: Any) -> bytes:
        """Exactly `Length` bytes of an item, from an offset on."""
        value = self._nv.read(_key(request))
        end = request.Offset + request.Length
        if value is None or end > len(value) or request.Length > _MAX_READ:
            return bytes((t.Status.NV_OPER_FAILED, 0))
        return bytes((SUCCESS, request.Length)) + value[request.Offset : end]

    @handles(c.SYS.NVWrite.Req)
    def write(self, request: Any) -> Any:
        """Overwrite a part of an item."""
        written = self._nv.write(_key(request), request.Offset, bytes(request.Value))
        return SUCCESS if written else t.Status.NV_OPER_FAILED

    @handles(c.SYS.NVUpdate.Req)
    def update(self, request: Any) -> Any:
        """Set an item, which may be new or of another length."""
        done = self._nv.create(_key(request), bytes(request.Value))
        return SUCCESS if done else t.Status.NV_OPER_FAILED

    @handles(c.SYS.NVCompact.Req)
    def compact(self, request: Any) -> Any:
        """Nothing to do: this memory is always compact."""
        return SUCCESS


def _key(request: Any) -> Key:
    return Key(int(request.SysId), int(request.ItemId), int(request.SubId))

"""Groups of the coordinator's own endpoints: MT's ZDO_EXT_..._GROUP commands, the table in NV."""

import struct
from typing import Any, Final

import zigpy_znp.commands as c
import zigpy_znp.types as t
from zigpy_znp.commands.rpc_error import ErrorCode
from zigpy_znp.types.nvids import OsalNvIds

from zigloop.coordinator.processor import Processor
from zigloop.radio.zstack.mt.dispatch import SUCCESS, MtError, handles, handles_raw
from zigloop.radio.zstack.nv import NvMemory

#: APS_MAX_GROUPS of the ZNP build.
_MAX_GROUPS: Final = 16
#: In NV: a count, and for each membership endpoint, group, name.
_GROUP = struct.Struct("<BxH16s")


class GroupCommands:
    """Group memberships of endpoints. They survive a reset, since the firmware keeps them in NV."""

    def __init__(self, processor: Processor, nv: NvMemory) -> None:
        self._nv = nv
        self._boot()
        processor.on_reset(self._boot)

    def _boot(self) -> None:
        """A reset: read the table back from NV."""
        #: The group's name by (endpoint, group).
        self.members = _load(self._nv.get(OsalNvIds.GROUP_TABLE))

    @handles(c.ZDO.ExtFindGroup.Req)
    def find_group(self, request: Any) -> bytes:
        """Whether an endpoint is in a group, and its name; hand-packed, zigpy-znp has plain bytes here."""
        name = self.members.get((int(request.Endpoint), int(request.GroupId)))
        status = t.Status.FAILURE if name is None else SUCCESS
        name = name or b""
        return struct.pack("<BHB", status, request.GroupId, len(name)) + name

    @handles(c.ZDO.ExtAddGroup.Req)
    def add_group(self, request: Any) -> Any:
        """Add an endpoint to a group."""
        key = (int(request.Endpoint), int(request.GroupId))
        if key in self.members:
            return t.Status.APS_DUPLICATE_ENTRY
        if len(self.members) >= _MAX_GROUPS:
            return t.Status.APS_TABLE_FULL
        self.members[key] = str(request.GroupName).encode()[:16]
        self._save()
        return SUCCESS

    @handles(c.ZDO.ExtRemoveGroup.Req)
    def remove_group(self, request: Any) -> Any:
        """Remove an endpoint from a group."""
        if self.members.pop((int(request.Endpoint), int(request.GroupId)), None) is None:
            return t.Status.FAILURE
        self._save()
        return SUCCESS

    @handles(c.ZDO.ExtRemoveAllGroups.Req)
    def remove_all_groups(self, request: Any) -> Any:
        """Remove an endpoint from all its groups."""
        self.members = {key: name for key, name in self.members.items() if key[0] != request.Endpoint}
        self._save()
        return SUCCESS

    @handles_raw(c.ZDO.ExtFindAllGroupsEndpoint.Req)
    def find_all_groups(self, payload: bytes) -> bytes:
        """The groups of an endpoint. zigpy-znp's request has one more field than the firmware's."""
        if not payload:
            raise MtError(ErrorCode.InvalidLength)
        groups = [group for endpoint, group in self.members if endpoint == payload[0]]
        return struct.pack(f"<B{len(groups)}H", len(groups), *groups)

    @handles(c.ZDO.ExtCountAllGroups.Req)
    def count_groups(self, request: Any) -> Any:
        """Memberships of all endpoints."""
        return c.ZDO.ExtCountAllGroups.Rsp(GroupCount=len(self.members))

    def _save(self) -> None:
        entries = b"".join(_GROUP.pack(ep, group, name) for (ep, group), name in self.members.items())
        table = struct.pack("<H", len(self.members)) + (entries or b"\xff" * _GROUP.size)
        self._nv.put(OsalNvIds.GROUP_TABLE, table)


def _load(table: bytes) -> dict[tuple[int, int], bytes]:
    count = int.from_bytes(table[:2], "little")
    groups = {}
    for index in range(min(count, max(len(table) - 2, 0) // _GROUP.size)):
        endpoint, group, name = _GROUP.unpack_from(table, 2 + index * _GROUP.size)
        groups[endpoint, group] = name.rstrip(b"\x00")
    return groups

"""The Groups cluster, server side (ZCL 3.6). The table itself is the node's APS group table."""

from typing import Final

from zigloop.zcl.attributes import Attribute
from zigloop.zcl.cluster import Answer, Cluster, ClusterDeclaration, Neighbourhood, Request
from zigloop.zcl.clusters.identify import IDENTIFY, Identify
from zigloop.zcl.codes import Status
from zigloop.zcl.types import MAP8

GROUPS: Final = 0x0004
VALID_GROUPS: Final = range(0x0001, 0xFFF8)  # 3.6.2.2.2


class Groups(Cluster):
    """Group membership of the endpoint. Names are accepted and not kept (name support is 0)."""

    generated = (0x00, 0x01, 0x02, 0x03)

    def __init__(self, endpoint: Neighbourhood, declaration: ClusterDeclaration, *, server: bool = True) -> None:
        super().__init__(endpoint, declaration, server=server)
        self.received = {
            0x00: self._add,
            0x01: self._view,
            0x02: self._membership,
            0x03: self._remove,
            0x04: self._remove_all,
            0x05: self._add_if_identifying,
        }

    def _add(self, request: Request) -> Answer:
        group, _ = request.fields("HB")  # the name's length octet has to be there
        return 0x00, bytes((self._join(group),)) + group.to_bytes(2, "little")

    def _view(self, request: Request) -> Answer:
        (group,) = request.fields("H")
        member = self.node.groups.is_member(group, self.endpoint.id)
        return 0x01, bytes((Status.SUCCESS if member else _unknown(group),)) + group.to_bytes(2, "little") + b"\x00"

    def _membership(self, request: Request) -> Answer:
        """Unless asked for all, a device that is in none of the groups doesn't respond (3.6.2.3.4)."""
        (count,) = request.fields("B")
        asked = request.fields(f"B{count}H")[1:]
        mine = self.node.groups.of(self.endpoint.id)
        groups = [group for group in mine if not asked or group in asked]
        if asked and not groups:
            return None
        free = min(0xFE, self.node.groups.free)
        return 0x02, bytes((free, len(groups))) + b"".join(group.to_bytes(2, "little") for group in groups)

    def _remove(self, request: Request) -> Answer:
        (group,) = request.fields("H")
        removed = self._leave(group)
        return 0x03, bytes((Status.SUCCESS if removed else _unknown(group),)) + group.to_bytes(2, "little")

    def _remove_all(self, request: Request) -> Answer:
        for group in self.node.groups.of(self.endpoint.id):
            self._leave(group)
        return None

    def _add_if_identifying(self, request: Request) -> Answer:
        """Never has an answer of its own (3.6.2.3.7)."""
        group, _ = request.fields("HB")
        identify = self.endpoint.servers.get(IDENTIFY)
        if isinstance(identify, Identify) and identify.seconds:
            self._join(group)
        return None

    def _leave(self, group: int) -> bool:
        """Whether the endpoint was a member."""
        member = self.node.groups.remove(group, self.endpoint.id)
        if member:
            for cluster in self.endpoint.servers.values():
                cluster.group_left(group)
        return member

    def _join(self, group: int) -> Status:
        if group not in VALID_GROUPS:
            return Status.INVALID_VALUE
        if self.node.groups.is_member(group, self.endpoint.id):
            return Status.DUPLICATE_EXISTS
        if not self.node.groups.free:
            return Status.INSUFFICIENT_SPACE
        self.node.groups.add(group, self.endpoint.id)
        return Status.SUCCESS


def _unknown(group: int) -> Status:
    return Status.NOT_FOUND if group in VALID_GROUPS else Status.INVALID_VALUE


def groups() -> ClusterDeclaration:
    return ClusterDeclaration(GROUPS, (Attribute(0x0000, MAP8, 0),), Groups)

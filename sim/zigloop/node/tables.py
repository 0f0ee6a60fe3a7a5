"""A node's APS tables: groups and bindings (Zigbee specification 2.2.8.2, 2.2.8.3)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


class GroupTable:
    """The group table. `capacity` is in pairs of group and endpoint."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._table: dict[tuple[int, int], None] = {}  # ordered: the oldest membership first

    @property
    def free(self) -> int:
        return self._capacity - len(self._table)

    def is_member(self, group: int, endpoint: int) -> bool:
        return (group, endpoint) in self._table

    def add(self, group: int, endpoint: int) -> None:
        self._table[group, endpoint] = None

    def remove(self, group: int, endpoint: int) -> bool:
        """Whether it was a member."""
        known = (group, endpoint) in self._table
        self._table.pop((group, endpoint), None)
        return known

    def of(self, endpoint: int) -> list[int]:
        return [group for group, member in self._table if member == endpoint]

    def members(self, group: int) -> list[int]:
        return [endpoint for each, endpoint in self._table if each == group]

    def clear(self) -> None:
        self._table.clear()

    def snapshot(self) -> list[list[int]]:
        return [list(key) for key in self._table]

    def restore_snapshot(self, snapshot: list[list[int]]) -> None:
        self._table = dict.fromkeys((group, endpoint) for group, endpoint in snapshot)


@dataclass(frozen=True, slots=True)
class Binding:
    """A source endpoint's cluster, and its target: a group, or an endpoint of a device."""

    endpoint: int
    cluster: int
    group: int | None
    ieee: int = 0
    target_endpoint: int = 0

    def serialize(self, source: int) -> bytes:
        """As in a Mgmt_Bind_rsp; `source` is the IEEE address of the node (2.4.4.3.4)."""
        head = source.to_bytes(8, "little") + bytes((self.endpoint,)) + self.cluster.to_bytes(2, "little")
        if self.group is not None:
            return head + b"\x01" + self.group.to_bytes(2, "little")
        return head + b"\x03" + self.ieee.to_bytes(8, "little") + bytes((self.target_endpoint,))


class Bindings:
    """The binding table. `resolve` gives the short address for an IEEE address, or None."""

    def __init__(self, capacity: int, resolve: Callable[[int], int | None]) -> None:
        self._capacity = capacity
        self._resolve = resolve
        self.entries: list[Binding] = []

    @property
    def full(self) -> bool:
        return len(self.entries) >= self._capacity

    def destinations(self, endpoint: int, cluster: int) -> list[tuple[int, int, int | None]]:
        """Short address, endpoint and group of everything bound to this cluster."""
        found: list[tuple[int, int, int | None]] = []
        for each in self.entries:
            if (each.endpoint, each.cluster) == (endpoint, cluster):
                nwk = 0 if each.group is not None else self._resolve(each.ieee)
                if nwk is not None:
                    found.append((nwk, each.target_endpoint, each.group))
        return found

    def clear(self) -> None:
        self.entries.clear()

    def snapshot(self) -> list[list[Any]]:
        return [[each.endpoint, each.cluster, each.group, each.ieee, each.target_endpoint] for each in self.entries]

    def restore_snapshot(self, snapshot: list[list[Any]]) -> None:
        self.entries = [Binding(*each) for each in snapshot]

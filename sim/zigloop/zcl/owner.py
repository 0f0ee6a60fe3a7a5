"""The part of a node that its endpoints and clusters use."""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from zigloop.zcl.attributes import Attribute
from zigloop.zcl.types import Value


class GroupTable(Protocol):
    """The node's APS group table: pairs of group and endpoint."""

    @property
    def free(self) -> int:
        """Pairs that it has room for."""

    def is_member(self, group: int, endpoint: int) -> bool: ...
    def add(self, group: int, endpoint: int) -> None: ...
    def remove(self, group: int, endpoint: int) -> bool:
        """Whether it was a member."""

    def of(self, endpoint: int) -> list[int]:
        """The groups of an endpoint."""


class BindingTable(Protocol):
    """The node's APS binding table."""

    def destinations(self, endpoint: int, cluster: int) -> list[tuple[int, int, int | None]]:
        """Short address, endpoint and group of everything bound to this cluster."""


class ClusterOwner(Protocol):
    """The node of an endpoint."""

    loop: asyncio.AbstractEventLoop

    @property
    def manufacturers(self) -> tuple[int, ...]:
        """Codes whose manufacturer-specific frames it understands."""

    @property
    def announced(self) -> bool:
        """Settled in its network: only then does it report."""

    @property
    def groups(self) -> GroupTable: ...
    @property
    def bindings(self) -> BindingTable: ...
    def next_tsn(self) -> int:
        """A new ZCL sequence number."""

    def send(
        self,
        nwk: int,
        dst_endpoint: int,
        src_endpoint: int,
        profile: int,
        cluster: int,
        data: bytes,
        *,
        group: int | None = None,
        answer: bool = False,
    ) -> None:
        """Send a frame; `answer` marks a response."""

    def later(self, delay: float, act: Callable[..., object], *args: Any) -> asyncio.TimerHandle:
        """A timer that a power cut cancels."""

    def soon(self, delay: float, act: Callable[..., object], *args: Any) -> asyncio.TimerHandle:
        """`later`, for what follows soon from something that has happened."""

    def reset_attributes(self) -> None:
        """Factory defaults in all clusters of all endpoints; the network is kept."""

    def attribute_changed(self, endpoint: int, cluster: int, attribute: Attribute) -> None:
        """An attribute of a server cluster has another value."""

    def value_received(self, endpoint: int, cluster: int, attribute_id: int, value: Value) -> None:
        """Another device has answered a read of a client cluster, or has reported to it."""

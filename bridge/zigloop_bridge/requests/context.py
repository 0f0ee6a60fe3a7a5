"""The context of request handlers."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from zigloop_bridge.directory import Directory
from zigloop_bridge.extension import Extension
from zigloop_bridge.status import Status
from zigloop_bridge.zigbee.device import Device


class Network(Protocol):
    """The network, as requests need it."""

    @property
    def online(self) -> bool:
        """Whether the radio is connected."""

    async def remove(self, device: Device, *, force: bool = False) -> None:
        """Make a device leave; with `force` only remove it from the database. Raises `RequestError`."""

    async def interview(self, device: Device) -> None:
        """Interview a device. Raises `InterviewError`."""


@dataclass(frozen=True)
class Context:
    """The parts that handlers work on. `events` are the hooks to call after a change."""

    directory: Directory
    network: Network
    status: Status
    events: Extension
    mqtt_version: int
    #: Open the network for some seconds (0 closes it), at one device or everywhere. Raises `RequestError`.
    permit_join: Callable[[int, Device | None], Awaitable[None]]
    #: Send a device its definition's frames for new devices. Raises `RequestError`.
    configure: Callable[[Device], Awaitable[None]]
    #: Stop and start the bridge, half a second later.
    restart: Callable[[], None]

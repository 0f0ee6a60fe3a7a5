"""Permits joining, and tracks when it ends."""

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

from zigloop_bridge.directory import Directory
from zigloop_bridge.extension import Extension
from zigloop_bridge.status import Status
from zigloop_bridge.zigbee.device import Device

LOGGER = logging.getLogger(__name__)


class Network(Protocol):
    """The network, as permit_join needs it."""

    async def permit_join(self, seconds: int, device: Device | None = None) -> None:
        """Open the network, everywhere or at one device; 0 closes it. Raises `RequestError`."""


class PermitJoin(Extension):
    """Keeps `status.permit_join_end`, and calls the hook `info_changed` of `events` when it changes."""

    def __init__(
        self, directory: Directory, network: Network, status: Status, events: Extension, now: Callable[[], float]
    ) -> None:
        self._directory = directory
        self._network = network
        self._status = status
        self._events = events
        self._now = now
        self._timer: asyncio.TimerHandle | None = None

    async def permit(self, seconds: int, device: Device | None) -> None:
        """Open the network at `device`, everywhere with None; 0 seconds close it. Raises `RequestError`."""
        where = f" via '{self._directory.name(device)}'" if device is not None else ""
        await self._network.permit_join(seconds, device)
        self._close()
        if seconds:
            LOGGER.info("Zigbee: allowing new devices to join%s.", where)
            self._status.permit_join_end = int((self._now() + seconds) * 1000)
            self._timer = asyncio.get_running_loop().call_later(seconds, self._ended)
        else:
            LOGGER.info("Zigbee: disabling joining new devices.")
        self._events.info_changed()

    def radio_disconnected(self) -> None:
        """The network is closed: a radio that starts doesn't permit joining."""
        if self._status.permit_join_end is not None:
            self._ended()

    async def stop(self) -> None:
        """Cancel the timer."""
        self._close()

    def _ended(self) -> None:
        self._close()
        self._events.info_changed()

    def _close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._status.permit_join_end = None

"""Sends a new device its definition's frames after the interview."""

import logging
from typing import Protocol

from zigloop_bridge.directory import Directory
from zigloop_bridge.errors import RequestError
from zigloop_bridge.extension import Extension
from zigloop_bridge.tasks import Tasks
from zigloop_bridge.zcl import codec as zcl
from zigloop_bridge.zigbee.device import Device

LOGGER = logging.getLogger(__name__)


class Network(Protocol):
    """The network, as configuration needs it."""

    async def command(self, device: Device, request: zcl.Request) -> None:
        """Send a request and require its success. Raises `RequestError`."""

    def changed(self) -> None:
        """Save the database."""


class Configuration(Extension):
    """Configures devices: after an interview, and on request. Calls the hook `configured` of `events`."""

    def __init__(self, directory: Directory, network: Network, events: Extension) -> None:
        self._directory = directory
        self._network = network
        self._events = events
        self._tasks = Tasks(LOGGER)

    async def stop(self) -> None:
        """Cancel configurations in progress."""
        await self._tasks.cancel()

    def interviewed(self, device: Device, status: str) -> None:
        """Configure it."""
        if status == "successful" and device.definition is not None:
            self._tasks.spawn(self._configure_new(device), f"configure {device.ieee}")

    async def _configure_new(self, device: Device) -> None:
        try:
            await self.configure(device)
        except RequestError as error:
            LOGGER.debug("%s: not configured: %s", device.ieee, error)

    async def configure(self, device: Device) -> None:
        """Send the definition's frames for a new device. Raises `RequestError`."""
        definition = device.definition
        if definition is None:
            return
        name = self._directory.name(device)
        LOGGER.info("Configuring '%s'", name)
        try:
            for request in definition.configure:
                await self._network.command(device, request)
        except RequestError as error:
            LOGGER.error("Failed to configure '%s' (%s)", name, error)
            raise
        LOGGER.info("Successfully configured '%s' (definition v%s)", name, definition.version)
        device.meta["configured"] = definition.version
        self._network.changed()
        self._events.configured(device)

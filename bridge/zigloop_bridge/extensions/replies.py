"""Replies to reports, and notices in the log, as definitions declare them."""

import logging
from typing import Protocol

from zigloop_bridge.converters.definition import Received
from zigloop_bridge.directory import Directory
from zigloop_bridge.errors import RequestError
from zigloop_bridge.extension import Extension
from zigloop_bridge.tasks import Tasks
from zigloop_bridge.zcl import codec as zcl
from zigloop_bridge.zigbee.device import Device

LOGGER = logging.getLogger(__name__)


class Network(Protocol):
    """The network, as replies need it."""

    async def command(self, device: Device, request: zcl.Request) -> None:
        """Send a request and require its success. Raises `RequestError`."""


class Replies(Extension):
    """Sends replies at once, and logs each notice once for each device."""

    def __init__(self, directory: Directory, network: Network) -> None:
        self._directory = directory
        self._network = network
        self._under_way: set[tuple[str, zcl.Request]] = set()
        self._tasks = Tasks(LOGGER)

    async def stop(self) -> None:
        """Cancel replies in progress."""
        await self._tasks.cancel()

    def heard(self, device: Device, received: Received) -> None:
        """Send the definition's replies to this frame, and log its notices."""
        definition = device.definition
        if definition is None or not (definition.notices or definition.auto_replies):
            return
        for sentence in definition.sentences(received):
            if sentence not in device.reported:
                device.reported.add(sentence)
                LOGGER.warning("%s: %s", self._directory.name(device), sentence)
        for reply in definition.replies(received):
            # A device that repeats itself before it gets the reply gets one.
            if (device.ieee, reply) not in self._under_way:
                self._under_way.add((device.ieee, reply))
                self._tasks.spawn(self._reply(device, reply), f"reply to {device.ieee}")

    async def _reply(self, device: Device, reply: zcl.Request) -> None:
        try:
            await self._network.command(device, reply)
        except RequestError as error:
            LOGGER.warning("%s rejected the reply to its report: %s", self._directory.name(device), error)
        finally:
            self._under_way.discard((device.ieee, reply))

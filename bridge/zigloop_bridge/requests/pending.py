"""Commands for devices that sleep.

A device that sleeps polls its parent when it wakes, but the parent's indirect queue keeps a frame for only 7.68 s. A
command that the device didn't fetch is kept here, and sent as soon as the device is next heard, since it is then awake
for a moment. A newer command replaces an older one for the same key.

Pending commands are lost when the bridge stops, with an error in the log for each.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field

from zigloop_bridge.errors import UnreachedError
from zigloop_bridge.extension import Extension
from zigloop_bridge.tasks import Tasks
from zigloop_bridge.zigbee.device import Device

LOGGER = logging.getLogger(__name__)

#: Seconds until a command expires: as long as zigbee-herdsman keeps requests for devices that check in.
EXPIRY = 86_400.0
#: Commands for each device; with one more, the oldest is dropped.
LIMIT = 16


@dataclass(eq=False)
class _Command:
    """`send` raises `UnreachedError` when the device sleeps again; `what` is for the log."""

    what: str
    send: Callable[[], Awaitable[None]]
    expiry: asyncio.TimerHandle = field(repr=False)


class PendingCommands(Extension):
    """Commands for devices that sleep, in order."""

    def __init__(self) -> None:
        self._pending: dict[Device, dict[Hashable, _Command]] = {}
        self._sending: set[Device] = set()
        self._tasks = Tasks(LOGGER)

    def keep(self, device: Device, key: Hashable, what: str, send: Callable[[], Awaitable[None]]) -> None:
        """Send a command when `device` is next heard, instead of an older one with the same key."""
        commands = self._pending.setdefault(device, {})
        old = commands.pop(key, None)
        if old is not None:
            old.expiry.cancel()
        elif len(commands) >= LIMIT:
            self._drop(device, next(iter(commands)), f"more than {LIMIT} messages wait for it")
        expiry = asyncio.get_running_loop().call_later(
            EXPIRY, self._drop, device, key, f"it wasn't heard for {EXPIRY / 3600:g} hours"
        )
        commands[key] = _Command(what, send, expiry)
        LOGGER.info("%s is pending: the device is asleep, so it is sent when the device is next heard", what)

    def done(self, device: Device, key: Hashable) -> None:
        """A newer command with this key was successful: the older one is obsolete."""
        command = self._pending.get(device, {}).pop(key, None)
        if command is not None:
            command.expiry.cancel()

    def seen(self, device: Device) -> None:
        """The device is awake: send its commands."""
        if self._pending and self._pending.get(device) and device not in self._sending:
            self._sending.add(device)
            self._tasks.spawn(self._send(device), f"pending commands of {device.ieee}")

    def left(self, device: Device) -> None:
        """Drop its commands."""
        self._drop_all(device, "the device left the network")

    def removed(self, device: Device, name: str) -> None:
        """Drop its commands."""
        self._drop_all(device, "the device was removed")

    async def stop(self) -> None:
        """Drop all commands."""
        await self._tasks.cancel()
        for device in list(self._pending):
            self._drop_all(device, "the bridge is stopping")

    def _drop_all(self, device: Device, why: str) -> None:
        for key in list(self._pending.get(device, ())):
            self._drop(device, key, why)
        self._pending.pop(device, None)

    def _drop(self, device: Device, key: Hashable, why: str) -> None:
        command = self._pending[device].pop(key)
        command.expiry.cancel()
        LOGGER.error("%s failed: 'Error: %s'", command.what, why)

    async def _send(self, device: Device) -> None:
        """Send one after the other, until the device sleeps again."""
        try:
            async with device.messages:
                for key, command in list(self._pending.get(device, {}).items()):
                    if self._pending.get(device, {}).get(key) is not command:
                        continue
                    try:
                        await command.send()
                    except UnreachedError as error:
                        LOGGER.debug("%s remains pending (%s)", command.what, error)
                        return
                    if self._pending.get(device, {}).get(key) is command:
                        self.done(device, key)
        finally:
            self._sending.discard(device)

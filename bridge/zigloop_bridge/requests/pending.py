"""What waits for devices that sleep.

A device that sleeps fetches frames from its parent when it wakes, and the parent keeps one for 7.68 s only. What it
didn't fetch waits here, and is sent as soon as the device is next heard: then it is awake for a moment. A newer
message takes the place of an older one for the same key.

Nothing of it outlives the bridge's process.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field

from zigloop_bridge.errors import UnreachedError
from zigloop_bridge.tasks import Tasks
from zigloop_bridge.zigbee.device import Device

LOGGER = logging.getLogger(__name__)

#: For so many seconds: as long as zigbee-herdsman keeps requests for devices that check in.
LONGEST = 86_400.0
#: So many for each device; one more, and the oldest goes.
MOST = 16


@dataclass(eq=False)
class _Kept:
    """`send` raises `UnreachedError` when the device sleeps again; `what` is for the log."""

    what: str
    send: Callable[[], Awaitable[None]]
    expiry: asyncio.TimerHandle = field(repr=False)


class Waiting:
    """Messages to devices that sleep, in order."""

    def __init__(self) -> None:
        self._kept: dict[Device, dict[Hashable, _Kept]] = {}
        self._sending: set[Device] = set()
        self._tasks = Tasks(LOGGER)

    def keep(self, device: Device, key: Hashable, what: str, send: Callable[[], Awaitable[None]]) -> None:
        """Send this when `device` is heard, in the place of what waits under the same key."""
        waiting = self._kept.setdefault(device, {})
        old = waiting.pop(key, None)
        if old is not None:
            old.expiry.cancel()
        elif len(waiting) >= MOST:
            self._drop(device, next(iter(waiting)), f"more than {MOST} messages wait for it")
        expiry = asyncio.get_running_loop().call_later(
            LONGEST, self._drop, device, key, f"it wasn't heard for {LONGEST / 3600:g} hours"
        )
        waiting[key] = _Kept(what, send, expiry)
        LOGGER.info("%s waits: the device sleeps, and gets it when it is next heard", what)

    def done(self, device: Device, key: Hashable) -> None:
        """A newer message for this key got through, or can't: the older one is obsolete."""
        kept = self._kept.get(device, {}).pop(key, None)
        if kept is not None:
            kept.expiry.cancel()

    def heard(self, device: Device) -> None:
        """A device said something, so that it is awake."""
        if self._kept and self._kept.get(device) and device not in self._sending:
            self._sending.add(device)
            self._tasks.spawn(self._send(device), f"what waits for {device.ieee}")

    def drop(self, device: Device, why: str) -> None:
        """Nothing will be sent to a device any more."""
        for key in list(self._kept.get(device, ())):
            self._drop(device, key, why)
        self._kept.pop(device, None)

    async def stop(self) -> None:
        """Drop all, and say so."""
        await self._tasks.cancel()
        for device in list(self._kept):
            self.drop(device, "the bridge stops")

    def _drop(self, device: Device, key: Hashable, why: str) -> None:
        kept = self._kept[device].pop(key)
        kept.expiry.cancel()
        LOGGER.error("%s failed: 'Error: %s'", kept.what, why)

    async def _send(self, device: Device) -> None:
        """One after the other, until the device sleeps again."""
        try:
            async with device.messages:
                for key, kept in list(self._kept.get(device, {}).items()):
                    if self._kept[device].get(key) is not kept:
                        continue
                    try:
                        await kept.send()
                    except UnreachedError as error:
                        LOGGER.debug("%s still waits (%s)", kept.what, error)
                        return
                    if self._kept.get(device, {}).get(key) is kept:
                        self.done(device, key)
        finally:
            self._sending.discard(device)

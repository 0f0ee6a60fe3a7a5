"""Reads the state of devices that are online again."""

import asyncio
import logging
from typing import Protocol

from zigloop_bridge.converters.definition import NotSupportedError
from zigloop_bridge.directory import Directory
from zigloop_bridge.errors import RequestError
from zigloop_bridge.publishing.states import States
from zigloop_bridge.requests.plan import NoConverterError, plan
from zigloop_bridge.tasks import Tasks
from zigloop_bridge.zcl import codec as zcl
from zigloop_bridge.zigbee.device import Device

LOGGER = logging.getLogger(__name__)

DELAY, SPACING = 2.0, 0.5  # seconds, Zigbee2MQTT's (extension/availability, 2.14.1)

#: What is read; all but the first only when the device is on.
KEYS = ("state", "brightness", "color")


class Network(Protocol):
    """The network, as retrieval needs it."""

    async def command(self, device: Device, request: zcl.Request) -> None:
        """Send a request and require its success. Raises `RequestError`."""


class Retrieval:
    """Sends the frames of a /get to devices that may have been switched, or have lost their state."""

    def __init__(self, directory: Directory, network: Network, states: States) -> None:
        self._directory = directory
        self._network = network
        self._states = states
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._reading: dict[str, asyncio.Task[None]] = {}
        self._tasks = Tasks(LOGGER)

    def schedule(self, device: Device) -> None:
        """Read a device's state, a little later: it may announce itself several times."""
        if device.definition is None or self._directory.options(device).get("disabled"):
            return
        self.cancel(device)
        self._timers[device.ieee] = asyncio.get_running_loop().call_later(DELAY, self._spawn, device)

    def awaits(self, device: Device) -> bool:
        """Whether a read of this device has been scheduled, and has not ended."""
        timer, reading = self._timers.get(device.ieee), self._reading.get(device.ieee)
        if reading is not None and not reading.done():
            return True
        return timer is not None and not timer.cancelled() and timer.when() > asyncio.get_running_loop().time()

    def cancel(self, device: Device) -> None:
        """Cancel a read that has not begun."""
        timer = self._timers.pop(device.ieee, None)
        if timer is not None:
            timer.cancel()

    async def stop(self) -> None:
        """Cancel all."""
        await self._tasks.cancel()
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _spawn(self, device: Device) -> None:
        self._reading[device.ieee] = self._tasks.spawn(self._retrieve(device), f"state of {device.ieee}")

    async def _retrieve(self, device: Device) -> None:
        definition = device.definition
        if definition is None or not device.interviewed:
            return
        name = self._directory.name(device)
        LOGGER.debug("Retrieving state of '%s' after reconnect", name)
        for key in KEYS:
            state = self._states.get(device)
            if key != "state" and state.get("state", "ON") != "ON":
                continue
            for endpoint in definition.endpoints.values() or (None,):
                if self._directory.devices.get(device.ieee) is not device:  # it left meanwhile
                    return
                options = self._directory.options(device)
                (step,) = plan(definition, "get", {key: ""}, endpoint, state, options)
                if isinstance(step.error, NoConverterError | NotSupportedError):
                    break
                try:
                    for request in step.requests:
                        await self._network.command(device, request)
                except RequestError as error:
                    LOGGER.error("Failed to read state of '%s' after reconnect (%s)", name, error)
                await asyncio.sleep(SPACING)

"""Availability: which devices are online, on `NAME/availability`, retained.

Zigbee2MQTT's rules. An active device (a router or one on mains) that was silent for its timeout is pinged, and
offline when it doesn't answer; from then on it is pinged less and less often. A passive one sleeps and is not pinged:
it is offline when it was silent for its own, much longer timeout. Any frame makes a device online at once. A device
that announces itself, or was offline, has its state read.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Protocol

from zigloop_bridge.config.schema import AvailabilityConfig
from zigloop_bridge.directory import Directory
from zigloop_bridge.errors import RequestError
from zigloop_bridge.extension import Extension
from zigloop_bridge.extensions.policy import Policy, policy_of
from zigloop_bridge.extensions.retrieval import Retrieval
from zigloop_bridge.mqtt.client import MqttClient
from zigloop_bridge.tasks import Tasks
from zigloop_bridge.zcl import codec as zcl
from zigloop_bridge.zcl import names
from zigloop_bridge.zigbee.device import Device
from zigloop_bridge.zigbee.transactions import ATTEMPTS

LOGGER = logging.getLogger(__name__)

# All of these are Zigbee2MQTT's (extension/availability, 2.14.1), in seconds.
MARGIN = 1.0  # beyond the timeout
PING_ATTEMPTS, PING_RETRY_DELAY = 2, 3.0  # of a device that was online; one that was offline gets one
PING_SPACING = 2.0  # from one device's ping to the next one's
FIRST_BACKOFF, BACKOFF = 1.5, 2.0


class Network(Protocol):
    """The network, as availability needs it."""

    @property
    def online(self) -> bool:
        """Whether the radio is connected."""

    async def request(self, device: Device, request: zcl.Request, *, attempts: int = ATTEMPTS) -> zcl.Frame:
        """Send a request and await its answer. Raises `RequestError`."""


@dataclass(eq=False)
class _Watch:
    """A watched device. `heard` is the loop's time of its last frame, -inf when unknown."""

    device: Device
    policy: Policy
    heard: float
    online: bool
    patience: float = 0.0  # seconds of silence until something is done
    backoff: float = 1.0
    timer: asyncio.TimerHandle | None = field(default=None, repr=False)

    def stop(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None


class Availability(Extension):
    """Watches the devices for which options or configuration enable it.

    `retrieval` reads the state of devices that are online again. `now` is the wall clock in seconds since 1970,
    `chance` randomizes the times of pings.
    """

    def __init__(
        self,
        directory: Directory,
        network: Network,
        retrieval: Retrieval,
        mqtt: MqttClient,
        config: AvailabilityConfig,
        *,
        now: Callable[[], float],
        chance: random.Random,
    ) -> None:
        self._directory = directory
        self._network = network
        self._retrieval = retrieval
        self._mqtt = mqtt
        self._config = config
        self._now = now
        self._chance = chance
        self._loop = asyncio.get_running_loop()
        self._watches: dict[str, _Watch] = {}
        self._to_ping: list[_Watch] = []
        self._pinging = False
        self._tasks = Tasks(LOGGER)

    def start(self) -> None:
        """Watch; an active device that was silent too long while the bridge was stopped is pinged at once."""
        for device in self._directory:
            self.refresh(device)

    async def stop(self) -> None:
        """Stop watching."""
        await self._tasks.cancel()
        await self._retrieval.stop()
        for watch in self._watches.values():
            watch.stop()
        self._watches.clear()
        self._to_ping.clear()

    # Hooks

    def republish(self, again: bool) -> None:
        """Publish all."""
        for watch in self._watches.values():
            self._publish(watch)

    def radio_connected(self) -> None:
        """Ping active devices that are offline: they may have been unreachable only because of the radio."""
        for watch in self._watches.values():
            if watch.policy.active and not watch.online:
                watch.backoff = 1.0
                self._ping_soon(watch)

    def joined(self, device: Device) -> None:
        """Watch it."""
        self.refresh(device)

    def introduced(self, device: Device) -> None:
        """Watch it."""
        self.refresh(device)

    def interviewed(self, device: Device, status: str) -> None:
        """Its type and power source are known now."""
        self.refresh(device)

    def options_changed(self, device: Device, keys: Collection[str]) -> None:
        """The device's policy may have changed."""
        self.refresh(device)

    def announced(self, device: Device) -> None:
        """Read its state: it may have been switched meanwhile, or have lost its state."""
        self._retrieval.schedule(device)

    def seen(self, device: Device) -> None:
        """The device is online."""
        watch = self._watches.get(device.ieee)
        if watch is None:
            return
        watch.heard = self._loop.time()
        if not watch.online:
            watch.backoff = 1.0
            self._set_online(watch, True)
            self._wait(watch)

    def renamed(self, device: Device, old: str) -> None:
        """Move its topic."""
        watch = self._watches.get(device.ieee)
        if watch is not None:
            self._clear(old)
            self._publish(watch)

    def left(self, device: Device) -> None:
        """The device is offline. Its name stays in case it rejoins."""
        watch = self._watches.pop(device.ieee, None)
        if watch is not None:
            watch.stop()
            watch.online = False
            self._publish(watch)
        self._retrieval.cancel(device)

    def removed(self, device: Device, name: str) -> None:
        """Clear its topic."""
        self._unwatch(device, name)

    # Watching

    def refresh(self, device: Device) -> None:
        """A device is new, or its type, its power source or its options may have changed."""
        policy = policy_of(device, self._directory.options(device), self._config)
        watch = self._watches.get(device.ieee)
        if policy is None:
            self._unwatch(device, self._directory.name(device))
            return
        if watch is not None:
            if watch.policy != policy:
                watch.policy = policy
                self._set_online(watch, self._loop.time() - watch.heard < policy.timeout)
                self._wait(watch)
            return
        age = float("inf") if device.last_seen is None else max(self._now() - device.last_seen, 0.0)
        watch = _Watch(device, policy, heard=self._loop.time() - age, online=age < policy.timeout)
        self._watches[device.ieee] = watch
        self._publish(watch)
        if policy.active and not watch.online:
            self._ping_soon(watch)
        else:
            self._wait(watch)

    def _unwatch(self, device: Device, name: str) -> None:
        """Stop watching a device, and clear its topic below `name`."""
        watch = self._watches.pop(device.ieee, None)
        if watch is not None:
            watch.stop()
            self._clear(name)
        self._retrieval.cancel(device)

    # Silence

    def _wait(self, watch: _Watch) -> None:
        """Check a device again after its timeout, later for one that didn't answer pings."""
        jitter = self._chance.uniform(0, watch.policy.jitter)
        watch.patience = (watch.policy.timeout + MARGIN + jitter) * watch.backoff
        self._look_after(watch, watch.patience)

    def _look_after(self, watch: _Watch, seconds: float) -> None:
        watch.stop()
        watch.timer = self._loop.call_later(seconds, self._look, watch)

    def _look(self, watch: _Watch) -> None:
        """The timer isn't reset by each frame: when it fires, it checks the time of the last one."""
        left = watch.heard + watch.patience - self._loop.time()
        if left > 0:
            self._look_after(watch, left)
        elif watch.policy.active:
            self._ping_soon(watch)
        else:
            self._set_online(watch, False)

    def _ping_soon(self, watch: _Watch) -> None:
        watch.stop()
        if watch not in self._to_ping:
            self._to_ping.append(watch)
        if not self._pinging:
            self._pinging = True
            self._tasks.spawn(self._ping_all(), "ping")

    async def _ping_all(self) -> None:
        """Ping one after the other, so that pings don't load the network."""
        try:
            while self._to_ping:
                watch = self._to_ping[0]
                if self._watched(watch):
                    answered = self._lately(watch) or await self._ping(watch)
                    if self._watched(watch):
                        self._pinged(watch, answered)
                self._to_ping.remove(watch)
                await asyncio.sleep(PING_SPACING)
        finally:
            self._pinging = False

    def _watched(self, watch: _Watch) -> bool:
        return self._watches.get(watch.device.ieee) is watch

    def _lately(self, watch: _Watch) -> bool:
        """Whether a frame was received within its timeout."""
        return self._loop.time() - watch.heard < watch.policy.timeout

    async def _ping(self, watch: _Watch) -> bool:
        """Read an attribute that every device has; any frame of the device counts as the answer."""
        device = watch.device
        name = self._directory.name(device)
        endpoint = next((e.number for e in device.endpoints.values() if names.BASIC in e.input_clusters), 1)
        attempts = PING_ATTEMPTS if watch.online else 1
        for attempt in range(1, attempts + 1):
            if attempt > 1:
                await asyncio.sleep(PING_RETRY_DELAY)
            if not self._network.online:
                return False  # logged already, and not once for each device
            try:
                await self._network.request(
                    device,
                    zcl.read(endpoint, names.BASIC, names.ZCL_VERSION),
                    attempts=ATTEMPTS if attempt == PING_ATTEMPTS else 1,
                )
            except RequestError as error:
                LOGGER.warning("Failed to ping '%s' (attempt %d/%d, %s)", name, attempt, attempts, error)
            if self._lately(watch):
                LOGGER.debug("Successfully pinged '%s' (attempt %d/%d)", name, attempt, attempts)
                return True
        return False

    def _pinged(self, watch: _Watch, answered: bool) -> None:
        """After an answer, it is watched as before; without one it is offline, and the next ping is later."""
        if answered:
            watch.backoff = 1.0
        else:
            paused = 0 < watch.policy.pause_above <= watch.backoff
            if watch.policy.backoff and self._network.online:
                watch.backoff *= FIRST_BACKOFF if watch.online else BACKOFF
            self._set_online(watch, False)
            if paused and watch.policy.backoff:
                return
        self._wait(watch)

    # MQTT

    def _set_online(self, watch: _Watch, online: bool) -> None:
        """Publish a change."""
        if watch.online is online:
            return
        watch.online = online
        self._publish(watch)
        if online:
            LOGGER.debug("Device '%s' reconnected", self._directory.name(watch.device))
            self._retrieval.schedule(watch.device)

    def _publish(self, watch: _Watch) -> None:
        state = "online" if watch.online else "offline"
        topic = f"{self._directory.name(watch.device)}/availability"
        self._mqtt.publish(topic, f'{{"state":"{state}"}}', qos=1, retain=True)

    def _clear(self, name: str) -> None:
        self._mqtt.publish(f"{name}/availability", "", qos=1, retain=True)

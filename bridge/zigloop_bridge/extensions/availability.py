"""Availability: who is there, on `NAME/availability`, retained.

Zigbee2MQTT's rules. An active device (a router or one on mains) that was silent for its timeout is pinged, and
offline when it doesn't answer; from then on it is pinged less and less often. A passive one sleeps, so nobody
asks it: it is offline when it was silent for its own, much longer timeout. Whoever is heard is online at once. A
device that announces itself, or was offline, is asked for its state.
"""

from __future__ import annotations

import asyncio
import logging
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from zigloop_bridge.converters import clusters
from zigloop_bridge.converters.definition import Asked, NotSupportedError
from zigloop_bridge.errors import RequestError
from zigloop_bridge.requests.set_get import check
from zigloop_bridge.tasks import Tasks
from zigloop_bridge.zcl import codec as zcl
from zigloop_bridge.zigbee.device import COORDINATOR, ROUTER, Device
from zigloop_bridge.zigbee.transactions import ATTEMPTS

if TYPE_CHECKING:
    from zigloop_bridge.app import Bridge

LOGGER = logging.getLogger(__name__)

# All of these are Zigbee2MQTT's (extension/availability, 2.14.1), in seconds.
MARGIN = 1.0  # beyond the timeout
PING_ATTEMPTS, PING_RETRY_DELAY = 2, 3.0  # of a device that was online; one that was offline gets one
PING_SPACING = 2.0  # from one device's ping to the next one's
FIRST_BACKOFF, BACKOFF = 1.5, 2.0
RETRIEVE_DELAY, RETRIEVE_SPACING = 2.0, 0.5

#: What is read of a device that is back; all but the first only when it is on.
RETRIEVED = ("state", "brightness", "color")

ZCL_VERSION = 0x0000  # of genBasic: every device has it


@dataclass(frozen=True)
class Policy:
    """How patient the bridge is with a device: `timeout` and `jitter` in seconds."""

    active: bool
    timeout: float
    jitter: float
    backoff: bool
    pause_above: float
    """The backoff at which pinging pauses until the device is heard; 0 for never."""


@dataclass(eq=False)
class _Watch:
    """A device under watch. `heard` is the loop's time, -inf when nothing is known."""

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


class Availability:
    """Watches the devices whose options, or else the configuration, say so."""

    def __init__(self, bridge: Bridge, chance: random.Random) -> None:
        self.bridge = bridge
        self._chance = chance
        self._loop = asyncio.get_running_loop()
        self._watches: dict[str, _Watch] = {}
        self._to_ping: list[_Watch] = []
        self._pinging = False
        self._retrievals: dict[str, asyncio.TimerHandle] = {}
        self._tasks = Tasks(LOGGER)

    def start(self) -> None:
        """Watch; who is active and was silent too long while nobody watched is pinged at once."""
        for device in self.bridge.network.devices.values():
            self.refresh(device)

    async def stop(self) -> None:
        """Watch nobody any more."""
        await self._tasks.cancel()
        for watch in self._watches.values():
            watch.stop()
        self._watches.clear()
        self._to_ping.clear()
        for timer in self._retrievals.values():
            timer.cancel()
        self._retrievals.clear()

    def everything(self) -> None:
        """Publish all, after a connect."""
        for watch in self._watches.values():
            self._publish(watch)

    def radio_back(self) -> None:
        """Who couldn't be reached without a radio may be there."""
        for watch in self._watches.values():
            if watch.policy.active and not watch.online:
                watch.backoff = 1.0
                self._ping_soon(watch)

    # Devices

    def refresh(self, device: Device) -> None:
        """A device is new, or its type, its power source or its options may have changed."""
        policy = self._policy(device)
        watch = self._watches.get(device.ieee)
        if policy is None:
            self.forget(device)
            return
        if watch is not None:
            if watch.policy != policy:
                watch.policy = policy
                self._tell(watch, self._loop.time() - watch.heard < policy.timeout)
                self._wait(watch)
            return
        age = float("inf") if device.last_seen is None else max(self.bridge.now() - device.last_seen, 0.0)
        watch = _Watch(device, policy, heard=self._loop.time() - age, online=age < policy.timeout)
        self._watches[device.ieee] = watch
        self._publish(watch)
        if policy.active and not watch.online:
            self._ping_soon(watch)
        else:
            self._wait(watch)

    def seen(self, device: Device) -> None:
        """A device said something."""
        watch = self._watches.get(device.ieee)
        if watch is None:
            return
        watch.heard = self._loop.time()
        if not watch.online:
            watch.backoff = 1.0
            self._tell(watch, True)
            self._wait(watch)

    def announced(self, device: Device) -> None:
        """A device is there again: it may have been switched meanwhile, or have lost its state."""
        self._retrieve_soon(device)

    def renamed(self, device: Device, old: str) -> None:
        """A device has another name."""
        watch = self._watches.get(device.ieee)
        if watch is not None:
            self._clear(old)
            self._publish(watch)

    def left(self, device: Device) -> None:
        """A device left the network. Its name stays, for when it comes back."""
        watch = self._watches.pop(device.ieee, None)
        if watch is not None:
            watch.stop()
            watch.online = False
            self._publish(watch)
        self._stop_retrieval(device)

    def forget(self, device: Device, name: str | None = None) -> None:
        """A device isn't watched any more: its topic, below `name` when it has no other now, is cleared."""
        watch = self._watches.pop(device.ieee, None)
        if watch is not None:
            watch.stop()
            self._clear(name or self.bridge.publisher.name(device))
        self._stop_retrieval(device)

    def _policy(self, device: Device) -> Policy | None:
        """How a device is watched; None when it isn't."""
        config = self.bridge.config.availability
        options = self.bridge.publisher.options(device)
        own = options.get("availability")
        if device.type == COORDINATOR or options.get("disabled") or not (config.enabled if own is None else own):
            return None
        more: dict[str, Any] = own if isinstance(own, dict) else {}
        active = is_active(device)
        timeout = more.get("timeout", config.active.timeout if active else config.passive.timeout)
        return Policy(
            active=active,
            timeout=timeout * 60,
            jitter=more.get("max_jitter", config.active.max_jitter) / 1000 if active else 0.0,
            backoff=more.get("backoff", config.active.backoff),
            pause_above=more.get("pause_on_backoff_gt", config.active.pause_on_backoff_gt),
        )

    # Silence

    def _wait(self, watch: _Watch) -> None:
        """Look at a device again when its patience is over, longer for one that didn't answer pings."""
        jitter = self._chance.uniform(0, watch.policy.jitter)
        watch.patience = (watch.policy.timeout + MARGIN + jitter) * watch.backoff
        self._look_after(watch, watch.patience)

    def _look_after(self, watch: _Watch, seconds: float) -> None:
        watch.stop()
        watch.timer = self._loop.call_later(seconds, self._look, watch)

    def _look(self, watch: _Watch) -> None:
        """One timer for each device, which isn't moved with each frame: it looks at when the last one was."""
        left = watch.heard + watch.patience - self._loop.time()
        if left > 0:
            self._look_after(watch, left)
        elif watch.policy.active:
            self._ping_soon(watch)
        else:
            self._tell(watch, False)

    def _ping_soon(self, watch: _Watch) -> None:
        watch.stop()
        if watch not in self._to_ping:
            self._to_ping.append(watch)
        if not self._pinging:
            self._pinging = True
            self._tasks.spawn(self._ping_all(), "ping")

    async def _ping_all(self) -> None:
        """One after the other, so that pings are never the network's load."""
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
        """Whether it was heard within its timeout."""
        return self._loop.time() - watch.heard < watch.policy.timeout

    async def _ping(self, watch: _Watch) -> bool:
        """Ask for the least that every device has; the answer counts as soon as it is heard."""
        device = watch.device
        name = self.bridge.publisher.name(device)
        endpoint = next((e.number for e in device.endpoints.values() if clusters.BASIC in e.input_clusters), 1)
        attempts = PING_ATTEMPTS if watch.online else 1
        for attempt in range(1, attempts + 1):
            if attempt > 1:
                await asyncio.sleep(PING_RETRY_DELAY)
            if not self.bridge.network.online:
                return False  # who said that the radio is away needn't say it again for each device
            try:
                await self.bridge.network.request(
                    device,
                    zcl.read(endpoint, clusters.BASIC, ZCL_VERSION),
                    attempts=ATTEMPTS if attempt == PING_ATTEMPTS else 1,
                )
            except RequestError as error:
                LOGGER.warning("Failed to ping '%s' (attempt %d/%d, %s)", name, attempt, attempts, error)
            if self._lately(watch):
                LOGGER.debug("Successfully pinged '%s' (attempt %d/%d)", name, attempt, attempts)
                return True
        return False

    def _pinged(self, watch: _Watch, answered: bool) -> None:
        """It answered, and was heard with that; or it is offline, and the next ping is later."""
        if answered:
            watch.backoff = 1.0
        else:
            paused = 0 < watch.policy.pause_above <= watch.backoff
            if watch.policy.backoff and self.bridge.network.online:
                watch.backoff *= FIRST_BACKOFF if watch.online else BACKOFF
            self._tell(watch, False)
            if paused and watch.policy.backoff:
                return
        self._wait(watch)

    # MQTT

    def _tell(self, watch: _Watch, online: bool) -> None:
        """Publish when it is news."""
        if watch.online is online:
            return
        watch.online = online
        self._publish(watch)
        if online:
            LOGGER.debug("Device '%s' reconnected", self.bridge.publisher.name(watch.device))
            self._retrieve_soon(watch.device)

    def _publish(self, watch: _Watch) -> None:
        state = "online" if watch.online else "offline"
        topic = f"{self.bridge.publisher.name(watch.device)}/availability"
        self.bridge.mqtt.publish(topic, f'{{"state":"{state}"}}', qos=1, retain=True)

    def _clear(self, name: str) -> None:
        self.bridge.mqtt.publish(f"{name}/availability", "", qos=1, retain=True)

    # The state of who is back

    def _retrieve_soon(self, device: Device) -> None:
        """After a short while: a device that comes back may announce itself several times."""
        if device.definition is None or self.bridge.publisher.options(device).get("disabled"):
            return
        self._stop_retrieval(device)
        work = lambda: self._tasks.spawn(self._retrieve(device), f"state of {device.ieee}")  # noqa: E731
        self._retrievals[device.ieee] = self._loop.call_later(RETRIEVE_DELAY, work)

    def _stop_retrieval(self, device: Device) -> None:
        timer = self._retrievals.pop(device.ieee, None)
        if timer is not None:
            timer.cancel()

    async def _retrieve(self, device: Device) -> None:
        definition = device.definition
        if definition is None or not device.interviewed:
            return
        name = self.bridge.publisher.name(device)
        LOGGER.debug("Retrieving state of '%s' after reconnect", name)
        for key in RETRIEVED:
            encoder = definition.encoder(key)
            state = self.bridge.states.get(device)
            if encoder is None or (key != "state" and state.get("state", "ON") != "ON"):
                continue
            for endpoint_name, endpoint in definition.endpoints.items() or ((None, None),):
                options = self.bridge.publisher.options(device)
                asked = Asked(state=state, options=options, endpoint=endpoint, endpoint_name=endpoint_name)
                try:
                    for request in encoder.get(key, asked).requests:
                        check(device, request, await self.bridge.network.request(device, request))
                except NotSupportedError:
                    break
                except RequestError as error:
                    LOGGER.error("Failed to read state of '%s' after reconnect (%s)", name, error)
                await asyncio.sleep(RETRIEVE_SPACING)


def is_active(device: Device) -> bool:
    """Whether a device listens all the time, so that it can be pinged: a router, or one on mains."""
    battery = device.power_source == "Battery"
    return (device.type == ROUTER and not battery) or (device.power_source not in (None, "Unknown") and not battery)

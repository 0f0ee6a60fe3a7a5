"""The Zigbee network: its devices, their frames, and requests to them; over a radio that may disconnect."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any, Protocol

from zigloop_bridge.config.file import ConfigFile
from zigloop_bridge.errors import InterviewError, RequestError
from zigloop_bridge.tasks import Tasks
from zigloop_bridge.zcl import codec as zcl
from zigloop_bridge.zigbee.answers import require_success
from zigloop_bridge.zigbee.controller import Controller
from zigloop_bridge.zigbee.device import COORDINATOR, FAILED, IN_PROGRESS, PENDING, SUCCESSFUL, Device
from zigloop_bridge.zigbee.inbound import Inbound, Receive
from zigloop_bridge.zigbee.interview import interview
from zigloop_bridge.zigbee.link import Link
from zigloop_bridge.zigbee.roster import Roster
from zigloop_bridge.zigbee.transactions import ATTEMPTS, Transactions

LOGGER = logging.getLogger(__name__)


class NetworkEvents(Protocol):
    """Events of the network."""

    def joined(self, device: Device) -> None:
        """A device is on the network for the first time, or again after it was removed."""

    def announced(self, device: Device) -> None:
        """A known device announced itself."""

    def left(self, device: Device) -> None:
        """A device left, and was removed from the database."""

    def interviewed(self, device: Device, status: str) -> None:
        """An interview has `started`, was `successful` or has `failed`."""

    def seen(self, device: Device) -> None:
        """A frame of a device was received, whatever is in it."""

    def touched(self, device: Device) -> None:
        """The frame was an answer, or came while the device is interviewed."""

    def moved(self, device: Device) -> None:
        """The network address of a device changed."""

    def radio_connected(self) -> None:
        """The radio is connected again after an outage."""

    def radio_disconnected(self) -> None:
        """The connection to the radio was lost."""


class Network:
    """The devices, and a radio that may be disconnected at times.

    `devices` are kept here, by IEEE address; `receive` gets the frames that may have values. `now` is the wall clock in
    seconds since 1970.
    """

    def __init__(
        self,
        file: ConfigFile,
        devices: dict[str, Device],
        events: NetworkEvents,
        receive: Receive,
        *,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.devices = devices
        self._advanced = file.config.advanced
        self._events = events
        self._now = now
        self._link = Link(file, self)
        self._roster = Roster(devices, None if file.data_path is None else file.data_path / "database.db")
        self._by_nwk = self._roster.by_nwk
        self._interviews: dict[str, asyncio.Task[Any]] = {}  # those that the network started, by IEEE address
        self._transactions = Transactions(lambda: self._link.controller)
        self._tasks = Tasks(LOGGER)
        self._inbound = Inbound(self._transactions, self._tasks, receive, events.touched)
        self._connected_before = False

    async def start(self) -> str:
        """Bring devices and network up; returns resumed, restored or reset. Raises `RadioError`."""
        self._roster.load()
        done = await self._link.start()
        if done == "reset" and len(self.devices) > 1:
            LOGGER.warning("Formed a new network: devices of the old one must be paired again")
        return done

    async def stop(self) -> None:
        """Save, and disconnect from the radio. The network itself stays."""
        await self._tasks.cancel()
        self._transactions.abort("the bridge is stopping")
        await self._link.stop()
        self._roster.flush()

    @property
    def online(self) -> bool:
        """Whether the radio is connected."""
        return self._link.up

    @property
    def firmware(self) -> dict[str, int]:
        """The radio's firmware, in Zigbee2MQTT's keys."""
        return self._link.firmware

    def radio_up(self, controller: Controller) -> None:
        """The network runs: add the known devices to zigpy."""
        again = self._connected_before
        self._connected_before = True
        self._roster.keep_coordinator(controller.coordinator())
        for device in self.devices.values():
            if device.type != COORDINATOR:
                controller.attach(device)
        if again:
            self._events.radio_connected()

    def radio_down(self) -> None:
        """The connection to the radio was lost."""
        self._transactions.abort("the radio is not connected")
        self._events.radio_disconnected()

    def radio_lost(self, reason: Exception | None) -> None:
        """The controller lost its radio."""
        self._link.lost(reason)

    def network_parameters(self) -> dict[str, Any]:
        """PAN id, extended PAN id and channel, as `bridge/info` has them."""
        advanced = self._advanced
        return {
            "pan_id": advanced.pan_id,
            "extended_pan_id": "0x" + bytes(advanced.ext_pan_id or []).hex(),  # type: ignore[arg-type]
            "channel": advanced.channel,
        }

    # Devices

    @property
    def coordinator(self) -> Device:
        """The radio as a device."""
        return self._roster.coordinator

    def changed(self) -> None:
        """A device's entry in the database changed."""
        self._roster.changed()

    def _move(self, device: Device, nwk: int) -> None:
        moved = device.nwk != nwk
        if not self._roster.move(device, nwk):
            return
        if self._link.up:
            self._link.controller.attach(device)
        if moved:
            self._events.moved(device)

    # Events of the controller

    def device_joined(self, ieee: str, nwk: int) -> None:
        """The trust center let a device in. The interview starts at once, as herdsman's does."""
        device = self._welcome(ieee, nwk)
        device.announced.clear()
        interviewing = self._interviews.get(ieee)
        if interviewing is not None:  # under an address that may be outdated
            interviewing.cancel()
            self._start_interview(device, after=interviewing)
        elif device.awaits_interview:
            self._start_interview(device)

    def device_announced(self, ieee: str, nwk: int) -> None:
        """A device announced itself."""
        device = self._welcome(ieee, nwk)
        device.announced.set()
        if device.awaits_interview:
            self._start_interview(device)
        elif device.interview_state != IN_PROGRESS:
            self._events.announced(device)

    def device_moved(self, ieee: str, nwk: int) -> None:
        """A device's address became known. A device that the database lacks is on the network, too."""
        if ieee in self.devices:
            self._move(self.devices[ieee], nwk)
        else:
            self.device_announced(ieee, nwk)

    def _welcome(self, ieee: str, nwk: int) -> Device:
        device = self.devices.get(ieee)
        if device is None:
            device = self._roster.admit(ieee, nwk)
            if self._link.up:
                self._link.controller.attach(device)
            device.last_seen = self._now()
            self._events.joined(device)
        else:
            self._move(device, nwk)
            device.last_seen = self._now()
            self._events.seen(device)
        return device

    def device_left(self, ieee: str) -> None:
        """A device left the network: it is forgotten, as zigbee-herdsman does."""
        device = self.devices.get(ieee)
        if device is not None and device.type != COORDINATOR:
            self._forget(device)
            self._events.left(device)

    def _forget(self, device: Device) -> None:
        self._roster.remove(device)
        if self._link.up:
            self._link.controller.detach(device)
        self._transactions.forget(device)

    def introduce(self, device: Device) -> None:
        """Add a device that is on the network, and whose interview is known."""
        device.announced.set()
        self._roster.put_back(device)
        if self._link.up:
            self._link.controller.attach(device)

    def forget_all(self) -> list[Device]:
        """Forget all devices, those that left too; returns them."""
        for device in [each for each in self.devices.values() if each.type != COORDINATOR]:
            self._forget(device)
        return self._roster.forget_removed()

    def frame_received(
        self, nwk: int, group: int, endpoint: int, cluster: int, data: bytes, linkquality: int, unicast: bool
    ) -> bool:
        """A device's frame; True when zigpy has nothing left to do."""
        device = self._by_nwk.get(nwk)
        if device is None:
            return False
        if group and device.relays_for_others:
            device = self._by_nwk.get(group)
            if device is None:
                return True
        device.last_seen = self._now()
        device.linkquality = linkquality
        self._events.seen(device)
        return self._inbound.received(device, endpoint, cluster, data, unicast)

    # Requests

    async def request(self, device: Device, request: zcl.Request, *, attempts: int = ATTEMPTS) -> zcl.Frame:
        """Send a ZCL request and await its answer. Raises `RequestError`."""
        return await self._transactions.request(device, request, attempts=attempts)

    async def command(self, device: Device, request: zcl.Request, *, attempts: int = ATTEMPTS) -> None:
        """Send a ZCL request and require its success. Raises `RequestError`."""
        require_success(device, request, await self.request(device, request, attempts=attempts))

    def node(self, device: Device) -> Any:
        """zigpy's object for a device."""
        return self._link.controller.node(device)

    async def permit_join(self, seconds: int, device: Device | None = None) -> None:
        """Open the network, everywhere or at one device; 0 closes it. Raises `RequestError`."""
        await self._link.ask(self._link.controller.permit_join(seconds, device))

    async def remove(self, device: Device, *, force: bool = False) -> None:
        """Make a device leave and forget it; with `force` only forget it. Raises `RequestError`."""
        if not force:
            status = await self._link.ask(self._link.controller.leave(device))
            if status != 0:
                raise RequestError(f"it refused to leave with status {status:#04x}")
        if device.ieee in self.devices:
            self._forget(device)

    def _start_interview(self, device: Device, *, after: asyncio.Task[Any] | None = None) -> None:
        if device.interview_state != IN_PROGRESS or after is not None:
            task = self._tasks.spawn(self._interview_quietly(device, after), f"interview {device.ieee}")
            self._interviews[device.ieee] = task

    async def _interview_quietly(self, device: Device, after: asyncio.Task[Any] | None) -> None:
        try:
            if after is not None:
                await asyncio.wait((after,))
            await self.interview(device)
        except InterviewError as error:
            LOGGER.debug("interview of %s: %s", device.ieee, error)
        finally:
            if self._interviews.get(device.ieee) is asyncio.current_task():
                del self._interviews[device.ieee]

    async def interview(self, device: Device) -> None:
        """Interview a device. Raises `InterviewError`."""
        if device.interview_state == IN_PROGRESS:
            raise InterviewError(f"Interview - interview already in progress for '{device.ieee}'")
        if not self._link.up:
            raise InterviewError("the radio is not connected")
        device.interview_state = IN_PROGRESS
        self._events.interviewed(device, "started")
        try:
            await interview(self, device)
        except (InterviewError, RequestError) as error:
            device.interview_state = FAILED
            self._events.interviewed(device, "failed")
            raise InterviewError(str(error)) from None
        except asyncio.CancelledError:
            device.interview_state = PENDING
            raise
        finally:
            self._roster.changed()
        if self.devices.get(device.ieee) is not device:  # it left meanwhile
            device.forget_interview()
            return
        device.interview_state = SUCCESSFUL
        device.identify()
        if self._link.up:
            self._link.controller.attach(device)
        self._events.interviewed(device, "successful")

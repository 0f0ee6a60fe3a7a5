"""The Zigbee network: its devices, what they say, what they are told, and the way back when the radio goes
away.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from zigloop_bridge.config.schema import Config
from zigloop_bridge.errors import RadioError, RequestError
from zigloop_bridge.storage import Saver
from zigloop_bridge.tasks import Tasks
from zigloop_bridge.zcl import codec as zcl
from zigloop_bridge.zigbee import database
from zigloop_bridge.zigbee.controller import Controller
from zigloop_bridge.zigbee.device import COORDINATOR, FAILED, IN_PROGRESS, PENDING, SUCCESSFUL, Device
from zigloop_bridge.zigbee.inbound import Inbound
from zigloop_bridge.zigbee.interview import InterviewError, interview
from zigloop_bridge.zigbee.link import Link
from zigloop_bridge.zigbee.transactions import ATTEMPTS, Transactions

LOGGER = logging.getLogger(__name__)

DATABASE_DELAY = 5.0  # seconds from a change to the file


class Listener(Protocol):
    """Who is told what happens on the network."""

    def joined(self, device: Device) -> None:
        """A device is on the network for the first time, or again after it was removed."""

    def announced(self, device: Device) -> None:
        """A device that was known is there again."""

    def left(self, device: Device) -> None:
        """A device went, and is forgotten."""

    def interviewed(self, device: Device, status: str) -> None:
        """An interview started, was successful, or failed."""

    def heard(self, device: Device, endpoint: int, cluster: int, frame: zcl.Frame) -> None:
        """An interviewed device sent attributes or a cluster command. Raises `zcl.MalformedError`."""

    def seen(self, device: Device) -> None:
        """A device is there: it said something, whatever it was."""

    def said_nothing(self, device: Device) -> None:
        """What it said is nothing for the listener: an answer, or a frame while it is interviewed."""

    def moved(self, device: Device) -> None:
        """A device has another network address."""

    def radio_changed(self, online: bool) -> None:
        """The radio went away or came back."""


class Network:
    """The devices, and a radio that may be away at times."""

    def __init__(self, config: Config, listener: Listener, *, now: Callable[[], float] = time.time) -> None:
        self.config = config
        self.listener = listener
        self.now = now
        self.link = Link(config, self)
        self.devices: dict[str, Device] = {}
        self.removed: dict[str, Device] = {}
        path: Path | None = None if config.data_path is None else config.data_path / "database.db"
        self._saver = Saver(path, lambda: database.dump(self.devices.values(), self._others), DATABASE_DELAY)
        self._others: list[dict[str, Any]] = []  # entries of the database that are no devices
        self._by_nwk: dict[int, Device] = {}
        self._interviews: dict[str, asyncio.Task[Any]] = {}  # those that we began, by address
        self._transactions = Transactions(self)
        self._tasks = Tasks(LOGGER)
        self._inbound = Inbound(self._transactions, self._tasks, listener)
        self._ran = False

    async def start(self) -> str:
        """Bring devices and network up; returns resumed, restored or reset. Raises `RadioError`."""
        self._load()
        done = await self.link.start()
        if done == "reset" and len(self.devices) > 1:
            LOGGER.warning("The network is new: devices of the old one have to be paired again")
        return done

    async def stop(self) -> None:
        """Save, let go of the radio. The network itself stays."""
        await self._tasks.cancel()
        self._transactions.abort("the bridge stops")
        await self.link.stop()
        self._saver.flush()

    @property
    def online(self) -> bool:
        """Whether the radio is there."""
        return self.link.up

    def radio_up(self, controller: Controller) -> None:
        """The network runs: zigpy learns of the devices that we know."""
        again = self._ran
        self._ran = True
        self._keep_coordinator(controller.coordinator())
        for device in self.devices.values():
            if device.type != COORDINATOR:
                controller.attach(device)
        if again:
            self.listener.radio_changed(True)

    def radio_down(self) -> None:
        """The radio is away."""
        self._transactions.abort("the radio is away")
        self.listener.radio_changed(False)

    def radio_lost(self, reason: Exception | None) -> None:
        """The controller lost its radio."""
        self.link.lost(reason)

    def network_parameters(self) -> dict[str, Any]:
        """PAN id, extended PAN id and channel, as `bridge/info` has them."""
        advanced = self.config.advanced
        return {
            "pan_id": advanced.pan_id,
            "extended_pan_id": "0x" + bytes(advanced.ext_pan_id or []).hex(),  # type: ignore[arg-type]
            "channel": advanced.channel,
        }

    # Devices

    @property
    def coordinator(self) -> Device:
        """The radio as a device."""
        return next(device for device in self.devices.values() if device.type == COORDINATOR)

    def _load(self) -> None:
        if self._saver.path is None or self.devices:
            return
        try:
            devices, self._others = database.load(self._saver.path)
        except (OSError, UnicodeDecodeError) as error:
            raise RadioError(f"{self._saver.path} can't be read: {error}") from None
        for device in devices:
            self.devices[device.ieee] = device
            self._by_nwk[device.nwk] = device

    def _keep_coordinator(self, found: Device) -> None:
        known = next((device for device in self.devices.values() if device.type == COORDINATOR), None)
        if known is not None and known.ieee != found.ieee:
            LOGGER.info("Coordinator address changed, updating to '%s'", found.ieee)
            del self.devices[known.ieee]
        found.number = known.number if known else self._free_number()
        if known is None or known.ieee != found.ieee or known.endpoints != found.endpoints:
            self._saver.changed()
        self.devices = {
            found.ieee: found,
            **{ieee: d for ieee, d in self.devices.items() if ieee != found.ieee},
        }

    def _free_number(self) -> int:
        taken = [device.number for device in self.devices.values()] + [entry["id"] for entry in self._others]
        return max(taken, default=0) + 1

    def changed(self) -> None:
        """Something that belongs into the database changed."""
        self._saver.changed()

    def _move(self, device: Device, nwk: int) -> None:
        if device.nwk == nwk and self._by_nwk.get(nwk) is device:
            return
        moved = device.nwk != nwk
        if self._by_nwk.get(device.nwk) is device:
            del self._by_nwk[device.nwk]
        device.nwk = nwk
        self._by_nwk[nwk] = device
        if self.link.up:
            self.link.controller.attach(device)
        if moved:
            self._saver.changed()
            self.listener.moved(device)

    # What the controller reports

    def device_joined(self, ieee: str, nwk: int) -> None:
        """The trust center let a device in. The interview starts at once, as herdsman's does."""
        device = self._welcome(ieee, nwk)
        device.announced.clear()
        interviewing = self._interviews.get(ieee)
        if interviewing is not None:  # it was asked under an address that it may not have any more
            interviewing.cancel()
            self._start_interview(device, after=interviewing)
        elif device.awaits_interview:
            self._start_interview(device)

    def device_announced(self, ieee: str, nwk: int) -> None:
        """A device said that it is there."""
        device = self._welcome(ieee, nwk)
        device.announced.set()
        if device.awaits_interview:
            self._start_interview(device)
        elif device.interview_state != IN_PROGRESS:
            self.listener.announced(device)

    def device_moved(self, ieee: str, nwk: int) -> None:
        """A device's address became known. One that the database lacks is on the network all the same."""
        if ieee in self.devices:
            self._move(self.devices[ieee], nwk)
        else:
            self.device_announced(ieee, nwk)

    def _welcome(self, ieee: str, nwk: int) -> Device:
        device = self.devices.get(ieee)
        if device is None:
            device = self.removed.pop(ieee, None) or Device(ieee=ieee, nwk=nwk)
            device.number = self._free_number()
            device.nwk = nwk
            self.devices[ieee] = device
            self._by_nwk[nwk] = device
            if self.link.up:
                self.link.controller.attach(device)
            device.last_seen = self.now()
            self._saver.changed()
            self.listener.joined(device)
        else:
            self._move(device, nwk)
            device.last_seen = self.now()
            self.listener.seen(device)
        return device

    def device_left(self, ieee: str) -> None:
        """A device left the network: it is forgotten, as zigbee-herdsman does."""
        device = self.devices.get(ieee)
        if device is not None and device.type != COORDINATOR:
            self._forget(device)
            self.listener.left(device)

    def _forget(self, device: Device) -> None:
        self.devices.pop(device.ieee, None)
        if self._by_nwk.get(device.nwk) is device:
            del self._by_nwk[device.nwk]
        if self.link.up:
            self.link.controller.detach(device)
        self._transactions.forget(device)
        device.forget_interview()
        device.heard.clear()  # when it comes back, its sequence numbers start anew
        device.complained.clear()
        self.removed[device.ieee] = device
        self._saver.changed()

    def frame_received(
        self, nwk: int, group: int, endpoint: int, cluster: int, data: bytes, linkquality: int, unicast: bool
    ) -> bool:
        """A device's frame; True when there is nothing left for zigpy to do."""
        device = self._by_nwk.get(nwk)
        if device is None:
            return False
        if group and device.relays_for_others:
            device = self._by_nwk.get(group)
            if device is None:
                return True
        device.last_seen = self.now()
        device.linkquality = linkquality
        self.listener.seen(device)
        return self._inbound.received(device, endpoint, cluster, data, unicast)

    # What is asked of the network

    async def request(self, device: Device, request: zcl.Request, *, attempts: int = ATTEMPTS) -> zcl.Frame:
        """Send a ZCL request and await its answer. Raises `RequestError`."""
        return await self._transactions.request(device, request, attempts=attempts)

    def node(self, device: Device) -> Any:
        """zigpy's object for a device."""
        return self.link.controller.node(device)

    async def permit_join(self, seconds: int, device: Device | None = None) -> None:
        """Open the network, everywhere or at one device; 0 closes it. Raises `RequestError`."""
        target = None
        if device is not None:
            target = (
                self.link.controller.node(device).ieee
                if device.type != COORDINATOR
                else self.link.controller.state.node_info.ieee
            )
        await self.link.ask(self.link.controller.permit(seconds, target))

    async def remove(self, device: Device, *, force: bool = False) -> None:
        """Ask a device to leave and forget it; with `force` only forget it. Raises `RequestError`."""
        if not force:
            zdo = self.link.controller.node(device).zdo
            reply = await self.link.ask(zdo.leave(remove_children=False, rejoin=False))
            if reply[0] != 0:
                raise RequestError(f"it refuses to leave with status {int(reply[0]):#04x}")
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
        """Ask a device what it is. Raises `InterviewError`."""
        if device.interview_state == IN_PROGRESS:
            raise InterviewError(f"Interview - interview already in progress for '{device.ieee}'")
        if not self.link.up:
            raise InterviewError("the radio is away")
        device.interview_state = IN_PROGRESS
        self.listener.interviewed(device, "started")
        try:
            await interview(self, device)
        except (InterviewError, RequestError) as error:
            device.interview_state = FAILED
            self.listener.interviewed(device, "failed")
            raise InterviewError(str(error)) from None
        except asyncio.CancelledError:
            device.interview_state = PENDING
            raise
        finally:
            self._saver.changed()
        if self.devices.get(device.ieee) is not device:  # it left meanwhile
            device.forget_interview()
            return
        device.interview_state = SUCCESSFUL
        device.identify()
        if self.link.up:
            self.link.controller.attach(device)
        self.listener.interviewed(device, "successful")

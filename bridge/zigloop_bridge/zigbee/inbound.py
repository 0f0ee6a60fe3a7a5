"""Frames of devices, on the fast path: answers go to who waits for them, the rest to the listener.

What comes twice is told once, and what can't be read is complained of once.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol

from zigloop_bridge.converters import clusters
from zigloop_bridge.tasks import Tasks
from zigloop_bridge.zcl import codec as zcl
from zigloop_bridge.zigbee.device import PENDING, Device
from zigloop_bridge.zigbee.interview import learn
from zigloop_bridge.zigbee.transactions import Transactions

LOGGER = logging.getLogger(__name__)

# A frame that repeats one of a device's last ones so soon (in seconds) isn't news: the air or a router said
# it twice.
DUPLICATE_WINDOW, DUPLICATE_FRAMES = 10.0, 8

# So many kinds of malformed frames of one device are logged; a device that makes up ever new ones isn't worth more.
COMPLAINTS = 16


class Listener(Protocol):
    """Who gets what devices say."""

    def heard(self, device: Device, endpoint: int, cluster: int, frame: zcl.Frame) -> None:
        """An interviewed device sent attributes or a cluster command. Raises `zcl.MalformedError`."""

    def said_nothing(self, device: Device) -> None:
        """A frame with nothing in it for the listener."""


class Inbound:
    """What is done with a frame."""

    def __init__(self, transactions: Transactions, tasks: Tasks, listener: Listener) -> None:
        self._transactions = transactions
        self._tasks = tasks
        self._listener = listener

    def received(self, device: Device, endpoint: int, cluster: int, data: bytes, unicast: bool) -> bool:
        """A frame; True when there is nothing left for zigpy to do."""
        try:
            frame = zcl.parse(data)
        except zcl.MalformedError as error:
            _complain(device, endpoint, cluster, data, error)
            return True
        if frame.frame_type == zcl.GLOBAL and frame.command == zcl.REPORT:
            self._deliver(device, endpoint, cluster, frame, data)
            if not frame.disable_default_response and unicast:
                answer = self._transactions.acknowledge(device, endpoint, cluster, frame)
                self._tasks.spawn(answer, "default response")
            return True
        answered = self._transactions.answer(device, endpoint, cluster, frame)
        if frame.frame_type == zcl.GLOBAL:
            if frame.command == zcl.READ_RESPONSE:
                self._deliver(device, endpoint, cluster, frame, data)
            else:
                self._listener.said_nothing(device)
            return answered
        if answered:
            self._listener.said_nothing(device)
            return True
        self._deliver(device, endpoint, cluster, frame, data)
        return not device.interviewed and device.interview_state == PENDING

    def _deliver(self, device: Device, endpoint: int, cluster: int, frame: zcl.Frame, data: bytes) -> None:
        try:
            if device.interviewed:
                if self._news(device, (endpoint, cluster, data)):
                    self._listener.heard(device, endpoint, cluster, frame)
                return
            if cluster == clusters.BASIC and frame.frame_type == zcl.GLOBAL:
                # Lumi devices tell their model unasked while they join.
                read = zcl.read_report if frame.command == zcl.REPORT else lambda p: zcl.read_response(p).values
                learn(device.basics, read(frame.payload))
            self._listener.said_nothing(device)
        except zcl.MalformedError as error:
            _complain(device, endpoint, cluster, data, error)

    @staticmethod
    def _news(device: Device, frame: tuple[int, int, bytes]) -> bool:
        """Whether this isn't one of the last frames once more."""
        now = asyncio.get_running_loop().time()
        heard = device.heard.get(frame)
        if heard is not None and now - heard < DUPLICATE_WINDOW:
            LOGGER.debug("%s sent the same frame again", device.ieee)
            return False
        device.heard[frame] = now
        if len(device.heard) > DUPLICATE_FRAMES:
            del device.heard[next(iter(device.heard))]
        return True


def _complain(device: Device, endpoint: int, cluster: int, data: bytes, error: Exception) -> None:
    """Log a frame that can't be read: the first one of its kind of each device, with its bytes."""
    kind = f"{endpoint}/{cluster}/{error}"
    if kind not in device.complained and len(device.complained) < COMPLAINTS:
        device.complained.add(kind)
        LOGGER.warning(
            "%s sent a malformed frame from endpoint %d, cluster %s (%s): %s",
            device.ieee,
            endpoint,
            clusters.name(cluster),
            error,
            data.hex(),
        )

"""The fast path of received frames: responses complete their requests, everything else is passed on.

A repeated frame is passed on once; a malformed one is logged once.
"""

import asyncio
import logging
from collections.abc import Callable

from zigloop_bridge.tasks import Tasks
from zigloop_bridge.zcl import codec as zcl
from zigloop_bridge.zcl import names
from zigloop_bridge.zigbee.device import PENDING, Device
from zigloop_bridge.zigbee.interview import take_over
from zigloop_bridge.zigbee.transactions import Transactions

LOGGER = logging.getLogger(__name__)

# A frame that repeats one of a device's last `DUPLICATE_FRAMES` within `DUPLICATE_WINDOW` seconds is a duplicate: a
# router or the radio sent it twice.
DUPLICATE_WINDOW, DUPLICATE_FRAMES = 10.0, 8

# Limit to the kinds of malformed frames of one device that are logged.
COMPLAINTS = 16


#: An interviewed device sent attributes or a cluster command. Raises `zcl.MalformedError`.
Receive = Callable[[Device, int, int, zcl.Frame], None]
#: A device sent something that is not for `Receive`.
Touched = Callable[[Device], None]


class Inbound:
    """Sorts frames: to `transactions`, to `receive`, or only to `touched`."""

    def __init__(self, transactions: Transactions, tasks: Tasks, receive: Receive, touched: Touched) -> None:
        self._transactions = transactions
        self._tasks = tasks
        self._receive = receive
        self._touched = touched

    def received(self, device: Device, endpoint: int, cluster: int, data: bytes, unicast: bool) -> bool:
        """A frame; True when zigpy has nothing left to do."""
        try:
            frame = zcl.parse(data)
        except zcl.MalformedError as error:
            _report_malformed(device, endpoint, cluster, data, error)
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
                self._touched(device)
            return answered
        if answered:
            self._touched(device)
            return True
        self._deliver(device, endpoint, cluster, frame, data)
        return not device.interviewed and device.interview_state == PENDING

    def _deliver(self, device: Device, endpoint: int, cluster: int, frame: zcl.Frame, data: bytes) -> None:
        try:
            if device.interviewed:
                if self._is_new(device, (endpoint, cluster, data)):
                    self._receive(device, endpoint, cluster, frame)
                return
            if cluster == names.BASIC and frame.frame_type == zcl.GLOBAL:
                # Lumi devices report their model while they join.
                read = zcl.read_report if frame.command == zcl.REPORT else lambda p: zcl.read_response(p).values
                take_over(device.basics, read(frame.payload))
            self._touched(device)
        except zcl.MalformedError as error:
            _report_malformed(device, endpoint, cluster, data, error)

    @staticmethod
    def _is_new(device: Device, frame: tuple[int, int, bytes]) -> bool:
        """Whether this isn't a repetition of a recent frame."""
        now = asyncio.get_running_loop().time()
        heard = device.recent_frames.get(frame)
        if heard is not None and now - heard < DUPLICATE_WINDOW:
            LOGGER.debug("%s sent the same frame again", device.ieee)
            return False
        device.recent_frames[frame] = now
        if len(device.recent_frames) > DUPLICATE_FRAMES:
            del device.recent_frames[next(iter(device.recent_frames))]
        return True


def _report_malformed(device: Device, endpoint: int, cluster: int, data: bytes, error: Exception) -> None:
    """Log a malformed frame with its bytes: the first one of its kind of each device."""
    kind = f"{endpoint}/{cluster}/{error}"
    if kind not in device.reported and len(device.reported) < COMPLAINTS:
        device.reported.add(kind)
        LOGGER.warning(
            "%s sent a malformed frame from endpoint %d, cluster %s (%s): %s",
            device.ieee,
            endpoint,
            names.cluster_name(cluster),
            error,
            data.hex(),
        )

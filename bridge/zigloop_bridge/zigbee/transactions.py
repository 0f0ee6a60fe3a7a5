"""Requests to devices and their responses: one request at a time for each device, many devices in parallel.

zigpy's own `Device.request` parses each response through its dynamic types, which is slow. The policy is the same:
three tries, 5 s for a device that always listens, 28 s for one that sleeps. A frame that a busy radio refuses is sent
again later, as by zigbee-herdsman.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from typing import Any, Protocol

import zigpy.exceptions

from zigloop_bridge.errors import RequestError, UnreachedError
from zigloop_bridge.zcl import codec as zcl
from zigloop_bridge.zigbee.answers import describe
from zigloop_bridge.zigbee.device import Device

LOGGER = logging.getLogger(__name__)

PROFILE = 0x0104
ATTEMPTS, RETRY_DELAY = 3, 0.1
TIMEOUT, SLEEPY_TIMEOUT = 5.0, 28.0  # seconds, zigpy's APS_REPLY_TIMEOUT and its extended one
# Temporary failures of the radio: buffer full, MAC without resources, channel busy. zigbee-herdsman waits 2 s and tries
# again, four times.
RADIO_BUSY = frozenset((0x11, 0x1A, 0xE1))
BUSY_RETRIES, BUSY_DELAY = 4, 2.0

# Default responses to one device, and in how many seconds. A babbling device gets no more, since commands to others
# would queue behind them.
ACKNOWLEDGEMENTS, ACKNOWLEDGEMENTS_PERIOD = 8, 0.5

Key = tuple[str, int, int, int]  # ieee, endpoint, cluster, tsn


class Sender(Protocol):
    """zigpy's application, as transactions need it."""

    def get_sequence(self) -> int:
        """The next sequence number."""

    def node(self, device: Device) -> Any:
        """zigpy's object for a device."""

    async def request(self, **request: Any) -> Any:
        """Send a frame. Raises what zigpy raises."""


class Transactions:
    """The requests in progress. `sender` returns their sender, or raises `RequestError` without a radio."""

    def __init__(self, sender: Callable[[], Sender]) -> None:
        self._sender = sender
        self._open: dict[Key, asyncio.Future[zcl.Frame]] = {}
        self._under_way: dict[str, set[asyncio.Task[zcl.Frame]]] = {}  # by IEEE address
        self._acknowledging: Counter[str] = Counter()

    async def request(self, device: Device, request: zcl.Request, *, attempts: int = ATTEMPTS) -> zcl.Frame:
        """Send and await the answer: a response to a read or write, a default response, or the cluster's own.

        Raises `UnreachedError` after `attempts`, whose message ends in the reason, and `RequestError` without a radio,
        or when the device leaves. A refusal is an answer, too.
        """
        work = asyncio.ensure_future(self._request(device, request, attempts))
        under_way = self._under_way.setdefault(device.ieee, set())
        under_way.add(work)
        try:
            return await work
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            raise RequestError(f"{describe(device, request)} failed (the device left the network)") from None
        finally:
            under_way.discard(work)

    async def _request(self, device: Device, request: zcl.Request, attempts: int) -> zcl.Frame:
        async with device.request_lock:
            failed = busy = 0
            while True:
                try:
                    return await self._once(device, request)
                except (TimeoutError, zigpy.exceptions.DeliveryError) as error:
                    reason = _reason(error)
                    LOGGER.debug("%s: %s failed (%s)", device.ieee, describe(device, request), reason)
                    if getattr(error, "status", None) in RADIO_BUSY and busy < BUSY_RETRIES:
                        busy += 1
                        await asyncio.sleep(BUSY_DELAY)
                        continue
                    failed += 1
                    if failed >= attempts:
                        raise UnreachedError(f"{describe(device, request)} failed ({reason})") from None
                    await asyncio.sleep(RETRY_DELAY)

    async def _once(self, device: Device, request: zcl.Request) -> zcl.Frame:
        sender = self._sender()
        tsn = sender.get_sequence()
        key = (device.ieee, request.endpoint, request.cluster, tsn)
        future: asyncio.Future[zcl.Frame] = asyncio.get_running_loop().create_future()
        self._open[key] = future
        try:
            await sender.request(
                device=sender.node(device),
                profile=PROFILE,
                cluster=request.cluster,
                src_ep=1,
                dst_ep=request.endpoint,
                sequence=tsn,
                data=request.serialize(tsn),
                expect_reply=True,
                extended_timeout=device.sleepy,
            )
            async with asyncio.timeout(SLEEPY_TIMEOUT if device.sleepy else TIMEOUT):
                return await future
        except asyncio.CancelledError:
            # zigpy-znp cancels requests when the radio disconnects; our own task isn't cancelled.
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            raise RequestError("the radio is not connected") from None
        except RuntimeError as error:  # zigpy-znp: "Coordinator is disconnected, cannot send request"
            raise RequestError(f"the radio is not connected ({error})") from None
        except AttributeError as error:  # zigpy-znp, which has just lost its transport: None has no `write`
            if error.obj is not None or error.name != "write":
                raise
            raise RequestError("the radio is not connected") from None
        finally:
            del self._open[key]
            if future.done() and not future.cancelled():
                future.exception()  # seen

    def answer(self, device: Device, endpoint: int, cluster: int, frame: zcl.Frame) -> bool:
        """Whether `frame` answers a request in progress: it has its sequence number."""
        future = self._open.get((device.ieee, endpoint, cluster, frame.tsn))
        if future is None or not frame.from_server:
            return False
        if not future.done():
            future.set_result(frame)
        return True

    async def acknowledge(self, device: Device, endpoint: int, cluster: int, frame: zcl.Frame) -> None:
        """Send the default response that a device wants for its report, unless it got many recently."""
        if self._acknowledging[device.ieee] >= ACKNOWLEDGEMENTS:
            LOGGER.debug("%s sends reports faster than they can be answered", device.ieee)
            return
        self._acknowledging[device.ieee] += 1
        try:
            sender = self._sender()
            await sender.request(
                device=sender.node(device),
                profile=PROFILE,
                cluster=cluster,
                src_ep=1,
                dst_ep=endpoint,
                sequence=frame.tsn,
                data=zcl.default_response(frame),
                expect_reply=False,
            )
        except (TimeoutError, RequestError, RuntimeError, zigpy.exceptions.ZigbeeException) as error:
            LOGGER.debug("%s: default response not sent: %r", device.ieee, error)
        finally:
            asyncio.get_running_loop().call_later(ACKNOWLEDGEMENTS_PERIOD, self._acknowledged, device.ieee)

    def _acknowledged(self, ieee: str) -> None:
        self._acknowledging[ieee] -= 1

    def forget(self, device: Device) -> None:
        """Cancel the requests to a device that has left; they must not be sent when it rejoins."""
        for work in self._under_way.pop(device.ieee, ()):
            work.cancel()

    def abort(self, reason: str) -> None:
        """End all requests in progress."""
        for future in self._open.values():
            if not future.done():
                future.set_exception(RequestError(reason))


def _reason(error: Exception) -> str:
    """Why a request wasn't delivered or answered, with the radio's status as Zigbee2MQTT writes it."""
    if isinstance(error, TimeoutError):
        return "Timeout"
    status = getattr(error, "status", None)
    if status is None:
        return str(error)
    return f"Data request failed with error: '{getattr(status, 'name', status)}' (0x{int(status):02x})"

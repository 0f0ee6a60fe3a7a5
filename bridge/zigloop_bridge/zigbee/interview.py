"""The interview: the descriptors and genBasic of a device that has joined.

The order is zigbee-herdsman's: node descriptor, active endpoints, simple descriptors, then genBasic. But
genBasic is asked for several attributes at a time (herdsman asks for nine one by one), and one by one only if the
device doesn't answer that.
"""

import asyncio
import logging
from typing import Any, Protocol

from zigpy.exceptions import ZigbeeException

from zigloop_bridge.errors import InterviewError, RequestError
from zigloop_bridge.zcl import codec as zcl
from zigloop_bridge.zcl import names
from zigloop_bridge.zigbee.device import COORDINATOR, END_DEVICE, ROUTER, UNKNOWN, Basics, Device, Endpoint

LOGGER = logging.getLogger(__name__)

# genBasic: attribute number to the field of `Basics`
_MODEL: dict[int, str] = {0x0005: "model_id", 0x0004: "manufacturer_name", 0x0007: "power_source"}
_MORE: dict[int, str] = {
    0x0000: "zcl_version",
    0x0001: "app_version",
    0x0002: "stack_version",
    0x0003: "hw_version",
    0x0006: "date_code",
    0x4000: "sw_build_id",
}
_TEXTS = {"model_id", "manufacturer_name", "date_code", "sw_build_id"}
_TYPES = {0: COORDINATOR, 1: ROUTER, 2: END_DEVICE}
_ZDO_SUCCESS, _ZDO_NOT_ACTIVE = 0x00, 0x83

NODE_DESCRIPTOR_ATTEMPTS = 3  # each with zigpy's own retries; the first one after joining often fails


class Requester(Protocol):
    """Sends the interview's requests."""

    async def request(self, device: Device, request: zcl.Request) -> zcl.Frame:
        """Send a ZCL request and await its answer. Raises `RequestError`."""

    def node(self, device: Device) -> Any:
        """zigpy's object for the device, for its ZDO requests."""


async def interview(requester: Requester, device: Device) -> None:
    """Fill in model, type and endpoints of `device`. Raises `InterviewError`."""
    zdo = requester.node(device).zdo
    try:
        await _node_descriptor(zdo, device)
        await _endpoints(zdo, device)
    except (TimeoutError, ZigbeeException, InterviewError) as error:
        if not _lumi(device) or device.endpoints:
            raise InterviewError(str(error) or "it doesn't answer") from None
        # Lumi's battery devices report their model when they join, and may not answer anything more.
        LOGGER.debug("%s: no descriptors (%r), but it is a %s", device.ieee, error, device.basics.model_id)
        if device.type == UNKNOWN:
            device.type = END_DEVICE
        device.endpoints.setdefault(1, Endpoint(1, 0x0104))
        device.basics.manufacturer_name = device.basics.manufacturer_name or "LUMI"
        return
    endpoint = next((e for e in device.endpoints.values() if names.BASIC in e.input_clusters), None)
    if endpoint is None:
        return
    for attributes in (_MODEL, _MORE):
        try:
            await _read(requester, device, endpoint, attributes)
        except (RequestError, zcl.MalformedError) as error:
            LOGGER.debug("%s: genBasic not read as a whole (%s), asking one by one", device.ieee, error)
            for number, name in attributes.items():
                try:
                    await _read(requester, device, endpoint, {number: name})
                except (RequestError, zcl.MalformedError) as failure:
                    LOGGER.debug("%s: genBasic %s not read (%s)", device.ieee, name, failure)
                    if attributes is _MODEL and device.basics.model_id is None:
                        raise InterviewError(f"it doesn't report its model: {failure}") from None
                    break


def _lumi(device: Device) -> bool:
    return (device.basics.model_id or "").startswith("lumi.")


async def _node_descriptor(zdo: Any, device: Device) -> None:
    for attempt in range(NODE_DESCRIPTOR_ATTEMPTS):
        try:
            status, _, descriptor = await _ask_for_node_descriptor(zdo, device)
            if status != _ZDO_SUCCESS:
                raise InterviewError(f"its node descriptor request failed with status {int(status):#04x}")
            break
        except (TimeoutError, ZigbeeException, InterviewError):
            if attempt == NODE_DESCRIPTOR_ATTEMPTS - 1 or _lumi(device):
                raise
    zdo.device.node_desc = descriptor
    device.type = _TYPES.get(int(descriptor.logical_type), UNKNOWN)
    device.manufacturer_id = int(descriptor.manufacturer_code)


async def _ask_for_node_descriptor(zdo: Any, device: Device) -> Any:
    """Ask once; and again at once when the device announces itself meanwhile: it may not have received the first.

    The trust center reports a device a moment before that device has the network key.
    """
    asked = asyncio.ensure_future(zdo.Node_Desc_req(device.nwk))
    announced = asyncio.ensure_future(device.announced.wait())
    try:
        if not device.announced.is_set():
            await asyncio.wait((asked, announced), return_when=asyncio.FIRST_COMPLETED)
            if not asked.done():
                asked.cancel()
                asked = asyncio.ensure_future(zdo.Node_Desc_req(device.nwk))
        return await asked
    finally:
        announced.cancel()
        asked.cancel()


async def _endpoints(zdo: Any, device: Device) -> None:
    status, _, numbers = await zdo.Active_EP_req(device.nwk)
    if status != _ZDO_SUCCESS:
        raise InterviewError(f"its active endpoints request failed with status {int(status):#04x}")
    endpoints: dict[int, Endpoint] = {}
    for number in numbers:
        if number == 0:
            continue
        status, _, descriptor = await zdo.Simple_Desc_req(device.nwk, number)
        if status == _ZDO_NOT_ACTIVE:  # listed, but without a descriptor
            continue
        if status != _ZDO_SUCCESS:
            raise InterviewError(f"its simple descriptor {int(number)} failed with status {int(status):#04x}")
        endpoints[int(number)] = Endpoint(
            int(number),
            int(descriptor.profile),
            int(descriptor.device_type),
            [int(each) for each in descriptor.input_clusters],
            [int(each) for each in descriptor.output_clusters],
        )
    if not endpoints:
        raise InterviewError("it has no endpoints")
    device.endpoints = endpoints


async def _read(requester: Requester, device: Device, endpoint: Endpoint, attributes: dict[int, str]) -> None:
    frame = await requester.request(device, zcl.read(endpoint.number, names.BASIC, *attributes))
    if frame.command != zcl.READ_RESPONSE:
        return
    answer = zcl.read_response(frame.payload)
    take_over(device.basics, answer.values)
    left = {
        number: name
        for number, name in attributes.items()
        if number not in answer.values and number not in answer.refused
    }
    # A device that answers with as many as fit is asked again for the rest, as long as that brings something.
    if left and len(left) < len(attributes):
        await _read(requester, device, endpoint, left)


def take_over(basics: Basics, values: dict[int, zcl.Value]) -> None:
    """Take over attributes of genBasic, read or reported. Texts end at a NUL: some firmware pads them."""
    for number, name in {**_MODEL, **_MORE}.items():
        value = values.get(number)
        if name in _TEXTS and isinstance(value, bytes):
            setattr(basics, name, value.split(b"\0")[0].decode("utf-8", "replace").strip())
        elif name not in _TEXTS and isinstance(value, int):
            setattr(basics, name, value)

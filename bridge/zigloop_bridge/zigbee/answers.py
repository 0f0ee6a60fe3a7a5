"""The result in a device's answer to a request: success, refused, or malformed."""

from zigloop_bridge.errors import RefusedError, RequestError
from zigloop_bridge.zcl import codec as zcl
from zigloop_bridge.zcl import names
from zigloop_bridge.zigbee.device import Device


def require_success(device: Device, request: zcl.Request, answer: zcl.Frame) -> None:
    """Raise `RefusedError` when the device refuses, `RequestError` when its answer is malformed."""
    status = zcl.SUCCESS
    if answer.frame_type == zcl.GLOBAL:
        try:
            if answer.command == zcl.DEFAULT_RESPONSE:
                status = answer.payload[1]
            elif answer.command == zcl.WRITE_RESPONSE:
                status = next(iter(zcl.read_write_response(answer.payload).values()), zcl.SUCCESS)
            elif answer.command == zcl.READ_RESPONSE:
                refused = zcl.read_response(answer.payload).refused
                status = next(iter(refused.values()), zcl.SUCCESS)
        except (zcl.MalformedError, IndexError):
            raise RequestError(f"{describe(device, request)} failed (its answer is malformed)") from None
    if status != zcl.SUCCESS:
        raise RefusedError(f"{describe(device, request)} failed (Status '{zcl.status_name(status)}')", status)


def describe(device: Device, request: zcl.Request) -> str:
    """A request in words, for errors."""
    if request.frame_type == zcl.CLUSTER:
        what = f"Command {request.command:#04x}"
    else:
        what = {zcl.READ: "Read", zcl.WRITE: "Write"}.get(request.command, f"General command {request.command:#04x}")
    return f"{what} {device.ieee}/{request.endpoint} {names.cluster_name(request.cluster)}"

"""A frame as one readable line: command, fields by name, and the decoded data.

    --> AF.DataRequest DstAddr=0x1A2B DstEndpoint=1 ... | ZCL on_off on tsn=7
    <-- ZDO.MsgCbIncoming Src=0x1A2B ... | ZDO Device_annce tsn=5 ...

It never fails on any bytes: content that can't be decoded is shown as hex.
"""

from typing import Any

import zigpy_znp.commands as c
import zigpy_znp.types as t
from zigpy_znp.types.nvids import ExNvIds, OsalNvIds

from zigloop.capture.describe import describe_field, describe_value, describe_zcl, describe_zdo
from zigloop.events import Direction
from zigloop.radio.zstack.mt.dispatch import header_of, parse
from zigloop.radio.zstack.mt.framing import SRSP, TYPE_MASK

_COMMANDS: dict[int, Any] = {header_of(command): command for command in c.COMMANDS_BY_ID.values()}
#: Fields without meaning here.
_LEFT_OUT = {"TimeStamp", "MacSrcAddr", "MsgResultRadius", "DstPanId", "SrcPanId", "SecurityUse"}
_NV_COMMANDS = {command.Req for command in c.SYS if command.__name__.startswith(("OSALNV", "NV"))}
_NV_NAMES: dict[str, Any] = {"Id": OsalNvIds, "ItemId": ExNvIds}


def describe(direction: Direction, header: int, payload: bytes) -> str:
    """One line for one frame."""
    arrow = direction.value
    try:
        return f"{arrow} {_describe(header, payload)}"
    except Exception:  # a log line must never break what it logs
        command = _COMMANDS.get(header)
        name = f"{_name(command, header)} " if command is not None else ""
        return f"{arrow} {name}0x{header:04X} {payload.hex(' ')}".rstrip()


def _name(command: Any, header: int) -> str:
    name = str(command.__qualname__.rpartition(".")[0])
    return f"{name} rsp" if header & TYPE_MASK == SRSP else name


def _describe(header: int, payload: bytes) -> str:
    command = _COMMANDS.get(header)
    if command is None:
        return f"0x{header:04X} {payload.hex(' ')}".rstrip()
    frame = parse(command, payload)
    values = frame.as_dict()
    inside = ""
    if command in _CARRIERS:
        inside = _CARRIERS[command](values)
        del values["Data"]
    fields = " ".join(
        text
        for key, value in values.items()
        if value is not None and key not in _LEFT_OUT and (text := _field(command, key, value))
    )
    return f"{_name(command, header)} {fields}".rstrip() + (f" | {inside}" if inside else "")


def _field(command: Any, key: str, value: Any) -> str:
    if command in _NV_COMMANDS and key in _NV_NAMES:
        names = _NV_NAMES[key]
        return f"{key}={names(value).name if value in names.__members__.values() else f'0x{value:04X}'}"
    if isinstance(value, t.AddrModeAddress):
        return f"{key}={value.mode.name}:{describe_value(value.address)}"
    return describe_field(key, value)


# Frames that carry another protocol's data


def _aps(values: dict[str, Any]) -> str:
    render = describe_zdo if values["SrcEndpoint"] == 0 else describe_zcl
    return render(int(values["ClusterId"]), bytes(values["Data"]))


def _zdo_callback(values: dict[str, Any]) -> str:
    return describe_zdo(int(values["ClusterId"]), bytes((int(values["TSN"]),)) + bytes(values["Data"]))


_CARRIERS = {
    c.AF.DataRequest.Req: _aps,
    c.AF.DataRequestExt.Req: _aps,
    c.AF.DataRequestSrcRtg.Req: _aps,
    c.AF.IncomingMsg.Callback: _aps,
    c.ZDO.MsgCbIncoming.Callback: _zdo_callback,
}

"""A frame as one readable line: command, fields by name, and what the data inside mean.

    --> AF.DataRequest 0x2401 dst=0x1A2B ep=1<-1 cluster=OnOff ... | ZCL on tsn=7
    <-- ZDO.MsgCbIncoming ... | Device_annce ...

It never fails, whatever the bytes: what can't be decoded is shown as hex.
"""

import enum
from typing import Any

import zigpy_znp.commands as c
import zigpy_znp.types as t
from zigpy.zcl import Cluster, foundation
from zigpy.zdo.types import CLUSTERS, ZDOCmd
from zigpy_znp.types.nvids import ExNvIds, OsalNvIds

from sim.air import BROADCASTS, ApsFrame
from sim.radio.dispatch import header_of, parse
from sim.radio.framing import SRSP, TYPE_MASK, Direction

_COMMANDS: dict[int, Any] = {header_of(command): command for command in c.COMMANDS_BY_ID.values()}
_ADDRESSES = (t.NWK, t.PanId, t.GroupId, t.ClusterId)
#: Fields that say nothing here.
_LEFT_OUT = {"TimeStamp", "MacSrcAddr", "MsgResultRadius", "DstPanId", "SrcPanId", "SecurityUse"}
#: Numbers that people write in hex.
_HEX = {"ProfileId", "DeviceId"}
_NV_COMMANDS = {command.Req for command in c.SYS if command.__name__.startswith(("OSALNV", "NV"))}
_ZCL_RESPONSES = {
    foundation.GeneralCommand.Read_Attributes_rsp,
    foundation.GeneralCommand.Report_Attributes,
    foundation.GeneralCommand.Write_Attributes,
    foundation.GeneralCommand.Read_Attributes,
}


def describe(direction: Direction, header: int, payload: bytes) -> str:
    """One line for one frame; `Radio.frame_taps` are called with just these arguments."""
    arrow = direction.value
    try:
        return f"{arrow} {_describe(header, payload)}"
    except Exception:  # a log line must never break what it logs
        command = _COMMANDS.get(header)
        name = f"{_name(command, header)} " if command is not None else ""
        return f"{arrow} {name}0x{header:04X} {payload.hex(' ')}".rstrip()


def describe_aps(frame: ApsFrame) -> str:
    """One line for one frame on the air; `Air.taps` are called with it."""
    if frame.group is not None:
        to = f"group 0x{frame.group:04X}"
    elif frame.dst in BROADCASTS:
        to = f"everybody (0x{frame.dst:04X})"
    else:
        to = f"0x{frame.dst:04X}/{frame.dst_endpoint}"
    said = _zdo(frame.cluster, frame.data) if frame.dst_endpoint == 0 else _zcl(frame.cluster, frame.data)
    return f"0x{frame.src:04X}/{frame.src_endpoint} -> {to} {said}"


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
        data, inside = _CARRIERS[command](values)
        values[data] = None
    fields = " ".join(
        f"{key}={_field(command, key, value)}"
        for key, value in values.items()
        if value is not None and key not in _LEFT_OUT
    )
    return f"{_name(command, header)} {fields}".rstrip() + (f" | {inside}" if inside else "")


def _value(value: Any) -> str:
    if isinstance(value, t.AddrModeAddress):
        return f"{value.mode.name}:{_value(value.address)}"
    if isinstance(value, _ADDRESSES):
        return f"0x{int(value):04X}"
    if isinstance(value, bytes):
        return value.hex(" ") or "-"
    if isinstance(value, enum.Enum):
        return str(value.name) if value.name is not None else f"0x{int(value.value):02X}"
    if isinstance(value, list) and not isinstance(value, t.EUI64 | t.KeyData):
        return "[" + ",".join(_value(item) for item in value) + "]"
    if isinstance(value, str):
        return repr(str(value))
    return str(value)


def _field(command: Any, key: str, value: Any) -> str:
    if command in _NV_COMMANDS and key == "Id":
        return str(OsalNvIds(value).name) if value in OsalNvIds.__members__.values() else f"0x{value:04X}"
    if command in _NV_COMMANDS and key == "ItemId":
        return str(ExNvIds(value).name) if value in ExNvIds.__members__.values() else f"0x{value:04X}"
    if key in _HEX:
        return f"0x{int(value):04X}"
    return _value(value)


# Frames that carry another protocol's data: which field, and what it says


def _aps(values: dict[str, Any]) -> tuple[str, str]:
    data = bytes(values["Data"])
    cluster = int(values["ClusterId"])
    source = int(values["SrcEndpoint"])
    return "Data", _zdo(cluster, data) if source == 0 else _zcl(cluster, data)


def _zdo_callback(values: dict[str, Any]) -> tuple[str, str]:
    return "Data", _zdo(int(values["ClusterId"]), bytes((int(values["TSN"]),)) + bytes(values["Data"]))


_CARRIERS = {
    c.AF.DataRequest.Req: _aps,
    c.AF.DataRequestExt.Req: _aps,
    c.AF.DataRequestSrcRtg.Req: _aps,
    c.AF.IncomingMsg.Callback: _aps,
    c.ZDO.MsgCbIncoming.Callback: _zdo_callback,
}


def _zdo(cluster: int, data: bytes) -> str:
    try:
        command = ZDOCmd(cluster)
        names, types = CLUSTERS[command]
        rest, fields = data[1:], []
        for name, kind in zip(names, types, strict=True):
            if not rest:
                break
            value, rest = kind.deserialize(rest)
            fields.append(f"{name}={_value(value)}")
        return f"ZDO {command.name} tsn={data[0]} " + " ".join(fields)
    except Exception:
        return f"ZDO 0x{cluster:04X} {data.hex(' ')}"


def _zcl(cluster: int, data: bytes) -> str:
    known = Cluster._registry.get(cluster)
    name = known.ep_attribute or known.__name__ if known is not None else f"0x{cluster:04X}"
    try:
        header, rest = foundation.ZCLHeader.deserialize(data)
    except Exception:
        return f"ZCL {name} {data.hex(' ')}"
    parts = [f"ZCL {name}"]
    if header.manufacturer is not None:
        parts.append(f"manufacturer=0x{header.manufacturer:04X}")
    try:
        if header.frame_control.is_general:
            parts += _general(known, header, rest)
        else:
            parts += _specific(known, header, rest)
    except Exception:
        parts += [f"command=0x{header.command_id:02X}", rest.hex(" ")]
    parts.append(f"tsn={header.tsn}")
    return " ".join(part for part in parts if part)


def _general(cluster: Any, header: Any, data: bytes) -> list[str]:
    command = foundation.GeneralCommand(header.command_id)
    fields, _ = foundation.GENERAL_COMMANDS[command].schema.deserialize(data)
    parts = [command.name]
    for value in fields.as_dict().values():
        items = value if isinstance(value, list) else [value]
        parts += [_attribute(cluster, item) if command in _ZCL_RESPONSES else str(item) for item in items]
    return parts


def _attribute(cluster: Any, item: Any) -> str:
    number = int(getattr(item, "attrid", item))
    known = cluster.attributes.get(number) if cluster is not None else None
    text = known.name if known is not None else f"0x{number:04X}"
    if getattr(item, "status", 0):
        return f"{text}:{item.status.name}"
    value = getattr(getattr(item, "value", None), "value", None)
    if value is None:
        return text
    return f"{text}={_value(value)}"


def _specific(cluster: Any, header: Any, data: bytes) -> list[str]:
    from_client = header.direction == foundation.Direction.Client_to_Server
    commands = {} if cluster is None else cluster.server_commands if from_client else cluster.client_commands
    known = commands.get(header.command_id)
    if known is None:
        return [f"command=0x{header.command_id:02X}", data.hex(" ")]
    fields, _ = known.schema.deserialize(data)
    shown = [f"{key}={_value(value)}" for key, value in fields.as_dict().items() if value is not None]
    return [str(known.name), *shown]

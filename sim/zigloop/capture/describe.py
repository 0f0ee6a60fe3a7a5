"""A frame on the air as one human-readable line, with its ZDO or ZCL content decoded.

Nothing here raises for any bytes: content that can't be decoded is shown as hex.
"""

import enum
from collections.abc import Mapping
from typing import Any

import zigpy.types as t
from zigpy.zcl import Cluster, foundation
from zigpy.zcl.foundation import GeneralCommand
from zigpy.zdo.types import CLUSTERS, NodeDescriptor, SimpleDescriptor, ZDOCmd

from zigloop.air.frame import BROADCASTS, ApsFrame
from zigloop.zcl import types as zcl_types

_ADDRESSES = (t.NWK, t.PanId, t.ClusterId)
#: Fields shown in hex, and their number of digits.
_HEX = {
    "Capability": 2,
    "ClusterID": 4,
    "DeviceId": 4,
    "GroupId": 4,
    "ProfileID": 4,
    "ProfileId": 4,
    "type": 2,
}
#: Commands that are a list of attributes with values, and whether a status precedes each value.
_VALUES = {
    GeneralCommand.Read_Attributes_rsp: True,
    GeneralCommand.Report_Attributes: False,
    GeneralCommand.Write_Attributes: False,
    GeneralCommand.Write_Attributes_Undivided: False,
    GeneralCommand.Write_Attributes_No_Response: False,
}
#: Fields of a record about an attribute, and their names in a line.
_RECORD_FIELDS = {"datatype": "type", "min_interval": "min", "max_interval": "max", "reportable_change": "change"}
_BOOL = zcl_types.BOOL
_ENUMERATIONS = (zcl_types.ENUM8, 0x31)
_BITMAPS = range(0x18, 0x20)
_IEEE_ADDRESS = 0xF0


def describe_aps(frame: ApsFrame, names: Mapping[int, str] | None = None) -> str:
    """Sender, receiver and content: "plug/1 → radio/1  ZCL on_off Report_Attributes on_off=true tsn=7".

    `names` by short address, broadcast addresses included; a station without a name appears as its address.
    """
    known = names or {}

    def station(nwk: int, endpoint: int) -> str:
        name = known.get(nwk) or (f"all (0x{nwk:04X})" if nwk in BROADCASTS else f"0x{nwk:04X}")
        return f"{name}/{endpoint}" if endpoint else name

    to = f"group 0x{frame.group:04X}" if frame.group is not None else station(frame.dst, frame.dst_endpoint)
    describe = describe_zdo if frame.dst_endpoint == 0 else describe_zcl
    return f"{station(frame.src, frame.src_endpoint)} → {to}  {describe(frame.cluster, frame.data)}"


# Values


def describe_value(value: Any) -> str:
    """A value of a zigpy type, or a plain one."""
    if isinstance(value, _ADDRESSES):
        return f"0x{int(value):04X}"
    if isinstance(value, bytes):
        return value.hex(" ") or "-"
    if isinstance(value, str):
        return repr(str(value))
    if isinstance(value, enum.Enum):
        unknown = value.name is None or value.name.startswith("undefined_")
        return f"0x{int(value.value):02X}" if unknown else str(value.name)
    if isinstance(value, float):
        return f"{value:.7g}"  # the digits of single precision
    if isinstance(value, list) and not isinstance(value, t.EUI64 | t.KeyData):
        return "[" + ",".join(describe_value(item) for item in value) + "]"
    if isinstance(value, t.Struct):
        return "(" + _fields(value.as_dict()) + ")"
    return str(value)


def describe_field(name: str, value: Any) -> str:
    """A field of a command; a descriptor without its name."""
    if isinstance(value, SimpleDescriptor):
        return _simple_descriptor(value)
    if isinstance(value, NodeDescriptor):
        return _node_descriptor(value)
    if name in _HEX and isinstance(value, int):
        return f"{name}=0x{value:0{_HEX[name]}X}"
    return f"{name}={describe_value(value)}"


def _fields(values: Mapping[str, Any]) -> str:
    given = ((name, value) for name, value in values.items() if value is not None and "reserved" not in name)
    return " ".join(text for name, value in given if (text := describe_field(name, value)))


def _simple_descriptor(it: Any) -> str:
    if it.endpoint is None:
        return ""  # without a descriptor the status has the reason
    clusters = (",".join(f"0x{each:04X}" for each in some) for some in (it.input_clusters, it.output_clusters))
    head = f"endpoint={it.endpoint} profile=0x{it.profile:04X} device=0x{it.device_type:04X}"
    return "{} in=[{}] out=[{}]".format(head, *clusters)


def _node_descriptor(it: Any) -> str:
    if it.logical_type is None:
        return ""
    capability, manufacturer = int(it.mac_capability_flags), it.manufacturer_code
    return f"type={describe_value(it.logical_type)} capability=0x{capability:02X} manufacturer=0x{manufacturer:04X}"


# ZDO


def describe_zdo(cluster: int, data: bytes) -> str:
    """A ZDO frame, sequence number first."""
    try:
        command = ZDOCmd(cluster)
        names, types = CLUSTERS[command]
        rest, values = data[1:], {}
        for name, kind in zip(names, types, strict=True):
            if not rest:
                break
            values[name], rest = kind.deserialize(rest)
        return f"ZDO {command.name} tsn={data[0]} {_fields(values)}".rstrip()
    except Exception:
        return f"ZDO 0x{cluster:04X} {data.hex(' ')}".rstrip()


# ZCL


def describe_zcl(cluster: int, data: bytes) -> str:
    """A ZCL frame."""
    known = Cluster._registry.get(cluster)
    name = known.ep_attribute or known.__name__ if known is not None else f"0x{cluster:04X}"
    try:
        header, rest = foundation.ZCLHeader.deserialize(data)
    except Exception:
        return f"ZCL {name} {data.hex(' ')}".rstrip()
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
    command = GeneralCommand(header.command_id)
    # A manufacturer's attributes differ from standard attributes with the same identifiers.
    attributes = cluster.attributes if cluster is not None and header.manufacturer is None else {}
    if command in _VALUES:
        return [command.name, *_attribute_values(attributes, data, with_status=_VALUES[command])]
    fields, _ = foundation.GENERAL_COMMANDS[command].schema.deserialize(data)
    if command == GeneralCommand.Default_Response:
        return [command.name, f"command=0x{fields.command_id:02X}", describe_value(fields.status)]
    parts = [command.name]
    for name, value in fields.as_dict().items():
        if name == "attribute_ids":
            parts += [_name(attributes, number) for number in value]
        elif isinstance(value, list) and not all(isinstance(item, int) for item in value):
            parts += [_record(attributes, item) for item in value]
        elif value is not None:
            parts.append(describe_field(name, value))
    return parts


def _name(attributes: Mapping[int, Any], number: int) -> str:
    return str(attributes[number].name) if number in attributes else f"0x{number:04X}"


def _attribute_values(attributes: Mapping[int, Any], data: bytes, *, with_status: bool) -> list[str]:
    """Decoded by our own codec: zigpy's ends character strings, which with Lumi may not be text, at the first zero."""
    shown, offset = [], 0
    while offset < len(data):
        number = data[offset] | data[offset + 1] << 8
        offset += 2
        name = _name(attributes, number)
        if with_status:
            status = foundation.Status(data[offset])
            offset += 1
            if status != foundation.Status.SUCCESS:
                shown.append(f"{name}:{describe_value(status)}")
                continue
        type_id = data[offset]
        value, offset = zcl_types.unpack(type_id, data, offset + 1)
        shown.append(f"{name}={_attribute_value(type_id, value, attributes.get(number))}")
    return shown


def _attribute_value(type_id: int, value: zcl_types.Value, known: Any) -> str:
    if isinstance(value, bytes):
        text = value.decode("ascii", errors="replace")
        is_text = type_id in (zcl_types.CHARACTER_STRING, 0x44) and value.isascii() and text.isprintable()
        return repr(text) if is_text else describe_value(value)
    if type_id == _BOOL:
        return {0: "false", 1: "true"}.get(int(value), str(value))
    if type_id in _ENUMERATIONS:
        named = known is not None and issubclass(known.type, enum.Enum)
        return describe_value(known.type(value)) if named else f"0x{value:02X}"
    if type_id in _BITMAPS:
        return f"0x{value:02X}"
    if type_id == _IEEE_ADDRESS:
        return str(t.EUI64.deserialize(int(value).to_bytes(8, "little"))[0])
    return describe_value(value)


def _record(attributes: Mapping[int, Any], item: Any) -> str:
    """A record about an attribute: its name and fields, or only the status when that isn't SUCCESS."""
    it = getattr(item, "config", None) or item
    number, status = getattr(it, "attrid", None), getattr(item, "status", None)
    name = "" if number is None else _name(attributes, int(number))
    if status or number is None:
        return ":".join(filter(None, (name, describe_value(status))))
    shown = _fields({shown: getattr(it, name, None) for name, shown in _RECORD_FIELDS.items()})
    return f"{name}({shown})" if shown else name


def _specific(cluster: Any, header: Any, data: bytes) -> list[str]:
    from_client = header.direction == foundation.Direction.Client_to_Server
    commands = {} if cluster is None else cluster.server_commands if from_client else cluster.client_commands
    known = commands.get(header.command_id)
    if known is None or header.manufacturer is not None:
        return [f"command=0x{header.command_id:02X}", data.hex(" ")]
    fields, _ = known.schema.deserialize(data)
    return [str(known.name), _fields(fields.as_dict())]

"""A frame on the air in one line, for people."""

from sim.air import ApsFrame
from sim.radio.framelog import _zcl, _zdo


def describe_aps(frame: ApsFrame) -> str:
    """Who says what to whom: "0x3f2a/1 -> 0x0000/1  OnOff Report_Attributes on_off=True"."""
    to = f"group 0x{frame.group:04x}" if frame.group is not None else f"0x{frame.dst:04x}/{frame.dst_endpoint}"
    says = _zdo(frame.cluster, frame.data) if frame.dst_endpoint == 0 else _zcl(frame.cluster, frame.data)
    return f"0x{frame.src:04x}/{frame.src_endpoint} -> {to}  {says}"

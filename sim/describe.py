"""A frame on the air in one line, for people."""

from collections.abc import Mapping

from sim.air import ApsFrame
from sim.radio.framelog import _zcl, _zdo


def describe_aps(frame: ApsFrame, names: Mapping[int, str] | None = None) -> str:
    """Who says what to whom: "plug/1 → radio/1  on_off Report_Attributes on_off=true"; `names` by short address."""
    known = names or {}

    def station(nwk: int, endpoint: int) -> str:
        name = known.get(nwk, f"0x{nwk:04x}")
        return f"{name}/{endpoint}" if endpoint else name

    to = f"group {frame.group}" if frame.group is not None else station(frame.dst, frame.dst_endpoint)
    says = _zdo(frame.cluster, frame.data) if frame.dst_endpoint == 0 else _zcl(frame.cluster, frame.data)
    return f"{station(frame.src, frame.src_endpoint)} → {to}  {says}"

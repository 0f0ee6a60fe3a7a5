"""The fake coordinator, at byte level: a CC2652 with Z-Stack 3.x.0 that any host can open as a port."""

from zigloop.radio.controls import LinePart, RadioPart
from zigloop.radio.port import PtyPort, TcpPort, serve_pty, serve_tcp
from zigloop.radio.zstack.nv import NvMemory
from zigloop.radio.zstack.radio import Radio

__all__ = [
    "LinePart",
    "NvMemory",
    "PtyPort",
    "Radio",
    "RadioPart",
    "TcpPort",
    "serve_pty",
    "serve_tcp",
]

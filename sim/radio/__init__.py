"""The fake coordinator, at byte level: a CC2652 with Z-Stack 3.x.0 that any host can open as a port."""

from sim.radio.controls import LinePart, RadioPart
from sim.radio.framing import Direction
from sim.radio.nv import NvMemory
from sim.radio.port import PtyPort, TcpPort, serve_pty, serve_tcp
from sim.radio.radio import Radio

__all__ = [
    "Direction",
    "LinePart",
    "NvMemory",
    "PtyPort",
    "Radio",
    "RadioPart",
    "TcpPort",
    "serve_pty",
    "serve_tcp",
]

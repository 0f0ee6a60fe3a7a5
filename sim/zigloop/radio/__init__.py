"""The fake radio: a family's firmware behind a port that any host can open.

Ports plug a host into a radio's `Uart`; `Radio` is the interface that all families share; `family` finds one by name.
"""

from zigloop.radio.controls import LinePart, RadioPart
from zigloop.radio.families import family
from zigloop.radio.port import PtyPort, TcpPort, serve_pty, serve_tcp
from zigloop.radio.radio import Family, Firmware, Radio
from zigloop.radio.uart import Uart

__all__ = [
    "Family",
    "Firmware",
    "LinePart",
    "PtyPort",
    "Radio",
    "RadioPart",
    "TcpPort",
    "Uart",
    "family",
    "serve_pty",
    "serve_tcp",
]

"""The operation mode of Lumi remotes: they send commands, for lights bound to them, or events, for hosts."""

from typing import Final

from zigloop.lumi.structure import MANUFACTURER
from zigloop.zcl.attributes import RW, Attribute
from zigloop.zcl.types import UINT8

#: 0xFCC0.
MODE: Final = 0x0009
COMMAND_MODE: Final = 0
EVENT_MODE: Final = 1

#: Default: hosts have to set event mode first (zha-device-handlers#2266).
MODE_ATTRIBUTE: Final = Attribute(MODE, UINT8, COMMAND_MODE, RW, manufacturer=MANUFACTURER, maximum=EVENT_MODE)

"""Some battery-powered Lumi products warn their host before they reset themselves; the host's answer prevents it."""

from typing import Final

from zigloop.lumi.structure import COMMANDS, HOST, MANUFACTURER
from zigloop.zcl.cluster import Cluster
from zigloop.zcl.types import Value

#: genBasic 0xFFF0: the warning, and the answer that keeps the product in its network (herdsman-converters'
#: preventReset; what the bytes mean isn't documented, the last five of the warning are a golden vector's).
WARNING: Final = bytes.fromhex("aa1005418701011000")
ANSWER: Final = bytes.fromhex("aa1005414701011001")


class ResetWarning:
    """The warning, and whether a host has answered the last one. ASSUMPTION: without an answer nothing happens."""

    def __init__(self, basic: Cluster) -> None:
        self._basic = basic
        self.prevented = False
        self._basic.attributes.on_write(COMMANDS, self._written, MANUFACTURER)

    def warn(self) -> None:
        """Send the warning."""
        self.prevented = False
        self._basic.attributes.set(COMMANDS, WARNING, MANUFACTURER)
        self._basic.report(COMMANDS, manufacturer=MANUFACTURER, also_to=HOST)

    def _written(self, value: Value) -> None:
        if value == ANSWER:
            self.prevented = True

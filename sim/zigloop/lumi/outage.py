"""The power outage memory of mains powered Lumi products."""

from typing import Final

from zigloop.device.product import Quirk
from zigloop.lumi.structure import COMMANDS, MANUFACTURER
from zigloop.zcl.attributes import AttributeStore, ZclError
from zigloop.zcl.codes import Status
from zigloop.zcl.types import Value

# Power outage memory (zigbee2mqtt: the frames that Lumi's hub sends). The first write carries the setting,
# the second seals it; a counter in each (07/08, 09/0A) distinguishes the pair of "on" from that of "off".
_MEMORY_WRITES: Final = {
    True: (bytes.fromhex("aa8005d14707011001"), bytes.fromhex("aa8003d3070801")),
    False: (bytes.fromhex("aa8005d14709011000"), bytes.fromhex("aa8003d3070a01")),
}

REFUSES_MEMORY_READ: Final = Quirk(
    "refuses_power_outage_memory_read",
    "a read of genBasic 0xFFF0 is answered with UNSUPPORTED_ATTRIBUTE",
    "docs/decisions.md 9: the answer of the real one is not published, so both are modelled",
    default=False,
)


class PowerOutageMemory:
    """Whether a mains product restores its relays after an outage: the setting, and the one in effect.

    With `waits_for_hand` a setting takes effect when the product is next switched by hand ("toggle the plug once
    with the button on it", ZNCZ02LM's page), else at once. Other commands written to 0xFFF0 are accepted and do
    nothing.
    """

    def __init__(self, basic: AttributeStore, *, waits_for_hand: bool, refuses_read: bool) -> None:
        self._refuses_read = refuses_read
        self._waits_for_hand = waits_for_hand
        self._half: bool | None = None  # the setting whose first write was received
        self.setting = False
        self.in_force = False
        basic.computed(COMMANDS, self._answer, MANUFACTURER)
        basic.on_write(COMMANDS, self._written, MANUFACTURER)

    def switched_by_hand(self) -> None:
        """Let the setting take effect."""
        self.in_force = self.setting

    def _written(self, value: Value) -> None:
        for setting, (first, second) in _MEMORY_WRITES.items():
            if value == first:
                self._half = setting
            elif value == second and self._half is setting:
                self.setting = setting
                self._half = None
                if not self._waits_for_hand:
                    self.in_force = setting

    def _answer(self) -> bytes:
        """The write that carries the setting. ASSUMPTION: a read returns what was written."""
        if self._refuses_read:
            raise ZclError(Status.UNSUPPORTED_ATTRIBUTE)
        return _MEMORY_WRITES[self.setting][0]

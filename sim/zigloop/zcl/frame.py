"""ZCL frames: the header, and the few frames that are frequent enough to be packed by hand (ZCL 2.4.1)."""

from dataclasses import dataclass
from typing import Final

GLOBAL_COMMAND: Final = 0b00
CLUSTER_COMMAND: Final = 0b01
MANUFACTURER_SPECIFIC: Final = 0x04
SERVER_TO_CLIENT: Final = 0x08
DISABLE_DEFAULT_RESPONSE: Final = 0x10

REPORT_ATTRIBUTES: Final = 0x0A
DEFAULT_RESPONSE: Final = 0x0B

#: What one unfragmented ASDU carries: 127 bytes of PHY payload less 11 MAC, 26 network with security, 8 APS.
MAX_FRAME: Final = 82


@dataclass(frozen=True, slots=True)
class Header:
    """A ZCL header, with its frame control decoded."""

    control: int
    manufacturer: int | None
    tsn: int
    command: int

    @property
    def is_global(self) -> bool:
        """A general command, the same in every cluster."""
        return self.control & 0b11 == GLOBAL_COMMAND

    @property
    def is_cluster(self) -> bool:
        return self.control & 0b11 == CLUSTER_COMMAND

    @property
    def to_server(self) -> bool:
        return not self.control & SERVER_TO_CLIENT

    @property
    def wants_default_response(self) -> bool:
        """On success, that is: failures are always answered (2.5.12.2)."""
        return not self.control & DISABLE_DEFAULT_RESPONSE

    @classmethod
    def parse(cls, data: bytes) -> tuple["Header", bytes]:
        """Header and payload; ValueError when the frame ends inside the header."""
        if len(data) < 3 or (data[0] & MANUFACTURER_SPECIFIC and len(data) < 5):
            raise ValueError("the frame ends inside its ZCL header")
        if data[0] & MANUFACTURER_SPECIFIC:
            return cls(data[0], data[1] | data[2] << 8, data[3], data[4]), data[5:]
        return cls(data[0], None, data[1], data[2]), data[3:]

    def response(self, command: int, payload: bytes, *, frame_type: int | None = None) -> bytes:
        """The frame that answers this one: same sequence and manufacturer, direction inverted (2.4.1.1.3)."""
        control = (self.control & 0b11 if frame_type is None else frame_type) | DISABLE_DEFAULT_RESPONSE
        if self.to_server:
            control |= SERVER_TO_CLIENT
        return frame(control, self.manufacturer, self.tsn, command, payload)

    def default_response(self, status: int) -> bytes:
        return self.response(DEFAULT_RESPONSE, bytes((self.command, status)), frame_type=GLOBAL_COMMAND)


def frame(control: int, manufacturer: int | None, tsn: int, command: int, payload: bytes) -> bytes:
    """A whole ZCL frame. The manufacturer-specific bit of `control` is set here."""
    if manufacturer is None:
        return bytes((control, tsn, command)) + payload
    control |= MANUFACTURER_SPECIFIC
    return bytes((control, manufacturer & 0xFF, manufacturer >> 8, tsn, command)) + payload


def report(tsn: int, records: bytes, manufacturer: int | None = None) -> bytes:
    """Report Attributes from a server; `records` are id, type and value, one behind the other (2.5.11)."""
    return frame(SERVER_TO_CLIENT | DISABLE_DEFAULT_RESPONSE, manufacturer, tsn, REPORT_ATTRIBUTES, records)


def u16(value: int) -> bytes:
    """A 16-bit number as all of Zigbee has it."""
    return value.to_bytes(2, "little")

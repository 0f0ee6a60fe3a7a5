"""Lumi's codes, addresses and attributes, and its structures of tags with types and values."""

from dataclasses import dataclass
from typing import Final

from zigloop.air.frame import COORDINATOR
from zigloop.zcl.attributes import RP, RW, Attribute
from zigloop.zcl.cluster import Destination
from zigloop.zcl.clusters.basic import BASIC
from zigloop.zcl.types import CHARACTER_STRING, OCTET_STRING, TYPES, UINT32, Value

#: In the node descriptor of the older products (0x1037, once Jennic/NXP) and in the frames of all (0x115F).
NODE_MANUFACTURER: Final = 0x1037
MANUFACTURER: Final = 0x115F

#: Address, endpoint and group of the host: Lumi firmware reports there, with or without a binding.
HOST: Final[Destination] = (COORDINATOR, 1, None)

#: IEEE addresses of Lumi's older products (00:15:8D), with a zero as all of these have; and of newer ones.
OLDER_BLOCK: Final = 0x00158D00 << 32
NEWER_BLOCK: Final = 0x54EF4410 << 32  # zigbee2mqtt#20968, sprut/Hub#857

#: Lumi's own cluster, in newer products.
LUMI: Final = 0xFCC0

#: ZCL data type "structure".
STRUCTURE_TYPE: Final = 0x4C

#: genBasic attribute under `MANUFACTURER`: Lumi's own commands, octet strings that begin with 0xAA.
COMMANDS: Final = 0xFFF0
COMMANDS_ATTRIBUTE: Final = Attribute(COMMANDS, OCTET_STRING, b"", RW, manufacturer=MANUFACTURER)

#: genOnOff attribute that comes with each change; its meaning is not known. The value is that of
#: home-assistant/core#47650 (zha-device-handlers#397 and zigbee2mqtt#7112 have others).
ON_OFF_EXTRA: Final = 0xF000
ON_OFF_EXTRA_ATTRIBUTE: Final = Attribute(ON_OFF_EXTRA, UINT32, 0x0398BF00, RP)

#: Tag, ZCL data type and value of one entry of a structure.
Entry = tuple[int, int, Value]


@dataclass(frozen=True, slots=True)
class Place:
    """The attribute in which firmware sends its structure."""

    cluster: int
    attribute: int
    type: int
    manufacturer: int | None = MANUFACTURER  # the code that its frames carry; None: none

    def declaration(self) -> Attribute:
        """For the cluster's declaration."""
        empty = b"\0\0" if self.type == STRUCTURE_TYPE else b""
        return Attribute(self.attribute, self.type, empty, manufacturer=self.manufacturer)


#: A character string by its type, though it is not text (zha-device-handlers#397).
IN_BASIC: Final = Place(BASIC, 0xFF01, CHARACTER_STRING)
#: The same without a manufacturer code, of sensors (zha-device-handlers#3844).
IN_BASIC_UNMARKED: Final = Place(BASIC, 0xFF01, CHARACTER_STRING, manufacturer=None)
#: The same content as a ZCL structure without tags, of the oldest firmware (herdsman-converters: xiaomi_basic).
IN_BASIC_OLD: Final = Place(BASIC, 0xFF02, STRUCTURE_TYPE)
#: In newer products (zha-device-handlers#929).
IN_LUMI: Final = Place(LUMI, 0x00F7, OCTET_STRING)


def structure(entries: list[Entry]) -> bytes:
    """A Lumi structure: tag, type and value of each entry in turn."""
    return b"".join(bytes((tag, type_id)) + TYPES[type_id].pack(value) for tag, type_id, value in entries)


def old_structure(entries: list[Entry]) -> bytes:
    """A ZCL structure of the same values, which has no tags: each is known by its position."""
    elements = b"".join(bytes((type_id,)) + TYPES[type_id].pack(value) for _, type_id, value in entries)
    return len(entries).to_bytes(2, "little") + elements

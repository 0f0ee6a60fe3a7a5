"""Node and power descriptors."""

import struct
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class NodeDescriptor:
    """A node's node and power descriptors (Zigbee specification 2.3.2.3, 2.3.2.4)."""

    logical_type: int = 1  # 1 router, 2 end device
    aps_flags: int = 0x40  # frequency band 2.4 GHz in bits 3..7
    capability: int = 0x8E  # MAC capability flags: full function, mains, receiver on, allocate address
    manufacturer: int
    maximum_buffer: int = 127
    maximum_incoming: int = 100
    server_mask: int = 0
    maximum_outgoing: int = 100
    descriptor_capability: int = 0
    #: Power descriptor: mode, available sources, current source, level, four bits each, lowest first.
    power: int = 0xC110  # receiver on, mains available and in use, 100 %

    def serialize(self) -> bytes:
        """The 13 bytes of a node descriptor (2.3.2.3); `power` isn't among them."""
        return struct.pack(
            "<BBBHBHHHB",
            self.logical_type,
            self.aps_flags,
            self.capability,
            self.manufacturer,
            self.maximum_buffer,
            self.maximum_incoming,
            self.server_mask,
            self.maximum_outgoing,
            self.descriptor_capability,
        )

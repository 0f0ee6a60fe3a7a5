"""What the coordinator of any radio does: no bytes of a family.

A family composes a `Processor`, a `Store` of its own (or a `MemoryStore`) and a `Coordinator`, and is called back as
its `Firmware`.
"""

from zigloop.coordinator.coordinator import Coordinator
from zigloop.coordinator.firmware import Firmware
from zigloop.coordinator.network import Network
from zigloop.coordinator.processor import Processor, ResetReason
from zigloop.coordinator.sending import Reason, Sending, Status, Trouble
from zigloop.coordinator.store import Admission, MemoryStore, NetworkSettings, Store

__all__ = [
    "Admission",
    "Coordinator",
    "Firmware",
    "MemoryStore",
    "Network",
    "NetworkSettings",
    "Processor",
    "Reason",
    "ResetReason",
    "Sending",
    "Status",
    "Store",
    "Trouble",
]

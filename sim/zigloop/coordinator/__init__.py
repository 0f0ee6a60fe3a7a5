"""What the coordinator of any radio does: no bytes of a family.

A family composes a `Processor`, a `Store` of its own (or a `MemoryStore`) and a `Coordinator`, which calls it back as
its `HigherLayer`. What a host asks of its own radio is answered from `Overheard` and `scan`.
"""

from zigloop.coordinator.coordinator import Coordinator
from zigloop.coordinator.higher_layer import HigherLayer
from zigloop.coordinator.network import Network
from zigloop.coordinator.overheard import Overheard
from zigloop.coordinator.processor import Processor, ResetReason
from zigloop.coordinator.sending import Reason, Sending, Status, Trouble
from zigloop.coordinator.store import Admission, MemoryStore, NetworkSettings, Store

__all__ = [
    "Admission",
    "Coordinator",
    "HigherLayer",
    "MemoryStore",
    "Network",
    "NetworkSettings",
    "Overheard",
    "Processor",
    "Reason",
    "ResetReason",
    "Sending",
    "Status",
    "Store",
    "Trouble",
]

"""The coordinator that all families of radios share. It knows no family's bytes.

A family combines a `Processor`, its own `Store` (or a `MemoryStore`) and a `Coordinator`, whose `HigherLayer` it
implements. `Overheard` and `scan` answer the host's queries to its own radio.
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

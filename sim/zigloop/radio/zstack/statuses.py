"""The firmware's status codes for the outcome of a frame."""

from typing import Final

import zigpy_znp.types as t

from zigloop.air.frame import Outcome
from zigloop.coordinator.sending import Reason, Status

_CODES: Final[dict[Outcome | Reason, int]] = {
    Outcome.DELIVERED: int(t.Status.SUCCESS),
    Outcome.NO_ACK: int(t.Status.MAC_NO_ACK),
    Outcome.NO_ROUTE: int(t.Status.NWK_NO_ROUTE),
    Outcome.EXPIRED: int(t.Status.MAC_TRANSACTION_EXPIRED),
    Outcome.NO_APS_ACK: int(t.Status.APS_NO_ACK),  # lost behind the first hop
    # Responses and confirms of a radio that is busy, or on a busy channel: docs/protocols.md 8.
    Status.NO_MEMORY: int(t.Status.MEM_ERROR),
    Status.BUFFER_FULL: int(t.Status.BUFFER_FULL),
    Status.NO_RESOURCES: int(t.Status.MAC_NO_RESOURCES),
    Status.CHANNEL_BUSY: int(t.Status.MAC_CHANNEL_ACCESS_FAILURE),
    Status.NO_ACK: int(t.Status.MAC_NO_ACK),
    Status.NO_ROUTE: int(t.Status.NWK_NO_ROUTE),
}


def code_of(outcome: Outcome | Reason) -> int:
    """The code for an outcome or a neutral status; codes of our own stay as they are."""
    return outcome if type(outcome) is int else _CODES[outcome]


def parse(status: int | str) -> int:
    """A code by number or name: 0xE9, 233, MAC_NO_ACK. ValueError names the range."""
    if isinstance(status, str) and status.upper() in t.Status.__members__:
        return int(t.Status[status.upper()])
    try:
        number = int(status, 0) if isinstance(status, str) else status
    except ValueError:
        number = 0
    if not 1 <= number <= 0xFF:
        raise ValueError("a Z-Stack status from 1 to 255, or its name (BUFFER_FULL)")
    return number

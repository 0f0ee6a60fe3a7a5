"""Delivery of the host's frames, and the send failures that a radio can have.

Not modelled: fragmentation on the air (a long frame is one frame), transmit buffers that fill up by themselves:
`trouble` simulates full ones.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Literal

from zigloop.air.air import Air
from zigloop.air.frame import COORDINATOR, ApsFrame, Outcome
from zigloop.coordinator.network import Network
from zigloop.coordinator.processor import Processor

#: Link quality of a frame that the host sends to the coordinator itself.
_OWN_LQI: Final = 0xFF


class Status(StrEnum):
    """Why a radio doesn't send a frame: names that each family translates into its own codes."""

    NO_MEMORY = "no_memory"
    BUFFER_FULL = "buffer_full"
    NO_RESOURCES = "no_resources"
    CHANNEL_BUSY = "channel_busy"
    NO_ACK = "no_ack"
    NO_ROUTE = "no_route"


#: A status by name, or as a family's own code.
Reason = Status | int
#: Kinds of failure: refused at once, confirmed with an error without having been sent, or sent but never confirmed.
Way = Literal["refused", "failed", "unconfirmed"]
#: Called once with the outcome of a frame.
Confirm = Callable[[Outcome | Reason], Any]


@dataclass(slots=True)
class Trouble:
    """A simulated failure to send the host's frames."""

    how: Way
    status: Reason = Status.NO_MEMORY
    frames: int | None = 1  # number of frames; None: all, until it is removed
    over: Callable[[], None] = lambda: None  # called when it ends by itself: after the last frame, or with a reset


class Sending:
    """Sends the host's frames to the air. `receive` gets those that are addressed to the coordinator itself."""

    def __init__(
        self,
        air: Air,
        processor: Processor,
        network: Network,
        transmit: Callable[[ApsFrame, Callable[[Outcome], None] | None], None],
        receive: Callable[[ApsFrame, int], None],
    ) -> None:
        self._air = air
        self._processor = processor
        self._network = network
        self._transmit = transmit
        self._receive = receive
        self.trouble: Trouble | None = None
        self._counter = 0
        processor.on_reset(self._reset)

    def _reset(self) -> None:
        """The trouble was in RAM, too."""
        trouble, self.trouble = self.trouble, None
        self._counter = 0
        if trouble is not None:
            trouble.over()

    def next_counter(self) -> int:
        """The APS counter of the next frame."""
        self._counter = (self._counter + 1) & 0xFF
        return self._counter

    def refusal(self) -> Reason | None:
        """Why the host's next frame is refused, None when it is accepted. Uses up one frame of the trouble."""
        trouble = self.trouble
        if trouble is None or trouble.how != "refused":
            return None
        self._strikes(trouble)
        return trouble.status

    def send(self, frame: ApsFrame, confirm: Confirm | None = None) -> None:
        """Send a frame that wasn't refused; `confirm` gets its outcome, unless the radio resets before."""
        if confirm is not None:
            confirm = self._processor.until_reset(confirm)
        trouble = self.trouble
        if trouble is not None:
            self._strikes(trouble)
            if trouble.how == "failed":
                if confirm is not None:
                    self._processor.later(self._air.delay, confirm, trouble.status)
                return
            confirm = None
        if frame.group is None and frame.dst == COORDINATOR:
            self._processor.later(0, self._receive, frame, _OWN_LQI)
            if confirm is not None:
                self._processor.later(0, confirm, Outcome.DELIVERED)
        elif frame.relays and not all(map(self._relays, frame.relays)):
            if confirm is not None:
                self._processor.later(self._air.delay, confirm, Outcome.NO_ACK)
        else:
            self._transmit(frame, confirm)

    def _relays(self, nwk: int) -> bool:
        station = self._network.station(nwk)
        return station is not None and station.listening

    def _strikes(self, trouble: Trouble) -> None:
        if trouble.frames is not None:
            trouble.frames -= 1
            if trouble.frames <= 0:
                self.trouble = None
                trouble.over()

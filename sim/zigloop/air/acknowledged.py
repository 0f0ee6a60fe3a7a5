"""A frame with an APS acknowledgement, over several hops: repeated until its destination acknowledges it."""

import asyncio
from collections.abc import Callable
from typing import Final

from zigloop.air.frame import Outcome
from zigloop.air.hop import Confirm
from zigloop.air.station import Station

#: How often a frame with an APS acknowledgement is sent (apscMaxFrameRetries + 1), and the seconds that each attempt
#: waits for it (apscAckWaitDuration; Zigbee specification 2.2.7.1).
APS_TRIES: Final = 4
APS_ACK_WAIT: Final = 1.6


class Acknowledged:
    """A frame that is repeated until it is acknowledged.

    `route` finds the stations on its path, `forward` sends it along them (and calls back with the first hop's outcome,
    and on arrival), `acknowledge` returns the seconds that the acknowledgement takes, None when it is lost.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        route: Callable[[], list[Station]],
        forward: Callable[[list[Station], Confirm, Callable[[], None]], None],
        acknowledge: Callable[[list[Station]], float | None],
        confirm: Confirm,
    ) -> None:
        self._loop = loop
        self._route = route
        self._forward = forward
        self._acknowledge = acknowledge
        self._confirm = confirm
        self._tries = 0
        self._done = False

    def send(self, path: list[Station]) -> None:
        """Send it along these stations, for the first time or again."""
        if self._tries == APS_TRIES or not path:
            self._end(Outcome.NO_APS_ACK)
            return
        self._tries += 1
        self._loop.call_later(APS_ACK_WAIT, self._again)

        def arrived() -> None:
            takes = self._acknowledge(path)
            if takes is not None:
                self._loop.call_later(takes, self._end, Outcome.DELIVERED)

        self._forward(path, self._first_hop, arrived)

    def _again(self) -> None:
        if not self._done:
            self.send(self._route())

    def _first_hop(self, outcome: Outcome) -> None:
        if outcome is not Outcome.DELIVERED:
            self._end(outcome)

    def _end(self, outcome: Outcome) -> None:
        if not self._done:
            self._done = True
            self._confirm(outcome)

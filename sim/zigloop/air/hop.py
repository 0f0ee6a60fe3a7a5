"""One hop of a frame: transmissions, acknowledgements and retries of the MAC."""

import asyncio
from collections.abc import Callable
from typing import Final, TypeAlias

from zigloop.air.frame import ApsFrame, Outcome
from zigloop.air.link import Link
from zigloop.air.links import Links
from zigloop.air.station import Station
from zigloop.events import Channel, FrameOnAir

#: Tries after the first that isn't acknowledged (macMaxFrameRetries, IEEE 802.15.4-2006, table 86), and the seconds
#: that each adds: waiting for the acknowledgement (0.9 ms) and the back-off (1.2 ms on average).
MAC_RETRIES: Final = 3
MAC_RETRY: Final = 0.004
_TRIES: Final = 1 + MAC_RETRIES

#: Called once with the outcome of a frame.
Confirm: TypeAlias = Callable[[Outcome], None]


class Hops:
    """Carries frames from one station to the next; each transmission takes `delay` seconds, plus its link's delay.

    `broken` is called with both ends of a hop that has failed.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        links: Links,
        delay: float,
        on_air: Channel[FrameOnAir],
        broken: Callable[[Station, Station], None],
    ) -> None:
        self._loop = loop
        self._links = links
        self.delay = delay
        self._on_air = on_air
        self._broken = broken

    def send(
        self,
        frame: ApsFrame,
        here: Station,
        there: Station,
        arrive: Callable[[Link], None],
        confirm: Confirm | None,
        *,
        before: int = 0,
        polled: bool = False,
    ) -> None:
        """Transmit until it is acknowledged; `arrive` is called with the link, twice for a duplicate.

        `before` other frames are sent first. `polled`: the receiver is listening because it has just polled.
        """
        link = self._links.medium.link(here, there)
        takes = (before + 1) * self.delay
        if link is None or not (polled or there.listening):
            self._fail(frame, here, there, link, 1, takes, confirm)
            return
        loop = self._loop
        sent = loop.time() + takes
        lost = 0
        if link.perfect:
            arrivals = [sent + link.delay]
        else:
            lost = self._links.lost(link, here, there, _TRIES)
            if lost == _TRIES:
                self._fail(frame, here, there, link, lost, takes + lost * MAC_RETRY, confirm)
                return
            arrivals = self._links.chance(here, there).arrivals(link, sent + lost * MAC_RETRY)

        def received() -> None:
            if polled or there.listening:
                arrive(link)

        def received_first() -> None:
            self.emit(frame, here, there, link, lost, delivered=True)
            received()

        loop.call_at(arrivals[0], received_first if self._on_air.listeners else received)
        if len(arrivals) > 1:
            loop.call_at(arrivals[1], received)
        if confirm is not None:
            loop.call_at(arrivals[0], confirm, Outcome.DELIVERED)

    def _fail(
        self,
        frame: ApsFrame,
        here: Station,
        there: Station,
        link: Link | None,
        lost: int,
        takes: float,
        confirm: Confirm | None,
    ) -> None:
        """No acknowledgement arrived: drop the routes over this hop."""

        def failed() -> None:
            if self._on_air.listeners:
                self.emit(frame, here, there, link, lost, delivered=False)
            if confirm is not None:
                confirm(Outcome.NO_ACK)

        self._broken(here, there)
        self._loop.call_later(takes, failed)

    def emit(
        self, frame: ApsFrame, here: Station, there: Station, link: Link | None, lost: int, *, delivered: bool
    ) -> None:
        """Emit the transmissions of a finished hop: those that were lost, and the one that wasn't."""
        now = self._loop.time()
        attempts = lost + delivered
        for attempt in range(1, attempts + 1):
            heard = delivered and attempt == attempts
            self._on_air.emit(
                FrameOnAir(
                    at=now - (attempts - attempt) * MAC_RETRY,
                    frame=frame,
                    sender=here.ieee,
                    receiver=there.ieee,
                    attempt=attempt,
                    outcome=Outcome.DELIVERED if heard else Outcome.NO_ACK,
                    link=link,
                )
            )

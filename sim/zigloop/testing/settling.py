"""Settling: what a stimulus has caused is over before the next one, so that it isn't taken for the answer to it.

A world has settled when no frame is on its way, no request of the host is unanswered, no device is about to report, and
the host has worked off what it received. Settling is bounded: it waits neither for the end of a fault nor for time, so
a device that babbles or a host that waits for an answer delay a stimulus by a second.
"""

import asyncio
from collections.abc import Callable

from zigloop.air.frame import BROADCASTS, COORDINATOR, ApsFrame, Outcome
from zigloop.bench import Bench
from zigloop.events import ControlUsed, Event, Events, FaultEnded, FaultStarted, FrameOnAir, FrameSent
from zigloop.testing.barrier import Barrier
from zigloop.testing.message import MessageReceived, Stimulus
from zigloop.testing.mqtt import Mqtt
from zigloop.testing.timing import Timing
from zigloop.zcl.frame import REPORT_ATTRIBUTES, Header

#: Most seconds that settling takes: of virtual time, and of real time with a host in its own process.
LONGEST_VIRTUAL, LONGEST_REAL = 1.0, 3.0
#: Seconds without a frame or message after which a host in virtual time has nothing left to do at once. Its work takes
#: no virtual time; what does is the line: 9 ms for the longest frame at 115,200 baud, there and back.
QUIET = 0.05
#: The same for a host in its own process: after the line it is asked, which takes it a few milliseconds.
QUIET_REAL = 0.015
#: The same where the air can't be seen, with another radio: a device's answer takes some 50 ms.
QUIET_UNSEEN = 0.3
#: Seconds between two looks at a world in real time.
_LOOK = 0.005

#: ZCL general commands that answer another one (ZCL 2.5): responses, and those to discovery.
_ANSWERS = frozenset((0x01, 0x04, 0x07, 0x09, 0x0B, 0x0D, 0x12, 0x14, 0x16))
_ZDO_RESPONSE = 0x8000  # in a ZDO cluster


class Settling:
    """Knows what is on its way in a world; `bench` is None when the host uses another radio."""

    def __init__(self, timing: Timing, mqtt: Mqtt, bench: Bench | None, events: Events) -> None:
        self._timing = timing
        self._mqtt = mqtt
        self._barrier = Barrier(mqtt)
        self._bench = bench
        self._loop = timing.loop
        self._moved = True  # something has happened since the world had settled
        self._last = self._loop.time()  # when it happened
        self._unanswered: set[tuple[int, bool, int]] = set()  # device, whether it is ZDO, sequence number
        self._on_the_way: dict[ApsFrame, None] = {}  # only while the air delays frames
        self._arrivals: Callable[[], None] | None = None  # ends the subscription to them
        events.subscribe(FrameSent, lambda event: self._sent(event.frame))
        events.subscribe(MessageReceived, lambda _: self.touch())
        events.subscribe(Stimulus, lambda _: self.touch())
        events.subscribe(ControlUsed, lambda _: self.touch())
        events.subscribe(FaultStarted, self._fault)
        events.subscribe(FaultEnded, self._fault)
        self._events = events

    def touch(self) -> None:
        """Something has been done to the world: it has to settle again."""
        self._moved = True
        self._last = self._loop.time()

    def settle(self) -> None:
        """Run the loop until the world has settled, or for as long as it may take."""
        if self._moved:
            self._timing.run(self._settle())

    async def _settle(self) -> None:
        loop = self._loop
        end = loop.time() + (LONGEST_VIRTUAL if self._timing.virtual else LONGEST_REAL)
        while (now := loop.time()) < end:
            wait = self._wait(now, end)
            if wait > 0:
                await asyncio.sleep(min(wait, end - now))
            elif await self._host_is_done(end - now):
                break
        self._moved = False
        self._unanswered.clear()
        self._on_the_way.clear()

    def _wait(self, now: float, end: float) -> float:
        """Seconds until it is worth to look again; 0 or less when nothing is on its way."""
        if self._bench is not None:
            due = [at for device in self._bench.devices.values() for at in device.node.due if at <= end]
            if due:
                return max(min(due) - now, _LOOK)
        quiet = QUIET if self._timing.virtual else QUIET_UNSEEN if self._bench is None else QUIET_REAL
        wait = self._last + quiet - now
        if wait <= 0 and (self._unanswered or self._on_the_way):
            return _LOOK
        return wait

    async def _host_is_done(self, within: float) -> bool:
        """Whether the host has worked off what it received: one in its own process is asked."""
        if self._timing.virtual or not self._mqtt.connected:
            return True
        last = self._last
        return await self._barrier.passed(within) and self._last == last

    # What is on its way

    def _sent(self, frame: ApsFrame) -> None:
        self.touch()
        if self._arrivals is not None and frame.group is None and frame.dst not in BROADCASTS:
            self._on_the_way[frame] = None
        if frame.src == COORDINATOR:
            if frame.group is None and frame.dst not in BROADCASTS and _expects_answer(frame):
                self._unanswered.add((frame.dst, *_sequence(frame)))
        elif self._unanswered:
            self._unanswered.discard((frame.src, *_sequence(frame)))

    def _fault(self, event: Event) -> None:
        """Follow frames one by one while the air has faults: it may delay them."""
        if self._bench is None:
            return
        faulty = self._bench.parts["air"].faulty
        if faulty and self._arrivals is None:
            self._arrivals = self._events.subscribe(FrameOnAir, self._arrived)
        elif not faulty and self._arrivals is not None:
            self._arrivals()
            self._arrivals = None
            self._on_the_way.clear()

    def _arrived(self, event: FrameOnAir) -> None:
        """A hop has ended: the last one, or one that failed."""
        self.touch()
        assert self._bench is not None
        station = self._bench.air.station(event.frame.dst)
        lost = event.outcome is not Outcome.DELIVERED
        if lost or station is None or station.ieee == event.receiver:
            self._on_the_way.pop(event.frame, None)


def _sequence(frame: ApsFrame) -> tuple[bool, int]:
    """Whether it is a ZDO frame, and its sequence number; -1 when it has none."""
    if frame.dst_endpoint == 0 and frame.profile == 0:
        return True, frame.data[0] if frame.data else -1
    try:
        return False, Header.parse(frame.data)[0].tsn
    except ValueError:
        return False, -1


def _expects_answer(frame: ApsFrame) -> bool:
    """Whether the receiver of this frame answers it, as far as its header tells."""
    if frame.dst_endpoint == 0 and frame.profile == 0:
        return not frame.cluster & _ZDO_RESPONSE
    try:
        header, _ = Header.parse(frame.data)
    except ValueError:
        return False
    if header.is_global:
        return header.command not in _ANSWERS and header.command != REPORT_ATTRIBUTES
    return header.wants_default_response

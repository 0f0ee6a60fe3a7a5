"""Chaos: random faults during a test that uses the `world` fixture, and the verdict at its end.

While chaos is active the test's own assertions don't count, since a fault may legitimately break them: a failed step is
skipped, a test without steps ends there. Then the rest of the schedule is played, and the invariants are checked
(`zigloop.testing.chaos.verdict`).
"""

import asyncio
import random
from collections.abc import Iterable
from contextlib import suppress

from zigloop.controls.arguments import ControlError
from zigloop.controls.control import Controlled, undo
from zigloop.device.device import Device
from zigloop.testing.chaos import schedule
from zigloop.testing.chaos.ledger import Ledger
from zigloop.testing.chaos.recorded import RecordedSchedule
from zigloop.testing.chaos.schedule import Entry
from zigloop.testing.chaos.verdict import LAST_MESSAGES, judge
from zigloop.testing.joining import DeviceReady
from zigloop.testing.world import World

#: Longest pause between two steps, in seconds.
LONGEST_PAUSE = 5.0


class Chaos:
    """Plays faults in one world, starting when its first device has joined.

    The schedule is drawn from `seed` and `name`, or is `replayed`. `only` has the numbers of the entries to play (None:
    all).
    """

    def __init__(
        self,
        world: World,
        seed: int,
        name: str,
        only: frozenset[int] | None = None,
        replayed: RecordedSchedule | None = None,
    ) -> None:
        assert world.bench is not None
        self.world = world
        self.bench = world.bench
        self.seed = seed
        self.name = name
        self.only = only
        self.replayed = replayed
        self.schedule: list[Entry] = []
        self.recorded = RecordedSchedule(seed, name)
        #: The steps that failed and were skipped, as sentences.
        self.skipped: list[str] = []
        #: Number of faults that took effect.
        self.laid = 0
        self.ledger = Ledger(world.bench, world.mqtt, world.in_process_host.reads)
        self._pauses = random.Random(f"{seed}/{name}/pauses")
        self._began: float | None = None
        self._timers: list[asyncio.TimerHandle] = []
        self._unsubscribe = self.bench.events.subscribe(DeviceReady, lambda event: self._joined(event.device))

    def _joined(self, device: Device) -> None:
        """Start the schedule with the first device, and add faults for each later one."""
        self.ledger.follow(device)
        if self.replayed is None:
            self.lay(self._draw(device))
        else:
            self.lay(self.replayed.entries(len(self.recorded.joins), self.bench.named))

    def _draw(self, device: Device) -> list[Entry]:
        names = [*self.bench.devices, "radio"]
        if self._began is None:
            chance = random.Random(f"{self.seed}/{self.name}")
            parts = list(self.bench.parts.values())
            return schedule.draw(chance, [device], parts, names=names, count=schedule.AT_FIRST)
        chance = random.Random(f"{self.seed}/{self.name}/{device.name}")
        first, begin = len(self.schedule) + 1, self.world.loop.time() - self._began
        return schedule.draw(chance, [device], [], names=names, count=schedule.FOR_EACH, first=first, begin=begin)

    def lay(self, entries: Iterable[Entry]) -> None:
        """Add faults to the schedule; its time begins with the first call."""
        if self._began is None:
            self._began = self.world.loop.time()
        entries = list(entries)
        self.recorded.add(entries)
        for entry in entries:
            self.schedule.append(entry)
            if self.only is None or entry.number in self.only:
                self._timers.append(self.world.loop.call_at(self._began + entry.at, self._begin, entry))

    def pause(self) -> None:
        """Let some time pass between two steps, once the schedule has begun."""
        if self._began is not None:
            self.world.run(asyncio.sleep(self._pauses.uniform(0, LONGEST_PAUSE)))

    @property
    def played(self) -> list[Entry]:
        """The entries that are played, in order of time."""
        chosen = [each for each in self.schedule if self.only is None or each.number in self.only]
        return sorted(chosen, key=lambda each: each.at)

    def _begin(self, entry: Entry) -> None:
        it = self._find(entry)
        if it is None:
            return
        self.ledger.fault_begins(it)
        with suppress(ControlError):  # a device without power can't babble
            it.do(entry.control.verb, **entry.arguments)
            self.laid += 1
        if entry.lasts is not None and entry.control.fault is not None and entry.control.fault.undo is not None:
            assert self._began is not None
            self._timers.append(self.world.loop.call_at(self._began + entry.end, self._end, entry))

    def _end(self, entry: Entry) -> None:
        it = self._find(entry)
        if it is not None:
            with suppress(ControlError):
                undo(it, entry.control, entry.arguments)

    def _find(self, entry: Entry) -> Controlled | None:
        """The device or part of an entry; None when the test has removed it from the bench."""
        return self.bench.parts.get(entry.who) or self.bench.devices.get(entry.who)

    def finish(self) -> None:
        """Play the rest of the schedule and check the invariants; ChaosError names those that don't hold."""
        if self.played:
            assert self._began is not None
            left = self._began + max(each.end for each in self.played) - self.world.loop.time()
            self.world.run(asyncio.sleep(max(left, 0.0) + LAST_MESSAGES))
        judge(self.world, self.ledger)

    def stop(self) -> None:
        """Start no further faults."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    def close(self) -> None:
        """Stop, and unsubscribe from everything."""
        self.stop()
        self._unsubscribe()
        self.ledger.close()


def tolerable(error: Exception, world: World) -> bool:
    """Whether a disturbed test may end with this error: an assertion, a refused control, a host that didn't start."""
    return isinstance(error, AssertionError | ControlError) or not world.host.running

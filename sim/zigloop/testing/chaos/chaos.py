"""Chaos: faults by chance over any test that lives in the world, and what must hold in the end.

While chaos reigns, what a test asserts isn't judged, for a fault may break it rightly. A step that fails is left
behind; a test that isn't made of steps ends there. Then the schedule is played to its end, everything is mended, the
world comes to rest, and the invariants are judged (`zigloop.testing.chaos.invariants`).
"""

import asyncio
import random
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from zigloop.control.arguments import ControlError
from zigloop.control.control import Controlled
from zigloop.device.device import Device
from zigloop.testing.chaos import schedule
from zigloop.testing.chaos.invariants import INVARIANTS, Rest
from zigloop.testing.chaos.ledger import Ledger
from zigloop.testing.chaos.schedule import Entry

if TYPE_CHECKING:
    from zigloop.testing.world import World

#: Seconds that the world is given to come to rest: heartbeats come within an hour, and an orphan that found nobody
#: looks again after half an hour.
REST = 7200.0
#: Seconds that a host is given to get over its faults; it looks for radio and broker once a minute.
RECOVERY = 600.0
#: Seconds at most from one step to the next.
DAWDLE = 5.0
#: Seconds in which what was said last gets to MQTT.
LAST = 5.0


class ChaosError(AssertionError):
    """An invariant doesn't hold."""


class Chaos:
    """Faults over one world, from the joining of its first device on."""

    def __init__(self, world: "World", seed: int, name: str, only: frozenset[int] | None = None) -> None:
        assert world.bench is not None
        self.world = world
        self.bench = world.bench
        self.seed = seed
        self.name = name
        self.only = only  # numbers of the entries that are played; None: all
        self.schedule: list[Entry] = []
        self.ledger = Ledger(world)
        self._pauses = random.Random(f"{seed}/{name}/pauses")
        self._began: float | None = None
        self._timers: list[asyncio.TimerHandle] = []

    def joined(self, device: Device) -> None:
        """A device has joined. The first opens the schedule, each later one adds its own faults to it."""
        self.ledger.follow(device)
        now = self.world.loop.time()
        names = [*self.bench.devices, "radio"]
        if self._began is None:
            chance = random.Random(f"{self.seed}/{self.name}")
            parts = list(self.bench.parts.values())
            self.lay(schedule.draw(chance, [device], parts, names=names, count=schedule.AT_FIRST))
        else:
            chance = random.Random(f"{self.seed}/{self.name}/{device.name}")
            first, begin = len(self.schedule) + 1, now - self._began
            count = schedule.FOR_EACH
            self.lay(schedule.draw(chance, [device], [], names=names, count=count, first=first, begin=begin))

    def lay(self, entries: Iterable[Entry]) -> None:
        """Add faults to the schedule; its time begins with the first."""
        if self._began is None:
            self._began = self.world.loop.time()
        for entry in entries:
            self.schedule.append(entry)
            if self.only is None or entry.number in self.only:
                self._timers.append(self.world.loop.call_at(self._time(entry.at), self._begin, entry))

    def dawdle(self) -> None:
        """Once it has begun, let some time pass."""
        if self._began is not None:
            self.world.run(asyncio.sleep(self._pauses.uniform(0, DAWDLE)))

    def _time(self, at: float) -> float:
        assert self._began is not None
        return self._began + at

    @property
    def played(self) -> list[Entry]:
        """The entries that are played, in the order of time."""
        chosen = [each for each in self.schedule if self.only is None or each.number in self.only]
        return sorted(chosen, key=lambda each: each.at)

    def _begin(self, entry: Entry) -> None:
        who = self._who(entry)
        if who is None:
            return
        self.ledger.disturbed(who)
        with suppress(ControlError):  # who has no power can't babble
            who.do(entry.control.verb, **entry.arguments)
        fault = entry.control.fault
        if entry.lasts is not None and fault is not None and fault.undo is not None:
            self._timers.append(self.world.loop.call_at(self._time(entry.end), self._undo, entry, fault.undo))

    def _undo(self, entry: Entry, verb: str) -> None:
        who = self._who(entry)
        if who is not None:
            with suppress(ControlError):
                who.do(
                    verb,
                    **{key: value for key, value in entry.arguments.items() if key in who.controls[verb].arguments},
                )

    def _who(self, entry: Entry) -> Controlled | None:
        """Whom it is about, None when the test has taken it off the bench."""
        return self.bench.parts.get(entry.who) or self.bench.devices.get(entry.who)

    def finish(self) -> None:
        """Play the schedule to its end, bring the world to rest and judge; ChaosError says what doesn't hold."""
        if self.played:
            left = self._time(max(each.end for each in self.played)) - self.world.loop.time()
            self.world.run(asyncio.sleep(max(left, 0.0) + LAST))
        judge(self.world, self.ledger)

    def stop(self) -> None:
        """No further faults."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    def close(self) -> None:
        """As if it had never been."""
        self.stop()
        self.ledger.close()


def bring_to_rest(world: "World") -> bool:
    """End all faults; False when the host doesn't get over them. Devices get power; those that left stay out."""
    bench = world.bench
    assert bench is not None
    bench.mend()
    for device in bench.devices.values():
        device.do("restore")
    if world.broker is not None:
        world.run(world.broker.settled())
    if not world.mqtt.connected:
        world.mqtt.connect(world.host.mqtt_url)
    if not world.host.running:  # it was started while something was broken: whoever looks after it starts it again
        world.host.restart()
    return world.recovers(RECOVERY)


def judge(world: "World", ledger: Ledger) -> None:
    """Bring the world to rest, and judge it: ChaosError with a sentence for each invariant that doesn't hold."""
    assert world.bench is not None
    if not bring_to_rest(world):
        raise ChaosError(f"the host isn't well {RECOVERY:g} s after the last fault:\n{_indent(world.host.log_tail())}")
    since = world.loop.time()
    world.run(asyncio.sleep(REST))
    shown = speak(world)
    world.run(asyncio.sleep(LAST))
    rest = Rest(world, ledger, since, shown)
    wrong = [sentence for invariant in INVARIANTS for sentence in invariant(rest)]
    if wrong:
        raise ChaosError("\n".join(wrong) + f"\nthe host's log ends with\n{_indent(world.host.log_tail())}")


def speak(world: "World") -> dict[str, dict[str, Any]]:
    """Each device in the network says its heartbeat; what all show just then."""
    assert world.bench is not None
    for device in world.bench.devices.values():
        if device.powered and device.node.announced and "heartbeat" in device.controls:
            device.do("heartbeat")
    return {name: device.expected_state() for name, device in world.bench.devices.items()}


def _indent(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())


def tolerable(error: Exception, world: "World") -> bool:
    """Whether a test that chaos disturbs may end so: an assertion, a refused control, a host that couldn't start."""
    return isinstance(error, AssertionError | ControlError) or not world.host.running


def text(entries: Iterable[Any]) -> str:
    """A schedule for people."""
    return "\n".join(f"  {entry}" for entry in entries) or "  (no fault at all)"

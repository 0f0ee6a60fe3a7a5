"""The end of a test under chaos: faults end, the world comes to rest, the invariants are checked."""

import asyncio
from typing import Any

from zigloop.testing.chaos.invariants import INVARIANTS, AtRest
from zigloop.testing.chaos.ledger import Ledger
from zigloop.testing.world import World

#: Seconds until the world is at rest: heartbeats come within an hour, and an orphan that found no parent tries again
#: after half an hour.
REST = 7200.0
#: Seconds within which a host recovers; it looks for radio and broker once a minute.
RECOVERY = 600.0
#: Seconds in which the last messages reach MQTT.
LAST_MESSAGES = 5.0


class ChaosError(AssertionError):
    """An invariant doesn't hold."""


def judge(world: World, ledger: Ledger) -> None:
    """Bring the world to rest and judge it: ChaosError with a sentence for each invariant that doesn't hold."""
    if not end_faults(world):
        raise ChaosError(
            f"the host has not recovered {RECOVERY:g} s after the last fault:\n{_indent(world.host.log_tail())}"
        )
    since = world.loop.time()
    world.run(asyncio.sleep(REST))
    expected = send_heartbeats(world)
    world.run(asyncio.sleep(LAST_MESSAGES))
    at_rest = AtRest(world, ledger, since, expected)
    wrong = [sentence for invariant in INVARIANTS for sentence in invariant(at_rest)]
    if wrong:
        raise ChaosError("\n".join(wrong) + f"\nthe host's log ends with\n{_indent(world.host.log_tail())}")


def end_faults(world: World) -> bool:
    """End all faults; False when the host doesn't recover. Devices get power; those that left stay out."""
    bench = world.bench
    assert bench is not None
    bench.mend()
    for device in bench.devices.values():
        device.do("restore")
    if world.broker is not None:
        world.run(world.broker.finished())
    if not world.mqtt.connected:
        world.mqtt.connect(world.host.mqtt_url)
    if not world.host.running:  # it was started during a fault, and ended: its supervisor would start it again
        world.host.restart()
    return world.recovers(RECOVERY)


def send_heartbeats(world: World) -> dict[str, dict[str, Any]]:
    """Let each device in the network send its heartbeat; the expected states of all devices at that moment."""
    assert world.bench is not None
    for device in world.bench.devices.values():
        if device.powered and device.node.announced and "heartbeat" in device.controls:
            device.do("heartbeat")
    return {name: device.expected_state() for name, device in world.bench.devices.items()}


def _indent(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())

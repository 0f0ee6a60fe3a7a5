"""Joined devices that are kept: each device joins once a session; after that its state is put back on both sides.

What a device and its host are like after a join depends on nothing but its declaration: name, address, firmware and
quirks. So each declaration joins once, in a world of its own in which nothing else is. There, both sides are recorded
as soon as the device is at rest: what a restart would keep (the device's and the host's memory), and what it wouldn't
(sequence numbers, when the next heartbeat is due). Later joins of that declaration put this back, on both sides and
under the address that the radio assigns, instead of repeating the interview.

A device joins again when the join may differ: see `Keeper.introduce`. So it does with hosts that can't record and
introduce (`zigloop.testing.hosts.KeepingHost`), with `--fresh`, and in chaos.
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from zigloop.air.air import DEFAULT_DELAY
from zigloop.air.frame import COORDINATOR
from zigloop.air.link import DEFAULT_LQI
from zigloop.bench import Bench
from zigloop.device.device import Device
from zigloop.testing.hosts import Host, KeepingHost
from zigloop.testing.joining import address

#: Seconds within which a device is at rest after its join: its first heartbeat comes after 5 to 10 s.
REST = 30.0
#: Seconds between two looks whether it is.
LOOK_EVERY = 0.05


class OwnWorld(Protocol):
    """A world in which devices join to be recorded."""

    @property
    def bench(self) -> Bench | None: ...
    @property
    def host(self) -> Host: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...
    def wall_clock(self) -> AbstractContextManager[None]: ...
    def join(self, device: Device) -> None: ...
    def run(self, awaitable: Any) -> Any: ...
    def clear(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Record:
    """Both sides after a join, as JSON; `before` is the device as it was declared."""

    before: tuple[dict[str, Any], dict[str, Any]]
    device: dict[str, Any]
    volatile: dict[str, Any]
    host: dict[str, Any]


class Keeper:
    """Records joins, and repeats them. `own_world` makes the world in which they are recorded."""

    def __init__(self, own_world: Callable[[], OwnWorld]) -> None:
        self._own_world = own_world
        self._world: OwnWorld | None = None
        self._records: dict[object, Record | None] = {}

    def introduce(self, device: Device, bench: Bench, host: Host) -> bool:
        """Let a device be as after its join, and its host know it. False when it has to join again.

        That is when its join may differ: it has been used before, or is not as it was declared; the air isn't ideal, a
        part of the bench has a fault, a network doesn't run or is open; the host doesn't run, or knows its address or
        name already; or when the join in a world of its own fails.
        """
        if not (isinstance(host, KeepingHost) and host.running and _undisturbed(device, bench)):
            return False
        record = self._record(device)
        if record is None or _declared(device) != record.before:
            return False
        network = bench.radio.network
        network.permit(COORDINATOR, 1)
        nwk = network.admit(device.node, rejoin=False)
        network.permit(COORDINATOR, 0)
        if nwk is None or not host.introduce(record.host, nwk):
            network.forget(device.node.ieee)
            bench.air.mesh.forget(device.node)
            return False
        node = record.device["node"] | {"nwk": nwk, "membership": network.identity.hex()}
        device.restore_snapshot(record.device | {"node": node})
        device.restore_volatile(record.volatile)
        return True

    def close(self) -> None:
        """Stop the world in which joins are recorded."""
        if self._world is not None:
            self._world.stop()
            self._world = None

    def _record(self, device: Device) -> Record | None:
        declaration = {"model": device.model, "name": device.name, "ieee": device.node.ieee, **device.declaration}
        key = tuple(declaration.items())
        if key not in self._records:
            self._records[key] = self._recorded(declaration)
        return self._records[key]

    def _recorded(self, declaration: dict[str, Any]) -> Record | None:
        """Let a device join in the world of its own, and record both sides. None when it doesn't join."""
        if self._world is None:
            self._world = self._own_world()
            self._world.start()
        world = self._world
        assert world.bench is not None
        with world.wall_clock():
            device = world.bench.add(**declaration)
            before = _declared(device)
            try:
                world.join(device)
                return self._at_rest(world, device, before)
            except AssertionError:
                return None
            finally:
                world.clear()

    @staticmethod
    def _at_rest(world: OwnWorld, device: Device, before: tuple[dict[str, Any], dict[str, Any]]) -> Record | None:
        host = world.host
        assert isinstance(host, KeepingHost)
        for _ in range(int(REST / LOOK_EVERY)):
            if not device.node.due and (known := host.record(address(device))) is not None:
                return Record(before, device.snapshot(), device.volatile(), known)
            world.run(asyncio.sleep(LOOK_EVERY))
        return None


def _undisturbed(device: Device, bench: Bench) -> bool:
    """Whether nothing has been done to the device, and the network is as after the start of the bench."""
    network = bench.radio.network
    return (
        not device.joined
        and not device.uses.used
        and not any(part.faulty for part in bench.parts.values())
        and bench.air.delay == DEFAULT_DELAY
        and bench.air.lqi(device.node) == DEFAULT_LQI
        and network.started
        and not network.open
    )


def _declared(device: Device) -> tuple[dict[str, Any], dict[str, Any]]:
    return device.snapshot(), device.state()

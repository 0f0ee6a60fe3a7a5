"""The fake radio: the same interface for every family."""

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Protocol

from zigloop.air.air import Air
from zigloop.coordinator.coordinator import Coordinator
from zigloop.coordinator.higher_layer import HigherLayer
from zigloop.coordinator.network import Network
from zigloop.coordinator.processor import Processor, ResetReason
from zigloop.coordinator.sending import Sending
from zigloop.coordinator.store import Store
from zigloop.radio.uart import Uart


class Firmware(HigherLayer, Protocol):
    """A running firmware of a family, with its parts."""

    @property
    def processor(self) -> Processor: ...
    @property
    def store(self) -> Store: ...
    @property
    def coordinator(self) -> Coordinator: ...
    @property
    def uart(self) -> Uart: ...

    def status(self, own: int | str) -> int:
        """A status of the family's own, by number or name; ValueError names those that it takes."""


class Family(Protocol):
    """Creates a firmware. All randomness comes from `rng`; `state` is the file of its non-volatile memory.

    Raises ValueError when the file isn't the state of such a radio.
    """

    def __call__(self, air: Air, *, ieee: int, rng: Random, state: Path | None = None) -> Firmware: ...


class Radio:
    """A fake radio, as benches, tests and faults use it.

    `firmware` is the family's own; everything else is the same for each family. A port serves `uart`.
    """

    def __init__(self, firmware: Firmware) -> None:
        self.firmware = firmware
        self.uart = firmware.uart
        self.loop = firmware.processor.loop
        self._processor = firmware.processor
        self._coordinator = firmware.coordinator
        self._store = firmware.store

    # On the air

    @property
    def station(self) -> Coordinator:
        """The coordinator as a station on the air."""
        return self._coordinator

    @property
    def network(self) -> Network:
        """Its network: whether it is formed and started, and its members."""
        return self._coordinator.network

    @property
    def sending(self) -> Sending:
        """Sends the host's frames."""
        return self._coordinator.sending

    @property
    def ieee(self) -> int:
        """The IEEE address in use."""
        return self._store.ieee

    @property
    def membership(self) -> bytes:
        """Its network; see `Station.membership`."""
        return self._coordinator.membership

    # At its host

    @property
    def in_use(self) -> bool:
        """Whether a host has its port open."""
        return self.uart.in_use

    @property
    def epoch(self) -> object:
        """Changes with each reset, and whenever a host opens or closes the port."""
        return self._processor.life, self.uart.line

    # What is done to it

    @property
    def hangs(self) -> bool:
        """Whether it hangs at present."""
        return self._processor.hangs

    def hang(self) -> None:
        """Hang: neither read input nor send output until `resume` or a reset."""
        self._processor.hang()

    def resume(self) -> None:
        """End the hang, and handle pending input and output."""
        self._processor.resume()

    def reset(self, reason: ResetReason = ResetReason.HOST) -> None:
        """Reset: RAM and unsent output are lost; the radio needs some time to boot."""
        self._processor.reset(reason)

    def lose_memory(self) -> Callable[[], None]:
        """Erase its memory and reset; the returned function puts it back, and resets again."""
        lost = self._store.erase()
        self._processor.reset(ResetReason.POWER)

        def put_back() -> None:
            self._store.put_back(lost)
            self._processor.reset(ResetReason.HOST)

        return put_back

    def save(self) -> None:
        """Write its memory's file now, if it has one. OSError when that can't be done."""
        self._store.save()

    def close(self) -> None:
        """Power off: save the state, and cancel all timers."""
        self.uart.unplug()
        self._processor.stop()
        self._store.close()
        self._coordinator.close()

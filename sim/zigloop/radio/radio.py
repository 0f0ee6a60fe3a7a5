"""The fake radio: the same front for every family."""

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Protocol

from zigloop.air.air import Air
from zigloop.coordinator.coordinator import Coordinator
from zigloop.coordinator.firmware import Firmware as CoordinatorFirmware
from zigloop.coordinator.network import Network
from zigloop.coordinator.processor import Processor, ResetReason
from zigloop.coordinator.sending import Sending
from zigloop.coordinator.store import Store
from zigloop.radio.uart import Uart


class Firmware(CoordinatorFirmware, Protocol):
    """A family's firmware at work, with the parts that it is composed of."""

    @property
    def processor(self) -> Processor: ...
    @property
    def store(self) -> Store: ...
    @property
    def coordinator(self) -> Coordinator: ...
    @property
    def uart(self) -> Uart: ...

    def status(self, own: int | str) -> int:
        """A status of the family's own, by number or name; ValueError says what it takes."""


class Family(Protocol):
    """Makes a firmware. `rng` is all of its chance; `state` a file that it reads, and keeps what a reset keeps in.

    Raises ValueError when the file isn't the state of such a radio.
    """

    def __call__(self, air: Air, *, ieee: int, rng: Random, state: Path | None = None) -> Firmware: ...


class Radio:
    """A fake radio, as benches, tests and faults know it.

    `firmware` is the family's, with whatever it has; all else here is the same for each. A port serves `uart`.
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
        """What becomes of the host's frames."""
        return self._coordinator.sending

    @property
    def ieee(self) -> int:
        """The IEEE address in use."""
        return self._store.ieee

    @property
    def membership(self) -> bytes:
        """The network that it has, as its members know it."""
        return self._coordinator.membership

    # At its host

    @property
    def in_use(self) -> bool:
        """Whether a host has its port open."""
        return self.uart.in_use

    @property
    def epoch(self) -> object:
        """Another one after each reset, and whenever a host opens or closes the port."""
        return self._processor.life, self.uart.line

    # What is done to it

    @property
    def hangs(self) -> bool:
        """Whether it does nothing at all just now."""
        return self._processor.hangs

    def hang(self) -> None:
        """Do nothing at all: what the host sends waits, and so does what there is to send."""
        self._processor.hang()

    def resume(self) -> None:
        """No longer hang, and go on with all that has waited."""
        self._processor.resume()

    def reset(self, reason: ResetReason = ResetReason.HOST) -> None:
        """Lose RAM, and what has not been sent yet; some time later the radio is back."""
        self._processor.reset(reason)

    def lose_memory(self) -> Callable[[], None]:
        """Be blank after a reset; the function that comes back undoes it, with another reset."""
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
        """Power off: no timer is left, the state is saved."""
        self.uart.unplug()
        self._processor.stop()
        self._store.close()
        self._coordinator.close()

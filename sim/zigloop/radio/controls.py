"""Faults of the radio, and of the line between it and the host, as controls."""

import asyncio
from collections.abc import Callable, Sequence
from random import Random
from typing import Any, Protocol

from zigloop.controls.arguments import Choice, ControlError, Number
from zigloop.controls.control import Part, control, fault
from zigloop.coordinator.processor import ResetReason
from zigloop.coordinator.sending import Reason, Status, Trouble, Way
from zigloop.radio.radio import Radio
from zigloop.radio.uart import Uart
from zigloop.radio.wire import Wire


class StatusArgument:
    """A status by its neutral name, or one of the radio's own by number or name: no_ack, MAC_NO_ACK, 0xE9, 233.

    Only the radio knows its own statuses, so they are checked when the control is used.
    """

    def parse(self, value: object) -> int | str:
        if isinstance(value, str) and value.lower() in list(Status):
            return Status(value.lower())
        if isinstance(value, bool) or not isinstance(value, (int, str)) or value == "":
            raise ValueError(value)
        return value

    def pick(self, rng: Random, names: Sequence[str]) -> str:
        return rng.choice(list(Status)).value

    def __str__(self) -> str:
        return f"{', '.join(Status)}, or one of the radio's own"


_STATUS = StatusArgument()
_BUSY = Choice((Status.NO_MEMORY.value, Status.BUFFER_FULL.value))
_SECONDS = Number(0, 86_400, "s")
_FRAMES = Number(1, 1000, whole=True)
_SOME_FRAMES = Number(1, 3, whole=True)


class RadioPart(Part):
    """The faults of a radio, of any family."""

    called = "radio"
    about = "the fake coordinator"

    def __init__(self, radio: Radio) -> None:
        super().__init__()
        self._radio = radio
        self._timer: asyncio.TimerHandle | None = None
        self._put_back: Callable[[], None] | None = None  # undoes the first loss of its memory
        self._touched = False

    def state(self) -> dict[str, Any]:
        trouble = self._radio.sending.trouble
        return {
            "network": self._radio.network.started,
            "in_use": self._radio.in_use,
            "hangs": self._radio.hangs,
            "data_requests": "normal" if trouble is None else trouble.how,
        }

    @property
    def faulty(self) -> bool:
        return self._touched

    @control("the radio works again")
    def mend(self) -> None:
        """End all its faults; restores lost memory unless a host has formed a network since."""
        self._right()
        put_back, self._put_back = self._put_back, None
        if put_back is not None and not self._radio.network.formed:
            put_back()
        self._touched = False

    def stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _right(self) -> None:
        self.stop_waiting()
        self._radio.sending.trouble = None
        self._radio.resume()
        self.uses.ended("reset", "hang", "exhaust", "refuse", "fail", "unconfirm")

    def _for(self, seconds: float) -> None:
        """End the fault after some time."""
        self._timer = self._radio.loop.call_later(seconds, self._right)

    @fault()
    @control("the radio resets")
    def reset(self) -> None:
        """Reset it as its watchdog does: RAM and endpoints are lost, the network is down, and the host is notified."""
        self._touched = True
        self._right()
        self._radio.reset(ResetReason.WATCHDOG)

    @fault(seconds=Number(1, 20))
    @control("the radio hangs for {seconds} s", seconds=_SECONDS)
    def hang(self, seconds: float) -> None:
        """Let it hang: it neither receives nor answers, and afterwards handles what the host sent meanwhile."""
        self._touched = True
        self._right()
        self._radio.hang()
        self._for(seconds)

    @fault(seconds=Number(0.5, 5), status=_BUSY)
    @control("the radio runs out of buffers for {seconds} s", seconds=_SECONDS, status=_BUSY)
    def exhaust(self, seconds: float, status: str = Status.NO_MEMORY) -> None:
        """Refuse all requests to send with no_memory (default) or buffer_full."""
        self._trouble("refused", Status(status), frames=None)
        self._for(seconds)

    @fault()
    @control("the radio loses its memory")
    def lose_memory(self) -> None:
        """Erase its flash: it starts blank, without its network."""
        self._touched = True
        self._right()
        put_back = self._radio.lose_memory()
        self._put_back = self._put_back or put_back

    @fault(status=_BUSY, frames=_SOME_FRAMES)
    @control("the radio refuses a frame with {status}", status=_STATUS, frames=_FRAMES)
    def refuse(self, status: int | str, frames: int = 1) -> None:
        """Refuse the next request to send (or the next `frames`) with this status."""
        self._trouble("refused", self._reason("refuse", status), frames)

    @fault(frames=_SOME_FRAMES)
    @control("the radio fails to send a frame with {status}", status=_STATUS, frames=_FRAMES)
    def fail(self, status: int | str, frames: int = 1) -> None:
        """Accept the next frame (or the next `frames`), don't send it, and confirm it with this status."""
        self._trouble("failed", self._reason("fail", status), frames)

    @fault(frames=_SOME_FRAMES)
    @control("the radio never confirms a frame", frames=_FRAMES)
    def unconfirm(self, frames: int = 1) -> None:
        """Send the next frame (or the next `frames`), and never confirm it."""
        self._trouble("unconfirmed", frames=frames)

    def _reason(self, verb: str, status: int | str) -> Reason:
        if isinstance(status, Status):
            return status
        try:
            return self._radio.firmware.status(status)
        except ValueError as error:
            neutral = ", ".join(Status)
            raise ControlError(f"{verb}: status is {neutral}, or {error}, not {status!r}") from None

    def _trouble(self, how: Way, status: Reason = Status.NO_MEMORY, frames: int | None = 1) -> None:
        self._touched = True
        self._right()
        self._radio.sending.trouble = Trouble(how, status, frames, over=self._trouble_over)

    def _trouble_over(self) -> None:
        self.uses.ended("exhaust", "refuse", "fail", "unconfirm")


class Port(Protocol):
    """A port, as the line needs it."""

    @property
    def there(self) -> bool: ...
    def disappear(self) -> None: ...
    def reappear(self) -> None: ...


_BOTH, _TO_HOST, _TO_RADIO = "both", "to-host", "to-radio"
_DIRECTION = Choice((_BOTH, _TO_HOST, _TO_RADIO))
_PERCENT = Number(0, 100, "%")
_BYTES = Number(1, 100_000, whole=True)


class LinePart(Part):
    """The faults of the line between radio and host."""

    called = "line"
    about = "the serial line between radio and host"

    def __init__(self, uart: Uart, ports: Callable[[], Sequence[Port]], rng: Random) -> None:
        super().__init__()
        self._uart = uart
        uart.to_host.rng = uart.to_radio.rng = rng
        self._rng, self._chance = rng, rng.getstate()
        self._ports = ports
        self._timer: asyncio.TimerHandle | None = None
        self._touched = False

    def state(self) -> dict[str, Any]:
        wires = {_TO_HOST: self._uart.to_host, _TO_RADIO: self._uart.to_radio}
        return {
            "open": all(port.there for port in self._ports()),
            "in_use": self._uart.in_use,
            **{way: "clean" if wire.clean else "damaged" for way, wire in wires.items()},
        }

    @property
    def faulty(self) -> bool:
        return self._touched

    @control("the line is good")
    def mend(self) -> None:
        """End all its faults, and open it again. The next fault draws the same chances as the first one."""
        self._rng.setstate(self._chance)  # so that no test depends on those before it
        for wire in self._wires(_BOTH):
            wire.mend()
        self._open()
        self._touched = False

    def _wires(self, direction: str) -> list[Wire]:
        self._touched = True
        wires = {_TO_HOST: [self._uart.to_host], _TO_RADIO: [self._uart.to_radio]}
        return wires.get(direction, [self._uart.to_host, self._uart.to_radio])

    @fault(percent=Number(0.01, 1), direction=_DIRECTION)
    @control("the line drops {percent} % of bytes", percent=_PERCENT, direction=_DIRECTION)
    def drop(self, percent: float, direction: str = _BOTH) -> None:
        """Lose this share of bytes."""
        for wire in self._wires(direction):
            wire.drop = percent / 100

    @fault(percent=Number(0.01, 1), direction=_DIRECTION)
    @control("the line garbles {percent} % of bytes", percent=_PERCENT, direction=_DIRECTION)
    def garble(self, percent: float, direction: str = _BOTH) -> None:
        """Flip one bit in this share of bytes."""
        for wire in self._wires(direction):
            wire.garble = percent / 100

    @fault(bytes=Number(1, 40, whole=True), direction=_DIRECTION)
    @control("the line drops the next {bytes} bytes", bytes=_BYTES, direction=_DIRECTION)
    def drop_next(self, bytes: int, direction: str = _TO_HOST) -> None:  # noqa: A002 - its name at the prompt
        """Lose the next `bytes` bytes (default direction: to the host)."""
        for wire in self._wires(direction):
            wire.hit_next(drop=bytes, spent=self._spent)

    @fault(bytes=Number(1, 40, whole=True), direction=_DIRECTION)
    @control("the line garbles the next {bytes} bytes", bytes=_BYTES, direction=_DIRECTION)
    def garble_next(self, bytes: int, direction: str = _TO_HOST) -> None:  # noqa: A002
        """Flip one bit in each of the next `bytes` bytes (default direction: to the host)."""
        for wire in self._wires(direction):
            wire.hit_next(garble=bytes, spent=self._spent)

    def _spent(self) -> None:
        """A wire has hit the last of its next bytes: the fault ends when both wires have."""
        wires = self._uart.to_host, self._uart.to_radio
        if not any(wire.drop_next for wire in wires):
            self.uses.ended("drop_next")
        if not any(wire.garble_next for wire in wires):
            self.uses.ended("garble_next")

    @fault(bytes=Number(1, 20, whole=True), milliseconds=Number(0, 20), direction=_DIRECTION)
    @control(
        "the line delivers {bytes} bytes at a time",
        bytes=Number(1, 255, whole=True), milliseconds=Number(0, 10_000, "ms"), direction=_DIRECTION,
    )  # fmt: skip
    def split(self, bytes: int, milliseconds: float = 2.0, direction: str = _BOTH) -> None:  # noqa: A002
        """Deliver each write in pieces of `bytes` bytes, with a pause between them."""
        for wire in self._wires(direction):
            wire.piece, wire.pause = bytes, milliseconds / 1000

    @fault(undo="open")
    @control("the line closes")
    def close(self) -> None:
        """Close the port while the host uses it, as if unplugged."""
        self._touched = True
        self.stop_waiting()
        for port in self._ports():
            port.disappear()

    @control("the line opens again")
    def open(self) -> None:
        """Open the port again for a host."""
        self._open()

    @fault(seconds=Number(0.1, 20))
    @control("the line closes for {seconds} s", seconds=_SECONDS)
    def interrupt(self, seconds: float) -> None:
        """Close the port for some time."""
        self.close()
        self._timer = self._uart.loop.call_later(seconds, self._open)

    def _open(self) -> None:
        self.stop_waiting()
        self.uses.ended("close", "interrupt")
        for port in self._ports():
            port.reappear()

    def stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

"""What can go wrong with the radio and with the line between it and the host, as controls."""

import asyncio
from collections.abc import Callable, Sequence
from random import Random
from typing import Any, Protocol

import zigpy_znp.types as t

from zigloop.control.arguments import Choice, Number
from zigloop.control.control import Part, control, fault
from zigloop.radio.wire import Wire
from zigloop.radio.zstack.mt.af import Trouble
from zigloop.radio.zstack.nv_file import Key
from zigloop.radio.zstack.radio import Radio


class Status:
    """A status code by name or number: MAC_NO_ACK, 0xE9, 233."""

    #: Those that radios answer and confirm with when they are busy, or the air is: docs/protocols.md 8.
    USUAL = ("MEM_ERROR", "BUFFER_FULL", "MAC_NO_RESOURCES", "MAC_CHANNEL_ACCESS_FAILURE", "MAC_NO_ACK", "NWK_NO_ROUTE")

    def parse(self, value: object) -> int:
        if isinstance(value, str) and value.upper() in t.Status.__members__:
            return int(t.Status[value.upper()])
        if isinstance(value, bool) or not isinstance(value, (int, str)):
            raise ValueError(value)
        number = int(value, 0) if isinstance(value, str) else value
        if not 1 <= number <= 0xFF:
            raise ValueError(value)
        return number

    def pick(self, rng: Random, names: Sequence[str]) -> str:
        return rng.choice(self.USUAL)

    def __str__(self) -> str:
        return "a Z-Stack status from 1 to 255, or its name (BUFFER_FULL)"


_STATUS = Status()
_BUSY = Choice(("mem_error", "buffer_full"))
_SECONDS = Number(0, 86_400, "s")
_FRAMES = Number(1, 1000, whole=True)
_SOME_FRAMES = Number(1, 3, whole=True)


class RadioPart(Part):
    """A hand on the radio."""

    called = "radio"
    about = "the fake coordinator: a Z-Stack radio"

    def __init__(self, radio: Radio) -> None:
        super().__init__()
        self._radio = radio
        self._timer: asyncio.TimerHandle | None = None
        self._lost: dict[Key, bytes] | None = None  # the NV that it had
        self._touched = False

    def state(self) -> dict[str, Any]:
        trouble = self._radio.af.trouble
        return {
            "network": self._radio.network.started,
            "in_use": self._radio.in_use,
            "hangs": self._radio.hangs,
            "data_requests": "as they should be" if trouble is None else trouble.how,
        }

    @property
    def faulty(self) -> bool:
        return self._touched

    @control("the radio works again")
    def mend(self) -> None:
        """Put an end to what is wrong with it; lost NV is back, unless a host has formed a network since."""
        self._right()
        lost, self._lost = self._lost, None
        if lost is not None and not self._radio.network.formed:
            self._radio.nv.put_back(lost)
            self._radio.reset()
        self._touched = False

    def stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _right(self) -> None:
        self.stop_waiting()
        self._radio.af.trouble = None
        self._radio.go_on()

    def _for(self, seconds: float) -> None:
        """It is right again after some time."""
        self._timer = self._radio.loop.call_later(seconds, self._right)

    @fault()
    @control("the radio resets")
    def reset(self) -> None:
        """Its watchdog bites: it loses its RAM, endpoints and network, and says that it has been reset."""
        self._touched = True
        self._right()
        self._radio.reset(t.ResetReason.Watchdog)

    @fault(seconds=Number(1, 20))
    @control("the radio hangs for {seconds} s", seconds=_SECONDS)
    def hang(self, seconds: float) -> None:
        """It neither hears nor answers; then it goes on, and answers what it has been told meanwhile."""
        self._touched = True
        self._right()
        self._radio.hang()
        self._for(seconds)

    @fault(seconds=Number(0.5, 5), status=_BUSY)
    @control("the radio runs out of buffers for {seconds} s", seconds=_SECONDS, status=_BUSY)
    def exhaust(self, seconds: float, status: str = "mem_error") -> None:
        """It refuses everything that it shall send with MEM_ERROR, or with BUFFER_FULL."""
        self._trouble(Trouble("refused", _STATUS.parse(status), frames=None))
        self._for(seconds)

    @fault()
    @control("the radio loses its NV")
    def lose_nv(self) -> None:
        """Its flash is erased, and it starts as a blank one: without the network."""
        self._touched = True
        self._right()
        lost = self._radio.nv.erase()
        self._lost = lost if self._lost is None else self._lost
        self._radio.reset(t.ResetReason.PowerUp)

    @fault(status=Choice(("mem_error", "buffer_full")), frames=_SOME_FRAMES)
    @control("the radio refuses a frame with {status}", status=_STATUS, frames=_FRAMES)
    def refuse(self, status: int, frames: int = 1) -> None:
        """It answers the next request to send something, or so many, with this status."""
        self._trouble(Trouble("refused", status, frames))

    @fault(frames=_SOME_FRAMES)
    @control("the radio fails to send a frame with {status}", status=_STATUS, frames=_FRAMES)
    def fail(self, status: int, frames: int = 1) -> None:
        """It takes the next frame, or so many, doesn't send it, and confirms it with this status."""
        self._trouble(Trouble("failed", status, frames))

    @fault(frames=_SOME_FRAMES)
    @control("the radio never confirms a frame", frames=_FRAMES)
    def unconfirm(self, frames: int = 1) -> None:
        """It sends the next frame, or so many, and never says what became of it."""
        self._trouble(Trouble("unconfirmed", frames=frames))

    def _trouble(self, trouble: Trouble) -> None:
        self._touched = True
        self._right()
        self._radio.af.trouble = trouble


class Port(Protocol):
    """Of a port, what the line needs."""

    @property
    def there(self) -> bool: ...
    def disappear(self) -> None: ...
    def reappear(self) -> None: ...


_BOTH, _TO_HOST, _TO_RADIO = "both", "to-host", "to-radio"
_DIRECTION = Choice((_BOTH, _TO_HOST, _TO_RADIO))
_PERCENT = Number(0, 100, "%")
_BYTES = Number(1, 100_000, whole=True)


class LinePart(Part):
    """A hand on the line between radio and host."""

    called = "line"
    about = "the serial line between radio and host"

    def __init__(self, radio: Radio, ports: Callable[[], Sequence[Port]], rng: Random) -> None:
        super().__init__()
        self._radio = radio
        radio.to_host.rng = radio.to_radio.rng = rng
        self._ports = ports
        self._timer: asyncio.TimerHandle | None = None
        self._touched = False

    def state(self) -> dict[str, Any]:
        wires = {_TO_HOST: self._radio.to_host, _TO_RADIO: self._radio.to_radio}
        return {
            "open": all(port.there for port in self._ports()),
            "in_use": self._radio.in_use,
            **{way: "clean" if wire.clean else "damaged" for way, wire in wires.items()},
        }

    @property
    def faulty(self) -> bool:
        return self._touched

    @control("the line is good")
    def mend(self) -> None:
        """Put an end to what is wrong with it, and open it again."""
        for wire in self._wires(_BOTH):
            wire.mend()
        self._open()
        self._touched = False

    def _wires(self, direction: str) -> list[Wire]:
        self._touched = True
        wires = {_TO_HOST: [self._radio.to_host], _TO_RADIO: [self._radio.to_radio]}
        return wires.get(direction, [self._radio.to_host, self._radio.to_radio])

    @fault(percent=Number(0.01, 1), direction=_DIRECTION)
    @control("the line drops {percent} % of bytes", percent=_PERCENT, direction=_DIRECTION)
    def drop(self, percent: float, direction: str = _BOTH) -> None:
        """Bytes get lost, each with this chance."""
        for wire in self._wires(direction):
            wire.drop = percent / 100

    @fault(percent=Number(0.01, 1), direction=_DIRECTION)
    @control("the line garbles {percent} % of bytes", percent=_PERCENT, direction=_DIRECTION)
    def garble(self, percent: float, direction: str = _BOTH) -> None:
        """In bytes one bit is flipped, each with this chance."""
        for wire in self._wires(direction):
            wire.garble = percent / 100

    @fault(bytes=Number(1, 40, whole=True), direction=_DIRECTION)
    @control("the line drops the next {bytes} bytes", bytes=_BYTES, direction=_DIRECTION)
    def drop_next(self, bytes: int, direction: str = _TO_HOST) -> None:  # noqa: A002 - its name at the prompt
        """So many bytes get lost; to the host, unless told otherwise."""
        for wire in self._wires(direction):
            wire.drop_next = bytes

    @fault(bytes=Number(1, 40, whole=True), direction=_DIRECTION)
    @control("the line garbles the next {bytes} bytes", bytes=_BYTES, direction=_DIRECTION)
    def garble_next(self, bytes: int, direction: str = _TO_HOST) -> None:  # noqa: A002
        """In so many bytes one bit is flipped; to the host, unless told otherwise."""
        for wire in self._wires(direction):
            wire.garble_next = bytes

    @fault(bytes=Number(1, 20, whole=True), milliseconds=Number(0, 20), direction=_DIRECTION)
    @control(
        "the line delivers {bytes} bytes at a time",
        bytes=Number(1, 255, whole=True), milliseconds=Number(0, 10_000, "ms"), direction=_DIRECTION,
    )  # fmt: skip
    def split(self, bytes: int, milliseconds: float = 2.0, direction: str = _BOTH) -> None:  # noqa: A002
        """What is written in one piece arrives in pieces of so many bytes, with a pause between them."""
        for wire in self._wires(direction):
            wire.piece, wire.pause = bytes, milliseconds / 1000

    @fault(undo="open")
    @control("the line closes")
    def close(self) -> None:
        """The port is gone, from under the host: unplugged."""
        self._touched = True
        self.stop_waiting()
        for port in self._ports():
            port.disappear()

    @control("the line opens again")
    def open(self) -> None:
        """The port is there again, and waits for a host."""
        self._open()

    @fault(seconds=Number(0.1, 20))
    @control("the line closes for {seconds} s", seconds=_SECONDS)
    def interrupt(self, seconds: float) -> None:
        """The port is gone for some time."""
        self.close()
        self._timer = self._radio.loop.call_later(seconds, self._open)

    def _open(self) -> None:
        self.stop_waiting()
        for port in self._ports():
            port.reappear()

    def stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

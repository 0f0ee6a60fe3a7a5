"""MT frames from and to the host: commands go to their handlers, indications are sent after responses."""

import asyncio
import random
from typing import Any, Final

from zigpy_znp.commands.rpc_error import ErrorCode

from zigloop.coordinator.processor import Processor
from zigloop.events import Direction, Events, PortCodec, PortFrame
from zigloop.radio.uart import Uart
from zigloop.radio.zstack import personality
from zigloop.radio.zstack.mt.dispatch import Handler, MtError, handlers_of, header_of
from zigloop.radio.zstack.mt.framing import SREQ, SUBSYSTEM_MASK, TYPE_MASK, FrameParser, encode

_RPC_ERROR: Final = 0x6000
_SUBSYSTEMS: Final = frozenset(personality.SUBSYSTEMS.values())
#: Seconds of silence after which an incomplete frame is given up: at 115,200 baud a whole one takes 0.022 s.
_FRAME_TIMEOUT: Final = 0.3


class MtHost:
    """The host, as seen by the firmware's parts, which serve its commands and send it indications.

    Each frame is emitted as a `PortFrame` of `codec`, whose `frame` is (header, payload).
    """

    def __init__(self, processor: Processor, rng: random.Random, events: Events, codec: PortCodec) -> None:
        self._processor = processor
        self._loop = processor.loop
        self._port_frames = events.channel(PortFrame)
        self._codec = codec
        self._parser = FrameParser()
        self._silence: asyncio.TimerHandle | None = None
        self._held: list[tuple[int, bytes]] | None = None
        self.uart = Uart(processor, rng, self._receive, self._unplugged)
        #: By header.
        self.handlers: dict[int, Handler] = {}

    def serve(self, *parts: object) -> None:
        """Register these parts as handlers of their commands."""
        for part in parts:
            self.handlers |= dict(handlers_of(part))

    # From the host

    def _receive(self, data: bytes) -> None:
        frames = self._parser.feed(data)
        if self._silence is not None or self._parser.pending:
            self._stop_waiting()
            if self._parser.pending:
                self._silence = self._loop.call_later(_FRAME_TIMEOUT, self._fell_silent)
        for header, payload in frames:
            self._handle(header, payload)

    def _fell_silent(self) -> None:
        self._silence = None
        for header, payload in self._parser.give_up():
            self._handle(header, payload)

    def _stop_waiting(self) -> None:
        if self._silence is not None:
            self._silence.cancel()
            self._silence = None

    def _unplugged(self) -> None:
        self._parser.clear()
        self._stop_waiting()

    def _handle(self, header: int, payload: bytes) -> None:
        if self._port_frames.listeners:
            self._emit(Direction.TO_RADIO, header, payload)
        if self._processor.booting:
            return
        handler = self.handlers.get(header)
        if handler is None:
            if header & TYPE_MASK == SREQ:
                subsystem = (header & SUBSYSTEM_MASK) >> 8
                unknown = ErrorCode.InvalidCommandId if subsystem in _SUBSYSTEMS else ErrorCode.InvalidSubsystem
                self._send(_RPC_ERROR, bytes((unknown, header >> 8, header & 0xFF)))
            return
        # Indications that a command causes always follow its response.
        self._held = []
        try:
            response = handler(payload)
            if response is not None:
                self._send(header + 0x4000, response)
        except MtError as error:
            if header & TYPE_MASK == SREQ:
                self._send(_RPC_ERROR, bytes((error.code, header >> 8, header & 0xFF)))
        finally:
            held, self._held = self._held, None
        for caused, data in held:
            self._send(caused, data)

    # To the host

    def areq(self, header: int, payload: bytes) -> None:
        """Inform the host; while a command is being handled, after the response to it."""
        if not self._processor.running:
            self._processor.defer(self._send, header, payload)
        elif self._held is not None:
            self._held.append((header, payload))
        else:
            self._send(header, payload)

    def indicate(self, callback: Any) -> None:
        """Inform the host with a callback that zigpy-znp has a schema for."""
        self.areq(header_of(callback), bytes(callback.to_frame(align=True).data))

    def _send(self, header: int, payload: bytes) -> None:
        if self._port_frames.listeners:
            self._emit(Direction.TO_HOST, header, payload)
        self.uart.send(encode(header, payload))

    def _emit(self, direction: Direction, header: int, payload: bytes) -> None:
        self._port_frames.emit(
            PortFrame(at=self._loop.time(), direction=direction, frame=(header, payload), codec=self._codec)
        )

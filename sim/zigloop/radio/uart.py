"""The radio's end of the line to its host, between ports and a family's firmware.

Not modelled: modem lines, flow control.
"""

import random
from collections.abc import Callable
from typing import Final

from zigloop.coordinator.processor import Processor
from zigloop.radio.line import SerialLine
from zigloop.radio.wire import Wire

#: Bytes taken from the host while the processor hangs; more are lost. ASSUMPTION: TI's default for
#: MT_UART_RX_BUFF_MAX is 128, firmware for hosts is built with more.
_BUFFER: Final = 256


class Uart:
    """Carries bytes between one host and the firmware, over wires that may be faulty.

    `receive` is called with the host's bytes, `unplugged` when the host has closed the port.
    """

    def __init__(
        self,
        processor: Processor,
        rng: random.Random,
        receive: Callable[[bytes], None],
        unplugged: Callable[[], None],
    ) -> None:
        self.loop = processor.loop
        #: From the radio, and to it.
        self.to_host, self.to_radio = Wire(rng), Wire(rng)
        self._processor = processor
        self._receive = receive
        self._unplugged = unplugged
        self._line: SerialLine | None = None
        self._unread = b""  # while the processor hangs
        self._last_piece_at = 0.0
        processor.on_reset(self._reset)
        processor.on_resume(self._resume)

    # The host's side

    @property
    def in_use(self) -> bool:
        """Whether a host has the port open."""
        return self._line is not None

    @property
    def line(self) -> object:
        """A new one for each host that opens the port, None without a host."""
        return self._line

    def plug(self, line: SerialLine) -> None:
        """A host has opened the port; the radio sends on this line."""
        if self._line is not None:
            raise RuntimeError("the radio's port is already open")
        self._line = line

    def unplug(self) -> None:
        """The host has closed the port. The radio keeps running."""
        if self._line is not None:
            self._line.drop_pending()
            self._line = None
        self._unplugged()

    def feed(self, data: bytes) -> None:
        """Bytes from the host, as it has sent them."""
        now = self.loop.time()
        if self.to_radio.clean and self._last_piece_at <= now:
            self._arrived(data)
            return
        for piece, pause in self.to_radio.carry(data):
            self._last_piece_at = max(self._last_piece_at, now) + pause
            self._processor.later(self._last_piece_at - now, self._arrived, piece)

    def _arrived(self, data: bytes) -> None:
        if self._processor.hangs:
            self._unread = (self._unread + data)[:_BUFFER]
        else:
            self._receive(data)

    # The firmware's side

    def send(self, frame: bytes) -> None:
        """Send one frame's bytes to the host; without a host they are lost."""
        if self._line is None:
            return
        if self.to_host.clean:
            self._line.send(frame)
        else:
            for piece, pause in self.to_host.carry(frame):
                self._line.send(piece, pause)

    def _reset(self) -> None:
        """Drop unread input and unsent output."""
        self._unread = b""
        self._last_piece_at = 0.0
        if self._line is not None:
            self._line.drop_pending()

    def _resume(self) -> None:
        unread, self._unread = self._unread, b""
        self._receive(unread)

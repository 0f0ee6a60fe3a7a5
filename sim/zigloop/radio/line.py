"""The serial line between radio and host: what the radio sends takes time.

Output is paced as a UART's: start bit, 8 data bits, stop bit. Each frame is written by itself, when its last
bit would have arrived, never a burst in one piece: hosts' parsers need quadratic time for a chunk, and choke on bursts
that no serial line can deliver (docs/protocols.md 1.4).

Damage to bytes is in `zigloop.radio.wire`.

Not modelled: pacing of the other direction (hosts send little), flow control, a wrong baud rate.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable

LOGGER = logging.getLogger(__name__)

DEFAULT_BAUD = 115_200
_BITS_PER_BYTE = 10  # 8N1
#: Most bytes that are queued for a host that reads too slowly. A CC2652 has 80 KiB of RAM in total and drops output
#: much earlier; ours only has to be finite.
_MAX_BACKLOG = 4 << 20


class SerialLine:
    """Radio to host at `baud` bits per second; 0 is an infinitely fast line.

    `write` is called with one frame's bytes at a time; `backlog` returns the number of bytes that are still unsent.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        baud: int,
        write: Callable[[bytes], None],
        backlog: Callable[[], int] = lambda: 0,
    ) -> None:
        if baud < 0:
            raise ValueError(f"baud must be 0 (no pacing) or a positive number of bits per second, not {baud}")
        self._loop = loop
        self._seconds_per_byte = _BITS_PER_BYTE / baud if baud else 0.0
        self._write = write
        self._backlog = backlog
        self._waiting: deque[tuple[float, bytes]] = deque()  # (when its last bit has arrived, frame)
        self._waiting_bytes = 0
        self._free_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._dropping = False

    def send(self, frame: bytes, pause: float = 0.0) -> None:
        """Send it after all that was sent before, and after `pause` seconds of silence."""
        if self._waiting_bytes + self._backlog() > _MAX_BACKLOG:
            if not self._dropping:
                LOGGER.warning("Host is not reading: dropping output")
            self._dropping = True
            return
        self._dropping = False
        if not self._seconds_per_byte and not pause and not self._waiting:
            self._write(frame)
            return
        self._free_at = max(self._free_at, self._loop.time()) + pause + len(frame) * self._seconds_per_byte
        self._waiting.append((self._free_at, frame))
        self._waiting_bytes += len(frame)
        if self._timer is None:
            self._timer = self._loop.call_at(self._free_at, self._arrived)

    def drop_pending(self) -> None:
        """Drop what has not been sent yet: the radio resets, or the host has gone."""
        self._waiting.clear()
        self._waiting_bytes = 0
        self._free_at = 0.0
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arrived(self) -> None:
        now = self._loop.time()
        waiting = self._waiting
        while waiting and waiting[0][0] <= now:
            frame = waiting.popleft()[1]
            self._waiting_bytes -= len(frame)
            self._write(frame)
        self._timer = self._loop.call_at(waiting[0][0], self._arrived) if waiting else None

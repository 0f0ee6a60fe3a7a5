"""MT frames: bytes to frames and back.

    FE | length | cmd0 | cmd1 | data[length] | FCS        FCS = XOR of everything between FE and itself

A *header* is one integer, `cmd0 << 8 | cmd1`, so that it reads as the documents write it: 0x2101 is
SYS_PING's request, 0x6101 its response, 0x4180 SYS_RESET_IND.

Not modelled: TI's UART driver doesn't resynchronise: after a broken frame it consumes as many bytes as the length byte
says. This parser is more tolerant, as every host's is: it searches for the next start of frame inside the broken one.
"""

from functools import reduce
from operator import xor

SOF = 0xFE
#: Longest data field. MT_RPC_DATA_MAX in TI's MT_RPC.h; hosts reject more.
MAX_DATA = 250
_OVERHEAD = 5  # SOF, length, cmd0, cmd1, FCS

POLL, SREQ, AREQ, SRSP = 0x0000, 0x2000, 0x4000, 0x6000
TYPE_MASK = 0xE000
SUBSYSTEM_MASK = 0x1F00


def encode(header: int, payload: bytes) -> bytes:
    """One whole frame. Raises ValueError when the payload is longer than `MAX_DATA`."""
    length = len(payload)
    if length > MAX_DATA:
        raise ValueError(f"an MT frame carries at most {MAX_DATA} bytes, not {length}")
    body = bytes((length, header >> 8, header & 0xFF)) + payload
    return b"\xfe%b%c" % (body, reduce(xor, body))


class FrameParser:
    """Finds frames in a stream of bytes with noise.

    Bytes outside a frame are discarded (noise, and the 0xEF with which hosts try to skip a bootloader). A frame with a
    wrong checksum or an impossible length only loses its first byte: the search continues after it.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()

    @property
    def pending(self) -> bool:
        """Whether an incomplete frame is pending."""
        return bool(self._buffer)

    def feed(self, data: bytes) -> list[tuple[int, bytes]]:
        """The frames that these bytes complete, each as (header, payload)."""
        self._buffer += data
        return self._extract()

    def give_up(self) -> list[tuple[int, bytes]]:
        """Give up the incomplete frame; returns the frames found inside it."""
        frames: list[tuple[int, bytes]] = []
        while self._buffer:
            del self._buffer[0]
            frames += self._extract()
        return frames

    def clear(self) -> None:
        """Drop the incomplete frame."""
        self._buffer.clear()

    def _extract(self) -> list[tuple[int, bytes]]:
        buffer = self._buffer
        frames: list[tuple[int, bytes]] = []
        start = 0
        while True:
            start = buffer.find(SOF, start)
            if start < 0:
                buffer.clear()
                return frames
            if len(buffer) - start < 2:
                break
            length = buffer[start + 1]
            if length > MAX_DATA:
                start += 1
                continue
            end = start + length + _OVERHEAD
            if len(buffer) < end:
                break
            if reduce(xor, buffer[start + 1 : end]) != 0:  # a correct checksum cancels out
                start += 1
                continue
            header = buffer[start + 2] << 8 | buffer[start + 3]
            frames.append((header, bytes(buffer[start + 4 : end - 1])))
            start = end
        del buffer[:start]
        return frames

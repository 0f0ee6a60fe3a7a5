"""Faults of one direction of a serial line: it loses bytes, flips bits, delivers bytes in pieces."""

import random
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class Wire:
    """One direction of the line. `drop` and `garble` are shares of bytes, `*_next` numbers of bytes.

    `spent` is called when such a number has reached 0.
    """

    rng: random.Random
    drop: float = 0.0
    garble: float = 0.0
    drop_next: int = 0
    garble_next: int = 0
    piece: int = 0  # bytes in a piece; 0: as written
    pause: float = 0.0  # seconds between two pieces
    spent: Callable[[], None] = lambda: None

    @property
    def clean(self) -> bool:
        return not (self.lossy or self.piece)

    @property
    def lossy(self) -> bool:
        """Whether bytes may be lost or garbled."""
        return bool(self.drop or self.garble or self.drop_next or self.garble_next)

    def mend(self) -> None:
        self.drop = self.garble = self.pause = 0.0
        self.drop_next = self.garble_next = self.piece = 0

    def hit_next(self, *, drop: int = 0, garble: int = 0, spent: Callable[[], None]) -> None:
        """Drop or garble the next bytes, then call `spent`. 0 changes nothing."""
        self.drop_next = drop or self.drop_next
        self.garble_next = garble or self.garble_next
        self.spent = spent

    def carry(self, data: bytes) -> list[tuple[bytes, float]]:
        """The received bytes, in pieces, each with the pause in seconds before it."""
        arrived = bytes(self._hit(byte) for byte in data if not self._loses())
        if not self.piece:
            return [(arrived, 0.0)] if arrived else []
        pieces = [arrived[at : at + self.piece] for at in range(0, len(arrived), self.piece)]
        return [(piece, self.pause) for piece in pieces]

    def _loses(self) -> bool:
        if self.drop_next:
            self.drop_next -= 1
            if not self.drop_next:
                self.spent()
            return True
        return self.drop > 0 and self.rng.random() < self.drop

    def _hit(self, byte: int) -> int:
        """The byte, possibly with one bit flipped."""
        if self.garble_next:
            self.garble_next -= 1
            if not self.garble_next:
                self.spent()
        elif not (self.garble and self.rng.random() < self.garble):
            return byte
        return byte ^ 1 << self.rng.randrange(8)

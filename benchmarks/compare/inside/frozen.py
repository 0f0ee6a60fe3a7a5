"""What may not differ from run to run: the wall clock, and what is drawn from the system's entropy."""

import hashlib
import os
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

#: As the pytest plugin has it.
EPOCH = datetime(2026, 1, 1, 12)  # noqa: DTZ001 - freezegun wants UTC without a zone


def freeze_entropy(seed: int) -> None:
    """`os.urandom`, `secrets`, `uuid` and the module `random` depend on the seed alone.

    zigpy-znp draws the seed of the link keys from `os.urandom`, the bridge an extended PAN id. The bytes depend on how
    many were asked for and how often, so that a random client id more doesn't change a key.
    """
    asked: Counter[int] = Counter()

    def urandom(size: int) -> bytes:
        asked[size] += 1
        return hashlib.shake_256(f"{seed}/{size}/{asked[size]}".encode()).digest(size)

    os.urandom = urandom
    random._urandom = urandom  # type: ignore[attr-defined]  # `SystemRandom` and with it `secrets` have a name of their own
    random.seed(seed)


@contextmanager
def frozen_wall_clock(loop: Any) -> Iterator[None]:
    """Inside, the wall clock starts at `EPOCH` and keeps the loop's time."""
    from freezegun import api, freeze_time

    def now() -> datetime:
        return EPOCH + timedelta(seconds=loop.time())

    with freeze_time(now(), real_asyncio=True):
        # In place of freezegun's own clock, which would have to be moved at each jump.
        api.freeze_factories[-1] = now  # type: ignore[call-overload]
        yield

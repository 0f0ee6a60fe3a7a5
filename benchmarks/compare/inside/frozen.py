"""Makes runs repeatable: a frozen wall clock, and a seed in place of the system's entropy."""

import hashlib
import os
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

#: The same as in the pytest plugin.
EPOCH = datetime(2026, 1, 1, 12)  # noqa: DTZ001 - freezegun wants UTC without a zone


def freeze_entropy(seed: int) -> None:
    """`os.urandom`, `secrets`, `uuid` and the module `random` depend on the seed alone.

    zigpy-znp draws the seed of the link keys from `os.urandom`, the bridge an extended PAN id. The bytes depend on the
    size and on the number of calls with that size, so that one more client id does not change a key.
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

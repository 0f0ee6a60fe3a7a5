"""A lock that has joined."""

import random

from tests.support.station import IEEE, TestCoordinator
from zigloop.device.registry import PRODUCTS
from zigloop.lumi.lock import Lock


def joined(peer: TestCoordinator, model: str, **quirks: bool) -> Lock:
    lock = PRODUCTS[model](peer.air, name="lock", ieee=IEEE, rng=random.Random(1), **quirks)
    assert isinstance(lock, Lock)
    lock.pair()
    peer.sleep(30)
    return lock

"""A plug that has joined a coordinator of the tests' own, in virtual time."""

import random
from collections.abc import Iterator

import pytest

from zigloop.air.air import Air
from zigloop.clock import ClockLoop
from zigloop.devices.zncz02lm import Plug
from zigloop.node.node import Node

from .station import TestCoordinator

IEEE = 0x00158D0001020304


@pytest.fixture
def peer(loop: ClockLoop) -> Iterator[TestCoordinator]:
    it = TestCoordinator(Air(loop))
    yield it
    for station in list(it.air.stations):
        if isinstance(station, Node):
            station.close()
    it.sleep(1)  # what is in the air arrives


@pytest.fixture
def plug(peer: TestCoordinator) -> Plug:
    """Joined, has said all that it says at first, and is off."""
    it = Plug(peer.air, name="plug", ieee=IEEE, rng=random.Random(1))
    it.pair()
    peer.sleep(30)
    assert it.joined
    peer.forget()
    return it

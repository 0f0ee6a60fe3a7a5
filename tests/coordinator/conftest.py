"""A coordinator with a network in memory."""

from collections.abc import Iterator

import pytest

from tests.support.center import IEEE, SETTINGS, Center
from zigloop.clock import ClockLoop
from zigloop.coordinator import MemoryStore


@pytest.fixture
def center(loop: ClockLoop) -> Iterator[Center]:
    it = Center(loop, lambda processor, rng: MemoryStore(IEEE, max_children=4))
    it.store.settings = SETTINGS
    it.network.start()
    yield it
    it.close()

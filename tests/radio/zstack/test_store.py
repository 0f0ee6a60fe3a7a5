"""Letting devices in and out, over NV memory."""

from collections.abc import Iterator

import pytest
from zigpy_znp.types.nvids import OsalNvIds

from tests.support.admissions import Admissions
from tests.support.center import IEEE, SETTINGS, Center
from zigloop.clock import ClockLoop
from zigloop.radio.zstack.store import NvStore


@pytest.fixture
def center(loop: ClockLoop) -> Iterator[Center]:
    it = Center(loop, lambda processor, rng: NvStore(processor, hardware_ieee=IEEE, rng=rng))
    it.store.nv.put(OsalNvIds.PRECFGKEY, SETTINGS.key)
    assert it.store.form([1 << SETTINGS.channel])
    it.network.start()
    yield it
    it.close()


class TestNvStore(Admissions):
    pass

"""Letting devices in and out, over a store in memory."""

from tests.support.admissions import Admissions
from tests.support.center import Center
from zigloop.coordinator import MemoryStore


class TestMemoryStore(Admissions):
    pass


def test_frames_are_counted(center: Center) -> None:
    assert isinstance(center.store, MemoryStore)
    before = center.store.frame_counter
    center.coordinator.send_zdo(0xFFFD, 0x0005, 1, b"\x00\x00")
    assert center.store.frame_counter == before + 1

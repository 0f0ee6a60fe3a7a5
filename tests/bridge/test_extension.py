"""Hooks: which extensions are called, in which order, and that errors are logged."""

import asyncio

import pytest

from zigloop_bridge.extension import Extension, Extensions
from zigloop_bridge.zigbee.device import Device

PLUG = Device("0x00158d0001000001", 1)


class Recorder(Extension):
    def __init__(self, name: str, calls: list[str]) -> None:
        self.name = name
        self.calls = calls

    def joined(self, device: Device) -> None:
        self.calls.append(f"{self.name} {device.ieee}")

    async def stop(self) -> None:
        self.calls.append(f"{self.name} stops")


class Broken(Extension):
    def joined(self, device: Device) -> None:
        raise KeyError(device.ieee)

    async def stop(self) -> None:
        raise OSError("no")


def test_each_extension_is_called_in_order() -> None:
    calls: list[str] = []
    extensions = Extensions()
    for name in ("first", "second"):
        extensions.add(Recorder(name, calls))
    extensions.joined(PLUG)
    extensions.left(PLUG)  # a hook that none implements
    asyncio.run(extensions.stop())
    assert calls == [f"first {PLUG.ieee}", f"second {PLUG.ieee}", "first stops", "second stops"]


def test_one_that_raises_is_logged_and_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    calls: list[str] = []
    extensions = Extensions()
    extensions.add(Broken())
    extensions.add(Recorder("other", calls))
    extensions.joined(PLUG)
    asyncio.run(extensions.stop())
    assert calls == [f"other {PLUG.ieee}", "other stops"]
    first, second = caplog.records
    assert "joined" in first.getMessage()
    assert "Broken" in second.getMessage()
    assert first.exc_info is not None

"""A Z-Stack radio with a host that speaks bytes."""

import asyncio
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import zigpy_znp.commands as c
import zigpy_znp.types as t

from zigloop.air.air import Air
from zigloop.clock import ClockLoop
from zigloop.radio import Radio
from zigloop.radio.line import SerialLine
from zigloop.radio.zstack import ZStack
from zigloop.radio.zstack.mt.dispatch import header_of
from zigloop.radio.zstack.mt.framing import FrameParser, encode

HARDWARE_IEEE = 0x00124B0001020304


class Host:
    """A host at the port: sends frames, and keeps what comes back as (header, payload)."""

    def __init__(self, loop: ClockLoop, radio: Radio, *, baud: int = 0) -> None:
        self.loop = loop
        self.radio = radio
        self.firmware: Any = radio.firmware  # a `ZStack`
        self.frames: list[tuple[int, bytes]] = []
        self._parser = FrameParser()
        radio.uart.plug(SerialLine(loop, baud, self._arrived))

    def _arrived(self, data: bytes) -> None:
        self.frames += self._parser.feed(data)

    def run(self, seconds: float = 0.0) -> None:
        """Let time pass."""
        self.loop.run_until_complete(asyncio.sleep(seconds))

    def raw(self, header: int, payload: bytes = b"") -> list[tuple[int, bytes]]:
        """What the radio answers at once to this frame."""
        before = len(self.frames)
        self.radio.uart.feed(encode(header, payload))
        return self.frames[before:]

    def ask(self, request: Any) -> Any:
        """The response to a typed request: it must be the first frame that comes back."""
        answers = self.raw(header_of(request), bytes(request.to_frame(align=True).data))
        assert answers, f"no answer to {request}"
        header, payload = answers[0]
        assert header == header_of(type(request).Rsp), f"{request} got 0x{header:04X} {payload.hex()}"
        return type(request).Rsp.from_frame(type(request.to_frame())(type(request).Rsp.header, payload), align=True)

    def callbacks(self, callback: Any) -> list[Any]:
        """The callbacks of this kind that have come so far."""
        kind = type(c.SYS.Ping.Req().to_frame())
        return [
            callback.from_frame(kind(callback.header, payload))
            for header, payload in self.frames
            if header == header_of(callback)
        ]

    def nv(self, item: int) -> bytes:
        """An NV item, read through the port."""
        return bytes(self.ask(c.SYS.OSALNVReadExt.Req(Id=item, Offset=0)).Value)

    def write_nv(self, item: int, value: bytes) -> None:
        """Set an NV item through the port."""
        if not self.ask(c.SYS.OSALNVLength.Req(Id=item)).ItemLen:
            assert self.ask(c.SYS.OSALNVItemInit.Req(Id=item, ItemLen=len(value), Value=b"")).Status == 9
        assert self.ask(c.SYS.OSALNVWriteExt.Req(Id=item, Offset=0, Value=t.ShortBytes(value))).Status == 0

    def commission(self) -> None:
        """Form a network, or start the one that is there."""
        formation = c.app_config.BDBCommissioningMode.NwkFormation
        assert self.ask(c.AppConfig.BDBStartCommissioning.Req(Mode=formation)).Status == 0
        self.run(1)
        assert self.radio.network.started

    def register(self, endpoint: int = 1, profile: int = 0x0104) -> None:
        """Register an endpoint without clusters."""
        request = c.AF.Register.Req(
            Endpoint=endpoint, ProfileId=profile, DeviceId=5, DeviceVersion=0,
            LatencyReq=c.af.LatencyReq.NoLatencyReqs, InputClusters=[6], OutputClusters=[0x19],
        )  # fmt: skip
        assert self.ask(request).Status == 0

    def permit(self, seconds: int = 60) -> None:
        """Let devices in at the coordinator."""
        self.ask(
            c.ZDO.MgmtPermitJoinReq.Req(AddrMode=t.AddrMode.Broadcast, Dst=0xFFFC, Duration=seconds, TCSignificance=1)
        )

    def reset(self) -> None:
        """Reset the radio, and wait until it is back."""
        self.raw(0x4100, b"\x01")
        self.run(1)


MakeRadio = Callable[..., Radio]


@pytest.fixture
def air(loop: ClockLoop) -> Air:
    return Air(loop)


@pytest.fixture
def make_radio(loop: ClockLoop, air: Air) -> Iterator[MakeRadio]:
    """Makes radios on one air; they are switched off in the end."""
    radios: list[Radio] = []

    def make(state: Path | None = None, *, ieee: int = HARDWARE_IEEE, seed: int = 0) -> Radio:
        radios.append(Radio(ZStack(air, ieee=ieee, rng=random.Random(seed), state=state)))
        return radios[-1]

    yield make
    loop.run_until_complete(asyncio.sleep(1))  # what is still on the air arrives
    for radio in radios:
        radio.close()


@pytest.fixture
def radio(make_radio: MakeRadio) -> Radio:
    """A blank radio."""
    return make_radio()


@pytest.fixture
def host(loop: ClockLoop, radio: Radio) -> Host:
    """A host on the blank radio's port, which is infinitely fast."""
    return Host(loop, radio)


@pytest.fixture
def network(host: Host) -> Host:
    """A host whose radio has formed a network, with endpoint 1."""
    host.commission()
    host.register()
    host.frames.clear()
    return host

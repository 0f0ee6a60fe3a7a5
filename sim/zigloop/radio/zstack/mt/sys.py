"""MT SYS without the NV commands: reset, ping, version, address, random numbers, timers, power, clock."""

import datetime
import random
from typing import Any

import zigpy_znp.commands as c
import zigpy_znp.types as t

from zigloop.coordinator.processor import Processor, ResetReason
from zigloop.radio.zstack import personality
from zigloop.radio.zstack.mt.dispatch import SUCCESS, handles
from zigloop.radio.zstack.mt.host import MtHost
from zigloop.radio.zstack.store import NvStore

#: Zigbee's time starts here.
_EPOCH = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)
_TIMERS = range(4)


class Sys:
    """SYS commands. Left out, as on a CC2652: RAM access, ADC and GPIO (unknown command)."""

    def __init__(self, processor: Processor, store: NvStore, host: MtHost, rng: random.Random) -> None:
        self._processor = processor
        self._store = store
        self._host = host
        self._rng = rng
        self._clock_offset = 0.0  # seconds of Zigbee time at the loop's time 0
        self._generation = [0] * len(_TIMERS)  # of each OSAL timer; stopping one invalidates its expiry

    @handles(c.SYS.ResetReq.Req)
    def reset(self, request: Any) -> None:
        """Hard (0), soft (1) and shutdown (2) do the same: after a shutdown, power is restored."""
        self._processor.reset(ResetReason.HOST)

    @handles(c.SYS.Ping.Req)
    def ping(self, request: Any) -> Any:
        """Which subsystems exist."""
        return c.SYS.Ping.Rsp(Capabilities=t.MTCapabilities(personality.CAPABILITIES))

    @handles(c.SYS.Version.Req)
    def version(self, request: Any) -> Any:
        """Which firmware this is."""
        major, minor, maintenance = personality.RELEASE
        return c.SYS.Version.Rsp(
            TransportRev=personality.TRANSPORT_REVISION,
            ProductId=personality.PRODUCT,
            MajorRel=major,
            MinorRel=minor,
            MaintRel=maintenance,
            CodeRevision=personality.CODE_REVISION,
            BootloaderBuildType=c.sys.BootloaderBuildType(personality.BOOTLOADER_BUILD),
            BootloaderRevision=personality.BOOTLOADER_REVISION,
        )

    @handles(c.SYS.SetExtAddr.Req)
    def set_extended_address(self, request: Any) -> Any:
        """Set the IEEE address, at once and permanently."""
        self._store.set_ieee(request.ExtAddr.serialize())
        return SUCCESS

    @handles(c.SYS.GetExtAddr.Req)
    def extended_address(self, request: Any) -> bytes:
        """The IEEE address in use."""
        return self._store.ieee.to_bytes(8, "little")

    @handles(c.SYS.Random.Req)
    def random(self, request: Any) -> Any:
        """16 random bits."""
        return c.SYS.Random.Rsp(Value=self._rng.randrange(1 << 16))

    @handles(c.SYS.OSALStartTimer.Req)
    def start_timer(self, request: Any) -> Any:
        """One of four timers, in ms; its end is an OSAL_TIMER_EXPIRED."""
        if request.Id not in _TIMERS:
            return t.Status.INVALID_PARAMETER
        self._generation[request.Id] += 1
        self._processor.later(request.Timeout / 1000, self._expired, request.Id, self._generation[request.Id])
        return SUCCESS

    @handles(c.SYS.OSALStopTimer.Req)
    def stop_timer(self, request: Any) -> Any:
        """Stop one of the four timers."""
        if request.Id not in _TIMERS:
            return t.Status.INVALID_PARAMETER
        self._generation[request.Id] += 1
        return SUCCESS

    def _expired(self, timer: int, generation: int) -> None:
        if generation == self._generation[timer]:
            self._host.indicate(c.SYS.OSALTimerExpired.Callback(Id=timer))

    @handles(c.SYS.SetTime.Req)
    def set_time(self, request: Any) -> Any:
        """Seconds since 2000, or, when that is 0, the parts of a date."""
        if request.UTCTime:
            seconds = float(request.UTCTime)
        else:
            try:
                moment = datetime.datetime(
                    request.Year, request.Month, request.Day, request.Hour, request.Minute, request.Second,
                    tzinfo=datetime.UTC,
                )  # fmt: skip
            except ValueError:
                return t.Status.INVALID_PARAMETER
            seconds = (moment - _EPOCH).total_seconds()
            if not 0 <= seconds < 1 << 32:
                return t.Status.INVALID_PARAMETER
        self._clock_offset = seconds - self._processor.loop.time()
        return SUCCESS

    @handles(c.SYS.GetTime.Req)
    def time(self, request: Any) -> Any:
        """The radio's clock; it counts from its power-up until it is set."""
        seconds = int(self._processor.loop.time() + self._clock_offset) & 0xFFFF_FFFF
        moment = _EPOCH + datetime.timedelta(seconds=seconds)
        return c.SYS.GetTime.Rsp(
            UTCTime=seconds,
            Hour=moment.hour,
            Minute=moment.minute,
            Second=moment.second,
            Month=moment.month,
            Day=moment.day,
            Year=moment.year,
        )

    @handles(c.SYS.SetTxPower.Req)
    def set_transmit_power(self, request: Any) -> Any:
        """Z-Stack 3.x.0 answers with a status, older ones with the power that they chose."""
        ok = request.TXPower in personality.TX_POWER_DBM
        return c.SYS.SetTxPower.Rsp(StatusOrPower=SUCCESS if ok else t.Status.INVALID_PARAMETER)

    @handles(c.SYS.StackTune.Req)
    def tune(self, request: Any) -> Any:
        """Accepts any power level; a coordinator's receiver is always on when idle."""
        is_power = request.Operation == c.sys.StackTuneOperation.PowerLevel
        return c.SYS.StackTune.Rsp(Value=0 if is_power else 1)

    @handles(c.SYS.SetJammerParameters.Req, c.SYS.ZDiagsInitStats.Req, c.SYS.ZDiagsRestoreStatsNV.Req)
    def accept(self, request: Any) -> Any:
        """Accepted without effect: jamming and statistics are not modelled."""
        return SUCCESS

    @handles(c.SYS.ZDiagsClearStats.Req, c.SYS.ZDiagsSaveStatsToNV.Req)
    def system_clock(self, request: Any) -> bytes:
        """Milliseconds since the last reset."""
        return int((self._processor.loop.time() - self._processor.started_at) * 1000).to_bytes(4, "little")

    @handles(c.SYS.ZDiagsGetStats.Req)
    def statistics(self, request: Any) -> Any:
        """No statistics are kept: all are 0."""
        return c.SYS.ZDiagsGetStats.Rsp(Value=0)

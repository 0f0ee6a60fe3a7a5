"""The fake coordinator: a Z-Stack 3.x.0 network processor that speaks MT on a port and APS on the air.

Not modelled: the bootloader, touchlink and Green Power stubs, security on the air, flash and heap running out
gradually, the processor's own time (answers come at once, the serial line alone takes time).
"""

import asyncio
import logging
import random
from collections.abc import Callable
from typing import Any

import zigpy_znp.commands as c
import zigpy_znp.types as t
from zigpy_znp.commands.rpc_error import ErrorCode

from zigloop.air.air import Air
from zigloop.air.frame import COORDINATOR, ApsFrame, Outcome
from zigloop.air.station import Station
from zigloop.events import Direction, PortFrame
from zigloop.radio.line import SerialLine
from zigloop.radio.wire import Wire
from zigloop.radio.zstack import personality
from zigloop.radio.zstack.mt.af import Af
from zigloop.radio.zstack.mt.af_incoming import AfIncoming
from zigloop.radio.zstack.mt.app_cnf import AppCnf
from zigloop.radio.zstack.mt.dispatch import MtError, handlers_of, header_of
from zigloop.radio.zstack.mt.framing import SREQ, SUBSYSTEM_MASK, TYPE_MASK, FrameParser, encode
from zigloop.radio.zstack.mt.groups import Groups
from zigloop.radio.zstack.mt.nv import NvCommands
from zigloop.radio.zstack.mt.sys import Sys
from zigloop.radio.zstack.mt.util import Util
from zigloop.radio.zstack.mt.zdo import Zdo
from zigloop.radio.zstack.mt.zdo_network import ZdoNetwork
from zigloop.radio.zstack.network import DeviceState, Network
from zigloop.radio.zstack.nv import NvMemory
from zigloop.radio.zstack.port_codec import MT_CODEC

LOGGER = logging.getLogger(__name__)

_RPC_ERROR = 0x6000
_SUBSYSTEMS = frozenset(personality.SUBSYSTEMS.values())
#: Seconds of silence after which the rest of a frame no longer comes: at 115,200 baud a whole one takes
#: 0.022 s.
_FRAME_TIMEOUT = 0.3
#: Bytes that the UART takes from the host while the processor hangs; more are lost. ASSUMPTION: TI's default for
#: MT_UART_RX_BUFF_MAX is 128, firmware for hosts is built with more.
_UART_BUFFER = 256
#: Seconds by which a burst of NV writes is gathered into one write of the file.
_SAVE_DELAY = 0.2


class Radio:
    """A CC2652 with Z-Stack 3.x.0 as coordinator, on `air` and, once a port serves it, at a host's disposal.

    `ieee` is the hardware's address; `nv` a memory that may already hold a network. Everything random
    (addresses, keys that nobody configured, measured energy) comes from `rng`, all time from `air.loop`.

    Each MT frame is emitted as a `PortFrame` whose `frame` is (header, payload).
    """

    def __init__(self, air: Air, *, ieee: int, rng: random.Random, nv: NvMemory | None = None) -> None:
        self.air = air
        self.loop = air.loop
        self.rng = rng
        self.nv = nv if nv is not None else NvMemory()
        self._port_frames = air.events.channel(PortFrame)
        self._hardware_ieee = ieee
        self._line: SerialLine | None = None
        self._parser = FrameParser()
        self._silence: asyncio.TimerHandle | None = None
        self._timers: set[asyncio.TimerHandle] = set()
        self._held: list[tuple[int, bytes]] | None = None
        self._booting = False
        self._life = 0
        self._hangs = False
        self._unread = b""  # of the host, while it hangs
        self._unsaid: list[tuple[int, bytes]] = []
        self._last_piece_at = 0.0
        #: From the radio, and to it.
        self.to_host, self.to_radio = Wire(rng), Wire(rng)
        self._save_timer: asyncio.TimerHandle | None = None

        self.nv.boot(ieee, rng)
        self.nv.on_change = self._nv_changed
        self._nv_changed()  # the first boot has created items
        self.started_at = self.loop.time()
        self.network = Network(air, self.nv, rng)
        self.af = Af(self)
        self.incoming = AfIncoming(self)
        self.zdo = Zdo(self)
        self.groups = Groups(self.nv)
        parts = (
            Sys(self),
            NvCommands(self.nv),
            Util(self),
            self.af,
            self.incoming,
            self.zdo,
            ZdoNetwork(self),
            self.groups,
            AppCnf(self),
        )
        self._handlers = {header: handle for part in parts for header, handle in handlers_of(part)}
        air.attach(self)
        air.trust_center = self

    # On the air

    @property
    def ieee(self) -> int:
        """The IEEE address: the hardware's, or the one that a host has written to NV."""
        return self.network.ieee

    @property
    def nwk(self) -> int:
        """0x0000 while the network is up."""
        return self.network.nwk

    @property
    def extended_pan_id(self) -> int:
        """The network's, 0 without one."""
        return self.network.extended_pan_id

    @property
    def membership(self) -> bytes:
        """In its own network, when it has one."""
        return self.network.identity

    @property
    def capability(self) -> int:
        """MAC capability flags."""
        return personality.MAC_CAPABILITY

    @property
    def listening(self) -> bool:
        """Is the network up, and the receiver on its channel?"""
        return self.network.started and not self.af.away and not self._hangs

    def receive(self, frame: ApsFrame, lqi: int) -> None:
        """A frame from the air."""
        if frame.dst_endpoint == 0:
            self.zdo.receive(frame)
        else:
            self.incoming.receive(frame, lqi)

    def transmit(self, frame: ApsFrame, confirm: Callable[[Outcome], None] | None = None) -> None:
        """Put a frame on the air."""
        self.network.frame_counter.count()
        self.air.send(frame, confirm)

    def admit(self, station: Station, *, rejoin: bool, new_address: bool = False) -> int | None:
        """Let a device in: its short address, or None when it may not."""
        nwk = self.network.admit(station, rejoin=rejoin, new_address=new_address)
        if nwk is not None:
            parent = self.air.mesh.parent(station)
            self.indicate(
                c.ZDO.TCDevInd.Callback(
                    SrcNwk=nwk, SrcIEEE=eui64(station.ieee), ParentNwk=COORDINATOR if parent is None else parent.nwk
                )
            )
        return nwk

    def departed(self, station: Station, *, rejoin: bool) -> None:
        """A device says that it leaves."""
        if not self.network.started or not self.network.is_member(station):
            return
        nwk = station.nwk
        if (address := self.network.addresses.by_ieee(station.ieee)) is not None:
            nwk = address.nwk
        if not rejoin:
            self.network.forget(station.ieee)
        self.indicate(
            c.ZDO.LeaveInd.Callback(
                NWK=nwk,
                IEEE=eui64(station.ieee),
                Request=t.Bool(False),
                Remove=t.Bool(False),
                Rejoin=t.Bool(rejoin),
            )
        )

    # On the port

    @property
    def in_use(self) -> bool:
        """Has a host the port open?"""
        return self._line is not None

    @property
    def epoch(self) -> object:
        """Another one after each reset, and whenever a host opens or closes the port."""
        return self._life, self._line

    def plug(self, line: SerialLine) -> None:
        """A host has opened the port; from now on the radio speaks on this line."""
        if self._line is not None:
            raise RuntimeError("the radio's port is already open")
        self._line = line

    def unplug(self) -> None:
        """The host has closed the port. The radio goes on, as one does that keeps its power."""
        if self._line is not None:
            self._line.drop_pending()
            self._line = None
        self._parser.clear()
        self._stop_waiting()

    def feed(self, data: bytes) -> None:
        """Bytes from the host, as it has sent them."""
        now = self.loop.time()
        if self.to_radio.clean and self._last_piece_at <= now:
            self._feed(data)
            return
        for piece, pause in self.to_radio.carry(data):
            self._last_piece_at = max(self._last_piece_at, now) + pause
            self.later(self._last_piece_at - now, self._feed, piece)

    def _feed(self, data: bytes) -> None:
        """Bytes as they arrive."""
        if self._hangs:
            self._unread = (self._unread + data)[:_UART_BUFFER]
            return
        frames = self._parser.feed(data)
        if self._silence is not None or self._parser.pending:
            self._stop_waiting()
            if self._parser.pending:
                self._silence = self.loop.call_later(_FRAME_TIMEOUT, self._fell_silent)
        for header, payload in frames:
            self._handle(header, payload)

    def _fell_silent(self) -> None:
        self._silence = None
        for header, payload in self._parser.give_up():
            self._handle(header, payload)

    def _stop_waiting(self) -> None:
        if self._silence is not None:
            self._silence.cancel()
            self._silence = None

    def _handle(self, header: int, payload: bytes) -> None:
        if self._port_frames.listeners:
            self._emit(Direction.TO_RADIO, header, payload)
        if self._booting:
            return
        handler = self._handlers.get(header)
        if handler is None:
            if header & TYPE_MASK == SREQ:
                subsystem = (header & SUBSYSTEM_MASK) >> 8
                unknown = ErrorCode.InvalidCommandId if subsystem in _SUBSYSTEMS else ErrorCode.InvalidSubsystem
                self._send(_RPC_ERROR, bytes((unknown, header >> 8, header & 0xFF)))
            return
        # What a command causes comes after its response, always.
        self._held = []
        try:
            response = handler(payload)
            if response is not None:
                self._send(header + 0x4000, response)
        except MtError as error:
            if header & TYPE_MASK == SREQ:
                self._send(_RPC_ERROR, bytes((error.code, header >> 8, header & 0xFF)))
        finally:
            held, self._held = self._held, None
        for caused, data in held:
            self._send(caused, data)

    def areq(self, header: int, payload: bytes) -> None:
        """Tell the host something; while a command is being handled, after the response to it."""
        if self._booting:
            return
        if self._hangs:
            self._unsaid.append((header, payload))
            return
        if self._held is not None:
            self._held.append((header, payload))
        else:
            self._send(header, payload)

    def indicate(self, callback: Any) -> None:
        """Tell the host something that zigpy-znp has a schema for."""
        self.areq(header_of(callback), bytes(callback.to_frame(align=True).data))

    def _send(self, header: int, payload: bytes) -> None:
        if self._port_frames.listeners:
            self._emit(Direction.TO_HOST, header, payload)
        if self._line is None:
            return
        if self.to_host.clean:
            self._line.send(encode(header, payload))
        else:
            for piece, pause in self.to_host.carry(encode(header, payload)):
                self._line.send(piece, pause)

    def _emit(self, direction: Direction, header: int, payload: bytes) -> None:
        self._port_frames.emit(
            PortFrame(at=self.loop.time(), direction=direction, frame=(header, payload), codec=MT_CODEC)
        )

    # Time

    def later(self, delay: float, callback: Callable[..., None], *args: object) -> None:
        """Call back after `delay` seconds of the loop's time, unless the radio resets before."""

        def run() -> None:
            self._timers.discard(handle)
            callback(*args)

        handle = self.loop.call_later(delay, run)
        self._timers.add(handle)

    def this_life(self, callback: Callable[..., None]) -> Callable[..., None]:
        """The callback, for as long as the radio doesn't reset."""
        life = self._life

        def run(*args: object) -> None:
            if self._life == life:
                callback(*args)

        return run

    @property
    def hangs(self) -> bool:
        """Does it do nothing at all just now?"""
        return self._hangs

    def hang(self) -> None:
        """Do nothing at all: what the host says waits, and so does what there is to say."""
        self._hangs = True

    def go_on(self) -> None:
        """No longer hang."""
        if not self._hangs:
            return
        self._hangs = False
        unsaid, self._unsaid = self._unsaid, []
        unread, self._unread = self._unread, b""
        for header, payload in unsaid:
            self._send(header, payload)
        self._feed(unread)

    def reset(self, reason: t.ResetReason = t.ResetReason.External) -> None:
        """As on SYS_RESET_REQ: RAM is lost, and what has not been said yet; some time later the radio is back."""
        self._hangs, self._unread, self._unsaid = False, b"", []
        self._last_piece_at = 0.0
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        if self._line is not None:
            self._line.drop_pending()
        self._booting = True
        self._life += 1
        self.started_at = self.loop.time()
        self.nv.boot(self._hardware_ieee, self.rng)
        self.network.boot()
        self.af.boot()
        self.incoming.boot()
        self.zdo.boot()
        self.groups.boot()
        self.later(personality.BOOT_TIME, self._booted, reason)

    def _booted(self, reason: t.ResetReason) -> None:
        self._booting = False
        self.indicate(
            c.SYS.ResetInd.Callback(
                Reason=reason,
                TransportRev=personality.TRANSPORT_REVISION,
                ProductId=personality.PRODUCT,
                MajorRel=personality.RELEASE[0],
                MinorRel=personality.RELEASE[1],
                MaintRel=personality.RELEASE[2],
            )
        )

    # Network life that several commands share

    def change_state(self, state: DeviceState) -> None:
        """Tell the host the ZDO's new state."""
        self.indicate(c.ZDO.StateChangeInd.Callback(State=t.DeviceState(state)))

    # Its memory's file

    def _nv_changed(self) -> None:
        if self.nv.file is not None and self._save_timer is None:
            self._save_timer = self.loop.call_later(_SAVE_DELAY, self._save)

    def save(self) -> None:
        """Write the memory's file now, if there is one. OSError when that can't be done."""
        if self._save_timer is not None:
            self._save_timer.cancel()
            self._save_timer = None
        self.nv.save()

    def _save(self) -> None:
        try:
            self.save()
        except OSError as error:
            LOGGER.error("The radio's state can't be saved: %s", error)

    def close(self) -> None:
        """Power off: no timer is left, the state is saved."""
        self.unplug()
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        if self._save_timer is not None:
            self._save()
        self.network.state = DeviceState.HOLD
        if self in self.air.stations:
            self.air.detach(self)
        if self.air.trust_center is self:
            self.air.trust_center = None


def eui64(ieee: int) -> Any:
    """An IEEE address as zigpy-znp's type."""
    return t.EUI64.deserialize(ieee.to_bytes(8, "little"))[0]

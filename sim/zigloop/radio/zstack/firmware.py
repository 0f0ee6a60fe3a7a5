"""A Z-Stack 3.x.0 network processor, composed of its parts: MT on the port, NV memory as the coordinator's store.

Not modelled: the bootloader, touchlink and Green Power stubs, flash and heap that fill up gradually.
"""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import zigpy_znp.commands as c
import zigpy_znp.types as t

from zigloop.air.air import Air
from zigloop.air.frame import ApsFrame
from zigloop.coordinator.coordinator import Coordinator
from zigloop.coordinator.processor import Processor, ResetReason
from zigloop.node.zdo_owner import SimpleDescriptor
from zigloop.radio.uart import Uart
from zigloop.radio.zstack import personality, statuses
from zigloop.radio.zstack.commissioning import Commissioning
from zigloop.radio.zstack.mt.af import Af
from zigloop.radio.zstack.mt.af_incoming import AfIncoming
from zigloop.radio.zstack.mt.app_cnf import AppCnf
from zigloop.radio.zstack.mt.groups import GroupCommands
from zigloop.radio.zstack.mt.host import MtHost
from zigloop.radio.zstack.mt.nv import NvCommands
from zigloop.radio.zstack.mt.sys import Sys
from zigloop.radio.zstack.mt.util import Util
from zigloop.radio.zstack.mt.zdo import Zdo
from zigloop.radio.zstack.mt.zdo_network import ZdoNetwork
from zigloop.radio.zstack.nv import CC2652, Capacity
from zigloop.radio.zstack.port_codec import MT_CODEC
from zigloop.radio.zstack.store import NvStore

_REASONS = {
    ResetReason.HOST: t.ResetReason.External,
    ResetReason.WATCHDOG: t.ResetReason.Watchdog,
    ResetReason.POWER: t.ResetReason.PowerUp,
}


class ZStack:
    """A CC2652 with Z-Stack 3.x.0 as coordinator, on `air`; a host reaches it through a port that serves its `uart`.

    `ieee` is the hardware's address; `state` is the file of its NV memory, which may already hold a network (ValueError
    when it is invalid). Its tables take `devices`, of which `children` are end devices whose parent it is (ValueError
    when they don't fit into its flash memory). All randomness (addresses, keys that aren't configured, measured energy)
    comes from `rng`.
    """

    def __init__(
        self,
        air: Air,
        *,
        ieee: int,
        rng: random.Random,
        state: Path | None = None,
        devices: int = CC2652.devices,
        children: int = CC2652.children,
    ) -> None:
        self.processor = processor = Processor(
            air.loop, air.events, boot_time=personality.BOOT_TIME, booted=self._booted
        )
        self._host = host = MtHost(processor, rng, air.events, MT_CODEC)
        self.store = store = NvStore(
            processor, hardware_ieee=ieee, rng=rng, state=state, capacity=Capacity(devices, children)
        )
        self.nv = store.nv
        self.coordinator = coordinator = Coordinator(air, processor, store, self, rng=rng)
        network, overheard = coordinator.network, coordinator.overheard
        self.commissioning = commissioning = Commissioning(processor, network, store, host)
        self.groups = GroupCommands(processor, self.nv)
        self.af = Af(processor, coordinator, store, host, air_delay=lambda: air.delay)
        self.incoming = AfIncoming(processor, network, self.af, self.groups, host)
        self._zdo = Zdo(processor, coordinator, store, host)
        host.serve(
            Sys(processor, store, host, rng),
            NvCommands(self.nv),
            Util(processor, network, store, commissioning, rng),
            self.af,
            self.incoming,
            self._zdo,
            ZdoNetwork(air, processor, network, overheard, store, commissioning, host),
            self.groups,
            AppCnf(processor, network, commissioning, store.frame_counter, host),
        )
        #: Bound directly instead of a method, since data are the radio's hot path.
        self.received = self.incoming.receive

    @property
    def uart(self) -> Uart:
        """The radio's end of the line, which a port serves."""
        return self._host.uart

    def _booted(self, reason: ResetReason) -> None:
        self._host.indicate(
            c.SYS.ResetInd.Callback(
                Reason=_REASONS[reason],
                TransportRev=personality.TRANSPORT_REVISION,
                ProductId=personality.PRODUCT,
                MajorRel=personality.RELEASE[0],
                MinorRel=personality.RELEASE[1],
                MaintRel=personality.RELEASE[2],
            )
        )

    # For the coordinator

    @property
    def node_descriptor(self) -> bytes:
        """The coordinator's."""
        return personality.NODE_DESCRIPTOR

    @property
    def power_descriptor(self) -> bytes:
        """The coordinator's."""
        return personality.POWER_DESCRIPTOR

    @property
    def endpoints(self) -> Sequence[SimpleDescriptor]:
        """Those that the host has registered."""
        return list(self.af.endpoints.values())

    def received_zdo(self, frame: ApsFrame) -> None:
        """A ZDO frame has come in, or was sent by the coordinator to itself."""
        self._zdo.receive(frame)

    def admitted(self, ieee: int, nwk: int, parent: int, *, rejoin: bool) -> None:
        """A device was let in."""
        self._host.indicate(c.ZDO.TCDevInd.Callback(SrcNwk=nwk, SrcIEEE=_eui64(ieee), ParentNwk=parent))

    def departed(self, ieee: int, nwk: int, *, rejoin: bool) -> None:
        """A device leaves."""
        self._host.indicate(
            c.ZDO.LeaveInd.Callback(
                NWK=nwk, IEEE=_eui64(ieee), Request=t.Bool(False), Remove=t.Bool(False), Rejoin=t.Bool(rejoin)
            )
        )

    # For faults

    def status(self, own: int | str) -> int:
        """A status of Z-Stack's, by number or name."""
        return statuses.parse(own)


def _eui64(ieee: int) -> Any:
    """An IEEE address as zigpy-znp's type."""
    return t.EUI64.deserialize(ieee.to_bytes(8, "little"))[0]

"""Starts the network in NV, or forms a new one."""

from collections.abc import Callable
from enum import IntEnum
from typing import Any, Final

import zigpy_znp.commands as c
import zigpy_znp.types as t
from zigpy_znp.commands.app_config import BDBCommissioningMode as Mode
from zigpy_znp.commands.app_config import BDBCommissioningStatus as Status

from zigloop.coordinator.network import Network
from zigloop.coordinator.processor import Processor
from zigloop.radio.zstack.mt.host import MtHost
from zigloop.radio.zstack.store import NvStore

#: Seconds: a real radio takes 2 to 5 for an energy and an active scan, and half a second to start again.
#: Hosts wait for tens of seconds, so the duration only matters to test suites.
FORMING_TIME: Final = 0.3
STARTING_TIME: Final = 0.1
#: Called with status, mode and remaining modes.
Notify = Callable[[Any, int, int], None]


class DeviceState(IntEnum):
    """The states of the firmware's ZDO that a coordinator goes through (devStates_t)."""

    HOLD = 0
    STARTING_AS_COORDINATOR = 8
    STARTED_AS_COORDINATOR = 9


class Commissioning:
    """Forms and starts the network, and informs the host step by step."""

    def __init__(self, processor: Processor, network: Network, store: NvStore, host: MtHost) -> None:
        self._processor = processor
        self._network = network
        self._store = store
        self._host = host
        self._boot()
        processor.on_reset(self._boot)

    def _boot(self) -> None:
        #: BDB's primary and secondary channel set.
        self.channel_masks = [0, 0]
        self._busy = False
        self._forming = False

    @property
    def state(self) -> DeviceState:
        """The state of the firmware's ZDO."""
        if self._network.started:
            return DeviceState.STARTED_AS_COORDINATOR
        return DeviceState.STARTING_AS_COORDINATOR if self._forming else DeviceState.HOLD

    def start(self, mode: int, notify: Notify, done: Callable[[int, Any], None]) -> None:
        """Bring the network up; finally calls `done(mode, status)`.

        The order on the wire is a CC2652's (docs/protocols.md 3.4): a new network is 45C0[08], 4F80[in progress],
        45C0[09], 4F80[success]; one that is restarted is 45C0[09], 4F80[network restored], and then
        4F80[formation failure], which only means that there was nothing to form (zigpy-znp, `ZNP.start_network`).
        """
        if self._busy:  # one after the other
            self._processor.later(STARTING_TIME, self.start, mode, notify, done)
            return
        if self._network.formed:
            self._busy = True
            self._processor.later(STARTING_TIME, self._started, mode, notify, done)
            return
        if not mode & Mode.NwkFormation:
            done(mode, Status.NoNetwork)
            return
        self._busy = True
        self._forming = True
        self._state_changed()
        notify(Status.InProgress, Mode.NwkSteering, Mode.NwkFormation)
        self._processor.later(FORMING_TIME, self._formed, mode, done)

    def _started(self, mode: int, notify: Notify, done: Callable[[int, Any], None]) -> None:
        self._busy = False
        self._network.start()
        self._state_changed()
        notify(Status.NetworkRestored, 0, mode)
        done(mode, Status.FormationFailure)

    def _formed(self, mode: int, done: Callable[[int, Any], None]) -> None:
        self._busy = self._forming = False
        if self._store.form(self.channel_masks):
            self._network.start()
            self._state_changed()
            done(mode, Status.Success)
        else:
            done(mode, Status.FormationFailure)

    def _state_changed(self) -> None:
        self._host.indicate(c.ZDO.StateChangeInd.Callback(State=t.DeviceState(self.state)))

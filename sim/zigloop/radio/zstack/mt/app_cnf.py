"""MT APP_CNF: base device behaviour (BDB), that is forming and starting the network, and who may join it how.

Not modelled: finding and binding, touchlink, the key exchange that BDB may require of who joins.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import zigpy_znp.commands as c
import zigpy_znp.types as t
from zigpy_znp.commands.app_config import BDBCommissioningMode as Mode
from zigpy_znp.commands.app_config import BDBCommissioningStatus as Status
from zigpy_znp.commands.rpc_error import ErrorCode

from zigloop.air.frame import COORDINATOR
from zigloop.radio.zstack.mt.dispatch import SUCCESS, MtError, handles, handles_raw
from zigloop.radio.zstack.network import DeviceState

if TYPE_CHECKING:
    from zigloop.radio.zstack.radio import Radio

#: Seconds: a real radio takes 2 to 5 for an energy and an active scan, and half a second to start again.
#: Hosts wait for tens of seconds and don't care; test suites do.
FORMING_TIME = 0.3
STARTING_TIME = 0.1
#: Called with status, mode and remaining modes.
Notify = Callable[[Any, int, int], None]
#: bdbcMinCommissioningTime, BDB specification 5.2: steering opens the network for so many seconds.
_STEERING_TIME = 180


class AppCnf:
    """BDB commissioning and trust center policy."""

    def __init__(self, radio: Radio) -> None:
        self._radio = radio

    @handles(c.AppConfig.BDBSetChannel.Req)
    def set_channels(self, request: Any) -> Any:
        """The primary or secondary set of channels on which the next network may form. Lost on a reset."""
        self._radio.network.channel_masks[0 if request.IsPrimary else 1] = int(request.Channel)
        return SUCCESS

    @handles(c.AppConfig.BDBStartCommissioning.Req)
    def start_commissioning(self, request: Any) -> Any:
        """Start the network that NV holds, or else form one; then open it, when that is asked for."""
        self._radio.later(0, start_network, self._radio, int(request.Mode), self._notify, self._commissioned)
        return SUCCESS

    def _commissioned(self, mode: int, status: Any) -> None:
        """Formation is over, what else was asked for remains."""
        remaining = mode & ~Mode.NwkFormation
        if mode & Mode.NwkFormation:
            self._notify(status, Mode.NwkFormation, remaining)
        if remaining & Mode.NwkSteering:
            remaining &= ~Mode.NwkSteering
            network = self._radio.network
            if network.started:
                network.permit(COORDINATOR, _STEERING_TIME)
            self._notify(Status.Success if network.started else Status.NoNetwork, Mode.NwkSteering, remaining)
        if remaining & Mode.FindingBinding:
            remaining &= ~Mode.FindingBinding
            self._notify(Status.FBNoIdentifyQueryResponse, Mode.FindingBinding, remaining)
        if remaining:
            self._notify(Status.TLNotAaCapable, remaining, 0)

    def _notify(self, status: Any, mode: int, remaining: int) -> None:
        """4F80: how far commissioning has come."""
        self._radio.indicate(
            c.AppConfig.BDBCommissioningNotification.Callback(
                Status=status, Mode=Mode(mode), RemainingModes=Mode(remaining)
            )
        )

    @handles_raw(c.AppConfig.BDBAddInstallCode.Req)
    def add_install_code(self, payload: bytes) -> Any:
        """A device's install code: with its CRC (format 1, 18 bytes), or the key made of it (format 2, 16).

        Kept in RAM alone: how the firmware hashes codes into NV is not known.
        """
        if len(payload) < 9:
            raise MtError(ErrorCode.InvalidLength)
        form, ieee, code = payload[0], int.from_bytes(payload[1:9], "little"), payload[9:]
        if form == c.app_config.InstallCodeFormat.InstallCodeAndCRC:
            if len(code) != 18 or _crc16_x25(code[:16]) != int.from_bytes(code[16:], "little"):
                return t.Status.INVALID_PARAMETER
        elif form != c.app_config.InstallCodeFormat.KeyDerivedFromInstallCode or len(code) != 16:
            return t.Status.INVALID_PARAMETER
        self._radio.network.install_codes[ieee] = code
        return SUCCESS

    @handles(c.AppConfig.BDBSetJoinUsesInstallCodeKey.Req)
    def join_with_install_code(self, request: Any) -> Any:
        """From now on, and until a reset, only devices whose install code is known may join."""
        self._radio.network.joins_need_install_code = bool(request.BdbJoinUsesInstallCodeKey)
        return SUCCESS

    @handles(c.AppConfig.SetNwkFrameCounter.Req)
    def set_frame_counter(self, request: Any) -> Any:
        """The network frame counter from now on."""
        self._radio.network.frame_counter.set(int(request.FrameCounterValue))
        return SUCCESS

    @handles(
        c.AppConfig.SetDefaultRemoteEndDeviceTimeout.Req,
        c.AppConfig.SetEndDeviceTimeout.Req,
        c.AppConfig.SetAllowRejoinTCPolicy.Req,
        c.AppConfig.BDBSetTcRequireKeyExchange.Req,
        c.AppConfig.BDBSetActiveDefaultCentralizedKey.Req,
    )
    def accept(self, request: Any) -> Any:
        """Taken without effect: child aging and the key exchange are not modelled."""
        return SUCCESS

    @handles(c.AppConfig.BDBZedAttemptRecoverNWK.Req)
    def recover(self, request: Any) -> Any:
        """Only an end device can have lost its parent."""
        return t.Status.FAILURE


def start_network(radio: Radio, mode: int, notify: Notify, done: Callable[[int, Any], None]) -> None:
    """Bring the network up and say so step by step; `done(mode, status)` in the end.

    The order on the wire is a CC2652's (docs/protocols.md 3.4): a new network is 45C0[08], 4F80[in progress],
    45C0[09], 4F80[success]; one that is started again is 45C0[09], 4F80[network restored], and then
    4F80[formation failure], which only says that there was nothing to form (zigpy-znp, `ZNP.start_network`).
    """
    network = radio.network
    if network.starting:  # one after the other
        radio.later(STARTING_TIME, start_network, radio, mode, notify, done)
        return
    if network.formed:

        def started() -> None:
            network.starting = False
            network.start()
            radio.change_state(DeviceState.STARTED_AS_COORDINATOR)
            notify(Status.NetworkRestored, 0, mode)
            done(mode, Status.FormationFailure)

        network.starting = True
        radio.later(STARTING_TIME, started)
        return
    if not mode & Mode.NwkFormation:
        done(mode, Status.NoNetwork)
        return

    def formed() -> None:
        network.starting = False
        if network.form():
            radio.change_state(DeviceState.STARTED_AS_COORDINATOR)
            done(mode, Status.Success)
        else:
            network.state = DeviceState.HOLD
            done(mode, Status.FormationFailure)

    network.starting = True
    network.state = DeviceState.STARTING_AS_COORDINATOR
    radio.change_state(network.state)
    notify(Status.InProgress, Mode.NwkSteering, Mode.NwkFormation)
    radio.later(FORMING_TIME, formed)


def _crc16_x25(data: bytes) -> int:
    """The CRC of install codes: BDB specification 10.1.1, CRC-16/X-25."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x8408 if crc & 1 else 0)
    return crc ^ 0xFFFF

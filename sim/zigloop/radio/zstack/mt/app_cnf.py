"""MT APP_CNF: base device behaviour (BDB): forming and starting the network, and policies for joining.

Not modelled: finding and binding, touchlink, the key exchange that BDB may require of devices that join.
"""

from typing import Any, Final

import zigpy_znp.commands as c
import zigpy_znp.types as t
from zigpy_znp.commands.app_config import BDBCommissioningMode as Mode
from zigpy_znp.commands.app_config import BDBCommissioningStatus as Status
from zigpy_znp.commands.rpc_error import ErrorCode

from zigloop.air.frame import COORDINATOR
from zigloop.coordinator.network import Network
from zigloop.coordinator.processor import Processor
from zigloop.radio.zstack.commissioning import Commissioning
from zigloop.radio.zstack.frame_counter import FrameCounter
from zigloop.radio.zstack.mt.dispatch import SUCCESS, MtError, handles, handles_raw
from zigloop.radio.zstack.mt.host import MtHost

#: Seconds for which steering opens the network: bdbcMinCommissioningTime, BDB specification 5.2.
_STEERING_TIME: Final = 180


class AppCnf:
    """BDB commissioning and trust center policy."""

    def __init__(
        self,
        processor: Processor,
        network: Network,
        commissioning: Commissioning,
        frame_counter: FrameCounter,
        host: MtHost,
    ) -> None:
        self._processor = processor
        self._network = network
        self._commissioning = commissioning
        self._frame_counter = frame_counter
        self._host = host

    @handles(c.AppConfig.BDBSetChannel.Req)
    def set_channels(self, request: Any) -> Any:
        """The primary or secondary set of channels on which the next network may form. Lost on a reset."""
        self._commissioning.channel_masks[0 if request.IsPrimary else 1] = int(request.Channel)
        return SUCCESS

    @handles(c.AppConfig.BDBStartCommissioning.Req)
    def start_commissioning(self, request: Any) -> Any:
        """Start the network that NV holds, or else form one; then open it, when that is asked for."""
        self._processor.later(0, self._commissioning.start, int(request.Mode), self._notify, self._commissioned)
        return SUCCESS

    def _commissioned(self, mode: int, status: Any) -> None:
        """Formation has finished: continue with the other requested modes."""
        remaining = mode & ~Mode.NwkFormation
        if mode & Mode.NwkFormation:
            self._notify(status, Mode.NwkFormation, remaining)
        if remaining & Mode.NwkSteering:
            remaining &= ~Mode.NwkSteering
            started = self._network.started
            if started:
                self._network.permit(COORDINATOR, _STEERING_TIME)
            self._notify(Status.Success if started else Status.NoNetwork, Mode.NwkSteering, remaining)
        if remaining & Mode.FindingBinding:
            remaining &= ~Mode.FindingBinding
            self._notify(Status.FBNoIdentifyQueryResponse, Mode.FindingBinding, remaining)
        if remaining:
            self._notify(Status.TLNotAaCapable, remaining, 0)

    def _notify(self, status: Any, mode: int, remaining: int) -> None:
        """Send 4F80, the state of commissioning."""
        self._host.indicate(
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
        self._network.install_codes[ieee] = code
        return SUCCESS

    @handles(c.AppConfig.BDBSetJoinUsesInstallCodeKey.Req)
    def join_with_install_code(self, request: Any) -> Any:
        """From now on, and until a reset, only devices whose install code is known may join."""
        self._network.joins_need_install_code = bool(request.BdbJoinUsesInstallCodeKey)
        return SUCCESS

    @handles(c.AppConfig.SetNwkFrameCounter.Req)
    def set_frame_counter(self, request: Any) -> Any:
        """The network frame counter from now on."""
        self._frame_counter.set(int(request.FrameCounterValue))
        return SUCCESS

    @handles(
        c.AppConfig.SetDefaultRemoteEndDeviceTimeout.Req,
        c.AppConfig.SetEndDeviceTimeout.Req,
        c.AppConfig.SetAllowRejoinTCPolicy.Req,
        c.AppConfig.BDBSetTcRequireKeyExchange.Req,
        c.AppConfig.BDBSetActiveDefaultCentralizedKey.Req,
    )
    def accept(self, request: Any) -> Any:
        """Accepted without effect: child aging and the key exchange are not modelled."""
        return SUCCESS

    @handles(c.AppConfig.BDBZedAttemptRecoverNWK.Req)
    def recover(self, request: Any) -> Any:
        """Only an end device can have lost its parent."""
        return t.Status.FAILURE


def _crc16_x25(data: bytes) -> int:
    """The CRC of install codes: BDB specification 10.1.1, CRC-16/X-25."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x8408 if crc & 1 else 0)
    return crc ^ 0xFFFF

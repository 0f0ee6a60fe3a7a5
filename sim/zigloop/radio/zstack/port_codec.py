"""Decodes MT frames for listeners that don't know MT; used by `PortFrame`. A frame is (header, payload)."""

from typing import Final

from zigloop.events import Direction, IncomingMessage, JoinNotice, LeaveNotice, Meaning, OutgoingMessage
from zigloop.radio.zstack import framelog
from zigloop.radio.zstack.mt.af import DATA_REQUEST, DATA_REQUEST_EXT
from zigloop.radio.zstack.mt.af_incoming import INCOMING, INCOMING_MSG
from zigloop.radio.zstack.mt.framing import encode
from zigloop.radio.zstack.mt.zdo import LEAVE_IND, TC_DEV_IND

MtFrame = tuple[int, bytes]  # header, payload

_EUI64 = slice(2, 10)  # behind a short address, in both of ZDO's indications
_EXT_ADDRESS = slice(1, 3)  # behind the address mode


class MtCodec:
    """Reads frames that the radio itself has sent or understood."""

    def describe(self, direction: Direction, frame: MtFrame) -> str:
        """One line: command, fields by name, and the decoded data."""
        return framelog.describe(direction, *frame)

    def meaning(self, direction: Direction, frame: MtFrame) -> Meaning | None:
        """Its meaning, independent of the family."""
        header, payload = frame
        if direction is Direction.TO_HOST:
            if header == INCOMING_MSG:
                group, cluster, nwk, endpoint, *_, length = INCOMING.unpack_from(payload)
                data = payload[INCOMING.size : INCOMING.size + length]
                return IncomingMessage(nwk, endpoint, cluster, data, group or None)
            if header == TC_DEV_IND:
                return JoinNotice(int.from_bytes(payload[_EUI64], "little"))
            if header == LEAVE_IND:
                return LeaveNotice(int.from_bytes(payload[_EUI64], "little"))
        elif header == DATA_REQUEST:
            return OutgoingMessage(int.from_bytes(payload[:2], "little"))
        elif header == DATA_REQUEST_EXT:
            return OutgoingMessage(int.from_bytes(payload[_EXT_ADDRESS], "little"))
        return None

    def encode(self, frame: MtFrame) -> bytes:
        """Its bytes on an undamaged line."""
        return encode(*frame)


MT_CODEC: Final = MtCodec()

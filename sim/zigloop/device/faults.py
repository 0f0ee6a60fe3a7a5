"""Faults that every device may have: of its transceiver, its position, and its firmware's frames."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from zigloop.air.air import Air
from zigloop.air.frame import COORDINATOR
from zigloop.controls.arguments import Choice, Number
from zigloop.controls.control import Controlled, control, fault
from zigloop.controls.uses import Uses
from zigloop.device.transmit import TransmitFaults, with_sequence
from zigloop.node.node import Node, Outgoing
from zigloop.zcl import frame as zcl
from zigloop.zcl.cluster import Cluster

#: Seconds from a response to its repetition. ASSUMPTION: a device that has not received the acknowledgement repeats it
#: after this time.
AGAIN: Final = 0.02
#: The offset of a wrong sequence number.
OTHER_SEQUENCE: Final = 0x80

_BASIC, _MODEL_IDENTIFIER = 0x0000, 0x0005
_DATE_CODE, _CHARACTER_STRING, _DATE = b"\x06\x00", b"\x42", b"20170101"
#: A data type that ZCL reserves (ZCL specification, table 2-10).
_RESERVED_TYPE: Final = b"\x5f"

MALFORMED: Final = ("truncated", "unknown-type", "wrong-length", "header-only", "half-header")


def malformed(kind: str, sequence: int) -> bytes:
    """A report of genBasic's date code that no parser should accept.

    Not the model id: Zigbee2MQTT 2.14.1 accepts the readable part of a truncated one, and from then on treats the
    device as another product.
    """
    length = bytes((len(_DATE),))
    match kind:
        case "truncated":
            records = _DATE_CODE + _CHARACTER_STRING + length + _DATE[: len(_DATE) // 2]
        case "unknown-type":
            records = _DATE_CODE + _RESERVED_TYPE + length + _DATE
        case "wrong-length":  # the rest looks like another record that ends early
            records = _DATE_CODE + _CHARACTER_STRING + bytes((len(_DATE) - 2,)) + _DATE
        case "header-only":
            records = b""
        case "half-header":
            return zcl.report(sequence, b"")[:2]
        case _:
            raise ValueError(kind)
    return zcl.report(sequence, records)


_ANSWERS = Number(0, 1000, whole=True)
_SOME = Number(1, 3, whole=True)


class DeviceFaults(Controlled):
    """The faults that every device may have.

    `uses` are the device's uses of controls, `require_on_air` raises ControlError while the device can't send,
    `send_report` sends a report as its firmware does.
    """

    def __init__(
        self,
        air: Air,
        node: Node,
        uses: Uses,
        *,
        require_on_air: Callable[[], None],
        send_report: Callable[[Cluster, int], None],
    ) -> None:
        self._uses = uses
        self._air = air
        self._node = node
        self._require_on_air = require_on_air
        self._send_report = send_report
        self._transmit = TransmitFaults(node, uses.ended)

    def state(self) -> dict[str, Any]:
        """Its current faults, in words."""
        found = {
            "dropped off": self._node.deaf,
            "out of range": self._air.medium.is_away(self._node),
            "babbles": self._transmit.babbling,
            self._transmit.response_fault: bool(self._transmit.response_fault),
        }
        active = [words for words, so in found.items() if so]
        return {"faults": active} if active else {}

    def volatile(self) -> dict[str, Any] | None:
        """The last report, which it may babble, as JSON."""
        return self._transmit.volatile()

    def restore_volatile(self, it: dict[str, Any] | None) -> None:
        """Restore what `volatile` returned."""
        self._transmit.restore_volatile(it)

    @control("{name} works normally again")
    def mend(self) -> None:
        """End all its faults, except lost power and a lost network."""
        self.come_back()
        self.in_range()
        self._transmit.respond_rightly()
        self._transmit.be_quiet()

    # Off the air

    @fault(undo="come_back")
    @control("{name} drops off")
    def drop(self) -> None:
        """Switch its transceiver off; the device itself keeps running."""
        self._node.deaf = True
        self._air.stops_polling(self._node)

    @control("{name} comes back")
    def come_back(self) -> None:
        """Switch its transceiver on again; nothing is announced."""
        self._node.deaf = False

    @fault(undo="in_range")
    @control("{name} is out of range")
    def out_of_range(self) -> None:
        """Carry it out of range of all stations."""
        self._air.medium.take_away(self._node)

    @control("{name} is in range again")
    def in_range(self) -> None:
        """Carry it back to its previous position."""
        self._air.medium.bring_back(self._node)

    def is_in_range(self) -> None:
        """It hears the others again, since the air was mended."""
        self.uses.ended("out_of_range")

    @fault(undo=None)
    @control("{name} is reset")
    def reset(self) -> None:
        """Reset it as with its button: it leaves, and forgets its network and all settings of hosts."""
        if self._node.powered:
            self._node.reset()

    # Its reports

    @fault(rate=Number(5, 50), seconds=Number(0.5, 5))
    @control(
        "{name} babbles {rate} frames/s for {seconds} s",
        rate=Number(0.1, 250, "frames/s"), seconds=Number(0, 86_400, "s"),
    )  # fmt: skip
    def babble(self, rate: float, seconds: float) -> None:
        """Repeat its last report continuously, each time with a new sequence number."""
        self._require_on_air()
        if self._transmit.last_report is None:
            self._send_report(self._basic(), _MODEL_IDENTIFIER)
        self._transmit.babble(rate, seconds)

    @fault(kind=Choice(MALFORMED))
    @control("{name} sends a {kind} report", kind=Choice(MALFORMED))
    def malform(self, kind: str) -> None:
        """Send a malformed report of its date code."""
        self._require_on_air()
        basic = self._basic()
        basic.endpoint.send(COORDINATOR, 1, _BASIC, malformed(kind, self._node.next_tsn()))

    def _basic(self) -> Cluster:
        """Its genBasic server, which every device has."""
        return next(each.servers[_BASIC] for each in self._node.endpoints.values() if _BASIC in each.servers)

    # Its responses

    @fault(seconds=Number(0.1, 12), answers=_SOME)
    @control("{name} answers {seconds} s late", seconds=Number(0, 3600, "s"), answers=_ANSWERS)
    def late(self, seconds: float, answers: int = 0) -> None:
        """Delay the next `answers` replies (0: all) by `seconds`."""
        self._transmit.respond_wrongly(
            "late", f"answers {seconds:g} s late", lambda out: [replace(out, after=seconds)], answers
        )

    @fault(answers=_SOME)
    @control("{name} answers twice", answers=_ANSWERS)
    def twice(self, answers: int = 0) -> None:
        """Send the next `answers` replies (0: all) twice."""

        def double(out: Outgoing) -> list[Outgoing]:
            again = replace(out.frame, counter=self._node.next_counter())
            return [out, replace(out, frame=again, after=out.after + AGAIN)]

        self._transmit.respond_wrongly("twice", "answers twice", double, answers)

    @fault(answers=_SOME)
    @control("{name} answers with the wrong sequence number", answers=_ANSWERS)
    def missequence(self, answers: int = 0) -> None:
        """Give the next `answers` replies (0: all) a wrong sequence number."""

        def change(out: Outgoing) -> list[Outgoing]:
            return [replace(out, frame=with_sequence(out.frame, lambda tsn: tsn + OTHER_SEQUENCE))]

        self._transmit.respond_wrongly("missequence", "answers with another sequence number", change, answers)

    @fault(answers=_SOME)
    @control("{name} stops answering", answers=_ANSWERS)
    def mute(self, answers: int = 0) -> None:
        """Execute the next `answers` commands (0: all) without a reply."""
        self._transmit.respond_wrongly("mute", "answers nothing", lambda out: [], answers)

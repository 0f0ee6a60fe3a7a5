"""What may be wrong with any device: its transceiver, where it is, what its firmware makes of its frames."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from zigloop.air.frame import COORDINATOR, ApsFrame
from zigloop.control.arguments import Choice, Number
from zigloop.control.control import Controlled, control, fault
from zigloop.zcl import frame as zcl

if TYPE_CHECKING:
    from zigloop.node.node import Node, Outgoing
    from zigloop.zcl.cluster import Cluster

#: Seconds after the first that a second answer comes. ASSUMPTION: a device that didn't hear the acknowledgement
#: repeats itself this soon.
AGAIN: Final = 0.02
#: What a wrong sequence number is off by.
OTHER_SEQUENCE: Final = 0x80

_BASIC, _MODEL_IDENTIFIER = 0x0000, 0x0005
_DATE_CODE, _CHARACTER_STRING, _DATE = b"\x06\x00", b"\x42", b"20170101"
#: A data type that ZCL reserves (ZCL specification, table 2-10).
_RESERVED_TYPE: Final = b"\x5f"

MALFORMED: Final = ("truncated", "unknown-type", "wrong-length", "header-only", "half-header")


def malformed(kind: str, sequence: int) -> bytes:
    """A report of genBasic's date code that no parser should take.

    Not of the model: Zigbee2MQTT 2.14.1 takes what it can read of a truncated one, and holds the device for another
    product from then on.
    """
    length = bytes((len(_DATE),))
    match kind:
        case "truncated":
            records = _DATE_CODE + _CHARACTER_STRING + length + _DATE[: len(_DATE) // 2]
        case "unknown-type":
            records = _DATE_CODE + _RESERVED_TYPE + length + _DATE
        case "wrong-length":  # what is left over looks like another record, and ends too soon
            records = _DATE_CODE + _CHARACTER_STRING + bytes((len(_DATE) - 2,)) + _DATE
        case "header-only":
            records = b""
        case "half-header":
            return zcl.report(sequence, b"")[:2]
        case _:
            raise ValueError(kind)
    return zcl.report(sequence, records)


def with_sequence(frame: ApsFrame, sequence: Callable[[int], int]) -> ApsFrame:
    """The frame with another sequence number: of its ZCL frame, or on endpoint 0 of its ZDO one."""
    data = bytearray(frame.data)
    at = 0
    if frame.src_endpoint != 0:
        at = 3 if data[0] & zcl.MANUFACTURER_SPECIFIC else 1
    data[at] = sequence(data[at]) & 0xFF
    return replace(frame, data=bytes(data))


class Speech:
    """What becomes of a node's frames on their way out, and what it said last by itself."""

    def __init__(self, node: "Node") -> None:
        self._node = node
        self.said: ApsFrame | None = None
        self.fault = ""  # of its answers, for people
        self._change: Callable[[Outgoing], list[Outgoing]] | None = None
        self._left = 0  # answers yet that are changed; 0: all
        self._babble: asyncio.TimerHandle | None = None
        self._babble_until = 0.0
        node.outgoing.append(self._outgoing)

    def _outgoing(self, out: "Outgoing") -> "list[Outgoing]":
        if not out.answer:
            if out.frame.src_endpoint and out.frame.group is None:
                self.said = out.frame
            return [out]
        change = self._change
        if change is None:
            return [out]
        if self._left:
            self._left -= 1
            if not self._left:
                self.answer_rightly()
        return change(out)

    def answer_wrongly(self, fault: str, change: "Callable[[Outgoing], list[Outgoing]]", answers: int) -> None:
        """From now on, for so many answers, or for all with 0."""
        self.fault, self._change, self._left = fault, change, answers

    def answer_rightly(self) -> None:
        self.fault, self._change, self._left = "", None, 0

    @property
    def babbling(self) -> bool:
        return self._babble is not None

    def babble(self, rate: float, seconds: float) -> None:
        self.be_quiet()
        self._babble_until = self._node.loop.time() + seconds
        self._again(1 / rate)

    def be_quiet(self) -> None:
        if self._babble is not None:
            self._babble.cancel()
            self._babble = None

    def _again(self, interval: float) -> None:
        self._babble = None
        said = self.said
        if said is None or self._node.loop.time() >= self._babble_until:
            return
        once_more = with_sequence(said, lambda _: self._node.next_tsn())
        self._node.send(
            said.dst, said.dst_endpoint, said.src_endpoint, said.profile, said.cluster, once_more.data
        )  # fmt: skip
        self._babble = self._node.later(interval, self._again, interval)


_ANSWERS = Number(0, 1000, whole=True)
_SOME = Number(1, 3, whole=True)


class Faults(Controlled):
    """The faults that every device may have. Base of `Device`, which has the node and the rest."""

    node: "Node"
    speech: Speech

    def must_speak(self) -> None:
        raise NotImplementedError

    def faults(self) -> list[str]:
        """What is wrong with it just now, in words."""
        found = {
            "dropped off": self.node.deaf,
            "out of range": self.node.air.medium.is_away(self.node),
            "babbles": self.speech.babbling,
            self.speech.fault: bool(self.speech.fault),
        }
        return [words for words, so in found.items() if so]

    @control("{name} works normally again")
    def mend(self) -> None:
        """Put an end to what is wrong with it, but for power and network."""
        self.come_back()
        self.in_range()
        self.speech.answer_rightly()
        self.speech.be_quiet()

    # Off the air

    @fault(undo="come_back")
    @control("{name} drops off")
    def drop(self) -> None:
        """Its radio falls silent and deaf, without a word; it goes on otherwise."""
        self.node.deaf = True
        self.node.air.stops_polling(self.node)

    @control("{name} comes back")
    def come_back(self) -> None:
        """Its radio works again, as if nothing had been."""
        self.node.deaf = False

    @fault(undo="in_range")
    @control("{name} is out of range")
    def out_of_range(self) -> None:
        """Nobody hears it, and it hears nobody: it has been carried out of the house."""
        self.node.air.medium.take_away(self.node)

    @control("{name} is in range again")
    def in_range(self) -> None:
        """It is where it was before."""
        self.node.air.medium.bring_back(self.node)

    @fault(undo=None)
    @control("{name} is reset")
    def reset(self) -> None:
        """Reset it as its button does: it leaves, and forgets its network and what hosts have set."""
        if self.node.powered:
            self.node.reset()

    # What it says

    @fault(rate=Number(5, 50), seconds=Number(0.5, 5))
    @control(
        "{name} babbles {rate} frames/s for {seconds} s",
        rate=Number(0.1, 250, "frames/s"), seconds=Number(0, 86_400, "s"),
    )  # fmt: skip
    def babble(self, rate: float, seconds: float) -> None:
        """It says over and over what it said last by itself, each time with a new sequence number."""
        self.must_speak()
        if self.speech.said is None:
            self._basic().report(_MODEL_IDENTIFIER)
        self.speech.babble(rate, seconds)

    @fault(kind=Choice(MALFORMED))
    @control("{name} sends a {kind} report", kind=Choice(MALFORMED))
    def malform(self, kind: str) -> None:
        """It reports its date code in a frame that isn't as it should be."""
        self.must_speak()
        basic = self._basic()
        basic.endpoint.send(COORDINATOR, 1, _BASIC, malformed(kind, self.node.next_tsn()))

    def _basic(self) -> "Cluster":
        """Its server of genBasic, which every device has."""
        return next(each.servers[_BASIC] for each in self.node.endpoints.values() if _BASIC in each.servers)

    # What it answers

    @fault(seconds=Number(0.1, 12), answers=_SOME)
    @control("{name} answers {seconds} s late", seconds=Number(0, 3600, "s"), answers=_ANSWERS)
    def late(self, seconds: float, answers: int = 0) -> None:
        """Its next so many answers come so much later; without a number all."""
        self.speech.answer_wrongly(f"answers {seconds:g} s late", lambda out: [replace(out, after=seconds)], answers)

    @fault(answers=_SOME)
    @control("{name} answers twice", answers=_ANSWERS)
    def twice(self, answers: int = 0) -> None:
        """It says its next so many answers twice; without a number all."""

        def double(out: "Outgoing") -> "list[Outgoing]":
            again = replace(out.frame, counter=self.node.next_counter())
            return [out, replace(out, frame=again, after=out.after + AGAIN)]

        self.speech.answer_wrongly("answers twice", double, answers)

    @fault(answers=_SOME)
    @control("{name} answers with the wrong sequence number", answers=_ANSWERS)
    def missequence(self, answers: int = 0) -> None:
        """Its next so many answers have another sequence number than the question; without a number all."""

        def change(out: "Outgoing") -> "list[Outgoing]":
            return [replace(out, frame=with_sequence(out.frame, lambda tsn: tsn + OTHER_SEQUENCE))]

        self.speech.answer_wrongly("answers with another sequence number", change, answers)

    @fault(answers=_SOME)
    @control("{name} stops answering", answers=_ANSWERS)
    def mute(self, answers: int = 0) -> None:
        """It does what it is told, and doesn't answer, so many times; without a number always."""
        self.speech.answer_wrongly("answers nothing", lambda out: [], answers)

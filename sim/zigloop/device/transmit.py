"""Faults of a transmitter: wrong responses, and frames that are repeated continuously."""

import asyncio
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from zigloop.air.frame import ApsFrame
from zigloop.node.node import Node, Outgoing
from zigloop.zcl import frame as zcl


def with_sequence(frame: ApsFrame, sequence: Callable[[int], int]) -> ApsFrame:
    """The frame with another sequence number: of its ZCL frame, or on endpoint 0 of its ZDO one."""
    data = bytearray(frame.data)
    at = 0
    if frame.src_endpoint != 0:
        at = 3 if data[0] & zcl.MANUFACTURER_SPECIFIC else 1
    data[at] = sequence(data[at]) & 0xFF
    return replace(frame, data=bytes(data))


class TransmitFaults:
    """Changes a node's frames on their way out, and remembers its last report.

    `ended` is called with the verb of a fault that ends by itself, or because another one replaces it.
    """

    def __init__(self, node: Node, ended: Callable[[str], None]) -> None:
        self._node = node
        self._ended = ended
        self.last_report: ApsFrame | None = None  # the last unsolicited frame
        self.response_fault = ""  # for people
        self._verb = ""  # of the fault of its responses
        self._change: Callable[[Outgoing], list[Outgoing]] | None = None
        self._left = 0  # responses left to be changed; 0: all
        self._babble: asyncio.TimerHandle | None = None
        self._babble_until = 0.0
        node.outgoing.append(self._outgoing)

    def _outgoing(self, out: Outgoing) -> list[Outgoing]:
        if not out.answer:
            if out.frame.src_endpoint and out.frame.group is None:
                self.last_report = out.frame
            return [out]
        change = self._change
        if change is None:
            return [out]
        if self._left:
            self._left -= 1
            if not self._left:
                self.respond_rightly()
        return change(out)

    def volatile(self) -> dict[str, Any] | None:
        """Its last report, as JSON."""
        last = self.last_report
        return None if last is None else asdict(last) | {"data": last.data.hex()}

    def restore_volatile(self, last: dict[str, Any] | None) -> None:
        """Restore what `volatile` returned."""
        if last is not None:
            own = {"src": self._node.nwk, "data": bytes.fromhex(last["data"]), "relays": tuple(last["relays"])}
            self.last_report = ApsFrame(**last | own)

    def respond_wrongly(
        self, verb: str, description: str, change: Callable[[Outgoing], list[Outgoing]], responses: int
    ) -> None:
        """Change the next `responses` responses; 0: all."""
        if self._verb != verb:
            self.respond_rightly()
        self._verb, self.response_fault, self._change, self._left = verb, description, change, responses

    def respond_rightly(self) -> None:
        """End the fault of its responses, if there is one."""
        verb = self._verb
        self._verb, self.response_fault, self._change, self._left = "", "", None, 0
        if verb:
            self._ended(verb)

    @property
    def babbling(self) -> bool:
        """Whether it is repeating its last report."""
        return self._babble is not None

    def babble(self, rate: float, seconds: float) -> None:
        """Repeat its last report `rate` times a second, for `seconds`."""
        self._stop_timer()
        self._babble_until = self._node.loop.time() + seconds
        self._again(1 / rate)

    def be_quiet(self) -> None:
        """End the repetitions."""
        self._stop_timer()
        self._ended("babble")

    def _stop_timer(self) -> None:
        if self._babble is not None:
            self._babble.cancel()
            self._babble = None

    def _again(self, interval: float) -> None:
        self._babble = None
        last = self.last_report
        if last is None or self._node.loop.time() >= self._babble_until:
            self._ended("babble")
            return
        again = with_sequence(last, lambda _: self._node.next_tsn())
        self._node.send(last.dst, last.dst_endpoint, last.src_endpoint, last.profile, last.cluster, again.data)
        self._babble = self._node.later(interval, self._again, interval)

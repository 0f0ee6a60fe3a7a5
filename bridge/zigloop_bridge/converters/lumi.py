"""Shared by Lumi products (Xiaomi, Aqara): the heartbeat structure, and the power outage memory.

A Lumi heartbeat is genBasic attribute 0xFF01: a string full of (tag, type, value), types as in ZCL, sent
under the manufacturer code 0x115F. Most firmware sends it as a character string (0x42) although it isn't text, some as
an octet string (0x41) with the same structure.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from zigloop_bridge.converters.definition import (
    AutoReply,
    CommandContext,
    DecodeContext,
    Decoder,
    Payload,
    Plan,
    attribute,
)
from zigloop_bridge.converters.numbers import number, round_half_up
from zigloop_bridge.converters.onoff import on_off_value
from zigloop_bridge.zcl import codec as zcl
from zigloop_bridge.zcl.names import BASIC

LUMI = 0x115F
HEARTBEAT = 0xFF01
#: In the oldest firmware it is a ZCL structure, whose elements have an order and no tags.
OLD_HEARTBEAT = 0xFF02
#: In newer products the heartbeat is this attribute of Lumi's cluster 0xFCC0.
NEW_HEARTBEAT = 0x00F7
COMMANDS = POWER_OUTAGE_MEMORY = 0xFFF0

Convert = Callable[[zcl.Value, DecodeContext], Payload]


def read_structure(data: bytes) -> dict[int, zcl.Value]:
    """The tags of a Lumi structure. Raises `zcl.MalformedError` when it ends early or has an unknown type."""
    tags: dict[int, zcl.Value] = {}
    offset = 0
    while offset < len(data):
        if offset + 2 > len(data):
            raise zcl.MalformedError("a tag ends early")
        tag = data[offset]
        tags[tag], offset = zcl.read_value(data, offset + 2, data[offset + 1])
    return tags


def read_report(cluster: int, payload: bytes) -> dict[int, zcl.Value]:
    """A report as the specification has it; else a heartbeat with a wrong length, if it is the only attribute.

    Firmware 9-22-2021 of lumi.relay.c2acn01 puts a stray byte behind the structure (zha-device-handlers#881). The
    references also take a length that is wrong (golden vectors in.hb.len_byte_wrong, in.raw.newfw_head_7112): to them
    a structure ends where its frame does. One that is shorter than its length, and not because of the stray byte, is
    truncated. Raises `zcl.MalformedError`.
    """
    try:
        return zcl.read_report(payload)
    except zcl.MalformedError:
        if not payload.startswith(_LENGTH_MAY_BE_WRONG) or cluster != BASIC or len(payload) < 4:
            raise
        length, content = payload[3], payload[4:]
        for end in (len(content), len(content) - 1):
            cut_off = end == len(content) < length
            if not cut_off and _is_structure(content[:end]):
                return {HEARTBEAT: content[:end]}
        raise


_LENGTH_MAY_BE_WRONG = tuple(HEARTBEAT.to_bytes(2, "little") + bytes((kind,)) for kind in (zcl.OCTETS, zcl.CHARACTERS))


def _is_structure(data: bytes) -> bool:
    try:
        return bool(read_structure(data))
    except zcl.MalformedError:
        return False


def heartbeat(tags: Mapping[int, Convert], *, cluster: int = BASIC, attribute_id: int = HEARTBEAT) -> Decoder:
    """The heartbeat, with a converter for each tag that the product's page knows."""

    def convert(value: zcl.Value, context: DecodeContext) -> Payload:
        if not isinstance(value, bytes):
            return {}
        payload: Payload = {}
        for tag, content in read_structure(value).items():
            if tag in tags:
                payload |= tags[tag](content, context)
        return payload

    return attribute(cluster, attribute_id, convert)


def old_heartbeat(elements: Mapping[int, Convert]) -> Decoder:
    """The heartbeat without tags, with a converter for each element, counted from zero, that is known.

    Element 1 is the voltage and 4 the count of outages; a shorter structure is none of these, and publishes nothing.
    Source: golden vectors in.basic.ff02, in.heartbeat.ff02_struct.
    """

    def convert(value: zcl.Value, context: DecodeContext) -> Payload:
        if not isinstance(value, list) or len(value) < 5:
            return {}
        payload: Payload = {}
        for index, content in enumerate(value):
            if index in elements:
                payload |= elements[index](content, context)
        return payload

    return attribute(BASIC, OLD_HEARTBEAT, convert)


def outage_count(value: zcl.Value, context: DecodeContext) -> Payload:
    """Power outages since the device left the factory; its counter starts at one."""
    return {"power_outage_count": max(value - 1, 0)} if isinstance(value, int) else {}


def consumed(value: zcl.Value, context: DecodeContext) -> Payload:
    """The meter in kWh, under its own name and under the name that older automations use."""
    if not isinstance(value, int | float) or not math.isfinite(value):
        return {}
    energy = number("energy")(value, context)
    return {**energy, "consumption": energy["energy"]}


def battery(empty: int, full: int) -> Convert:
    """A battery's voltage in mV, and its remaining charge: 0 % at `empty`, 100 % at `full`, linear between them."""

    def convert(value: zcl.Value, context: DecodeContext) -> Payload:
        if not isinstance(value, int):
            return {}
        percent = 100 * (min(max(value, empty), full) - empty) / (full - empty)
        return {"battery": round_half_up(percent, 0), "voltage": value}

    return convert


# Tags of mains powered products: the same number means the same in all of them, but for 151, the current, which
# is in mA or in A.
MAINS_TAGS: dict[int, Convert] = {
    3: number("device_temperature", digits=0, adjustable=True),
    5: outage_count,
    100: on_off_value(),
    149: consumed,
    150: number("voltage", scale=0.1, digits=1),
    152: number("power"),
}


# Two writes switch the memory on or off; it takes effect when the device's button is next used (the product's
# page). The meaning of the single bytes isn't documented. Source: golden vectors set.power_outage_memory.*
_MEMORY_WRITES = {
    True: ("aa8005d14707011001", "aa8003d3070801"),
    False: ("aa8005d14709011000", "aa8003d3070a01"),
}


def memory_from_answer(value: zcl.Value, context: DecodeContext) -> Payload:
    """Power outage memory from the value of 0xFFF0. ASSUMPTION: one of the two writes that set it."""
    if not isinstance(value, bytes):
        return {}
    for setting, writes in _MEMORY_WRITES.items():
        if value.hex() in writes:
            return {"power_outage_memory": setting}
    return {}


@dataclass(frozen=True)
class PowerOutageMemory:
    """/set and /get of `power_outage_memory` on products that keep it in genBasic 0xFFF0."""

    endpoint: int = 1
    keys: tuple[str, ...] = ("power_outage_memory",)

    def set(self, key: str, value: Any, context: CommandContext) -> Plan:
        """Two writes; only JSON true and false, since `"false"` is a true string."""
        if not isinstance(value, bool):
            raise ValueError("The power_outage_memory value must be true or false")
        writes = tuple(
            zcl.write(
                self.endpoint,
                BASIC,
                POWER_OUTAGE_MEMORY,
                zcl.OCTETS,
                bytes([len(content) // 2]) + bytes.fromhex(content),
                manufacturer=LUMI,
            )
            for content in _MEMORY_WRITES[value]
        )
        return Plan(writes, {key: value})

    def get(self, key: str, context: CommandContext) -> Plan:
        """Read it; from a device that refuses, the last setting known is published again."""
        request = zcl.read(self.endpoint, BASIC, POWER_OUTAGE_MEMORY, manufacturer=LUMI)
        known = context.state.get(key)
        return Plan((request,), when_refused={} if known is None else {key: known})


def power_outage_memory() -> Decoder:
    """The answer to a read of the memory."""
    return attribute(BASIC, POWER_OUTAGE_MEMORY, memory_from_answer)


# genBasic 0xFFF0: some products on batteries warn before they leave the network, and stay after the right reply.
# Source: the golden vector in.prevent_reset; the meaning of the single bytes isn't documented.
_RESET_WARNING, _NO_RESET = bytes.fromhex("aa10054187"), bytes.fromhex("aa1005414701011001")


def prevent_reset() -> AutoReply:
    """Reply to the reset warning, which keeps the device on the network."""

    def requests(value: zcl.Value) -> tuple[zcl.Request, ...]:
        if not (isinstance(value, bytes) and value.startswith(_RESET_WARNING)):
            return ()
        content = bytes([len(_NO_RESET)]) + _NO_RESET
        return (zcl.write(1, BASIC, COMMANDS, zcl.OCTETS, content, manufacturer=LUMI),)

    return AutoReply(BASIC, COMMANDS, requests)

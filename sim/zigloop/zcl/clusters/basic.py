"""The Basic cluster, server side (ZCL 3.2), and the Time cluster (3.12) as devices have it beside it."""

import math
from typing import Any, Final

from zigloop.zcl.attributes import RW, Attribute
from zigloop.zcl.cluster import Answer, Cluster, ClusterDeclaration, Neighbourhood, Request
from zigloop.zcl.types import CHARACTER_STRING, ENUM8, MAP8, UINT8, UTC, Value

BASIC: Final = 0x0000
TIME: Final = 0x000A

APPLICATION_VERSION: Final = 0x0001
MODEL_IDENTIFIER: Final = 0x0005
DATE_CODE: Final = 0x0006

# Power source, table 3-11
MAINS_SINGLE_PHASE: Final = 0x01
BATTERY: Final = 0x03
DC_SOURCE: Final = 0x04

UNKNOWN_TIME: Final = 0xFFFFFFFF


class Basic(Cluster):
    """Identity of the device. Reset To Factory Defaults resets attributes, not the network (3.2.2.3.1)."""

    def __init__(self, endpoint: Neighbourhood, declaration: ClusterDeclaration, *, server: bool = True) -> None:
        super().__init__(endpoint, declaration, server=server)
        self.received = {0x00: self._reset_to_factory_defaults}

    def _reset_to_factory_defaults(self, request: Request) -> Answer:
        self.node.reset_attributes()
        return None


def basic(
    *more: Attribute,
    model: str,
    manufacturer: str,
    date_code: str,
    power_source: int,
    zcl_version: int,
    application_version: int,
    stack_version: int,
    hardware_version: int,
) -> ClusterDeclaration:
    """A Basic server with what every product answers in an interview, and the product's own."""
    return ClusterDeclaration(
        BASIC,
        (
            Attribute(0x0000, UINT8, zcl_version),
            Attribute(APPLICATION_VERSION, UINT8, application_version),
            Attribute(0x0002, UINT8, stack_version),
            Attribute(0x0003, UINT8, hardware_version),
            Attribute(0x0004, CHARACTER_STRING, manufacturer.encode()),
            Attribute(MODEL_IDENTIFIER, CHARACTER_STRING, model.encode()),
            Attribute(DATE_CODE, CHARACTER_STRING, date_code.encode()),
            Attribute(0x0007, ENUM8, power_source),
            *more,
        ),
        Basic,
    )


class Time(Cluster):
    """A clock that is set by a write, or by the answer to a read that the device's Time client asked for."""

    def __init__(self, endpoint: Neighbourhood, declaration: ClusterDeclaration, *, server: bool = True) -> None:
        super().__init__(endpoint, declaration, server=server)
        self._set_to: tuple[float, int] | None = None  # loop time, seconds since 2000-01-01 UTC
        self.attributes.computed(0x0000, self._seconds)
        self.attributes.on_write(0x0000, self.set_clock)

    def set_clock(self, seconds: Value) -> None:
        self._set_to = (self.node.loop.time(), int(seconds))

    def power_cut(self) -> None:
        self._set_to = None

    def volatile(self) -> dict[str, Any]:
        return super().volatile() | {"set_to": self._set_to, "now": self.node.loop.time()}

    def restore_volatile(self, volatile: dict[str, Any]) -> None:
        """The host's clock went on as the loop's did."""
        super().restore_volatile(volatile)
        if volatile["set_to"] is not None:
            then, seconds = volatile["set_to"]
            now_then = then + self.node.loop.time() - volatile["now"]
            self._set_to = (now_then, seconds + math.floor(now_then) - math.floor(then))

    def _seconds(self) -> int:
        if self._set_to is None:
            return UNKNOWN_TIME
        then, seconds = self._set_to
        return (seconds + int(self.node.loop.time() - then)) & 0xFFFFFFFF


def time() -> ClusterDeclaration:
    return ClusterDeclaration(TIME, (Attribute(0x0000, UTC, UNKNOWN_TIME, RW), Attribute(0x0001, MAP8, 0, RW)), Time)

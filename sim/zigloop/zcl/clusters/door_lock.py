"""The Door Lock cluster (ZCL 7.3): attributes only. None of our locks accepts commands, so they are refused."""

from typing import Final

from zigloop.zcl.attributes import RP, Attribute
from zigloop.zcl.cluster import ClusterDeclaration
from zigloop.zcl.types import BOOL, ENUM8

DOOR_LOCK: Final = 0x0101

# 7.3.2.12
LOCK_STATE: Final = 0x0000
DOOR_STATE: Final = 0x0003

# Table 7-10, table 7-13
LOCKED: Final = 1
UNLOCKED: Final = 2
DOOR_OPEN: Final = 0
DOOR_CLOSED: Final = 1


def door_lock(*more: Attribute) -> ClusterDeclaration:
    """Lock state, type (0: dead bolt), whether the lock's actuator works, the door's state, and the product's own."""
    return ClusterDeclaration(
        DOOR_LOCK,
        (
            Attribute(LOCK_STATE, ENUM8, UNLOCKED, RP),
            Attribute(0x0001, ENUM8, 0),
            Attribute(0x0002, BOOL, True),
            Attribute(DOOR_STATE, ENUM8, DOOR_CLOSED, RP),
            *more,
        ),
    )

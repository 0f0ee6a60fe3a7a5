"""Our numbers of ZCL and ZDO are zigpy's."""

from enum import IntEnum

import pytest
from zigpy.zcl import foundation
from zigpy.zdo import types as zdo

from zigloop.node import codes as zdo_codes
from zigloop.zcl import codes as zcl_codes


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (zcl_codes.GeneralCommand, foundation.GeneralCommand),
        (zcl_codes.Status, foundation.Status),
        (zdo_codes.ZDOCmd, zdo.ZDOCmd),
        (zdo_codes.Status, zdo.Status),
    ],
)
def test_the_numbers_are_those_of_zigpy(ours: type[IntEnum], theirs: type[IntEnum]) -> None:
    assert {each.name: each.value for each in ours} == {each.name: each.value for each in theirs}

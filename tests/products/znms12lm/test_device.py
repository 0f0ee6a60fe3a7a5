"""What only the S2 is."""

import pytest

from tests.support.lock import join, node_descriptor, told
from tests.support.station import TestCoordinator


@pytest.mark.parametrize(("quirks", "logical_type"), [({}, 1), ({"calls_itself_a_router": False}, 2)])
def test_its_node_descriptor(peer: TestCoordinator, quirks: dict[str, bool], logical_type: int) -> None:
    lock = join(peer, "ZNMS12LM", **quirks)
    assert node_descriptor(peer, lock) == bytes((0, logical_type, 0x40, 0x84)) + b"\x37\x10"


def test_its_battery_is_not_encrypted(peer: TestCoordinator) -> None:
    lock = join(peer, "ZNMS12LM", hub_encrypted=True)
    lock.drain(3600)
    peer.forget()
    lock.heartbeat()
    peer.sleep(0.1)
    assert told(peer)[0][1].startswith("01ff42240121100e")

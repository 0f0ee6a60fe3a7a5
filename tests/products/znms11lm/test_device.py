"""What only the S1 is."""

import pytest

from tests.support.lock import join, node_descriptor
from tests.support.station import TestCoordinator


@pytest.mark.parametrize(("quirks", "capability"), [({}, 0x80), ({"sleeps": False}, 0x88)])
def test_its_node_descriptor(peer: TestCoordinator, quirks: dict[str, bool], capability: int) -> None:
    lock = join(peer, "ZNMS11LM", **quirks)
    assert node_descriptor(peer, lock) == bytes((0, 2, 0x40, capability)) + b"\x37\x10"

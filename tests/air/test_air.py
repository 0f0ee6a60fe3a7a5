"""The air finds its stations, whatever their addresses do."""

from tests.support.station import TestCoordinator, outcome
from zigloop.air.frame import UNKNOWN_NWK, Outcome
from zigloop.devices.zncz02lm import Plug


def test_a_station_is_found_under_its_latest_address(peer: TestCoordinator, plug: Plug) -> None:
    first = plug.node.nwk
    assert outcome(peer, first) is Outcome.DELIVERED
    plug.pair()
    peer.sleep(10)
    assert plug.node.nwk not in (first, UNKNOWN_NWK)
    assert outcome(peer, first) is Outcome.NO_ROUTE
    assert outcome(peer, plug.node.nwk) is Outcome.DELIVERED


def test_without_power_there_is_no_acknowledgement(peer: TestCoordinator, plug: Plug) -> None:
    plug.cut()
    assert outcome(peer, plug.node.nwk) is Outcome.NO_ACK
    assert not plug.on


def test_a_station_off_the_air_is_not_found(peer: TestCoordinator, plug: Plug) -> None:
    nwk = plug.node.nwk
    assert peer.air.station(nwk) is plug.node
    plug.node.close()
    assert peer.air.station(nwk) is None
    assert outcome(peer, nwk) is Outcome.NO_ROUTE

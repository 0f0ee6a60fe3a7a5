"""End devices that lose their parent, and parents that lose a child."""

import random
from collections.abc import Callable

import pytest

from tests.support.station import TestCoordinator, outcome
from zigloop.air.frame import Outcome
from zigloop.air.mesh import END_DEVICE_TIMEOUT
from zigloop.devices.zncz02lm import Plug
from zigloop.devices.znxnkg02lm import Knob
from zigloop.node.membership import LONGEST_REST
from zigloop.node.zdo_server import DEVICE_ANNCE


def knob_of(peer: TestCoordinator, **declaration: bool) -> Knob:
    knob = Knob(peer.air, name="knob", ieee=0x54EF440001020304, rng=random.Random(1), **declaration)
    knob.pair()
    peer.sleep(60)
    peer.forget()
    return knob


def announcements(peer: TestCoordinator) -> list[int]:
    """Short addresses that were announced."""
    return [int.from_bytes(each.data[1:3], "little") for each in peer.heard if each.cluster == DEVICE_ANNCE]


def test_a_silent_child_is_forgotten_and_rejoins_when_it_sends(peer: TestCoordinator) -> None:
    knob = knob_of(peer)
    nwk = knob.node.nwk
    peer.air.mesh.forget_child(knob.node)
    assert outcome(peer, nwk) is Outcome.NO_ROUTE
    knob.wake()
    peer.sleep(5)
    assert announcements(peer) == [knob.node.nwk]
    assert peer.air.mesh.knows(knob.node)


def test_a_parents_patience_is_256_minutes(peer: TestCoordinator) -> None:
    knob = knob_of(peer)
    knob.cut()  # its heartbeats would be heard
    peer.sleep(END_DEVICE_TIMEOUT - 120)
    assert peer.air.mesh.knows(knob.node)
    peer.sleep(120)
    assert not peer.air.mesh.knows(knob.node)
    knob.restore()
    peer.sleep(5)
    assert announcements(peer)[-1] == knob.node.nwk
    assert peer.air.mesh.knows(knob.node)


@pytest.mark.parametrize("who", [Plug, Knob])
def test_a_rejoin_under_a_new_address(peer: TestCoordinator, who: Callable[..., Plug | Knob]) -> None:
    device = who(peer.air, name="it", ieee=0x11, rng=random.Random(1))
    device.pair()
    peer.sleep(60)
    before = device.node.nwk
    peer.forget()
    device.readdress()
    peer.sleep(5)
    assert device.node.nwk != before
    assert announcements(peer) == [device.node.nwk]
    assert peer.gone == []


def test_an_orphan_looks_for_a_parent(peer: TestCoordinator) -> None:
    knob = knob_of(peer)
    peer.listening = False
    for _ in range(3):
        knob.wake()
        peer.sleep(2)
    assert not knob.node.announced
    assert knob.joined
    peer.listening = True
    peer.forget()
    peer.sleep(LONGEST_REST + 60)
    assert announcements(peer) == [knob.node.nwk]
    knob.wake()
    peer.sleep(1)
    assert peer.heard[-1].src == knob.node.nwk


def test_two_losses_in_a_row_make_no_orphan(peer: TestCoordinator) -> None:
    knob = knob_of(peer)
    peer.listening = False
    for _ in range(2):
        knob.wake()
        peer.sleep(2)
    peer.listening = True
    knob.wake()
    peer.sleep(2)
    peer.listening = False
    knob.wake()
    peer.sleep(2)
    assert knob.node.announced


def test_an_orphan_keeps_scanning_after_a_battery_change(peer: TestCoordinator) -> None:
    knob = knob_of(peer)
    peer.listening = False
    for _ in range(3):
        knob.wake()
        peer.sleep(2)
    knob.cut()
    peer.listening = True
    knob.restore()
    peer.forget()
    peer.sleep(30)
    assert announcements(peer) == [knob.node.nwk]

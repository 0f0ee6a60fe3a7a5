"""Letting devices in and out, over any store: one class of tests for several stores."""

import logging

import pytest

from tests.support.center import SETTINGS, Center
from tests.support.receiver import END_DEVICE, ROUTER, SLEEPY, Receiver
from zigloop.air.frame import UNKNOWN_NWK
from zigloop.air.mesh import END_DEVICE_TIMEOUT
from zigloop.coordinator import ResetReason
from zigloop.events import DeviceAdmitted, DeviceGone, DeviceMoved, Event

PERMIT_JOINING, ROUTERS = 0x0036, 0xFFFC


class Admissions:
    """`center` is a fixture of the subclass: a coordinator whose network is up, on the store under test."""

    def test_devices_join_only_while_joining_is_permitted(self, center: Center) -> None:
        device = center.device(0x11)
        assert not device.join()
        center.permit(60)
        center.run(61)
        assert not device.join()
        center.permit(60)
        center.permit(0)
        assert not device.join()

    def test_a_device_that_joins_again_keeps_its_address(self, center: Center) -> None:
        center.permit()
        device = center.device(0x11)
        device.join()
        nwk = device.nwk
        center.run(300)
        assert device.join(rejoin=True)
        assert device.nwk == nwk
        assert not device.join()

    def test_a_new_address_when_it_wants_one(self, center: Center) -> None:
        device = center.joined(0x11)
        nwk = device.nwk
        again = center.coordinator.admit(device, rejoin=True, new_address=True)
        assert again not in (None, nwk)
        assert center.store.nwk(0x11) == again
        assert center.store.ieee_of(nwk) is None

    def test_permit_join_forever_expires(self, center: Center) -> None:
        center.permit(255)
        center.run(253)
        assert center.network.permits(0)
        center.run(2)
        assert not center.network.permits(0)

    def test_the_firmware_is_published(self, center: Center) -> None:
        device = center.joined(0x11, SLEEPY)
        nwk = device.nwk
        center.coordinator.departed(device, rejoin=True)
        assert center.store.nwk(0x11) == nwk
        center.coordinator.departed(device, rejoin=False)
        assert center.store.nwk(0x11) is None
        assert center.store.children == []
        assert center.told == [
            ("admitted", 0x11, nwk, 0, False),
            ("departed", 0x11, nwk, True),
            ("departed", 0x11, nwk, False),
        ]
        assert not device.join(rejoin=True)

    def test_events(self, center: Center) -> None:
        seen: list[Event] = []
        for kind in (DeviceAdmitted, DeviceMoved, DeviceGone):
            center.air.events.subscribe(kind, seen.append)
        device = center.joined(0x11)
        now, nwk = center.loop.time(), device.nwk
        device.announce()
        center.run()
        device.nwk = 0x4711
        device.announce()
        center.run()
        moved = now + 0.1 + center.air.delay
        center.coordinator.departed(device, rejoin=False)
        assert seen == [
            DeviceAdmitted(at=now, ieee=0x11, nwk=nwk, parent=0, rejoin=False),
            DeviceMoved(at=pytest.approx(moved), ieee=0x11, nwk=0x4711),
            DeviceGone(at=center.loop.time(), ieee=0x11, nwk=0x4711, rejoin=False),
        ]

    def test_a_child_that_moves_stays_a_child(self, center: Center) -> None:
        device = center.joined(0x11, SLEEPY)
        assert center.store.children == [device.nwk]
        center.network.moved(0x11, 0x4711)
        assert center.store.children == [0x4711]
        assert center.store.is_child(0x11)

    @pytest.mark.parametrize("to_all", [True, False])
    def test_routers_that_receive_a_permit_admit_devices(self, center: Center, to_all: bool) -> None:
        router, other = center.joined(0x11), center.joined(0x22)
        lamp = center.device(0x33, END_DEVICE)
        assert not lamp.join()
        center.coordinator.send_zdo(ROUTERS if to_all else router.nwk, PERMIT_JOINING, 1, b"\x3c\x01")
        assert center.network.permits(router.nwk)
        assert center.network.permits(other.nwk) == to_all
        assert not center.network.permits(0)
        assert lamp.join()
        admitted = center.told[-1]
        assert admitted[0] == "admitted"
        assert admitted[3] in (router.nwk, other.nwk)
        assert center.store.children == []
        assert center.network.relays(lamp.nwk) == [admitted[3]]
        assert center.coordinator.overheard.route_records(lamp.nwk) == [(lamp.nwk, [admitted[3]])]
        assert center.coordinator.overheard.route_records() == [(lamp.nwk, [admitted[3]])]

    def test_install_codes(self, center: Center) -> None:
        device = center.device(0x11)
        center.network.joins_need_install_code = True
        center.permit()
        assert not device.join()
        center.network.install_codes[0x11] = bytes(16)
        assert device.join()

    def test_silent_children_make_room_for_others(self, center: Center) -> None:
        children = [center.joined(0x100 + number, SLEEPY) for number in range(center.store.max_children)]
        late = center.device(0x99, SLEEPY)
        center.permit()
        assert not late.join()
        center.run(END_DEVICE_TIMEOUT - 60)
        assert center.air.mesh.heard(children[0])  # it polls; the others are silent
        center.run(60)
        center.permit()
        assert late.join()
        assert [center.air.mesh.knows(child) for child in children[:2]] == [True, False]

    def test_a_full_house(self, center: Center, caplog: pytest.LogCaptureFixture) -> None:
        center.permit(254)
        children = [center.device(0x100 + number, SLEEPY) for number in range(center.store.max_children + 1)]
        assert [child.join() for child in children] == [True] * center.store.max_children + [False]
        assert "child table is full" in caplog.text
        assert children[0].join()
        center.device(0x11, ROUTER).join()
        center.coordinator.send_zdo(ROUTERS, PERMIT_JOINING, 1, b"\xfe\x01")
        assert children[-1].join()
        assert center.network.relays(children[-1].nwk)

    def test_broadcasts_stay_in_their_network(self, center: Center) -> None:
        old = center.joined(0x11)
        new = center.joined(0x22)
        old.membership = b"another"
        old.heard.clear()
        center.coordinator.send_zdo(0xFFFD, 0x0005, 1, b"\x00\x00")
        center.run()
        assert len(new.heard) == 1
        assert old.heard == []
        assert center.network.stations() == [new]

    def test_a_reset_keeps_the_store(self, center: Center, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO)
        child, router = center.joined(0x11, SLEEPY), center.joined(0x22)
        identity = center.network.identity
        center.permit()
        center.processor.reset(ResetReason.WATCHDOG)
        assert (center.network.formed, center.network.started) == (True, False)
        assert center.coordinator.nwk == UNKNOWN_NWK
        assert not center.coordinator.listening
        assert not Receiver(center.air, 0x33).join()
        center.run(1)
        assert center.told[-1] == ("booted", ResetReason.WATCHDOG)
        center.network.start()
        assert center.network.identity == identity
        assert center.store.children == [child.nwk]
        assert center.store.ieee_of(router.nwk) == 0x22
        assert not center.network.permits(0)

    def test_lost_memory_can_be_put_back(self, center: Center) -> None:
        device = center.joined(0x11, SLEEPY)
        lost = center.store.erase()
        center.processor.reset(ResetReason.POWER)
        assert not center.network.formed
        assert center.store.nwk(0x11) is None
        center.run(1)
        center.store.put_back(lost)
        center.processor.reset(ResetReason.HOST)
        center.run(1)
        assert center.network.settings is not None
        assert center.network.settings.key == SETTINGS.key
        assert center.store.nwk(0x11) == device.nwk

    def test_another_channel(self, center: Center) -> None:
        before = center.network.update_id
        center.network.change_channel(26)
        assert (center.network.channel, center.network.update_id) == (26, before + 1)
        assert center.store.settings == center.network.settings

"""How a coordinator answers ZDO requests, of devices and of its own host."""

import struct

import pytest
from zigpy.zdo.types import Status, ZDOCmd

from tests.support.center import IEEE, Center
from tests.support.receiver import SLEEPY, Receiver
from zigloop.coordinator import ResetReason
from zigloop.coordinator.scan import Beacon, beacons, scan_time

RESPONSE = 0x8000


def answers(center: Center, request: int, payload: bytes, *, within: float = 0.1) -> list[bytes]:
    """What it answers its own host, without sequence numbers."""
    center.zdo.clear()
    center.coordinator.send_zdo(0, request, 7, payload)
    center.run(within)
    return [frame.data[1:] for frame in center.zdo if frame.cluster == request | RESPONSE and frame.data[0] == 7]


def test_devices_are_answered(center: Center) -> None:
    device = center.joined(0x11)
    device.heard.clear()
    device.send(0, 0, ZDOCmd.Node_Desc_req, b"\x09\x00\x00")
    center.run()
    (request,) = center.zdo
    (answer,) = device.heard
    assert request.data == b"\x09\x00\x00"
    assert (answer.cluster, answer.data) == (0x8002, b"\x09\x00\x00\x00" + center.node_descriptor)


def test_what_is_its_familys_own(center: Center) -> None:
    assert answers(center, ZDOCmd.Power_Desc_req, b"\0\0") == [b"\0\0\0" + center.power_descriptor]
    assert answers(center, ZDOCmd.Active_EP_req, b"\0\0") == [b"\0\0\0\x01\x01"]
    (simple,) = answers(center, ZDOCmd.Simple_Desc_req, b"\0\0\x01")
    assert simple == b"\0\0\0\x0c" + struct.pack("<BHHBBHBH", 1, 0x0104, 5, 0, 1, 6, 1, 0x19)
    for endpoint, status in ((0, Status.INVALID_EP), (254, Status.NOT_ACTIVE), (255, Status.INVALID_EP)):
        assert answers(center, ZDOCmd.Simple_Desc_req, bytes((0, 0, endpoint))) == [bytes((status, 0, 0, 0))]


def test_a_parent_answers_for_its_children(center: Center) -> None:
    child, router = center.joined(0x11, SLEEPY), center.joined(0x22)
    for device, status, nwk in ((child, 0, child.nwk), (router, Status.DEVICE_NOT_FOUND, 0xFFFE)):
        request = struct.pack("<QBB", device.ieee, 0, 0)
        assert answers(center, ZDOCmd.NWK_addr_req, request) == [struct.pack("<BQH", status, device.ieee, nwk)]
    own = struct.pack("<BQHBBH", 0, IEEE, 0, 1, 0, child.nwk)
    assert answers(center, ZDOCmd.NWK_addr_req, struct.pack("<QBB", IEEE, 1, 0)) == [own]
    assert answers(center, ZDOCmd.IEEE_addr_req, b"\0\0\x01\0") == [own]
    assert answers(center, ZDOCmd.Parent_annce, b"\0") == [b"\0\0"]


def test_what_it_does_not_support(center: Center) -> None:
    for request in (ZDOCmd.Mgmt_Leave_req, ZDOCmd.Complex_Desc_req):
        assert answers(center, request, bytes(9)) == [bytes((Status.NOT_SUPPORTED,))]
    assert answers(center, ZDOCmd.Bind_req, b"") == [bytes((Status.TABLE_FULL,))]
    assert answers(center, ZDOCmd.Unbind_req, b"") == [bytes((Status.NO_ENTRY,))]
    assert answers(center, ZDOCmd.Node_Desc_req, b"\0") == []


def test_broadcasts_are_not_refused(center: Center) -> None:
    device = center.joined(0x11)
    device.heard.clear()
    device.send(0, 0, ZDOCmd.Complex_Desc_req, b"\x09\x00\x00", dst=0xFFFD)
    device.send(0, 0, ZDOCmd.Mgmt_Permit_Joining_req, b"\x0a\x3c\x01", dst=0xFFFC)
    center.run()
    assert [(frame.cluster, frame.data) for frame in device.heard] == [(0x8036, b"\x0a\x00")]
    assert center.network.permits(0)


def test_energy_takes_the_time_of_a_scan(center: Center) -> None:
    request = struct.pack("<IBB", 1 << 11 | 1 << 15, 3, 2)
    takes = 2 * scan_time(3, 2)
    assert answers(center, ZDOCmd.Mgmt_NWK_Update_req, request, within=takes - 0.001) == []
    (answer,) = answers(center, ZDOCmd.Mgmt_NWK_Update_req, request, within=takes + 0.001)[-1:]
    assert answer[:10] == struct.pack("<BIHHB", 0, 1 << 11 | 1 << 15, 0, 0, 2)
    busy, quiet = answer[10:]
    assert busy in range(60, 180)
    assert quiet in range(5, 40)
    center.coordinator.send_zdo(0, ZDOCmd.Mgmt_NWK_Update_req, 7, request)
    center.processor.reset(ResetReason.HOST)
    center.zdo.clear()
    center.run(takes + 1)
    assert center.zdo == []


@pytest.mark.parametrize(
    ("mask", "exponent", "refused"),
    [(1 << 20, 0xFE, False), (3 << 20, 0xFE, True), (1 << 20, 0xFF, False), (1 << 20, 6, True)],
)
def test_network_updates(center: Center, mask: int, exponent: int, refused: bool) -> None:
    got = answers(center, ZDOCmd.Mgmt_NWK_Update_req, struct.pack("<IBB", mask, exponent, 1))
    assert got == ([struct.pack("<BIHHB", Status.INV_REQUESTTYPE, mask, 0, 0, 0)] if refused else [])
    assert center.network.channel == (20 if mask == 1 << 20 and exponent == 0xFE else 15)


def test_it_follows_a_broadcast_of_its_own_host(center: Center) -> None:
    request = struct.pack("<IBB", 1 << 20, 0xFE, 1)
    frame = center.coordinator.send_zdo(0xFFFD, ZDOCmd.Mgmt_NWK_Update_req, 7, request)
    assert center.network.channel == 15
    center.coordinator.answer_zdo(frame)
    assert center.network.channel == 20


def test_beacons(center: Center) -> None:
    router: Receiver = center.joined(0x11)
    center.joined(0x22, SLEEPY)
    center.network.permit(router.nwk, 60)
    found = beacons(center.network, center.air, 1 << 15)
    lqi = center.air.lqi(router)
    assert found == [Beacon(router.nwk, 0x1A62, 0xDDDD, 15, permits=True, update_id=0, lqi=lqi)]
    assert beacons(center.network, center.air, 1 << 16) == []

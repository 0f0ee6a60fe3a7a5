"""ZDO in both worlds, and how the coordinator answers for itself."""

import struct

import pytest
import zigpy_znp.commands as c
import zigpy_znp.types as t
from zigpy.zdo.types import Neighbor, Status
from zigpy_znp.types.nvids import OsalNvIds

from tests.support.receiver import END_DEVICE, SLEEPY, Receiver
from tests.support.serial_host import HARDWARE_IEEE, Host
from zigloop.air.air import Air
from zigloop.radio.zstack import personality

IEEE = HARDWARE_IEEE.to_bytes(8, "little")


def wire(host: Host) -> list[str]:
    return [f"{header:04X} {payload.hex(' ')}".strip() for header, payload in host.frames]


def zdo_by_af(host: Host, cluster: int, payload: bytes, dst: int = 0) -> None:
    """As zigpy does it: from endpoint 0."""
    data = b"\x2a" + payload
    host.raw(0x2402, struct.pack("<BQBHBHBBBH", 2, dst, 0, 0, 0, cluster, 0x2A, 0x20, 0, len(data)) + data)


BINDING = "11" * 8 + "01 0600 01 0500"

#: Classic request, its parameters, ZDO cluster, its payload, what the coordinator answers.
OWN = [
    (0x2502, "0000 0000", 0x0002, "0000", b"\x00\x00\x00" + personality.NODE_DESCRIPTOR),
    (0x2503, "0000 0000", 0x0003, "0000", b"\x00\x00\x00" + personality.POWER_DESCRIPTOR),
    (0x2504, "0000 0000 01", 0x0004, "0000 01", bytes.fromhex("0000000c 01 0401 0500 00 01 0600 01 1900")),
    (0x2504, "0000 0000 09", 0x0004, "0000 09", bytes.fromhex("83000000")),
    (0x2504, "0000 0000 ff", 0x0004, "0000 ff", bytes.fromhex("82000000")),
    (0x2504, "0000 3412 01", 0x0004, "3412 01", bytes.fromhex("81341200")),
    (0x2505, "0000 0000", 0x0005, "0000", bytes.fromhex("0000000101")),
    (0x2506, "0000 0000 0401 01 0600 00", 0x0006, "0000 0401 01 0600 00", bytes.fromhex("0000000101")),
    (0x2506, "0000 0000 0401 01 0700 00", 0x0006, "0000 0401 01 0700 00", bytes.fromhex("00000000")),
    (0x2506, "0000 0000 0401 00 01 1900", 0x0006, "0000 0401 00 01 1900", bytes.fromhex("0000000101")),
    (0x2508, "0000 0000", 0x0011, "0000", b"\x84"),
    (0x2531, "0000 00", 0x0031, "00", bytes(4)),
    (0x2532, "0000 00", 0x0032, "00", bytes(4)),
    (0x2533, "0000 00", 0x0033, "00", bytes(4)),
    (0x2521, "0000" + BINDING, 0x0021, BINDING, b"\x8c"),
    (0x2522, "0000" + BINDING, 0x0022, BINDING, b"\x88"),
]  # fmt: skip


@pytest.mark.parametrize(("header", "parameters", "cluster", "payload", "answer"), OWN)
def test_the_coordinator_answers_in_both_worlds(
    network: Host, header: int, parameters: str, cluster: int, payload: str, answer: bytes
) -> None:
    callback = 0x4500 | 0x80 | (header & 0xFF)
    network.raw(header, bytes.fromhex(parameters))
    assert network.frames == [(header + 0x4000, b"\x00"), (callback, b"\x00\x00" + answer)]
    network.ask(c.ZDO.MsgCallbackRegister.Req(ClusterId=cluster | 0x8000))
    network.frames.clear()
    zdo_by_af(network, cluster, bytes.fromhex(payload))
    network.run(0.1)
    registered = struct.pack("<HBHBBH", 0, 0, cluster | 0x8000, 0, 0x2A, 0) + answer
    assert network.frames == [(0x6402, b"\x00"), (callback, b"\x00\x00" + answer), (0x45FF, registered)]


def test_own_addresses(network: Host, air: Air) -> None:
    network.permit()
    child = Receiver(air, 0x11, SLEEPY)
    child.join()
    network.frames.clear()
    nwk = child.nwk.to_bytes(2, "little")
    for header, parameters in ((0x2500, IEEE + b"\x00\x00"), (0x2501, b"\x00\x00\x00\x00")):
        network.raw(header, parameters)
        assert network.frames[-1] == (0x4580 | header & 1, b"\x00" + IEEE + bytes(4))
    network.raw(0x2501, b"\x00\x00\x01\x00")
    # MT has the start index first, ZDO the count.
    assert network.frames[-1] == (0x4581, b"\x00" + IEEE + b"\x00\x00\x00\x01" + nwk)


def test_requests_before_there_is_a_network(host: Host) -> None:
    assert host.raw(0x2505, bytes(4)) == [(0x6505, b"\xc2")]


def test_a_device_answers_in_both_worlds(network: Host, air: Air) -> None:
    network.permit()
    device = Receiver(air, 0x11)
    device.join()
    network.run(0.1)
    network.ask(c.ZDO.MsgCallbackRegister.Req(ClusterId=0xFFFF))
    network.frames.clear()
    device.heard.clear()
    nwk = device.nwk.to_bytes(2, "little")
    network.raw(0x2505, nwk * 2)
    network.run(0.1)
    (asked,) = device.heard
    assert (asked.cluster, asked.dst_endpoint, asked.data[1:]) == (0x0005, 0, nwk)
    device.send(0, 0, 0x8005, asked.data[:1] + b"\x00" + nwk + b"\x01\x01")
    network.run(0.1)
    tsn = asked.data[:1].hex()
    assert wire(network) == [
        "6505 00",
        f"4585 {nwk.hex(' ')} 00 {nwk.hex(' ')} 01 01",
        f"45FF {nwk.hex(' ')} 00 05 80 00 {tsn} 00 00 00 {nwk.hex(' ')} 01 01",
    ]


def test_a_short_address_answer_gets_its_missing_fields(network: Host, air: Air) -> None:
    network.permit()
    device = Receiver(air, 0x11)
    device.join()
    network.frames.clear()
    answer = b"\x00" + (0x11).to_bytes(8, "little") + device.nwk.to_bytes(2, "little")
    device.send(0, 0, 0x8000, b"\x01" + answer)
    network.run(0.1)
    assert network.frames == [(0x4580, answer + b"\x00\x00")]


def test_a_host_may_do_without_classic_callbacks(network: Host) -> None:
    network.write_nv(OsalNvIds.ZDO_DIRECT_CB, b"\x00")
    network.reset()
    network.commission()
    network.ask(c.ZDO.MsgCallbackRegister.Req(ClusterId=0x8005))
    network.frames.clear()
    network.raw(0x2505, bytes(4))
    assert [header for header, _ in network.frames] == [0x6505, 0x45FF]
    network.ask(c.ZDO.MsgCallbackRemove.Req(ClusterId=0x8005))
    network.frames.clear()
    network.raw(0x2505, bytes(4))
    assert [header for header, _ in network.frames] == [0x6505]


def test_the_coordinator_answers_requests_of_devices(network: Host, air: Air) -> None:
    network.permit()
    device = Receiver(air, 0x11)
    device.join()
    device.send(0, 0, 0x0005, b"\x33\x00\x00")
    device.send(0, 0, 0x0006, b"\x34\xfd\xff\x04\x01\x01\x06\x00\x00", dst=0xFFFD)
    device.send(0, 0, 0x0006, b"\x35\xfd\xff\x04\x01\x01\x07\x00\x00", dst=0xFFFD)
    device.send(0, 0, 0x0000, b"\x36" + IEEE + b"\x00\x00", dst=0xFFFD)
    device.send(0, 0, 0x0000, b"\x37" + bytes(10), dst=0xFFFD)
    device.send(0, 0, 0x0005, b"\x38")
    network.run(0.1)
    answers = {frame.data[0]: frame.data[1:] for frame in device.heard if frame.cluster & 0x8000}
    assert answers == {
        0x33: b"\x00\x00\x00\x01\x01",
        0x34: b"\x00\x00\x00\x01\x01",
        0x36: b"\x00" + IEEE + b"\x00\x00",
    }


def test_neighbours_are_those_on_the_air(network: Host, air: Air) -> None:
    network.permit()
    devices = [Receiver(air, 0x11 + n, capability) for n, capability in enumerate((0x8E, END_DEVICE, SLEEPY, 0x8E))]
    assert all(device.join() for device in devices)
    air.set_lqi(devices[0], 33)
    seen = []
    while True:
        network.raw(0x2531, struct.pack("<HB", 0, len(seen)))
        answer = network.callbacks(c.ZDO.MgmtLqiRsp.Callback)[-1]
        assert (answer.Status, answer.Neighbors.Entries, answer.Neighbors.StartIndex) == (0, 4, len(seen))
        assert len(answer.Neighbors.NeighborTableList) <= 3
        if not answer.Neighbors.NeighborTableList:
            break
        seen += answer.Neighbors.NeighborTableList
    assert [neighbour.nwk for neighbour in seen] == [device.nwk for device in devices]
    assert seen[0].lqi == 33
    router, end_device = Neighbor.DeviceType.Router, Neighbor.DeviceType.EndDevice
    assert [neighbour.device_type for neighbour in seen] == [router, end_device, end_device, router]
    assert [neighbour.rx_on_when_idle for neighbour in seen] == [1, 1, 0, 1]


def test_routes_lead_to_those_behind_routers(network: Host, air: Air) -> None:
    network.permit()
    router = Receiver(air, 0x11)
    router.join()
    network.permit(0)
    network.ask(c.ZDO.MgmtPermitJoinReq.Req(AddrMode=t.AddrMode.NWK, Dst=router.nwk, Duration=60, TCSignificance=1))
    far = Receiver(air, 0x22, END_DEVICE)
    far.join()
    network.raw(0x2532, bytes(3))
    (route,) = network.callbacks(c.ZDO.MgmtRtgRsp.Callback)[-1].Routes.RoutingTableList
    assert (route.DstNWK, route.NextHop, int(route.RouteStatus)) == (far.nwk, router.nwk, 0)
    network.raw(0x2531, bytes(3))
    assert network.callbacks(c.ZDO.MgmtLqiRsp.Callback)[-1].Neighbors.Entries == 1
    check = c.ZDO.ExtRouteChk.Req
    options = {"RtStatus": c.zdo.RouteStatus.ACTIVE, "Options": c.zdo.RouteOptions.MTO_ROUTE}
    assert network.ask(check(Dst=far.nwk, **options)).Status == c.zdo.RoutingStatus.SUCCESS
    assert network.ask(check(Dst=0x7777, **options)).Status == c.zdo.RoutingStatus.FAIL


def test_energy_scan_in_both_worlds(network: Host) -> None:
    network.ask(c.ZDO.MsgCallbackRegister.Req(ClusterId=0xFFFF))
    scan = c.ZDO.MgmtNWKUpdateReq.Req(
        Dst=0, DstAddrMode=t.AddrMode.NWK, Channels=t.Channels.ALL_CHANNELS, ScanDuration=2, ScanCount=1,
        NwkManagerAddr=0,
    )  # fmt: skip
    network.ask(scan)
    assert not network.callbacks(c.ZDO.MgmtNWKUpdateNotify.Callback)
    network.run(2)
    zdo_by_af(network, 0x0038, bytes.fromhex("00f8ff07 02 01"))
    network.run(2)
    classic = network.callbacks(c.ZDO.MgmtNWKUpdateNotify.Callback)
    assert [len(answer.EnergyValues) for answer in classic] == [16, 16]
    assert classic[0].ScannedChannels == t.Channels.ALL_CHANNELS
    assert [answer.ClusterId for answer in network.callbacks(c.ZDO.MsgCbIncoming.Callback)][-1] == 0x8038
    network.ask(scan.replace(ScanDuration=t.uint8_t(9)))
    assert network.callbacks(c.ZDO.MgmtNWKUpdateNotify.Callback)[-1].Status == Status.INV_REQUESTTYPE


@pytest.mark.parametrize("dst", [0x0000, 0xFFFF])
def test_channel_change(network: Host, dst: int) -> None:
    network.ask(
        c.ZDO.MgmtNWKUpdateReq.Req(
            Dst=dst, DstAddrMode=t.AddrMode.NWK, Channels=t.Channels.from_channel_list([25]),
            ScanDuration=0xFE, ScanCount=0, NwkManagerAddr=0,
        )
    )  # fmt: skip
    nib = t.NIB.deserialize(network.nv(OsalNvIds.NIB), align=True)[0]
    assert (nib.nwkLogicalChannel, nib.nwkUpdateId) == (25, 1)
    assert network.raw(0x2550)[0][1][-1] == 25


def test_leave_of_a_device(network: Host, air: Air) -> None:
    network.permit()
    device = Receiver(air, 0x11, SLEEPY)
    device.join()
    network.run(0.1)
    ieee = (0x11).to_bytes(8, "little")
    for dst, flags, options in (
        (device.nwk, 0x00, 0x00),
        (device.nwk, 0x80, 0x80),
        (device.nwk, 0x01, 0x80),
        (0, 0, 0),
    ):
        device.heard.clear()
        network.raw(0x2534, struct.pack("<H8sB", dst, ieee, flags))
        air.polls(device, network.loop.time())
        network.run(0.1)
        assert device.heard[0].cluster == 0x0034
        assert device.heard[0].data[1:] == ieee + bytes((options,))


def test_bind_at_a_device(network: Host, air: Air) -> None:
    network.permit()
    device = Receiver(air, 0x11)
    device.join()
    network.run(0.1)
    device.heard.clear()
    source = struct.pack("<8sBH", bytes(8), 1, 6)
    to_device, to_group = source + b"\x03" + IEEE + b"\x01", source + b"\x01\x05\x00"
    for header, sent, said in (
        (0x2521, to_device, to_device),
        (0x2522, to_group + bytes(7), to_group),  # herdsman fills it up
        (0x2522, to_group, to_group),  # zigpy doesn't
    ):
        assert network.raw(header, device.nwk.to_bytes(2, "little") + sent) == [(header + 0x4000, b"\x00")]
        network.run(0.1)
        assert device.heard.pop().data[1:] == said


def test_groups(network: Host) -> None:
    add = c.ZDO.ExtAddGroup.Req(Endpoint=1, GroupId=0x0B84, GroupName=t.CharacterString("lights"))
    assert network.raw(0x254A, b"\x01\x84\x0b")[0][1] == b"\x01\x84\x0b\x00"
    assert network.ask(add).Status == t.Status.SUCCESS
    assert network.ask(add).Status == t.Status.APS_DUPLICATE_ENTRY
    assert network.raw(0x254A, b"\x01\x84\x0b")[0][1] == b"\x00\x84\x0b\x06lights"
    network.reset()
    assert network.raw(0x2549, b"\x01")[0][1] == b"\x01\x84\x0b"
    assert network.ask(c.ZDO.ExtCountAllGroups.Req()).GroupCount == 1
    remove = c.ZDO.ExtRemoveGroup.Req(Endpoint=1, GroupId=0x0B84)
    assert network.ask(remove).Status == t.Status.SUCCESS
    assert network.ask(remove).Status == t.Status.FAILURE
    for group in range(17):
        status = network.ask(add.replace(GroupId=t.GroupId(group))).Status
    assert status == t.Status.APS_TABLE_FULL
    network.ask(c.ZDO.ExtRemoveAllGroups.Req(Endpoint=1))
    assert network.ask(c.ZDO.ExtCountAllGroups.Req()).GroupCount == 0


def test_network_discovery(network: Host, air: Air) -> None:
    scan = c.ZDO.NetworkDiscoveryReq.Req(Channels=t.Channels.ALL_CHANNELS, ScanDuration=2)
    network.permit()
    router = Receiver(air, 0x11)
    router.join()
    network.run(0.1)
    assert network.ask(scan).Status == t.Status.NWK_INVALID_REQUEST
    network.reset()
    network.frames.clear()
    assert network.ask(scan).Status == t.Status.SUCCESS
    network.run(2)
    assert [header for header, _ in network.frames] == [0x6526, 0x45C5, 0x45C7]
    (beacon,) = network.callbacks(c.ZDO.BeaconNotifyInd.Callback)[0].Beacons
    assert (beacon.Src, beacon.PanId) == (router.nwk, network.radio.network.pan_id)
    assert beacon.ExtendedPanId.serialize() == network.radio.network.extended_pan_id.to_bytes(8, "little")


def test_link_keys(network: Host, air: Air) -> None:
    network.permit()
    device = Receiver(air, 0x1122334455667788)
    device.join()
    ieee = device.ieee.to_bytes(8, "little")
    hashed = network.raw(0x2525, ieee)[0][1]
    assert hashed[:9] == b"\x00" + ieee
    seed = network.nv(OsalNvIds.TCLK_SEED)
    unhashed = bytes(a ^ b for a, b in zip(hashed[9:], ieee * 2, strict=True))
    assert any(seed[n:] + seed[:n] == unhashed for n in range(16))
    assert network.raw(0x2745, ieee)[0][1][0] != 0
    key = bytes(range(16))
    assert network.raw(0x2542, device.nwk.to_bytes(2, "little") + ieee + key)[0] == (0x6542, b"\x00")
    assert network.raw(0x2525, ieee)[0][1] == b"\x00" + ieee + key
    assert network.raw(0x2744, ieee)[0][1] == b"\x00" + key + bytes(8)
    assert network.raw(0x2745, ieee)[0][1] == b"\x00\x00\x00"
    assert network.raw(0x2524, ieee)[0] == (0x6524, b"\x00")
    assert network.raw(0x2525, ieee)[0][1][0] != 0


def test_clock_and_timers(host: Host) -> None:
    host.ask(c.SYS.SetTime.Req(UTCTime=0, Hour=12, Minute=30, Second=0, Month=2, Day=29, Year=2024))
    host.run(90)
    now = host.ask(c.SYS.GetTime.Req())
    assert (now.Year, now.Month, now.Day, now.Hour, now.Minute, now.Second) == (2024, 2, 29, 12, 31, 30)
    wrong = c.SYS.SetTime.Req(UTCTime=0, Hour=12, Minute=30, Second=0, Month=13, Day=1, Year=2024)
    assert host.ask(wrong).Status == t.Status.INVALID_PARAMETER
    for timer in (0, 1):
        host.ask(c.SYS.OSALStartTimer.Req(Id=timer, Timeout=500))
    host.ask(c.SYS.OSALStopTimer.Req(Id=0))
    host.run(1)
    assert [expired.Id for expired in host.callbacks(c.SYS.OSALTimerExpired.Callback)] == [1]
    assert host.ask(c.UTIL.TimeAlive.Req()).Seconds == 91


def test_transmit_power(host: Host) -> None:
    assert host.ask(c.SYS.SetTxPower.Req(TXPower=20)).StatusOrPower == 0
    assert host.ask(c.SYS.SetTxPower.Req(TXPower=21)).StatusOrPower == t.Status.INVALID_PARAMETER
    assert host.raw(0x210F, b"\x00\x14")[0] == (0x610F, b"\x00")

"""Endpoints, data requests and their confirms, incoming data."""

import struct

import pytest
import zigpy_znp.commands as c
import zigpy_znp.types as t
from zigpy_znp.types.nvids import OsalNvIds

from tests.support.receiver import END_DEVICE, ROUTER, SLEEPY, Receiver
from tests.support.serial_host import Host
from zigloop.air.air import Air

ZCL = bytes.fromhex("01070002")
ACK = 0x10


@pytest.fixture
def device(network: Host, air: Air) -> Receiver:
    """A device that has joined; nothing of that is left in the host's log."""
    network.permit()
    device = Receiver(air, 0x11)
    assert device.join()
    network.run(0.1)
    network.frames.clear()
    device.heard.clear()
    return device


def wire(host: Host) -> list[str]:
    return [f"{header:04X} {payload.hex(' ')}".strip() for header, payload in host.frames]


def request(dst: int, trans_id: int = 7, *, src_ep: int = 1, options: int = 0, data: bytes = ZCL) -> bytes:
    return struct.pack("<HBBHBBBB", dst, 1, src_ep, 6, trans_id, options, 30, len(data)) + data


def request_ext(mode: int, address: int, *, src_ep: int = 1, pan: int = 0, length: int = len(ZCL)) -> bytes:
    head = struct.pack("<BQBHBHBBBH", mode, address, 1, pan, src_ep, 6, 7, 0, 30, length)
    return head + ZCL


def test_registering_endpoints(network: Host) -> None:
    register = c.AF.Register.Req(
        Endpoint=1, ProfileId=0x0104, DeviceId=0, DeviceVersion=0,
        LatencyReq=c.af.LatencyReq.NoLatencyReqs, InputClusters=[], OutputClusters=[],
    )  # fmt: skip
    assert network.ask(register).Status == t.Status.APS_DUPLICATE_ENTRY
    assert network.ask(register.replace(Endpoint=t.uint8_t(0))).Status == t.Status.INVALID_PARAMETER
    assert network.ask(register.replace(Endpoint=t.uint8_t(2))).Status == t.Status.SUCCESS
    assert list(network.firmware.af.endpoints) == [2, 1]
    assert network.ask(c.AF.Delete.Req(Endpoint=2)).Status == t.Status.SUCCESS
    assert network.ask(c.AF.Delete.Req(Endpoint=2)).Status == t.Status.INVALID_PARAMETER


def test_a_unicast_is_confirmed_after_its_response(network: Host, device: Receiver) -> None:
    network.raw(0x2401, request(device.nwk, options=ACK))
    assert wire(network) == ["6401 00"]
    network.run(0.1)
    assert wire(network) == ["6401 00", "4480 00 01 07"]
    (frame,) = device.heard
    assert (frame.src, frame.src_endpoint, frame.dst_endpoint, frame.cluster) == (0, 1, 1, 6)
    assert (frame.profile, frame.data, frame.ack, frame.secure) == (0x0104, ZCL, True, False)


@pytest.mark.parametrize("mode", ["DataRequest", "DataRequestExt by nwk", "by ieee", "source route"])
def test_every_way_to_one_device(network: Host, air: Air, device: Receiver, mode: str) -> None:
    router = Receiver(air, 0x22)
    router.join()
    network.frames.clear()
    header, payload = {
        "DataRequest": (0x2401, request(device.nwk)),
        "DataRequestExt by nwk": (0x2402, request_ext(2, device.nwk)),
        "by ieee": (0x2402, request_ext(3, device.ieee)),
        "source route": (
            0x2403,
            struct.pack("<HBBHBBBBHB", device.nwk, 1, 1, 6, 7, 0, 30, 1, router.nwk, len(ZCL)) + ZCL,
        ),
    }[mode]
    network.raw(header, payload)
    network.run(0.1)
    assert wire(network) == [f"{header + 0x4000:04X} 00", "4480 00 01 07"]
    assert device.heard[0].data == ZCL
    assert device.heard[0].relays == ((router.nwk,) if mode == "source route" else ())


def test_groups_and_broadcasts_are_confirmed_too(network: Host, device: Receiver) -> None:
    for mode, address in ((1, 0x0005), (2, 0xFFFD), (0x0F, 0xFFFF)):
        network.raw(0x2402, request_ext(mode, address))
    network.run(0.1)
    assert wire(network) == ["6402 00"] * 3 + ["4480 00 01 07"] * 3
    assert [frame.group for frame in device.heard] == [5, None, None]


def test_outcomes_of_a_lost_frame(network: Host, air: Air, device: Receiver) -> None:
    device.listening = False
    network.raw(0x2401, request(device.nwk))
    network.run(0.1)
    assert wire(network)[-1] == "4480 e9 01 07"
    network.raw(0x2401, request(0x7777))
    network.run(0.1)
    assert wire(network)[-1] == "6401 00"  # still looking for a route
    network.run(2)
    assert wire(network)[-1] == "4480 cd 01 07"


def test_a_sleepy_childs_frame_expires(network: Host, air: Air) -> None:
    network.permit()
    sensor = Receiver(air, 0x22, SLEEPY)
    assert sensor.join()
    network.frames.clear()
    network.raw(0x2401, request(sensor.nwk))
    network.run(7.6)
    assert wire(network) == ["6401 00"]
    network.run(0.1)
    assert wire(network) == ["6401 00", "4480 f0 01 07"]
    air.polls(sensor, network.loop.time())
    network.run(1)
    assert sensor.heard == []


def test_a_sleepy_child_fetches_its_frame(network: Host, air: Air) -> None:
    network.permit()
    sensor = Receiver(air, 0x22, SLEEPY)
    assert sensor.join()
    network.frames.clear()
    network.raw(0x2401, request(sensor.nwk))
    network.run(5)
    assert wire(network) == ["6401 00"]
    air.polls(sensor, network.loop.time())
    network.run(0.1)
    assert wire(network) == ["6401 00", "4480 00 01 07"]
    assert len(sensor.heard) == 1


def test_beyond_the_first_hop_only_an_aps_ack_tells(network: Host, air: Air, device: Receiver) -> None:
    network.permit(0)
    network.ask(c.ZDO.MgmtPermitJoinReq.Req(AddrMode=t.AddrMode.NWK, Dst=device.nwk, Duration=60, TCSignificance=1))
    far = Receiver(air, 0x22, END_DEVICE)
    assert far.join()
    far.listening = False
    for options, status in ((ACK, "b7"), (0, "00")):
        network.raw(0x2401, request(far.nwk, options=options))
        network.run(7)
        assert wire(network)[-1] == f"4480 {status} 01 07"


def test_a_device_that_left_cannot_be_reached(network: Host, air: Air, device: Receiver) -> None:
    nwk = device.nwk
    assert air.trust_center is not None
    air.trust_center.departed(device, rejoin=False)
    air.detach(device)
    network.raw(0x2401, request(nwk))
    network.run(2)
    assert wire(network)[-1] == "4480 cd 01 07"


def test_requests_that_are_refused(host: Host) -> None:
    host.register()
    assert host.raw(0x2401, request(0x1234)) == [(0x6401, b"\xc2")]  # no network yet
    host.commission()
    refused = t.Status.INVALID_PARAMETER
    assert host.raw(0x2401, request(0x1234, src_ep=9)) == [(0x6401, bytes((refused,)))]
    assert host.raw(0x2402, request_ext(7, 0x1234)) == [(0x6402, bytes((refused,)))]
    assert host.raw(0x2402, request_ext(3, 0x1234)) == [(0x6402, bytes((refused,)))]
    assert host.raw(0x2402, request_ext(0, 0)) == [(0x6402, bytes((t.Status.APS_NO_BOUND_DEVICE,)))]
    assert host.raw(0x2402, request_ext(2, 1, length=0xFFFF)) == [(0x6402, bytes((t.Status.MEM_ERROR,)))]
    host.run(5)
    assert not host.callbacks(c.AF.DataConfirm.Callback)


def test_a_relay_that_is_gone(network: Host, device: Receiver) -> None:
    payload = struct.pack("<HBBHBBBBHB", device.nwk, 1, 1, 6, 7, 0, 30, 1, 0x7777, len(ZCL)) + ZCL
    network.raw(0x2403, payload)
    network.run(0.1)
    assert wire(network) == ["6403 00", "4480 e9 01 07"]
    assert device.heard == []


def test_zdo_data_are_never_confirmed(network: Host, device: Receiver) -> None:
    network.raw(0x2402, struct.pack("<BQBHBHBBBH", 2, device.nwk, 0, 0, 0, 0x0005, 9, 0x20, 0, 3) + b"\x09\x00\x00")
    network.run(0.1)
    assert wire(network) == ["6402 00"]
    assert device.heard[0].data == b"\x09\x00\x00"


def test_a_reset_clears_pending_frames(network: Host, device: Receiver) -> None:
    network.raw(0x2401, request(device.nwk))
    network.raw(0x2401, request(0x7777))
    network.reset()
    network.commission()
    network.run(5)
    assert not network.callbacks(c.AF.DataConfirm.Callback)


def test_long_requests_come_in_pieces(network: Host, device: Receiver) -> None:
    data = bytes(range(256)) + bytes(44)
    network.raw(0x2402, request_ext(2, device.nwk, length=300)[:-4])
    for index in range(0, 300, 100):
        store = c.AF.DataStore.Req(Index=index, Data=t.ShortBytes(data[index : index + 100]))
        assert network.ask(store).Status == t.Status.SUCCESS
    over = c.AF.DataStore.Req(Index=250, Data=t.ShortBytes(bytes(51)))
    assert network.ask(over).Status == t.Status.MEM_ERROR
    assert device.heard == []
    send = c.AF.DataStore.Req(Index=0, Data=b"")
    assert network.ask(send).Status == t.Status.SUCCESS
    network.run(0.1)
    assert device.heard[0].data == data
    assert wire(network)[-1] == "4480 00 01 07"
    assert network.ask(send).Status == t.Status.FAILURE


def test_incoming_data(network: Host, air: Air, device: Receiver) -> None:
    air.set_lqi(device, 77)
    device.send(2, 1, 0x000C, b"\x18\x01\x0a", counter=5)
    network.run(0.1)
    (message,) = network.callbacks(c.AF.IncomingMsg.Callback)
    assert (message.SrcAddr, message.SrcEndpoint, message.DstEndpoint) == (device.nwk, 2, 1)
    assert (message.ClusterId, message.Data, message.LQI, message.TSN) == (0x000C, b"\x18\x01\x0a", 77, 5)
    assert (message.GroupId, message.WasBroadcast, message.SecurityUse) == (0, False, False)
    assert (message.MacSrcAddr, message.MsgResultRadius) == (device.nwk, 30)


def test_a_burst_keeps_its_order(network: Host, device: Receiver) -> None:
    for number in range(50):
        device.send(1, 1, 6, bytes((number,)))
    network.run(0.1)
    assert [message.Data[0] for message in network.callbacks(c.AF.IncomingMsg.Callback)] == list(range(50))


def test_data_for_unregistered_endpoints_are_dropped(network: Host, device: Receiver) -> None:
    device.send(1, 99, 6, ZCL)
    network.run(0.1)
    assert network.frames == []


def test_data_for_all_endpoints_go_to_those_of_the_profile(network: Host, device: Receiver) -> None:
    network.register(2)
    network.register(242, 0xA1E0)
    device.send(1, 255, 6, ZCL, dst=0xFFFD)
    network.run(0.1)
    messages = network.callbacks(c.AF.IncomingMsg.Callback)
    assert [(message.DstEndpoint, message.WasBroadcast) for message in messages] == [(2, True), (1, True)]


def test_groupcasts_go_to_members(network: Host, device: Receiver) -> None:
    network.ask(c.ZDO.ExtAddGroup.Req(Endpoint=1, GroupId=0x0901, GroupName=t.CharacterString("")))
    for group in (0x0901, 0x0902):
        device.send(1, 255, 6, ZCL, dst=0xFFFD, group=group)
    network.run(0.1)
    (message,) = network.callbacks(c.AF.IncomingMsg.Callback)
    assert message.GroupId == 0x0901


@pytest.mark.parametrize("length", [0, 1, 222, 223])
def test_the_longest_message_in_one_frame(network: Host, device: Receiver, length: int) -> None:
    device.send(1, 1, 6, bytes(length))
    network.run(0.1)
    assert network.callbacks(c.AF.IncomingMsg.Callback)[0].Data == bytes(length)


def test_long_messages_are_fetched(network: Host, device: Receiver) -> None:
    data = bytes(range(256)) + b"end"
    device.send(1, 1, 6, data)
    device.send(1, 1, 6, bytes(300))
    network.run(0.1)
    first, second = [payload for header, payload in network.frames if header == 0x4482]
    assert len(first) == 27 + 3
    *_, timestamp, _, length = struct.unpack_from("<HHBQBHBBBBIBH", first)
    assert length == len(data)
    assert struct.unpack_from("<I", second, 20) != (timestamp,)
    retrieve = c.AF.DataRetrieve.Req
    parts = [network.ask(retrieve(TimeStamp=timestamp, Index=i, Length=n)) for i, n in ((0, 240), (240, 19))]
    assert b"".join(part.Data for part in parts) == data
    assert network.ask(retrieve(TimeStamp=timestamp, Index=240, Length=20)).Status == t.Status.FAILURE
    assert network.ask(retrieve(TimeStamp=timestamp, Index=0, Length=0)).Status == t.Status.SUCCESS
    assert network.ask(retrieve(TimeStamp=timestamp, Index=0, Length=1)).Status == t.Status.FAILURE
    network.run(60)
    assert not network.firmware.incoming.waiting


def test_the_coordinator_hears_itself(network: Host) -> None:
    network.raw(0x2401, request(0))
    network.run(0.1)
    assert [header for header, _ in network.frames] == [0x6401, 0x4481, 0x4480]


def test_inter_pan(network: Host, device: Receiver) -> None:
    control = c.AF.InterPanCtl.Req
    commands = t.InterPanCommand
    assert network.ask(control(Command=commands.Set, Data=t.Bytes(b"\x0c"))).Status == t.Status.SUCCESS
    assert not network.radio.station.listening
    assert network.ask(control(Command=commands.Reg, Data=t.Bytes(b"\x0c"))).Status == t.Status.INVALID_PARAMETER
    assert network.ask(control(Command=commands.Reg, Data=t.Bytes(b"\x01"))).Status == t.Status.SUCCESS
    assert network.ask(control(Command=commands.Chk, Data=t.Bytes(b"\xff\xff\x01"))).Status == t.Status.SUCCESS
    network.raw(0x2402, request_ext(2, 0xFFFF, pan=0xFFFF))
    network.raw(0x2402, request_ext(3, 0x99, pan=0xFFFF))
    device.send(1, 1, 6, ZCL)
    network.run(0.1)
    assert wire(network)[-2:] == ["4480 00 01 07", "4480 e9 01 07"]
    assert not network.callbacks(c.AF.IncomingMsg.Callback)
    assert network.ask(control(Command=commands.Clr, Data=t.Bytes(b""))).Status == t.Status.SUCCESS
    assert network.radio.station.listening


def test_association_list(network: Host, air: Air) -> None:
    network.permit()
    assert network.raw(0x2749, b"\x00")[0][1] == bytes.fromhex("feffffffff") + bytes(31)
    child = Receiver(air, 0x11, SLEEPY)
    child.join()
    router = Receiver(air, 0x22, ROUTER)
    router.join()
    get = c.UTIL.AssocGetWithAddress.Req
    by_ieee = network.ask(get(IEEE=t.EUI64.convert("00:00:00:00:00:00:00:11"), NWK=0)).Device
    assert (by_ieee.shortAddr, by_ieee.nodeRelation) == (child.nwk, c.util.NodeRelation.CHILD_RFD)
    nothing = t.EUI64.convert("00:00:00:00:00:00:00:00")
    by_nwk = network.ask(get(IEEE=nothing, NWK=router.nwk)).Device
    assert by_nwk.nodeRelation == c.util.NodeRelation.NEIGHBOR
    unknown = network.ask(get(IEEE=t.EUI64.convert("00:00:00:00:00:00:00:33"), NWK=0)).Device
    assert (unknown.shortAddr, unknown.nodeRelation) == (0xFFFE, c.util.NodeRelation.NOTUSED)
    remove = c.UTIL.AssocRemove.Req(IEEE=t.EUI64.convert("00:00:00:00:00:00:00:11"))
    assert network.ask(remove).Status == t.Status.SUCCESS
    assert network.ask(remove).Status == t.Status.FAILURE
    # The firmware's order, not zigpy-znp's.
    again = struct.pack("<QHB", 0x11, child.nwk, 1)
    assert network.raw(0x2764, again)[0] == (0x6764, b"\x00")
    assert network.raw(0x2748, b"\x01\x04")[0][1] == b"\x01\x00"
    swapped = struct.pack("<HQB", child.nwk, 0x11, 1)
    assert network.raw(0x2764, swapped)[0] == (0x6764, b"\x01")


def test_led_control_is_never_answered(network: Host) -> None:
    assert network.raw(0x270A, b"\xff\x00") == []


def test_route_discovery_time_is_nv_s(network: Host) -> None:
    network.write_nv(OsalNvIds.ROUTE_DISCOVERY_TIME, b"\x05")
    network.raw(0x2401, request(0x7777))
    network.run(0.4)
    assert wire(network)[-1] == "6401 00" or not network.callbacks(c.AF.DataConfirm.Callback)
    network.run(0.2)
    assert wire(network)[-1] == "4480 cd 01 07"

"""Forming, resuming, letting devices in and out."""

import random
import struct

import pytest
import zigpy_znp.commands as c
import zigpy_znp.types as t
from zigpy_znp.commands.app_config import BDBCommissioningMode as Mode
from zigpy_znp.commands.app_config import BDBCommissioningStatus as Status
from zigpy_znp.types.nvids import ExNvIds, OsalNvIds

from tests.support.receiver import END_DEVICE, ROUTER, SLEEPY, Receiver
from tests.support.serial_host import HARDWARE_IEEE, Host, MakeRadio
from zigloop.air.air import Air
from zigloop.bench import Bench
from zigloop.clock import ClockLoop
from zigloop.coordinator.store import Admission
from zigloop.radio.families import family
from zigloop.radio.zstack.commissioning import DeviceState
from zigloop.radio.zstack.nv import CC2652

START = c.AppConfig.BDBStartCommissioning.Req(Mode=Mode.NwkFormation)
PAN_ID, CHANNEL, EPID, KEY = 0x1A62, 20, bytes(range(1, 9)), bytes(range(16))


def form(host: Host, channel: int = CHANNEL, key: bytes = KEY) -> None:
    host.write_nv(OsalNvIds.PANID, PAN_ID.to_bytes(2, "little"))
    host.write_nv(OsalNvIds.APS_USE_EXT_PANID, EPID)
    host.write_nv(OsalNvIds.PRECFGKEY, key)
    for primary, mask in ((True, 1 << channel), (False, 0)):
        host.ask(c.AppConfig.BDBSetChannel.Req(IsPrimary=primary, Channel=t.Channels(mask)))
    host.commission()


def wire(host: Host) -> list[str]:
    return [f"{header:04X} {payload.hex(' ')}".strip() for header, payload in host.frames]


def test_a_new_network_on_the_wire(host: Host) -> None:
    host.ask(START)
    host.run(1)
    assert wire(host) == ["6F05 00", "45C0 08", "4F80 01 02 04", "45C0 09", "4F80 00 04 00"]


def test_a_network_started_again_on_the_wire(network: Host) -> None:
    network.reset()
    network.frames.clear()
    network.ask(START)
    network.run(1)
    assert wire(network) == ["6F05 00", "45C0 09", "4F80 0d 00 04", "4F80 08 04 00"]


def test_the_network_is_the_one_that_nv_asks_for(host: Host) -> None:
    form(host)
    network = host.radio.network
    assert (network.pan_id, network.channel, network.settings.key) == (PAN_ID, CHANNEL, KEY)
    assert network.extended_pan_id == int.from_bytes(EPID, "little")
    info = host.raw(0x2550)[0][1]
    assert info == b"\x00\x00\x09\x62\x1a\x00\x00" + EPID + bytes(8) + bytes((CHANNEL,))
    nib = t.NIB.deserialize(host.nv(OsalNvIds.NIB), align=True)[0]
    assert (nib.nwkPanId, nib.nwkLogicalChannel, nib.nwkDevAddress) == (PAN_ID, CHANNEL, 0)
    assert nib.extendedPANID.serialize() == EPID
    assert nib.nwkKeyLoaded
    assert len(host.nv(OsalNvIds.NIB)) == 116
    for item in (OsalNvIds.NWK_ACTIVE_KEY_INFO, OsalNvIds.NWK_ALTERN_KEY_INFO):
        assert host.nv(item) == b"\x00" + KEY
    assert host.nv(OsalNvIds.NWKKEY)[:17] == b"\x00" + KEY
    assert host.nv(OsalNvIds.BDBNODEISONANETWORK) == b"\x01"
    assert not host.nv(OsalNvIds.STARTUP_OPTION)[0] & 0x02


def test_without_wishes_the_network_is_random(host: Host) -> None:
    host.ask(c.AppConfig.BDBSetChannel.Req(IsPrimary=True, Channel=t.Channels(1 << 15 | 1 << 25)))
    host.commission()
    network = host.radio.network
    assert network.channel in (15, 25)
    assert 0 < network.pan_id < 0xFFFE
    assert network.extended_pan_id == HARDWARE_IEEE
    assert any(network.settings.key)


def test_a_mask_without_channels_forms_nothing(host: Host) -> None:
    host.ask(c.AppConfig.BDBSetChannel.Req(IsPrimary=True, Channel=t.Channels(1)))
    host.ask(START)
    host.run(1)
    assert wire(host)[-1] == "4F80 08 04 00"
    assert not host.radio.network.formed


def test_startup_from_app(host: Host) -> None:
    request = c.ZDO.StartupFromApp.Req(StartDelay=100)
    assert host.ask(request).State == c.zdo.StartupState.NewNetworkState
    host.run(1)
    assert wire(host)[-1] == "45C0 09"
    pan_id = host.radio.network.pan_id
    host.reset()
    assert host.raw(0x2700)[0][1][12] == DeviceState.HOLD
    assert host.ask(request).State == c.zdo.StartupState.RestoredNetworkState
    host.run(1)
    assert host.radio.network.pan_id == pan_id
    assert host.raw(0x2700)[0][1] == bytes(1) + HARDWARE_IEEE.to_bytes(8, "little") + bytes.fromhex("0000070900")


def test_steering(host: Host) -> None:
    steering = c.AppConfig.BDBStartCommissioning.Req(Mode=Mode.NwkSteering)
    host.ask(steering)
    host.run(1)
    assert wire(host)[-1] == f"4F80 {Status.NoNetwork:02x} 02 00"
    host.commission()
    host.ask(steering)
    host.run(1)
    assert wire(host)[-1] == "4F80 00 02 00"
    assert host.radio.network.permits(0)
    host.run(180)
    assert not host.radio.network.permits(0)


def test_a_reset_loses_endpoints_and_keeps_the_network(network: Host) -> None:
    network.ask(c.ZDO.MsgCallbackRegister.Req(ClusterId=0xFFFF))
    network.permit()
    pan_id = network.radio.network.pan_id
    network.frames.clear()
    network.reset()
    assert wire(network) == ["4180 01 02 01 02 07 01"]
    assert not network.firmware.af.endpoints
    assert not network.radio.station.listening
    network.commission()
    assert network.radio.network.pan_id == pan_id
    assert not network.radio.network.permits(0)


def test_while_it_boots_the_radio_is_deaf(network: Host) -> None:
    network.frames.clear()
    network.raw(0x4100, b"\x01")
    assert network.raw(0x2101) == []
    network.run(1)
    assert [header for header, _ in network.frames] == [0x4180]


def test_frame_counter_never_goes_back(network: Host, air: Air) -> None:
    network.permit()
    Receiver(air, 0x11).join()
    before = network.firmware.store.frame_counter.value
    for _ in range(2500):
        network.raw(0x2401, bytes.fromhex("341201010600070010 03 010702"))
    used = network.firmware.store.frame_counter.value
    assert used > before + 2500 - 1
    network.reset()
    network.commission()
    assert network.firmware.store.frame_counter.value > used
    tables = dict(network.firmware.nv.table(ExNvIds.NWK_SEC_MATERIAL_TABLE))
    stored = int.from_bytes(tables[0][:4], "little")
    assert stored == int.from_bytes(network.nv(OsalNvIds.NWKKEY)[20:], "little")
    network.run(1)


def test_frame_counters_outlive_their_network(host: Host) -> None:
    for number in range(7):
        host.write_nv(OsalNvIds.APS_USE_EXT_PANID, bytes((number + 1,)) * 8)
        host.commission()
        host.ask(c.AppConfig.SetNwkFrameCounter.Req(FrameCounterValue=100_000 * (number + 1)))
        host.write_nv(OsalNvIds.STARTUP_OPTION, b"\x03")
        host.reset()
    entries = [entry for _, entry in host.firmware.nv.table(ExNvIds.NWK_SEC_MATERIAL_TABLE)]
    assert [entry[4:] for entry in entries] == [bytes((n,)) * 8 for n in (1, 2, 3, 4)] + [b"\xff" * 8]
    assert int.from_bytes(entries[-1][:4], "little") == 700_000


def test_joining(network: Host, air: Air) -> None:
    network.ask(c.ZDO.MsgCallbackRegister.Req(ClusterId=0xFFFF))
    network.permit(60)
    device = Receiver(air, 0xA1A2A3A4A5A6A7A8, END_DEVICE)
    network.frames.clear()
    assert device.join()
    device.announce()
    network.run(0.1)
    nwk, ieee = device.nwk.to_bytes(2, "little").hex(" "), "a8 a7 a6 a5 a4 a3 a2 a1"
    assert wire(network) == [
        f"45CA {nwk} {ieee} 00 00",
        f"45C1 {nwk} {nwk} {ieee} 88",
        f"45FF {nwk} 01 13 00 00 07 fd ff {nwk} {ieee} 88",
    ]
    # and NV has it: what a backup is made of
    addresses = dict(network.firmware.nv.table(ExNvIds.ADDRMGR))
    assert addresses[0].hex(" ") == f"03 ff {nwk} {ieee}"
    keys = dict(network.firmware.nv.table(ExNvIds.TCLK_TABLE))
    assert keys[0][8:16].hex(" ") == ieee
    assert keys[0][16] == 2
    assert (
        device.nwk == network.ask(c.UTIL.AddrMgrExtAddrLookup.Req(IEEE=t.EUI64.convert("a1:a2:a3:a4:a5:a6:a7:a8"))).NWK
    )
    assert network.raw(0x2741, device.nwk.to_bytes(2, "little"))[0][1].hex(" ") == ieee
    assert network.raw(0x2700)[0][1][-3:].hex(" ") == f"01 {nwk}"
    network.reset()
    assert network.raw(0x2700)[0][1][-3:].hex(" ") == f"01 {nwk}"


def test_leaving(network: Host, air: Air) -> None:
    network.permit()
    device = Receiver(air, 0x11, SLEEPY)
    device.join()
    nwk = device.nwk.to_bytes(2, "little").hex(" ")
    network.frames.clear()
    assert air.trust_center is not None
    air.trust_center.departed(device, rejoin=True)
    assert len(network.firmware.store.addresses.entries()) == 1
    air.trust_center.departed(device, rejoin=False)
    ieee = "11 00 00 00 00 00 00 00"
    assert wire(network) == [f"45C9 {nwk} {ieee} 00 00 01", f"45C9 {nwk} {ieee} 00 00 00"]
    assert network.firmware.store.addresses.entries() == []
    assert network.raw(0x2748, b"\x00\xff")[0][1] == b"\x00\x00"
    network.run(100)
    assert not device.join(rejoin=True)


def test_through_a_router(network: Host, air: Air) -> None:
    network.permit(10)
    router = Receiver(air, 0x11)
    router.join()
    network.run(11)
    lamp = Receiver(air, 0x22, END_DEVICE)
    assert not lamp.join()
    request = c.ZDO.MgmtPermitJoinReq.Req(AddrMode=t.AddrMode.NWK, Dst=router.nwk, Duration=60, TCSignificance=1)
    assert network.ask(request).Status == t.Status.SUCCESS
    network.run(0.1)
    assert router.heard[-1].cluster == 0x0036
    router.send(0, 0, 0x8036, router.heard[-1].data[:1] + b"\x00")
    network.run(0.1)
    assert network.callbacks(c.ZDO.MgmtPermitJoinRsp.Callback)[-1].Src == router.nwk
    assert lamp.join()
    joined = network.callbacks(c.ZDO.TCDevInd.Callback)[-1]
    assert (joined.SrcNwk, joined.ParentNwk) == (lamp.nwk, router.nwk)
    assert [entry.user for entry in network.firmware.store.addresses.entries()] == [2, 2]
    network.ask(c.ZDO.ExtRouteDisc.Req(Dst=lamp.nwk, Options=c.zdo.RouteDiscoveryOptions.UNICAST, Radius=30))
    network.run(0.1)
    route = network.callbacks(c.ZDO.SrcRtgInd.Callback)[-1]
    assert (route.DstAddr, list(route.Relays)) == (lamp.nwk, [router.nwk])


@pytest.mark.parametrize(("mode", "dst"), [(0x0F, 0xFFFC), (0x02, 0xFFFC), (0x02, 0x0000)])
def test_permit_join_is_confirmed_by_the_coordinator(network: Host, air: Air, mode: int, dst: int) -> None:
    router = Receiver(air, 0x11)
    network.permit()
    router.join()
    network.permit(0)
    network.run(0.1)
    router.heard.clear()
    network.frames.clear()
    network.raw(0x2536, bytes((mode, dst & 0xFF, dst >> 8, 60, 1)))
    assert wire(network) == ["6536 00", "45B6 00 00 00"]
    assert network.radio.network.permits(0)
    assert network.radio.network.permits(router.nwk) == (mode == 0x0F)
    network.run(0.1)
    assert [frame.data[1:] for frame in router.heard] == ([b"\x3c\x01"] if mode == 0x0F else [])


def test_install_codes(network: Host, air: Air) -> None:
    device = Receiver(air, 0x11)
    code = bytes.fromhex("83FED3407A939723A5C639B26916D505")
    ieee = t.EUI64.deserialize((0x11).to_bytes(8, "little"))[0]
    formats = c.app_config.InstallCodeFormat
    add = c.AppConfig.BDBAddInstallCode.Req
    wrong = add(InstallCodeFormat=formats.InstallCodeAndCRC, IEEE=ieee, InstallCode=t.Bytes(code + b"\x00\x00"))
    assert network.ask(wrong).Status == t.Status.INVALID_PARAMETER
    network.ask(c.AppConfig.BDBSetJoinUsesInstallCodeKey.Req(BdbJoinUsesInstallCodeKey=True))
    network.permit()
    assert not device.join()
    # The code and CRC of the BDB specification's example.
    right = add(InstallCodeFormat=formats.InstallCodeAndCRC, IEEE=ieee, InstallCode=t.Bytes(code + b"\xc3\xb5"))
    assert network.ask(right).Status == t.Status.SUCCESS
    assert device.join()


def test_a_network_formed_anew_has_no_old_members(network: Host, air: Air) -> None:
    network.permit()
    device = Receiver(air, 0x11)
    device.join()
    network.write_nv(OsalNvIds.STARTUP_OPTION, b"\x03")
    network.reset()
    network.write_nv(OsalNvIds.PRECFGKEY, random.Random(9).randbytes(16))
    network.commission()
    network.register()
    network.frames.clear()
    device.heard.clear()
    device.send(1, 1, 6, b"\x18\x01\x0a\x00\x00\x10\x01")
    network.raw(0x2401, device.nwk.to_bytes(2, "little") + bytes.fromhex("0101060007001e03010702"))
    network.run(5)
    assert wire(network) == ["6401 00", "4480 cd 01 07"]
    assert device.heard == []
    network.permit()
    assert device.join()
    network.raw(0x2401, device.nwk.to_bytes(2, "little") + bytes.fromhex("0101060007001e03010702"))
    network.run(5)
    assert wire(network)[-1] == "4480 00 01 07"


def test_a_full_house(network: Host, air: Air, caplog: pytest.LogCaptureFixture) -> None:
    network.permit(254)
    children = [Receiver(air, 0x100 + number, SLEEPY) for number in range(CC2652.children + 1)]
    assert [child.join() for child in children] == [True] * CC2652.children + [False]
    assert "child table is full" in caplog.text
    assert children[0].join()
    Receiver(air, 0x11, ROUTER).join()
    network.permit(254)
    assert children[-1].join()
    assert network.radio.network.relays(children[-1].nwk)


def test_tables_full(network: Host, air: Air, caplog: pytest.LogCaptureFixture) -> None:
    network.permit(254)
    joined = [Receiver(air, 0x1000 + number).join() for number in range(201)]
    assert joined == [True] * 200 + [False]
    assert "tables are full" in caplog.text


def test_tables_that_are_declared_larger(loop: ClockLoop) -> None:
    bench = Bench(loop, radio=family("zstack", devices=210, children=60))
    store = bench.radio.firmware.store
    store.start()
    joined = [
        store.admit(Admission(ieee=1 + each, nwk=1 + each, capability=0, direct=True, child=each < 60, lqi=0))
        for each in range(211)
    ]
    assert joined == [True] * 210 + [False]
    assert (store.max_children, len(store.children)) == (60, 60)
    loop.run_until_complete(bench.close())


def test_broadcasts_and_groups_stay_in_their_network(network: Host, air: Air) -> None:
    network.permit()
    old = Receiver(air, 0x11)
    assert old.join()
    network.write_nv(OsalNvIds.STARTUP_OPTION, b"\x03")
    network.reset()
    network.commission()
    network.register()
    network.permit()
    new = Receiver(air, 0x22)
    assert new.join()
    old.heard.clear()
    new.heard.clear()
    for mode, address in ((2, 0xFFFD), (0x0F, 0xFFFC), (1, 5)):
        network.raw(0x2402, struct.pack("<BQBHBHBBBH", mode, address, 1, 0, 1, 6, 7, 0, 30, 3) + b"\x01\x07\x02")
    network.run(1)
    assert (len(new.heard), old.heard) == (3, [])


def test_addresses_come_from_the_seed(loop: ClockLoop, air: Air, make_radio: MakeRadio) -> None:
    def addresses(seed: int) -> list[int]:
        radio = make_radio(seed=seed)
        host = Host(loop, radio)
        host.commission()
        host.permit()
        devices = [Receiver(air, 0x11 + number) for number in range(3)]
        assert all(device.join() for device in devices)
        radio.close()
        found = [device.nwk for device in devices]
        for device in devices:
            air.detach(device)
        return found

    assert addresses(3) == addresses(3) != addresses(4)

"""zigpy-znp as host, in virtual time: forming, starting, backup and restore, its tools."""

import json
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import zigpy.exceptions
import zigpy.types
import zigpy_znp.commands as c
from zigpy_znp.tools import (
    energy_scan,
    network_backup,
    network_restore,
    network_scan,
    nvram_read,
    nvram_reset,
    nvram_write,
)
from zigpy_znp.zigbee.application import ControllerApplication

from tests.support.receiver import SLEEPY, Receiver
from tests.support.serial_host import MakeRadio
from zigloop.air.air import Air
from zigloop.clock import ClockLoop
from zigloop.radio import Radio, serve_tcp
from zigloop.radio.zstack.nv import NvMemory

Tool = Callable[[list[str]], Coroutine[Any, Any, None]]


@asynccontextmanager
async def served(radio: Radio) -> AsyncIterator[str]:
    port = await serve_tcp(radio.uart)
    try:
        yield port.url
    finally:
        await port.close()


@asynccontextmanager
async def application(url: str, *, form: bool = False, start: bool = True) -> AsyncIterator[Any]:
    app = ControllerApplication(
        {"device": {"path": url}, "database_path": None, "backup_enabled": False, "ota": {"enabled": False}}
    )
    await app.connect()
    try:
        if form:
            await app.form_network()
        if start:
            await app.start_network()
        yield app
    finally:
        await app.shutdown()


def network_of(app: Any) -> dict[str, Any]:
    """What makes a network the same network; its frame counter only goes up."""
    info, node = app.state.network_info, app.state.node_info
    return {
        "pan": info.pan_id, "epid": info.extended_pan_id, "channel": info.channel, "ieee": node.ieee,
        "key": info.network_key.key, "seed": info.stack_specific["zstack"]["tclk_seed"],
        "update": info.nwk_update_id, "children": set(info.children), "addresses": dict(info.nwk_addresses),
        "keys": {str(key.partner_ieee): str(key.key) for key in info.key_table},
    }  # fmt: skip


def test_forms_starts_and_starts_again(loop: ClockLoop, radio: Radio) -> None:
    async def run() -> None:
        async with served(radio) as url:
            with pytest.raises(zigpy.exceptions.NetworkNotFormed):
                async with application(url):
                    pass
            async with application(url, form=True) as app:
                await app.load_network_info(load_devices=True)
                formed = network_of(app)
                assert radio.network.started
                assert app._device.node_desc.is_coordinator
                assert app.state.node_info.model == "CC2652"
            async with application(url) as app:
                await app.load_network_info(load_devices=True)
                assert network_of(app) == formed

    loop.run_until_complete(run())


def test_forms_the_configured_network(loop: ClockLoop, radio: Radio) -> None:
    async def run() -> None:
        async with served(radio) as url, application(url, start=False) as app:
            info, node = zigpy.state.NetworkInfo(), zigpy.state.NodeInfo()
            info.pan_id, info.channel = zigpy.types.PanId(0x1A62), 20
            info.extended_pan_id = zigpy.types.EUI64.convert("01:02:03:04:05:06:07:08")
            info.channel_mask = zigpy.types.Channels.from_channel_list([20])
            info.network_key = zigpy.state.Key(key=zigpy.types.KeyData(range(16)), tx_counter=5000, seq=0)
            info.tc_link_key = zigpy.state.Key(key=zigpy.types.KeyData(b"ZigBeeAlliance09"))
            info.security_level, info.nwk_manager_id, info.nwk_update_id = 5, zigpy.types.NWK(0), 3
            node.nwk, node.logical_type = zigpy.types.NWK(0), zigpy.zdo.types.LogicalType.Coordinator
            node.ieee = zigpy.types.EUI64.convert("aa:bb:cc:dd:ee:ff:00:11")
            await app.write_network_info(network_info=info, node_info=node)
            await app.start_network()
            network = radio.network
            assert (network.pan_id, network.channel, network.settings.key) == (0x1A62, 20, bytes(range(16)))
            assert network.extended_pan_id == 0x0102030405060708
            assert radio.ieee == 0xAABBCCDDEEFF0011
            assert radio.firmware.store.frame_counter.value > 5000
            assert network.update_id == 3

    loop.run_until_complete(run())


def test_joins_leaves_scans_and_moves(loop: ClockLoop, radio: Radio, air: Air) -> None:
    joined: list[Any] = []

    class Listener:
        def device_joined(self, device: Any) -> None:
            joined.append((int(device.nwk), device.ieee.serialize()))

        def device_left(self, device: Any) -> None:
            joined.append("left")

    async def run() -> None:
        async with served(radio) as url, application(url, form=True) as app:
            app.add_listener(Listener())
            await app.permit(60)
            assert radio.network.permits(0)
            device = Receiver(air, 0x11)
            assert device.join()
            device.announce()
            await app.permit(0)
            assert joined == [(device.nwk, (0x11).to_bytes(8, "little"))]
            air.trust_center.departed(device, rejoin=False)  # type: ignore[union-attr]
            energy = await app.energy_scan(zigpy.types.Channels.ALL_CHANNELS, 2, 1)
            assert sorted(energy) == list(range(11, 27))
            assert joined[-1] == "left"
            await app.move_network_to_channel(26)
            assert radio.network.channel == 26

    loop.run_until_complete(run())


def test_logs_why_a_request_failed(loop: ClockLoop, radio: Radio, air: Air) -> None:
    async def run() -> None:
        async with served(radio) as url, application(url, form=True) as app:
            radio.network.permit(0, 60)
            device = Receiver(air, 0x11)
            device.join()
            device.announce()

            async def say(nwk: int) -> None:
                await app.send_packet(
                    zigpy.types.ZigbeePacket(
                        src=zigpy.types.AddrModeAddress(zigpy.types.AddrMode.NWK, 0), src_ep=1,
                        dst=zigpy.types.AddrModeAddress(zigpy.types.AddrMode.NWK, nwk), dst_ep=1,
                        tsn=7, profile_id=0x0104, cluster_id=6,
                        data=zigpy.types.SerializableBytes(b"\x01\x07\x02"),
                    )
                )  # fmt: skip

            await say(device.nwk)
            assert device.heard[-1].data == b"\x01\x07\x02"
            device.listening = False
            with pytest.raises(zigpy.exceptions.DeliveryError, match="MAC_NO_ACK"):
                await say(device.nwk)
            with pytest.raises(zigpy.exceptions.DeliveryError, match="NWK_NO_ROUTE"):
                await say(0x7777)

    loop.run_until_complete(run())


def test_a_backup_restored_into_a_blank_radio_is_the_same_network(
    loop: ClockLoop, air: Air, make_radio: MakeRadio, tmp_path: Path
) -> None:
    first, blank = make_radio(), make_radio(ieee=0x00124B00FFFFFFFF, seed=1)
    air.trust_center = first.station

    async def run() -> None:
        async with served(first) as url:
            async with application(url, form=True):
                first.network.permit(0, 60)
                for number, capability in enumerate((0x8E, SLEEPY, 0x8E)):
                    assert Receiver(air, 0x11 + number, capability).join()
            async with application(url) as app:
                await app.load_network_info(load_devices=True)
                before, counter = network_of(app), app.state.network_info.network_key.tx_counter
            await network_backup.main([url, "-o", str(tmp_path / "backup.json")])
        assert len(before["keys"]) == 3
        assert len(before["children"]) == 1
        async with served(blank) as url:
            await network_restore.main([url, "-i", str(tmp_path / "backup.json")])
            async with application(url) as app:
                await app.load_network_info(load_devices=True)
                assert network_of(app) == before
                assert app.state.network_info.network_key.tx_counter >= counter + 2500
                # and its members are members here
                air.trust_center = blank.station
                member = next(station for station in air.stations if station.ieee == 0x12)
                assert blank.network.admit(member, rejoin=True) == member.nwk

    loop.run_until_complete(run())


def test_nvram_tools(loop: ClockLoop, radio: Radio, tmp_path: Path) -> None:
    before, blank, after = (tmp_path / name for name in ("before.json", "blank.json", "after.json"))

    async def run() -> None:
        async with served(radio) as url, application(url, form=True):
            pass
        for tool, arguments in (
            (nvram_read, ["-o", str(before)]),
            (nvram_reset, []),  # never closes the port: its process ends
            (nvram_read, ["-o", str(blank)]),
            (nvram_write, ["-i", str(before)]),  # neither does this one
            (nvram_read, ["-o", str(after)]),
        ):
            async with served(radio) as url:
                await tool.main([url, *arguments])
        async with served(radio) as url, application(url):
            pass

    loop.run_until_complete(run())
    written, read = json.loads(before.read_text()), json.loads(after.read_text())
    assert "NIB" not in json.loads(blank.read_text())["LEGACY"]
    assert {table: len(entries) for table, entries in written.items() if table != "LEGACY"} == {
        "ADDRMGR": 257, "BINDING_TABLE": 1, "DEVICE_LIST": 51, "TCLK_TABLE": 200, "APS_KEY_DATA_TABLE": 3,
        "NWK_SEC_MATERIAL_TABLE": 5,
    }  # fmt: skip
    assert written == read
    # what the tool reads is what our own file holds
    nv = radio.firmware.nv
    nv.file = tmp_path / "state.json"
    after_run = NvMemory(after)
    assert after_run.get(0x21) == nv.get(0x21)


def test_scanning_tools(loop: ClockLoop, radio: Radio, air: Air, capsys: pytest.CaptureFixture[str]) -> None:
    async def run() -> None:
        async with served(radio) as url:
            async with application(url, form=True):
                radio.network.permit(0, 60)
                router = Receiver(air, 0x11)
                router.join()
            await energy_scan.main([url, "--num-scans", "1"])
            await network_scan.main([url, "--num_scans", "1"])

    loop.run_until_complete(run())
    output = capsys.readouterr().out
    assert all(f" - {channel}" in output for channel in range(11, 27))
    assert f"PID: 0x{radio.network.pan_id:04X}" in output


def test_its_schemas_are_all_answered(radio: Radio) -> None:
    """Commands of zigpy-znp that this radio doesn't know: none that a host of a CC2652 sends."""
    from zigloop.radio.zstack.mt.dispatch import header_of

    unknown = {
        command.__qualname__
        for subsystem in (c.SYS, c.UTIL, c.ZDO, c.AF, c.AppConfig)
        for command in subsystem
        if command.Req is not None and header_of(command.Req) not in radio.firmware._host.handlers
    }
    assert unknown == {
        "SYS.RamRead", "SYS.RamWrite", "SYS.ADCRead", "SYS.GPIO",
        "UTIL.BindAddEntry", "UTIL.ZCLKeyEstInitEst", "UTIL.ZCLKeyEstSign", "UTIL.SrcMatchCheckAllPending",
        "ZDO.SecEntryLookupExt", "ZDO.ExtUpdateNwkKey", "ZDO.ExtSwitchNwkKey", "ZDO.ExtSecApsRemoveReq",
        "ZDO.NwkAddrOfInterestReq",
    }  # fmt: skip

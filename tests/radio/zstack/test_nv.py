"""NV memory: through the port, and its file."""

import json
import random
from pathlib import Path

import pytest
import zigpy_znp.commands as c
import zigpy_znp.types as t
from zigpy_znp.types.nvids import ExNvIds, NvSysIds, OsalNvIds

from tests.support.serial_host import HARDWARE_IEEE, Host, MakeRadio
from zigloop.clock import ClockLoop
from zigloop.radio import Radio
from zigloop.radio.zstack.nv import Capacity, NvMemory
from zigloop.radio.zstack.nv_file import Key, legacy

ITEM = 0x0301
Status = t.Status


def entry(table: int, sub: int) -> dict[str, int]:
    return {"SysId": NvSysIds.ZSTACK, "ItemId": table, "SubId": sub}


@pytest.mark.parametrize(
    ("item", "length"),
    [
        (0x01, 8), (0x03, 1), (0x21, 0), (0x2D, 8), (0x30, 1), (0x32, 1), (0x33, 1), (0x36, 1), (0x38, 1),
        (0x3A, 17), (0x3B, 17), (0x3E, 1), (0x47, 8), (0x55, 1), (0x5F, 0), (0x60, 0), (0x62, 16), (0x63, 1),
        (0x82, 24), (0x83, 2), (0x84, 4), (0x87, 1), (0x8F, 1), (0x101, 16), (0xF00, 0),
    ],
)  # fmt: skip
def test_items_of_a_blank_radio(host: Host, item: int, length: int) -> None:
    assert host.ask(c.SYS.OSALNVLength.Req(Id=item)).ItemLen == length


@pytest.mark.parametrize(
    ("table", "capacity", "length"),
    [
        (ExNvIds.ADDRMGR, 257, 12),
        (ExNvIds.BINDING_TABLE, 1, 14),
        (ExNvIds.DEVICE_LIST, 51, 16),
        (ExNvIds.TCLK_TABLE, 200, 20),
        (ExNvIds.APS_KEY_DATA_TABLE, 3, 24),
        (ExNvIds.NWK_SEC_MATERIAL_TABLE, 5, 12),
    ],
)
def test_tables_have_the_capacity_of_a_cc2652(network: Host, table: int, capacity: int, length: int) -> None:
    lengths = [network.ask(c.SYS.NVLength.Req(**entry(table, sub))).Length for sub in range(capacity + 1)]
    assert lengths == [length] * capacity + [0]


@pytest.mark.parametrize(("devices", "children"), [(0, 0), (200, -1), (5000, 50), (200, 2000)])
def test_tables_that_no_flash_has(devices: int, children: int) -> None:
    with pytest.raises(ValueError, match="no radio has tables"):
        Capacity(devices, children)


def test_items_by_number(host: Host) -> None:
    read = c.SYS.OSALNVReadExt.Req(Id=ITEM, Offset=0)
    assert host.ask(read).Status == Status.INVALID_PARAMETER
    assert host.ask(c.SYS.OSALNVDelete.Req(Id=ITEM, ItemLen=4)).Status == Status.NV_ITEM_UNINIT
    assert host.ask(c.SYS.OSALNVWriteExt.Req(Id=ITEM, Offset=0, Value=b"x")).Status == Status.NV_ITEM_UNINIT
    init = c.SYS.OSALNVItemInit.Req(Id=ITEM, ItemLen=4, Value=b"ab")
    assert host.ask(init).Status == Status.NV_ITEM_UNINIT
    assert host.ask(init).Status == Status.SUCCESS
    assert host.ask(read).Value == b"ab\xff\xff"
    assert host.ask(c.SYS.OSALNVWriteExt.Req(Id=ITEM, Offset=2, Value=b"cd")).Status == Status.SUCCESS
    too_long = c.SYS.OSALNVWriteExt.Req(Id=ITEM, Offset=3, Value=b"de")
    assert host.ask(too_long).Status == Status.NV_BAD_ITEM_LEN
    assert host.ask(c.SYS.OSALNVRead.Req(Id=ITEM, Offset=1)).Value == b"bcd"
    assert host.ask(c.SYS.OSALNVReadExt.Req(Id=ITEM, Offset=4)).Status == Status.INVALID_PARAMETER
    assert host.ask(c.SYS.OSALNVDelete.Req(Id=ITEM, ItemLen=3)).Status == Status.NV_BAD_ITEM_LEN
    assert host.ask(c.SYS.OSALNVDelete.Req(Id=ITEM, ItemLen=4)).Status == Status.SUCCESS
    assert host.ask(c.SYS.OSALNVLength.Req(Id=ITEM)).ItemLen == 0


def test_a_long_item_is_read_in_pieces(host: Host) -> None:
    value = random.Random(0).randbytes(600)
    host.ask(c.SYS.OSALNVItemInit.Req(Id=ITEM, ItemLen=600, Value=b""))
    for offset in range(0, 600, 244):
        part = t.LongBytes(value[offset : offset + 244])
        assert host.ask(c.SYS.OSALNVWriteExt.Req(Id=ITEM, Offset=offset, Value=part)).Status == 0
    got = b""
    while len(got) < 600:
        got += host.ask(c.SYS.OSALNVReadExt.Req(Id=ITEM, Offset=len(got))).Value
    assert got == value


def test_items_by_system_item_and_sub_item(host: Host) -> None:
    key = {"SysId": 7, "ItemId": 0x1234, "SubId": 5}
    assert host.ask(c.SYS.NVRead.Req(**key, Offset=0, Length=1)).Status == Status.NV_OPER_FAILED
    assert host.ask(c.SYS.NVDelete.Req(**key)).Status == Status.NV_OPER_FAILED
    assert host.ask(c.SYS.NVCreate.Req(**key, Length=3)).Status == Status.SUCCESS
    assert host.ask(c.SYS.NVWrite.Req(**key, Offset=1, Value=t.ShortBytes(b"bc"))).Status == Status.SUCCESS
    assert host.ask(c.SYS.NVRead.Req(**key, Offset=0, Length=3)).Value == b"\xffbc"
    assert host.ask(c.SYS.NVRead.Req(**key, Offset=2, Length=2)).Status == Status.NV_OPER_FAILED
    assert host.ask(c.SYS.NVUpdate.Req(**key, Value=t.ShortBytes(b"longer"))).Status == Status.SUCCESS
    assert host.ask(c.SYS.NVLength.Req(**key)).Length == 6
    assert host.ask(c.SYS.NVDelete.Req(**key)).Status == Status.SUCCESS
    assert host.ask(c.SYS.NVLength.Req(**key)).Length == 0


def test_both_ways_lead_to_the_same_item(host: Host) -> None:
    by_number = host.nv(OsalNvIds.PRECFGKEY)
    answer = host.ask(c.SYS.NVRead.Req(**entry(ExNvIds.LEGACY, OsalNvIds.PRECFGKEY), Offset=0, Length=16))
    assert answer.Value == by_number


def test_memory_is_finite(host: Host) -> None:
    statuses = [host.ask(c.SYS.NVCreate.Req(SysId=7, ItemId=1, SubId=sub, Length=4096)).Status for sub in range(20)]
    assert statuses[0] == Status.SUCCESS
    assert statuses[-1] == Status.NV_OPER_FAILED
    too_long = c.SYS.NVCreate.Req(SysId=7, ItemId=2, SubId=0, Length=0xFFFF_FFFF)
    assert host.ask(too_long).Status == Status.NV_OPER_FAILED


def test_startup_option_clears_network_and_flags(network: Host) -> None:
    network.write_nv(OsalNvIds.HAS_CONFIGURED_ZSTACK3, b"\x55")
    network.write_nv(OsalNvIds.ZIGPY_ZNP_MIGRATION_ID, b"\x01")
    network.write_nv(OsalNvIds.LOGICAL_TYPE, b"\x01")
    network.write_nv(OsalNvIds.STARTUP_OPTION, b"\x03")
    network.reset()
    nv = network.firmware.nv
    gone = OsalNvIds.NIB, OsalNvIds.HAS_CONFIGURED_ZSTACK3, OsalNvIds.ZIGPY_ZNP_MIGRATION_ID
    assert [nv.length(legacy(item)) for item in gone] == [0, 0, 0]
    assert network.nv(OsalNvIds.LOGICAL_TYPE) == b"\x00"
    assert network.nv(OsalNvIds.BDBNODEISONANETWORK) == b"\x00"
    assert network.nv(OsalNvIds.NWK_ACTIVE_KEY_INFO) == bytes(17)
    assert network.nv(OsalNvIds.STARTUP_OPTION) == b"\x02"


def test_a_deleted_address_comes_back_as_the_hardware_s(host: Host) -> None:
    host.write_nv(OsalNvIds.EXTADDR, bytes(range(8)))
    host.reset()
    assert host.radio.ieee == 0x0706050403020100
    assert host.ask(c.SYS.OSALNVDelete.Req(Id=OsalNvIds.EXTADDR, ItemLen=8)).Status == Status.SUCCESS
    host.reset()
    assert host.radio.ieee == HARDWARE_IEEE
    assert host.ask(c.SYS.GetExtAddr.Req()).ExtAddr.serialize() == HARDWARE_IEEE.to_bytes(8, "little")


def test_the_file_keeps_the_network(loop: ClockLoop, make_radio: MakeRadio, tmp_path: Path) -> None:
    file = tmp_path / "radio.json"
    first = Host(loop, make_radio(file))
    first.commission()
    first.ask(c.SYS.NVUpdate.Req(SysId=7, ItemId=0x1234, SubId=5, Value=t.ShortBytes(b"kept")))
    first.write_nv(0x0307, b"nameless")
    first.radio.close()
    second = Host(loop, make_radio(file, ieee=0x99, seed=1))
    assert second.radio.ieee == HARDWARE_IEEE
    second.commission()
    assert second.radio.network.pan_id == first.radio.network.pan_id
    assert second.radio.network.settings.key == first.radio.network.settings.key
    assert second.ask(c.SYS.NVRead.Req(SysId=7, ItemId=0x1234, SubId=5, Offset=0, Length=4)).Value == b"kept"
    assert second.nv(0x0307) == b"nameless"


def test_a_blank_radio_is_the_same_radio_next_time(loop: ClockLoop, make_radio: MakeRadio, tmp_path: Path) -> None:
    file = tmp_path / "radio.json"
    first = make_radio(file)
    first.close()
    second = make_radio(file, seed=1)
    assert second.firmware.nv.get(OsalNvIds.TCLK_SEED) == first.firmware.nv.get(OsalNvIds.TCLK_SEED)


def test_the_file_is_written_while_the_radio_runs(loop: ClockLoop, make_radio: MakeRadio, tmp_path: Path) -> None:
    file = tmp_path / "radio.json"
    host = Host(loop, make_radio(file))
    host.commission()
    host.run(1)
    assert NvMemory(file).get(OsalNvIds.NIB) == host.firmware.nv.get(OsalNvIds.NIB)
    assert [path.name for path in tmp_path.iterdir()] == ["radio.json"]


def test_a_dump_of_a_real_dongle_is_a_state(loop: ClockLoop, make_radio: MakeRadio, tmp_path: Path) -> None:
    """What zigpy_znp.tools.nvram_read wrote; shortened from a formed CC2652R's."""
    nib = (
        "600502330f33001e0000000105018f000700020d1e0000000f0000000000000000000000024408000080"
        "00000f0f0400010000000100000000a083e6b5a838baa201"
    )
    dump = {
        "LEGACY": {
            "EXTADDR": "a8ef171e004b1200",
            "NIB": nib + "00" * 36 + "0f050001780a0100000000000000",
            "NWK_ACTIVE_KEY_INFO": "004c4e72b8412251799abf35251288ca83",
            "BDBNODEISONANETWORK": "01",
            "LEGACY_TCLK_TABLE_START+1": "00" * 19,
        },
        "NWK_SEC_MATERIAL_TABLE": {"0x0000": "4c1d0000a083e6b5a838baa2"},
    }
    dump["LEGACY"]["NIB"] = dump["LEGACY"]["NIB"].ljust(232, "0")[:232]
    file = tmp_path / "dump.json"
    file.write_text(json.dumps(dump))
    host = Host(loop, make_radio(file))
    host.commission()
    assert host.radio.network.pan_id == 0x4402
    assert host.radio.network.channel == 15
    assert host.radio.network.extended_pan_id == 0xA2BA38A8B5E683A0
    assert host.firmware.store.frame_counter.value == 7500 + 1250
    assert host.firmware.nv.length(legacy(0x112)) == 19


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"LEGACY": {"NIB": "xy"}}', '{"NOTHING": {"0": "00"}}', '{"LEGACY": 1}']
)
def test_a_corrupt_file_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "radio.json"
    file.write_text(text)
    with pytest.raises(ValueError, match=r"radio\.json is not a radio's state .*remove this one"):
        NvMemory(file)


@pytest.mark.parametrize(("item", "length"), [("NIB", 110), ("NWKKEY", 21)])
def test_a_dump_of_another_kind_of_radio_is_none(tmp_path: Path, item: str, length: int) -> None:
    file = tmp_path / "radio.json"
    file.write_text(json.dumps({"LEGACY": {item: "00" * length}}))
    with pytest.raises(ValueError, match=rf"another kind of radio.*{item} has {length} bytes"):
        NvMemory(file)


def test_a_file_that_is_read_only_stays_as_it_is(make_radio: MakeRadio, tmp_path: Path) -> None:
    file = tmp_path / "radio.json"
    file.write_text("{}")
    file.chmod(0o444)
    nv = NvMemory(file)
    nv.create(Key(7, 1, 1), b"x")
    with pytest.raises(PermissionError, match="Permission denied"):
        nv.save()
    assert file.read_text() == "{}"


def test_a_disk_that_is_full_is_logged(
    loop: ClockLoop, make_radio: MakeRadio, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    directory = tmp_path / "gone"
    directory.mkdir()
    radio: Radio = make_radio(directory / "radio.json")
    directory.rmdir()
    radio.firmware.nv.create(Key(7, 1, 1), b"x")
    Host(loop, radio).run(1)
    assert "Failed to save the radio's state" in caplog.text

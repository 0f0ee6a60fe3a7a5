"""Frames on the air as lines for people."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zigloop.air.frame import ApsFrame
from zigloop.capture.describe import describe_aps, describe_zcl, describe_zdo


@pytest.mark.parametrize(
    ("cluster", "zcl", "said"),
    [
        (0x000C, "18050a 5500 39 00002a42", "ZCL analog_input Report_Attributes present_value=42.5 tsn=5"),
        (0x000C, "18050a 5500 39 1f854541", "ZCL analog_input Report_Attributes present_value=12.345 tsn=5"),
        (0x0006, "000500 0000 0040", "ZCL on_off Read_Attributes on_off global_scene_control tsn=5"),
        (0x0006, "180501 0000 00 10 01", "ZCL on_off Read_Attributes_rsp on_off=true tsn=5"),
        (0x0006, "180501 0100 86", "ZCL on_off Read_Attributes_rsp 0x0001:UNSUPPORTED_ATTRIBUTE tsn=5"),
        (0x0006, "010702", "ZCL on_off toggle tsn=7"),
        (0x0006, "0107f0aa", "ZCL on_off command=0xF0 aa tsn=7"),
        (0x0006, "18070b0200", "ZCL on_off Default_Response command=0x02 SUCCESS tsn=7"),
        (0x0000, "18050400", "ZCL basic Write_Attributes_rsp SUCCESS tsn=5"),
        (0x0000, "180504880700", "ZCL basic Write_Attributes_rsp power_source:READ_ONLY tsn=5"),
        (
            0x0002,
            "000506 00 0000 29 0000 100e 0100",
            "ZCL device_temperature Configure_Reporting current_temperature(type=0x29 min=0 max=3600 change=1) tsn=5",
        ),
        (0xFCFC, "0107f0", "ZCL 0xFCFC command=0xF0 tsn=7"),
        (0x0000, "18050a 0700 30 01", "ZCL basic Report_Attributes power_source=Mains_single_phase tsn=5"),
        (0x0000, "18050a 0700 30 55", "ZCL basic Report_Attributes power_source=0x55 tsn=5"),
        (0x0000, "18050a 0500 42 09 6c756d692e706c7567", "ZCL basic Report_Attributes model='lumi.plug' tsn=5"),
        (
            0x0000,
            "1c5f11050a 01ff 42 06 64100103 0019",
            "ZCL basic manufacturer=0x115F Report_Attributes 0xFF01=64 10 01 03 00 19 tsn=5",
        ),
        (
            0x0000,
            "1c5f11050a f0ff 10 01 0500 41 02 aa80",
            "ZCL basic manufacturer=0x115F Report_Attributes 0xFFF0=true 0x0005=aa 80 tsn=5",
        ),
        (0x0000, "18", "ZCL basic 18"),
    ],
)
def test_zcl(cluster: int, zcl: str, said: str) -> None:
    assert describe_zcl(cluster, bytes.fromhex(zcl)) == said


@pytest.mark.parametrize(
    ("cluster", "zdo", "said"),
    [
        (0x0013, "052b1a08070605040302018e", "Device_annce tsn=5 NWKAddr=0x1A2B IEEEAddr=01:02:03:04:05:06:07:08"),
        (0x8004, "05822b1a00", "Simple_Desc_rsp tsn=5 Status=INVALID_EP NWKAddrOfInterest=0x1A2B"),
        (0x8005, "05002b1a0401020364", "Active_EP_rsp tsn=5 Status=SUCCESS NWKAddrOfInterest=0x1A2B"),
        (0x0006, "05fdff0401010600 00", "Match_Desc_req tsn=5 NWKAddrOfInterest=0xFFFD ProfileID=0x0104"),
        (0x7777, "0102", "0x7777 01 02"),
    ],
)
def test_zdo(cluster: int, zdo: str, said: str) -> None:
    assert describe_zdo(cluster, bytes.fromhex(zdo)).startswith(f"ZDO {said}")


def test_addresses_and_names() -> None:
    def said(dst: int, names: dict[int, str] | None = None, group: int | None = None) -> str:
        frame = ApsFrame(
            src=0x1A2B, dst=dst, src_endpoint=2, dst_endpoint=1, profile=0x104, cluster=6, data=b"\x01\x07\x02",
            group=group,
        )  # fmt: skip
        return describe_aps(frame, names)

    assert said(0) == "0x1A2B/2 → 0x0000/1  ZCL on_off toggle tsn=7"
    assert said(0, {0: "radio", 0x1A2B: "plug"}) == "plug/2 → radio/1  ZCL on_off toggle tsn=7"
    assert said(0xFFFD).startswith("0x1A2B/2 → all (0xFFFD)/1  ")
    assert said(0xFFFD, {0xFFFD: "all"}).startswith("0x1A2B/2 → all/1  ")
    assert said(0xFFFD, group=5).startswith("0x1A2B/2 → group 0x0005  ")


@settings(deadline=None)  # the first of a kind builds zigpy's schema
@given(st.integers(0, 0xFFFF), st.integers(0, 255), st.binary(max_size=100))
def test_any_frame_can_be_described(cluster: int, endpoint: int, data: bytes) -> None:
    frame = ApsFrame(src=1, dst=2, src_endpoint=0, dst_endpoint=endpoint, profile=0, cluster=cluster, data=data)
    assert describe_aps(frame).isprintable()


@settings(deadline=None)
@given(st.integers(0, 0x1C), st.integers(0, 0x17), st.binary(max_size=60))
def test_any_general_command_can_be_described(control: int, command: int, data: bytes) -> None:
    assert describe_zcl(0x0006, bytes((control & 0x1C, 7, command)) + data).isprintable()

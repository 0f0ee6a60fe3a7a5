"""The log's lines."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.air import ApsFrame
from sim.radio import Direction
from sim.radio.framelog import _COMMANDS, describe, describe_aps

TO_RADIO, TO_HOST = Direction.TO_RADIO, Direction.TO_HOST


def incoming(cluster: int, zcl: str) -> bytes:
    data = bytes.fromhex(zcl)
    head = struct.pack("<HHHBBBBBIBB", 0, cluster, 0x1A2B, 2, 1, 0, 160, 0, 1234, 7, len(data))
    return head + data + b"\x2b\x1a\x1e"


@pytest.mark.parametrize(
    ("direction", "header", "payload", "line"),
    [
        (TO_RADIO, 0x2101, "", "--> SYS.Ping"),
        (TO_HOST, 0x6101, "5906", "<-- SYS.Ping rsp Capabilities=SYS|AF|ZDO|UTIL|GP|APP_CNF"),
        (TO_RADIO, 0x2113, "2100", "--> SYS.OSALNVLength Id=NIB"),
        (TO_RADIO, 0x2132, "01 0400 0500", "--> SYS.NVLength SysId=1 ItemId=TCLK_TABLE SubId=5"),
        (TO_HOST, 0x4480, "e90105", "<-- AF.DataConfirm Status=MAC_NO_ACK Endpoint=1 TSN=5"),
        (TO_HOST, 0x7777, "616263", "<-- 0x7777 61 62 63"),
        (TO_HOST, 0x4481, "6162", "<-- AF.IncomingMsg 0x4481 61 62"),
    ],
)
def test_commands(direction: Direction, header: int, payload: str, line: str) -> None:
    assert describe(direction, header, bytes.fromhex(payload)) == line


@pytest.mark.parametrize(
    ("cluster", "zcl", "said"),
    [
        (0x000C, "18050a 5500 39 00002a42", "ZCL analog_input Report_Attributes present_value=42.5 tsn=5"),
        (0x0006, "180501 0000 00 10 01", "ZCL on_off Read_Attributes_rsp on_off=true tsn=5"),
        (0x0006, "180501 0100 86", "ZCL on_off Read_Attributes_rsp 0x0001:UNSUPPORTED_ATTRIBUTE tsn=5"),
        (0x0006, "010702", "ZCL on_off toggle tsn=7"),
        (0x0006, "0107f0aa", "ZCL on_off command=0xF0 aa tsn=7"),
        (0xFCFC, "0107f0", "ZCL 0xFCFC command=0xF0 tsn=7"),
        (
            0x0000,
            "1c5f11050a f0ff 10 01",
            "ZCL basic manufacturer=0x115F Report_Attributes 0xFFF0=true tsn=5",
        ),
        (0x0000, "18", "ZCL basic 18"),
    ],
)
def test_zcl(cluster: int, zcl: str, said: str) -> None:
    line = describe(TO_HOST, 0x4481, incoming(cluster, zcl))
    assert line.startswith(f"<-- AF.IncomingMsg GroupId=0x0000 ClusterId=0x{cluster:04X} SrcAddr=0x1A2B SrcEndpoint=2")
    assert line.endswith(f" | {said}")


def test_zdo() -> None:
    payload = bytes.fromhex("2b1a0113000005fdff 2b1a 0807060504030201 8e")
    line = describe(TO_HOST, 0x45FF, payload)
    assert line.endswith("| ZDO Device_annce tsn=5 NWKAddr=0x1A2B IEEEAddr=01:02:03:04:05:06:07:08 Capability=142")


def test_on_the_air() -> None:
    frame = ApsFrame(src=0x1A2B, dst=0, src_endpoint=2, dst_endpoint=1, profile=0x104, cluster=6, data=b"\x01\x07\x02")
    assert describe_aps(frame) == "0x1A2B/2 -> 0x0000/1 ZCL on_off toggle tsn=7"


@settings(deadline=None)  # the first of a kind builds zigpy's schema
@given(
    st.sampled_from(Direction),
    st.one_of(st.integers(0, 0xFFFF), st.sampled_from(sorted(_COMMANDS))),
    st.binary(max_size=250),
)
def test_no_frame_is_too_odd_to_be_logged(direction: Direction, header: int, payload: bytes) -> None:
    line = describe(direction, header, payload)
    assert line.isprintable()
    assert line.startswith(direction.value)


@settings(deadline=None)  # the first of a kind builds zigpy's schema
@given(st.integers(0, 0xFFFF), st.integers(0, 255), st.binary(max_size=100))
def test_no_data_are_too_odd_to_be_logged(cluster: int, endpoint: int, data: bytes) -> None:
    frame = ApsFrame(src=1, dst=2, src_endpoint=0, dst_endpoint=endpoint, profile=0, cluster=cluster, data=data)
    assert describe_aps(frame).isprintable()

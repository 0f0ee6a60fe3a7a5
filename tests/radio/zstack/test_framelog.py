"""The log's lines."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zigloop.events import Direction
from zigloop.radio.zstack.framelog import _COMMANDS, describe

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


def test_data_inside() -> None:
    line = describe(TO_HOST, 0x4481, incoming(0x0006, "010702"))
    assert line.startswith("<-- AF.IncomingMsg GroupId=0x0000 ClusterId=0x0006 SrcAddr=0x1A2B SrcEndpoint=2")
    assert line.endswith(" | ZCL on_off toggle tsn=7")
    line = describe(TO_HOST, 0x45FF, bytes.fromhex("2b1a0113000005fdff 2b1a 0807060504030201 8e"))
    assert line.endswith("| ZDO Device_annce tsn=5 NWKAddr=0x1A2B IEEEAddr=01:02:03:04:05:06:07:08 Capability=0x8E")


def test_a_descriptor_is_abbreviated() -> None:
    line = describe(TO_HOST, 0x4584, bytes.fromhex("2b1a 00 2b1a 0e 01 0401 5100 01 02 0000 0600 01 1900"))
    assert line == (
        "<-- ZDO.SimpleDescRsp Src=0x1A2B Status=SUCCESS NWK=0x1A2B "
        "endpoint=1 profile=0x0104 device=0x0051 in=[0x0000,0x0006] out=[0x0019]"
    )
    line = describe(TO_HOST, 0x4582, bytes.fromhex("2b1a 00 2b1a 01408e371 07f640000006400 00".replace(" ", "")))
    assert line.endswith("Status=SUCCESS NWK=0x1A2B type=Router capability=0x8E manufacturer=0x1037")


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

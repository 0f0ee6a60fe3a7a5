"""General ZCL commands, as a peer on the air sees them (ZCL 075123r6, 2.5)."""

import pytest
from zigpy.zcl.foundation import Status

from tests.support.station import ANALOG, BASIC, GROUPS, ON_OFF, OTA, TestCoordinator, ask
from zigloop.devices.zncz02lm import Plug

# Read


def test_reads_in_the_order_asked(peer: TestCoordinator, plug: Plug) -> None:
    answer = ask(peer, plug, "00 2a 00 0500 0700 3412")
    assert answer == ["182a01" + "0500004209" + b"lumi.plug".hex() + "0700003001" + "341286"]


def test_an_attribute_of_the_manufacturer_needs_its_code(peer: TestCoordinator, plug: Plug) -> None:
    assert ask(peer, plug, "00 2a 00 f0ff") == ["182a01f0ff86"]
    assert ask(peer, plug, "04 5f11 2a 00 f0ff") == ["1c5f112a01f0ff004109aa8005d14709011000"]
    assert ask(peer, plug, "04 5f11 2a 00 0500") == ["1c5f112a01050086"]


def test_attributes_that_do_not_fit_the_frame_have_insufficient_space(peer: TestCoordinator, plug: Plug) -> None:
    (answer,) = ask(peer, plug, "04 5f11 2a 00 01ff 01ff 01ff")
    assert len(bytes.fromhex(answer)) <= 82
    assert answer.endswith("01ff89" * 2)


def test_half_an_attribute_id_is_malformed(peer: TestCoordinator, plug: Plug) -> None:
    assert ask(peer, plug, "00 2a 00 05") == ["182a0b0080"]


# Write


def test_writes_what_may_be_written(peer: TestCoordinator, plug: Plug) -> None:
    assert ask(peer, plug, "00 2a 02 0140 21 6400", cluster=ON_OFF) == ["182a0400"]
    assert ask(peer, plug, "00 2b 00 0140", cluster=ON_OFF) == ["182b01014000216400"]


@pytest.mark.parametrize(
    ("record", "status"),
    [
        ("3412 21 0000", Status.UNSUPPORTED_ATTRIBUTE),
        ("0140 20 00", Status.INVALID_DATA_TYPE),
        ("0000 10 01", Status.READ_ONLY),
    ],
)
def test_reports_why_it_does_not_write(peer: TestCoordinator, plug: Plug, record: str, status: Status) -> None:
    answer = ask(peer, plug, "00 2a 02 0140 21 6400" + record + "0240 21 0100", cluster=ON_OFF)
    assert answer == [f"182a04{status:02x}" + record[:4]]
    assert ask(peer, plug, "00 2b 00 0240", cluster=ON_OFF) == ["182b01024000210100"]


def test_an_undivided_write_writes_all_or_nothing(peer: TestCoordinator, plug: Plug) -> None:
    assert ask(peer, plug, "00 2a 03 0240 21 0100 0000 10 01", cluster=ON_OFF) == ["182a04880000"]
    assert ask(peer, plug, "00 2b 00 0240", cluster=ON_OFF) == ["182b01024000210000"]
    assert ask(peer, plug, "00 2a 03 0240 21 0100", cluster=ON_OFF) == ["182a0400"]
    assert ask(peer, plug, "00 2b 00 0240", cluster=ON_OFF) == ["182b01024000210100"]


def test_a_write_without_response_has_none(peer: TestCoordinator, plug: Plug) -> None:
    assert ask(peer, plug, "10 2a 05 0240 21 0100 0000 10 01", cluster=ON_OFF) == []
    assert ask(peer, plug, "00 2b 00 0240", cluster=ON_OFF) == ["182b01024000210100"]


@pytest.mark.parametrize("record", ["", "0240", "0240 21 01", "0240 77 00", "0240 42 05 41"])
def test_a_malformed_write_writes_nothing(peer: TestCoordinator, plug: Plug, record: str) -> None:
    assert ask(
        peer,
        plug,
        "10 2a 02 0140 21 6400" * bool(record) + ("" if record else "10 2a 02") + record,
        cluster=ON_OFF,
    ) == ["182a0b0280"]
    assert ask(peer, plug, "00 2b 00 0140", cluster=ON_OFF) == ["182b01014000210000"]


# Discover


def test_discovers_attributes_from_an_id_on(peer: TestCoordinator, plug: Plug) -> None:
    assert ask(peer, plug, "00 2a 0c 0500 02", cluster=BASIC) == ["182a0d00" + "050042" + "060042"]
    assert ask(peer, plug, "00 2a 0c 0600 ff", cluster=BASIC) == ["182a0d01" + "060042" + "070030"]
    assert ask(peer, plug, "04 5f11 2a 0c 0000 ff", cluster=BASIC) == ["1c5f112a0d01" + "01ff42" + "f0ff41"]


def test_discovers_access_too(peer: TestCoordinator, plug: Plug) -> None:
    assert ask(peer, plug, "00 2a 15 0000 03", cluster=ON_OFF) == ["182a1600" + "00001005" + "00401001" + "01402103"]


def test_discovers_commands(peer: TestCoordinator, plug: Plug) -> None:
    assert ask(peer, plug, "00 2a 11 00 ff", cluster=ON_OFF) == ["182a1201000102404142"]
    assert ask(peer, plug, "00 2a 11 01 02", cluster=ON_OFF) == ["182a12000102"]
    assert ask(peer, plug, "00 2a 13 00 ff", cluster=GROUPS) == ["182a140100010203"]


# Default responses


def test_a_default_response_can_be_declined(peer: TestCoordinator, plug: Plug) -> None:
    assert ask(peer, plug, "01 2a 01", cluster=ON_OFF) == ["182a0b0100"]
    assert ask(peer, plug, "11 2b 00", cluster=ON_OFF) == []


def test_a_failure_is_always_answered(peer: TestCoordinator, plug: Plug) -> None:
    assert ask(peer, plug, "11 2a 55", cluster=ON_OFF) == ["182a0b5581"]


@pytest.mark.parametrize(
    ("frame", "cluster", "answer"),
    [
        ("00 2a 7f", ON_OFF, "182a0b7f82"),  # unknown general command
        ("04 5f11 2a 7f", ON_OFF, "1c5f112a0b7f84"),
        ("05 5f11 2a 01", ON_OFF, "1c5f112a0b0183"),  # unknown command of the manufacturer
        ("04 1111 2a 00 0000", BASIC, "1c11112a0b0084"),  # unknown manufacturer
        ("05 1111 2a 01", ON_OFF, "1c11112a0b0183"),
        ("00 2a 00 0000", 0x0300, "182a0b00c3"),  # unknown cluster
        ("01 2a 42 00", ON_OFF, "182a0b4280"),  # On With Timed Off without its times
    ],
)
def test_errors(peer: TestCoordinator, plug: Plug, frame: str, cluster: int, answer: str) -> None:
    assert ask(peer, plug, frame, cluster=cluster) == [answer]


def test_a_default_response_is_never_answered(peer: TestCoordinator, plug: Plug) -> None:
    assert ask(peer, plug, "00 2a 0b 0a 86", cluster=ON_OFF) == []
    assert ask(peer, plug, "00 2a 0b", cluster=ON_OFF) == []


def test_nothing_broadcast_is_answered(peer: TestCoordinator, plug: Plug) -> None:
    assert peer.ask(0xFFFF, 1, BASIC, bytes.fromhex("002a000500")) == []
    assert peer.ask(0xFFFD, 0xFF, ON_OFF, bytes.fromhex("012b55")) == []
    assert peer.ask(plug.node.nwk, 0xFF, BASIC, bytes.fromhex("002a000500")) == []


def test_a_broadcast_command_is_obeyed(peer: TestCoordinator, plug: Plug) -> None:
    peer.send(0xFFFD, 0xFF, ON_OFF, bytes.fromhex("012b01"))
    peer.sleep(0.01)
    assert plug.on


def test_the_client_side_is_asked_in_the_other_direction(peer: TestCoordinator, plug: Plug) -> None:
    """A host that reads the attributes of an output cluster sends server to client, and so is answered."""
    assert ask(peer, plug, "18 2a 00 0200", cluster=OTA) == ["102a01020086"]
    assert ask(peer, plug, "00 2a 00 0200", cluster=OTA) == ["182a0b00c3"]


@pytest.mark.parametrize("frame", ["", "00", "00 2a", "04 5f11 2a", "02 2a 00", "03 2a 00"])
def test_half_a_header_or_a_reserved_type_is_dropped(peer: TestCoordinator, plug: Plug, frame: str) -> None:
    assert ask(peer, plug, frame) == []


def test_another_profile_or_endpoint_is_not_meant(peer: TestCoordinator, plug: Plug) -> None:
    read = bytes.fromhex("002a000500")
    assert peer.ask(plug.node.nwk, 1, BASIC, read, profile=0xC05E) == []
    assert peer.ask(plug.node.nwk, 7, BASIC, read) == []


def test_an_answer_goes_where_the_question_came_from(peer: TestCoordinator, plug: Plug) -> None:
    peer.ask(plug.node.nwk, 2, ANALOG, bytes.fromhex("002a005500"), src_endpoint=9)
    assert [(each.src_endpoint, each.dst_endpoint, each.profile) for each in peer.heard] == [(2, 9, 0x0104)]

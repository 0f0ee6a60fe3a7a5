"""Any bytes at all: nothing raises, and what comes back is well formed."""

import random

import zigpy.types as t
from hypothesis import given, settings
from hypothesis import strategies as st
from zigpy.zcl.foundation import GENERAL_COMMANDS, GeneralCommand
from zigpy.zdo.types import CLUSTERS, ZDOCmd

from tests.support.station import IEEE, TestCoordinator
from zigloop.air.air import Air
from zigloop.air.frame import ApsFrame
from zigloop.clock import VIRTUAL, clock_loop
from zigloop.controls.arguments import ControlError
from zigloop.devices.zncz02lm import Plug
from zigloop.zcl.frame import MAX_FRAME, Header
from zigloop.zcl.types import TYPES, pack, unpack

CLUSTER_IDS = (
    0x0000,
    0x0001,
    0x0002,
    0x0003,
    0x0004,
    0x0005,
    0x0006,
    0x000A,
    0x000C,
    0x000F,
    0x0010,
    0x0019,
    0xFCC0,
)

anything = st.binary(max_size=90)
general = st.builds(
    lambda control, manufacturer, command, payload: (
        bytes((control | 0x04, *manufacturer.to_bytes(2, "little"), 0x2A, command)) + payload
        if manufacturer is not None
        else bytes((control, 0x2A, command)) + payload
    ),
    st.sampled_from((0x00, 0x01, 0x08, 0x09, 0x10, 0x11, 0x18)),
    st.sampled_from((None, 0x115F, 0x1234)),
    st.integers(0, 0x48),
    st.binary(max_size=40),
)
messages = st.tuples(
    st.sampled_from((1, 2, 3, 100, 7, 0xFF)), st.sampled_from(CLUSTER_IDS), anything | general | general
)
controls = st.sampled_from(
    (
        "press",
        "draw 42",
        "draw 0",
        "cut",
        "restore",
        "heat -7",
        "meter 3",
        "report",
        "heartbeat",
        "leave",
        "pair 30",
    )
)


def check(request: bytes, frame: ApsFrame) -> None:
    """A frame from the plug: parses to its last byte, and when it is an answer, to the request it claims."""
    header, payload = Header.parse(frame.data)
    assert len(frame.data) <= MAX_FRAME
    assert header.control & 0xE0 == 0
    if not header.is_global:
        return
    if header.command == GeneralCommand.Write_Attributes_rsp and len(payload) > 1:
        assert len(payload) % 3 == 0
    elif header.command != GeneralCommand.Read_Reporting_Configuration_rsp:
        # zigpy reads floats' reportable change into integers, so that answer is checked elsewhere.
        _, rest = GENERAL_COMMANDS[header.command].schema.deserialize(payload)
        assert rest == b""
    if header.command == GeneralCommand.Default_Response:
        asked, _ = Header.parse(request)
        assert (header.tsn, payload[0]) == (asked.tsn, asked.command)
        assert header.to_server is not asked.to_server


@settings(max_examples=150, deadline=None)
@given(st.lists(messages, min_size=1, max_size=5))
def test_any_zcl_message(sent: list[tuple[int, int, bytes]]) -> None:
    with clock_loop(VIRTUAL) as loop:
        peer = TestCoordinator(Air(loop))
        plug = Plug(peer.air, name="plug", ieee=IEEE, rng=random.Random(1))
        plug.pair()
        peer.sleep(30)
        for endpoint, cluster, data in sent:
            peer.forget()
            peer.send(plug.node.nwk, endpoint, cluster, data)
            peer.sleep(0.015)
            for frame in peer.heard:
                check(data, frame)
            if endpoint == 0xFF:
                assert peer.heard == []
        peer.sleep(2000)
        # It is still alive, and still itself.
        assert peer.ask(plug.node.nwk, 1, 0x0000, bytes.fromhex("102a000400"))[0].endswith(b"LUMI")


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([*range(0x40), 0x1234, 0x8005]), st.binary(max_size=60), st.booleans())
def test_any_zdo_message(cluster: int, data: bytes, broadcast: bool) -> None:
    with clock_loop(VIRTUAL) as loop:
        peer = TestCoordinator(Air(loop))
        plug = Plug(peer.air, name="plug", ieee=IEEE, rng=random.Random(1))
        plug.pair()
        peer.sleep(30)
        peer.forget()
        peer.send(0xFFFD if broadcast else plug.node.nwk, 0, cluster, data)
        peer.sleep(0.015)
        for frame in peer.heard:
            assert (frame.cluster, frame.data[:1]) == (cluster | 0x8000, data[:1])
            if frame.data[1] == 0 and frame.cluster in CLUSTERS:
                _, rest = t.deserialize(frame.data[1:], CLUSTERS[ZDOCmd(frame.cluster)][1])
                assert rest == b""


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(controls, st.floats(0, 900)), max_size=20))
def test_any_controls_in_any_order(steps: list[tuple[str, float]]) -> None:
    """The plug's own account of itself agrees with what it answers, and survives being written down."""
    with clock_loop(VIRTUAL) as loop:
        peer = TestCoordinator(Air(loop))
        plug = Plug(peer.air, name="plug", ieee=IEEE, rng=random.Random(1))
        outages = energy = 0.0
        for control, seconds in [("pair", 30.0), *steps]:
            powered = plug.powered
            try:
                plug.command(control)
            except ControlError:
                assert control in ("report", "heartbeat")
            outages += plug.powered and not powered
            if control.startswith("meter"):
                energy = 3.0
            before = plug.energy
            peer.sleep(seconds)
            assert plug.energy >= before
        state = plug.state()
        assert state["power_outage_count"] == outages
        assert state["energy"] >= energy or not any(control == "meter 3" for control, _ in steps)
        assert state["power"] == (state["load"] if state["on"] and state["powered"] else 0)
        again = Plug(peer.air, name="again", ieee=IEEE + 1, rng=random.Random(2))
        memory = plug.snapshot()
        again.restore_snapshot(memory)
        assert again.snapshot() == memory | {"ieee": IEEE + 1}
        assert (state["joined"], plug.node.nwk != 0xFFFE) in ((True, True), (False, False))
        if state["joined"] and state["powered"]:
            peer.sleep(2)
            (answer,) = peer.ask(plug.node.nwk, 1, 0x0006, bytes.fromhex("102a000000"))
            assert answer[-1] == plug.on


@given(st.sampled_from(sorted(set(TYPES) - {0x48, 0x4C, 0x50, 0x51})), st.binary(max_size=40))
def test_types_read_what_they_write(type_id: int, data: bytes) -> None:
    try:
        value, end = unpack(type_id, data, 0)
    except ValueError:
        return
    assert end <= len(data)
    if isinstance(value, float) and value != value:
        return  # a signalling NaN comes back quiet
    again, _ = unpack(type_id, pack(type_id, value), 0)
    assert again == value


@given(st.sampled_from((0x48, 0x4C, 0x50, 0x51)), st.binary(max_size=60))
def test_composite_types_end_where_they_end(type_id: int, data: bytes) -> None:
    try:
        value, end = unpack(type_id, data, 0)
    except ValueError:
        return
    assert value == data[:end]
    assert unpack(type_id, data[:end], 0) == (value, end)

"""The ZDO server as a host's interview sees it (Zigbee specification 2.4)."""

import random

import pytest
import zigpy.types as t
from zigpy.zdo.types import CLUSTERS, ZDOCmd

from tests.support.station import TestCoordinator
from zigloop.air.link import Link
from zigloop.air.medium import LinkTable
from zigloop.devices.zncz02lm import Plug


def nwk(plug: Plug) -> bytes:
    return plug.node.nwk.to_bytes(2, "little")


def ask(peer: TestCoordinator, plug: Plug, request: ZDOCmd, payload: bytes) -> dict[str, object]:
    """One request; the answer's fields, as zigpy reads them, with nothing left over."""
    ((cluster, answer),) = peer.zdo(plug.node.nwk, request, payload)
    assert cluster == request | 0x8000
    names, types = CLUSTERS[ZDOCmd(cluster)]
    values, rest = t.deserialize(answer, types)
    assert rest == b""
    return dict(zip(names, values, strict=True))


def test_node_descriptor(peer: TestCoordinator, plug: Plug) -> None:
    descriptor = ask(peer, plug, ZDOCmd.Node_Desc_req, nwk(plug))["NodeDescriptor"]
    assert descriptor.serialize().hex() == "01408e37107f640000006400 00".replace(" ", "")  # type: ignore[attr-defined]


def test_power_descriptor(peer: TestCoordinator, plug: Plug) -> None:
    descriptor = ask(peer, plug, ZDOCmd.Power_Desc_req, nwk(plug))["PowerDescriptor"]
    assert descriptor.serialize().hex() == "10c1"  # type: ignore[attr-defined]


def test_endpoints(peer: TestCoordinator, plug: Plug) -> None:
    assert ask(peer, plug, ZDOCmd.Active_EP_req, nwk(plug))["ActiveEPList"] == [1, 2, 3, 100]


@pytest.mark.parametrize(
    ("endpoint", "device", "version", "inputs", "outputs"),
    [
        (1, 0x0051, 1, [0, 4, 3, 6, 16, 5, 10, 1, 2], [25, 10]),
        (2, 0x0009, 0, [12], [12, 4]),
        (3, 0x0053, 0, [12], [12]),
        (100, 0x0107, 0, [15], [15, 4]),
    ],
)
def test_simple_descriptors(
    peer: TestCoordinator,
    plug: Plug,
    endpoint: int,
    device: int,
    version: int,
    inputs: list[int],
    outputs: list[int],
) -> None:
    answer = ask(peer, plug, ZDOCmd.Simple_Desc_req, nwk(plug) + bytes((endpoint,)))["SimpleDescriptor"]
    assert answer.as_tuple() == (endpoint, 0x0104, device, version, inputs, outputs)  # type: ignore[attr-defined]


@pytest.mark.parametrize(("endpoint", "status"), [(0, 0x82), (241, 0x82), (7, 0x83)])
def test_an_unknown_endpoint(peer: TestCoordinator, plug: Plug, endpoint: int, status: int) -> None:
    assert ask(peer, plug, ZDOCmd.Simple_Desc_req, nwk(plug) + bytes((endpoint,)))["Status"] == status


@pytest.mark.parametrize("request_", [0x0002, 0x0003, 0x0005])
def test_asked_about_somebody_else(peer: TestCoordinator, plug: Plug, request_: int) -> None:
    ((_, answer),) = peer.zdo(plug.node.nwk, request_, b"\x34\x12")
    assert answer[:3] == b"\x81\x34\x12"


def test_addresses(peer: TestCoordinator, plug: Plug) -> None:
    ieee = plug.node.ieee.to_bytes(8, "little")
    for request, payload in ((ZDOCmd.NWK_addr_req, ieee), (ZDOCmd.IEEE_addr_req, nwk(plug))):
        answer = ask(peer, plug, request, payload + b"\x00\x00")
        assert (answer["Status"], answer["NWKAddr"]) == (0, plug.node.nwk)
        assert peer.zdo(plug.node.nwk, request, payload + b"\x01\x00") == [
            (request | 0x8000, b"\x00" + ieee + nwk(plug) + b"\x00")
        ]
        assert ask(peer, plug, request, payload + b"\x02\x00")["Status"] == 0x80


def test_broadcast_requests_are_answered_only_by_matching_devices(peer: TestCoordinator, plug: Plug) -> None:
    ieee = plug.node.ieee.to_bytes(8, "little")
    assert [cluster for cluster, _ in peer.zdo(0xFFFD, ZDOCmd.NWK_addr_req, ieee + b"\x00\x00")] == [0x8000]
    assert peer.zdo(0xFFFD, ZDOCmd.NWK_addr_req, bytes(8) + b"\x00\x00") == []
    assert peer.zdo(0xFFFC, ZDOCmd.Mgmt_Permit_Joining_req, b"\x3c\x01") == []
    assert peer.zdo(0xFFFD, ZDOCmd.Node_Desc_req, nwk(plug)) == []


def test_match_descriptors(peer: TestCoordinator, plug: Plug) -> None:
    def matches(inputs: list[int], outputs: list[int], profile: int = 0x0104) -> object:
        lists = b"".join(
            bytes((len(each),)) + b"".join(cluster.to_bytes(2, "little") for cluster in each)
            for each in (inputs, outputs)
        )
        return ask(peer, plug, ZDOCmd.Match_Desc_req, nwk(plug) + profile.to_bytes(2, "little") + lists)["MatchList"]

    assert matches([6], []) == [1]
    assert matches([12], []) == [2, 3]
    assert matches([], [4]) == [2, 100]
    assert matches([0x0300], []) == []
    assert matches([6], [], profile=0xC05E) == []
    assert peer.zdo(0xFFFD, ZDOCmd.Match_Desc_req, b"\xfd\xff\x04\x01\x01\x00\x03\x00") == []
    assert len(peer.zdo(0xFFFD, ZDOCmd.Match_Desc_req, b"\xfd\xff\x04\x01\x01\x06\x00\x00")) == 1


def test_bindings(peer: TestCoordinator, plug: Plug) -> None:
    source = plug.node.ieee.to_bytes(8, "little") + b"\x01\x06\x00"
    device = b"\x03" + peer.ieee.to_bytes(8, "little") + b"\x01"
    group = b"\x01\x34\x12"
    for target in (device, group, device):
        assert peer.zdo(plug.node.nwk, ZDOCmd.Bind_req, source + target) == [(0x8021, b"\x00")]
    table = peer.zdo(plug.node.nwk, ZDOCmd.Mgmt_Bind_req, b"\x00")
    assert table == [(0x8033, b"\x00\x02\x00\x02" + source + device + source + group)]
    assert peer.zdo(plug.node.nwk, ZDOCmd.Mgmt_Bind_req, b"\x01") == [(0x8033, b"\x00\x02\x01\x01" + source + group)]
    assert peer.zdo(plug.node.nwk, ZDOCmd.Unbind_req, source + group) == [(0x8022, b"\x00")]
    assert peer.zdo(plug.node.nwk, ZDOCmd.Unbind_req, source + group) == [(0x8022, b"\x88")]
    foreign = bytes(8) + b"\x01\x06\x00" + device
    assert peer.zdo(plug.node.nwk, ZDOCmd.Bind_req, foreign) == [(0x8021, b"\x82")]
    for number in range(15):
        peer.zdo(plug.node.nwk, ZDOCmd.Bind_req, source + bytes((1, number, 1)))
    assert peer.zdo(plug.node.nwk, ZDOCmd.Bind_req, source + b"\x01\x99\x99") == [(0x8021, b"\x8c")]


def test_neighbours_and_routes(peer: TestCoordinator, plug: Plug) -> None:
    peer.air.set_lqi(plug.node, 77)
    neighbours = ask(peer, plug, ZDOCmd.Mgmt_Lqi_req, b"\x00")["Neighbors"]
    (coordinator,) = neighbours.NeighborTableList  # type: ignore[attr-defined]
    assert (coordinator.nwk, coordinator.device_type, coordinator.relationship) == (0, 0, 0)
    assert (coordinator.rx_on_when_idle, coordinator.depth, coordinator.lqi) == (1, 0, 77)
    routes = ask(peer, plug, ZDOCmd.Mgmt_Rtg_req, b"\x00")["Routes"]
    assert [each.NextHop for each in routes.RoutingTableList] == [0]  # type: ignore[attr-defined]


def test_neighbours_and_routes_of_a_distant_device(peer: TestCoordinator, plug: Plug) -> None:
    far = Plug(peer.air, name="far", ieee=plug.node.ieee + 1, rng=random.Random(2))
    far.pair()
    peer.sleep(30)
    medium = peer.air.medium
    assert isinstance(medium, LinkTable)
    medium.set_link(peer, far.node, None)
    medium.set_link(plug.node, far.node, Link(lqi=55))
    neighbours = ask(peer, far, ZDOCmd.Mgmt_Lqi_req, b"\x00")["Neighbors"]
    (router,) = neighbours.NeighborTableList  # type: ignore[attr-defined]
    assert (router.nwk, router.relationship, router.depth, router.lqi) == (plug.node.nwk, 2, 1, 55)
    routes = ask(peer, far, ZDOCmd.Mgmt_Rtg_req, b"\x00")["Routes"]
    assert [(each.DstNWK, each.NextHop) for each in routes.RoutingTableList] == [  # type: ignore[attr-defined]
        (0, plug.node.nwk)
    ]
    between = ask(peer, plug, ZDOCmd.Mgmt_Rtg_req, b"\x00")["Routes"]
    assert {(each.DstNWK, each.NextHop) for each in between.RoutingTableList} == {  # type: ignore[attr-defined]
        (0, 0),
        (far.node.nwk, far.node.nwk),
    }


def test_energy_scan(peer: TestCoordinator, plug: Plug) -> None:
    channels = (1 << 11 | 1 << 15 | 1 << 26).to_bytes(4, "little")
    answer = ask(peer, plug, ZDOCmd.Mgmt_NWK_Update_req, channels + b"\x02\x01")
    assert answer["ScannedChannels"] == t.Channels.from_channel_list([11, 15, 26])
    assert len(answer["EnergyValues"]) == 3  # type: ignore[arg-type]
    assert peer.zdo(plug.node.nwk, ZDOCmd.Mgmt_NWK_Update_req, channels + b"\xfe\x00") == []
    assert ask(peer, plug, ZDOCmd.Mgmt_NWK_Update_req, channels + b"\x10")["Status"] == 0x80


def test_clusters_and_endpoints_that_it_does_not_have(peer: TestCoordinator, plug: Plug) -> None:
    assert peer.zdo(plug.node.nwk, ZDOCmd.User_Desc_req, nwk(plug)) == [(0x8011, b"\x84")]
    assert peer.zdo(plug.node.nwk, 0x0666, b"") == [(0x8666, b"\x84")]
    assert peer.zdo(plug.node.nwk, ZDOCmd.System_Server_Discovery_req, b"\xff\xff") == []


@pytest.mark.parametrize("cluster", [*range(0x0040), 0x8002])
def test_half_a_request_is_never_answered_with_success(peer: TestCoordinator, plug: Plug, cluster: int) -> None:
    assert all(answer[0] == 0x84 for _, answer in peer.zdo(plug.node.nwk, cluster, b""))
    peer.send(plug.node.nwk, 0, cluster, b"")
    peer.sleep(0.01)


# Leaving


def test_leave(peer: TestCoordinator, plug: Plug) -> None:
    assert peer.zdo(plug.node.nwk, ZDOCmd.Mgmt_Leave_req, bytes(8) + b"\x00") == [(0x8034, b"\x00")]
    peer.sleep(60)
    assert peer.gone == [(plug.node.ieee, False)]
    assert not plug.joined
    assert not plug.node.pairing


def test_leave_and_rejoin(peer: TestCoordinator, plug: Plug) -> None:
    ieee = plug.node.ieee.to_bytes(8, "little")
    peer.permits = False
    assert peer.zdo(plug.node.nwk, ZDOCmd.Mgmt_Leave_req, ieee + b"\x80") == [(0x8034, b"\x00")]
    peer.sleep(60)
    assert peer.gone == [(plug.node.ieee, True)]
    assert plug.joined


def test_a_leave_request_for_another_device_is_refused(peer: TestCoordinator, plug: Plug) -> None:
    assert peer.zdo(plug.node.nwk, ZDOCmd.Mgmt_Leave_req, b"\x01" * 8 + b"\x00") == [(0x8034, b"\x81")]
    peer.sleep(1)
    assert plug.joined

"""A lock on the air of the tests' coordinator."""

from tests.support.station import TestCoordinator, joined
from zigloop.device.registry import find
from zigloop.lumi.lock import Lock


def join(peer: TestCoordinator, model: str, **quirks: bool) -> Lock:
    lock = joined(peer, find(model), **quirks)
    assert isinstance(lock, Lock)
    return lock


def told(peer: TestCoordinator) -> list[tuple[int, str]]:
    """Cluster and payload of each report, then forgotten."""
    found = [(cluster, payload.hex()) for _, cluster, header, payload in peer.said() if header.command == 0x0A]
    peer.forget()
    return found


def zdo(peer: TestCoordinator, lock: Lock, cluster: int, *more: int) -> list[tuple[int, bytes]]:
    """A ZDO request about itself; clusters and payloads of what it sends."""
    peer.forget()
    peer.send(lock.node.nwk, 0, cluster, b"\x42" + lock.node.nwk.to_bytes(2, "little") + bytes(more))
    peer.sleep(1)
    return [(frame.cluster, frame.data[1:]) for frame in peer.heard]


def node_descriptor(peer: TestCoordinator, lock: Lock) -> bytes:
    """Status, logical type, frequency band, capability and manufacturer of its answer."""
    lock.wake()
    ((_, answer),) = [answer for answer in zdo(peer, lock, 0x0002) if answer[0] == 0x8002]
    assert answer[1:3] == lock.node.nwk.to_bytes(2, "little")
    return answer[:1] + answer[3:8]

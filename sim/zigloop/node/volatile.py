"""What a node has in RAM, as JSON: sequence numbers, polling, what its clusters remember. Times are relative to now.

With the snapshot of its non-volatile memory this is all that distinguishes two nodes at rest.
"""

from typing import Any

from zigloop.air.air import Air
from zigloop.node.node import Node


def volatile(node: Node, air: Air) -> dict[str, Any]:
    """What is in its RAM."""
    now = node.loop.time()
    polling = air.polling(node)
    kind, state, spare = node.rng.getstate()
    return {
        "tsn": node.tsn,
        "aps_counter": node.aps_counter,
        "chance": [kind, list(state), spare],
        "silence": air.mesh.silence(node),
        "polling": None if polling is None else [at - now for at in polling],
        "clusters": [cluster.volatile() for cluster in node.clusters()],
    }


def restore_volatile(node: Node, air: Air, it: dict[str, Any]) -> None:
    """Restore what `volatile` returned, after the snapshot."""
    now = node.loop.time()
    kind, state, spare = it["chance"]
    for cluster, kept in zip(node.clusters(), it["clusters"], strict=True):
        cluster.restore_volatile(kept)
    node.tsn, node.aps_counter = it["tsn"], it["aps_counter"]
    node.rng.setstate((kind, tuple(state), spare))
    air.mesh.heard_before(node, it["silence"])
    if it["polling"] is not None:
        since, until = it["polling"]
        air.polls(node, now + until, since=now + since)

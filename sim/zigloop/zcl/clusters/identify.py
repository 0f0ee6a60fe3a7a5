"""The Identify cluster, server side (ZCL 3.5)."""

from typing import Final

from zigloop.zcl.attributes import RW, Attribute
from zigloop.zcl.cluster import Answer, Cluster, ClusterDeclaration, Neighbourhood, Request
from zigloop.zcl.types import UINT16, Value

IDENTIFY: Final = 0x0003
IDENTIFY_TIME: Final = 0x0000


class Identify(Cluster):
    """Counts the identify time down. Not modelled: what blinks, and trigger effects, which are accepted."""

    generated = (0x00,)

    def __init__(self, endpoint: Neighbourhood, declaration: ClusterDeclaration, *, server: bool = True) -> None:
        super().__init__(endpoint, declaration, server=server)
        self._until = 0.0  # loop time
        self.received = {0x00: self._identify, 0x01: self._query, 0x40: self._trigger_effect}
        self.attributes.computed(IDENTIFY_TIME, lambda: self.seconds)
        self.attributes.on_write(IDENTIFY_TIME, self._for)

    @property
    def seconds(self) -> int:
        """How long the device will yet identify itself; 0 when it doesn't."""
        return max(0, round(self._until - self.node.loop.time()))

    def power_cut(self) -> None:
        self._until = 0.0

    def reset(self) -> None:
        self._until = 0.0
        super().reset()

    def _for(self, seconds: Value) -> None:
        self._until = self.node.loop.time() + float(seconds)

    def _identify(self, request: Request) -> Answer:
        (seconds,) = request.fields("H")
        self._for(seconds)
        return None

    def _query(self, request: Request) -> Answer:
        """Identify Query is only answered by a device that identifies itself (3.5.2.3.2)."""
        return (0x00, self.seconds.to_bytes(2, "little")) if self.seconds else None

    def _trigger_effect(self, request: Request) -> Answer:
        request.fields("BB")
        return None


def identify() -> ClusterDeclaration:
    return ClusterDeclaration(IDENTIFY, (Attribute(IDENTIFY_TIME, UINT16, 0, RW),), Identify)

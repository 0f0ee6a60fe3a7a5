"""The layer above a coordinator: what a family of radios must provide to its coordinator."""

from collections.abc import Sequence
from typing import Protocol

from zigloop.air.frame import ApsFrame
from zigloop.node.zdo_owner import SimpleDescriptor


class HigherLayer(Protocol):
    """A coordinator's descriptors, and callbacks for what its host must be informed of."""

    @property
    def node_descriptor(self) -> bytes:
        """The coordinator's, 13 bytes (Zigbee specification 2.3.2.3)."""

    @property
    def power_descriptor(self) -> bytes:
        """The coordinator's, 2 bytes (2.3.2.4)."""

    @property
    def endpoints(self) -> Sequence[SimpleDescriptor]:
        """Those that the host has registered, in the order in which they are listed."""

    def received(self, frame: ApsFrame, lqi: int) -> None:
        """Data for an endpoint were received. Called for each frame, so it must be fast."""

    def received_zdo(self, frame: ApsFrame) -> None:
        """A ZDO frame was received, or sent by the coordinator to itself; it is answered after this."""

    def admitted(self, ieee: int, nwk: int, parent: int, *, rejoin: bool) -> None:
        """A device was let in; `parent` is a short address."""

    def departed(self, ieee: int, nwk: int, *, rejoin: bool) -> None:
        """A device leaves; with `rejoin` it will rejoin."""

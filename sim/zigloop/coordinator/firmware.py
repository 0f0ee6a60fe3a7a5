"""What a family of radios has to have, for its coordinator."""

from collections.abc import Sequence
from typing import Protocol

from zigloop.air.frame import ApsFrame
from zigloop.node.zdo_owner import SimpleDescriptor


class Firmware(Protocol):
    """How a coordinator describes itself, and what its host has to know."""

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
        """Data for an endpoint have come in. Called for each, so make it quick."""

    def received_zdo(self, frame: ApsFrame) -> None:
        """A ZDO frame has come in, or was sent by the coordinator to itself; it is answered after this."""

    def admitted(self, ieee: int, nwk: int, parent: int, *, rejoin: bool) -> None:
        """A device was let in; `parent` is a short address."""

    def departed(self, ieee: int, nwk: int, *, rejoin: bool) -> None:
        """A device says that it leaves, with `rejoin` that it will be back."""

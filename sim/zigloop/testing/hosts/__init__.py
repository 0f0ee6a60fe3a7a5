"""What the bench can put on the other end of the port.

A host is found by name among the entry points of the group `zigloop.hosts`, so the bridge is started without being
imported here, and another project can bring its own.
"""

from collections.abc import Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Protocol


class HostUnavailable(Exception):  # noqa: N818 - the field says "unavailable"; it is a reason to skip
    """The host isn't installed on this machine; the text says what is missing and how to get it."""


class Broker(Protocol):
    """A broker that a host has brought, and that may be taken away from it."""

    async def stop(self) -> None:
        """Be gone, and remember what was retained."""

    async def start(self, *, empty: bool = False, refusing: bool = False) -> None:
        """Be there again, with what it remembered or `empty`; `refusing` everybody."""


class Host(Protocol):
    """A host under test. `start` returns when it is online on MQTT; its methods run the loop themselves."""

    name: str
    #: Lives in the bench's event loop, so that time can be virtual.
    in_process: bool
    #: The broker it speaks to, known after `start`.
    mqtt_url: str
    #: None when it is somebody else's.
    broker: Broker | None

    @property
    def running(self) -> bool:
        """Started, and not ended by itself since."""

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def restart(self, settings: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Stop and start again, with what it stored; `settings` are merged into its configuration before it starts.

        They have the shape of Zigbee2MQTT's configuration.yaml; a key that is None goes. Returns the settings that
        undo it.
        """

    def log_tail(self) -> str:
        """The last lines of its own log, for failure reports."""


class InProcessHost(Host, Protocol):
    """A host that lives in the bench's process, and can be asked what it makes of a frame."""

    def reads(self, ieee: str, endpoint: int, cluster: int, data: bytes) -> tuple[str, dict[str, Any]] | None:
        """On which topic and with what it publishes at once when this device (0x…) sends this ZCL frame.

        None when it owes nothing: it doesn't know the device yet, the frame means nothing to it, or options of the
        device hold back what it says.
        """


class HostFactory(Protocol):
    """What an entry point of `zigloop.hosts` names."""

    in_process: bool

    def __call__(self, *, loop: Any, radio_url: str, mqtt_url: str | None, data: Path, keep_network: bool) -> Host:
        """A host that will open `radio_url`, use the broker at `mqtt_url` (or bring its own), and store in `data`.

        `keep_network`: the radio isn't the bench's and may have a network, which must survive the tests.
        HostUnavailable when the host isn't installed, or can't promise that.
        """


def host_factory(name: str) -> HostFactory:
    """The factory of a host; LookupError naming the known ones."""
    found = {entry.name: entry for entry in entry_points(group="zigloop.hosts")}
    if name not in found:
        raise LookupError(f"no host is called {name!r}; known: {', '.join(sorted(found))}")
    factory: HostFactory = found[name].load()
    return factory

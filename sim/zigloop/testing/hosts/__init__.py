"""Hosts that the test kit can plug into the bench.

A host is found by name among the entry points of the group `zigloop.hosts`, so the bridge isn't imported here, and
other projects can add hosts.
"""

from collections.abc import Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Protocol, runtime_checkable


class HostUnavailable(Exception):  # noqa: N818 - the field says "unavailable"; it is a reason to skip
    """The host isn't installed on this machine; the message names what is missing and how to install it, in a line."""


class Broker(Protocol):
    """A broker that a host has started, and that tests may stop."""

    async def stop(self) -> None:
        """Stop it; it keeps its retained messages."""

    async def start(self, *, empty: bool = False, refusing: bool = False) -> None:
        """Start it again, with its retained messages or `empty`; with `refusing` it refuses all connections."""


class Host(Protocol):
    """A host under test. `start` returns when it is online on MQTT; the methods run the loop themselves."""

    name: str
    #: Whether it runs in the bench's event loop, so that time can be virtual.
    in_process: bool
    #: URL of its broker; known after `start`.
    mqtt_url: str
    #: Its broker; None when the host didn't start it.
    broker: Broker | None

    @property
    def running(self) -> bool:
        """Whether it was started and hasn't stopped, not even by itself."""

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def restart(self, settings: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Stop and start again with its stored data; `settings` are merged into its configuration in between.

        They have the structure of Zigbee2MQTT's configuration.yaml; None removes a key. Returns the settings that undo
        the change.
        """

    def log_tail(self) -> str:
        """The last lines of its own log, for failure reports."""


class InProcessHost(Host, Protocol):
    """A host in the bench's process, which also exposes how it decodes a frame."""

    def reads(self, ieee: str, endpoint: int, cluster: int, data: bytes) -> tuple[str, dict[str, Any]] | None:
        """Topic and payload that it publishes at once when the device with this address (0x…) sends this ZCL frame.

        None when it need not publish: the device is unknown yet, the frame has no meaning for it, or options of the
        device delay or filter its messages.
        """


@runtime_checkable
class KeepingHost(InProcessHost, Protocol):
    """A host in the bench's process that can add a device from a record of it, so that it needn't join in each test.

    Devices join again on hosts that lack these methods; see `zigloop.testing.kept`.
    """

    def record(self, ieee: str) -> dict[str, Any] | None:
        """All that it knows of the device with this address (0x…) that joined: name, options and state included.

        The record is JSON; times in it are relative. None while something is in progress with the device, or when it
        doesn't know the device.
        """

    def introduce(self, record: dict[str, Any], nwk: int) -> bool:
        """Add the device of a record under its name, with this network address, as if it had just joined.

        What a client finds on MQTT afterwards is the same. False, and nothing has happened, when it knows the device's
        address or name already, or is configured otherwise than it was for the record.
        """

    def clear(self) -> None:
        """Forget all devices, those that left too, with their names, options, states and retained topics.

        Ends joining.
        """


class HostFactory(Protocol):
    """What an entry point of `zigloop.hosts` names."""

    in_process: bool

    def __call__(self, *, loop: Any, radio_url: str, mqtt_url: str | None, data: Path, keep_network: bool) -> Host:
        """A host that opens `radio_url`, uses the broker at `mqtt_url` (None: starts its own), and stores in `data`.

        `keep_network`: the radio isn't the bench's and may have a network, which must be kept.
        HostUnavailable when the host isn't installed, or can't keep the network.
        """


@runtime_checkable
class InstallableHost(Protocol):
    """What a `HostFactory` also has when its host is another program, of which there are versions."""

    def of_version(self, version: str) -> HostFactory:
        """The factory of one version, for `--host NAME@VERSION`."""

    def available(self, mqtt_url: str | None) -> str:
        """The version that it would start; HostUnavailable when that, or without `mqtt_url` its broker, is missing."""

    def install(self) -> Path:
        """Install it into the user's cache unless it is there; its folder. HostUnavailable when that fails."""

    def versions(self) -> list[str]:
        """The versions in the user's cache."""


def host_names() -> list[str]:
    """The names of all hosts."""
    return sorted({entry.name for entry in entry_points(group="zigloop.hosts")})


def host_factory(text: str) -> HostFactory:
    """The factory of a host, by NAME or NAME@VERSION; LookupError names the known ones, or what its package lacks."""
    name, at, version = text.partition("@")
    found = {entry.name: entry for entry in entry_points(group="zigloop.hosts")}
    if name not in found:
        raise LookupError(f"no host is called {name!r}; known: {', '.join(sorted(found))}")
    try:
        factory: HostFactory = found[name].load()
    except (ImportError, AttributeError) as error:
        raise LookupError(f"the host {name} can't be loaded from {found[name].value}: {error}") from error
    if not at:
        return factory
    if not isinstance(factory, InstallableHost):
        raise LookupError(f"the host {name} has no versions to choose from; leave out @{version}")
    return factory.of_version(version)

"""Hooks that extensions implement, for what happens on the network and on MQTT."""

import logging
from collections.abc import Callable, Collection
from typing import Any

from zigloop_bridge.converters.definition import Received
from zigloop_bridge.zigbee.device import Device

LOGGER = logging.getLogger(__name__)


class Extension:
    """A part of the bridge that reacts to hooks.

    Each hook is optional, runs on the event loop and must return quickly: longer work is a task of the extension, which
    `stop` ends. An extension gets what it needs when it is created. An exception in a hook is logged, and doesn't
    prevent the others.
    """

    def start(self) -> None:
        """The network is up and the devices are known; MQTT is not connected yet."""

    async def stop(self) -> None:
        """The bridge stops. MQTT and the radio are still connected, if they were before."""

    def mqtt_connected(self) -> None:
        """MQTT is connected, the first time or again: publish retained topics of the bridge."""

    def republish(self, again: bool) -> None:
        """After `mqtt_connected`: publish topics of devices; `again` after an outage.

        The broker may have lost what it retained.
        """

    def radio_connected(self) -> None:
        """The radio is connected again after an outage."""

    def radio_disconnected(self) -> None:
        """The connection to the radio was lost."""

    def info_changed(self) -> None:
        """Something changed that `bridge/info` reports: permit_join, restart_required, the configuration."""

    def devices_changed(self) -> None:
        """The list of devices changed. The hook for the change itself ran before."""

    def joined(self, device: Device) -> None:
        """A device is on the network for the first time, or again after it left or was removed."""

    def introduced(self, device: Device) -> None:
        """A device that is on the network was added with its name, options and state, without a join."""

    def announced(self, device: Device) -> None:
        """A known device announced itself: it restarted or rejoined."""

    def interviewed(self, device: Device, status: str) -> None:
        """An interview has `started`, was `successful` or has `failed`."""

    def configured(self, device: Device) -> None:
        """The frames that a definition wants sent to a new device were sent."""

    def moved(self, device: Device) -> None:
        """The network address of a device changed."""

    def seen(self, device: Device) -> None:
        """A frame of a device was received; it isn't decoded yet. Runs for each frame, so it must be fast."""

    def heard(self, device: Device, received: Received) -> None:
        """An interviewed device with a definition sent attributes or a command, which have been published."""

    def touched(self, device: Device) -> None:
        """A device sent something that has no value to publish: an answer, an announcement, an unknown frame."""

    def renaming(self, device: Device) -> None:
        """A device is about to be renamed: clear retained messages under its current name."""

    def renamed(self, device: Device, old: str) -> None:
        """A device was renamed; `old` was its name."""

    def options_changed(self, device: Device, keys: Collection[str]) -> None:
        """Options of a device were set or removed."""

    def left(self, device: Device) -> None:
        """A device left the network. Its name stays in the configuration in case it rejoins."""

    def removed(self, device: Device, name: str) -> None:
        """A device was removed on request. Its entry in the configuration may be gone: it was called `name`."""


_SYNCHRONOUS = [name for name in vars(Extension) if not name.startswith("_") and name != "stop"]


class Extensions(Extension):
    """Several extensions as one: each hook calls theirs, in the order in which they were added."""

    def __init__(self) -> None:
        self._extensions: list[Extension] = []
        self._hooks: dict[str, list[Callable[..., None]]] = {name: [] for name in _SYNCHRONOUS}
        for name, listeners in self._hooks.items():
            setattr(self, name, _call_all(name, listeners))

    def add(self, extension: Extension) -> None:
        """From now on, call the hooks that this extension implements."""
        self._extensions.append(extension)
        for name, listeners in self._hooks.items():
            if getattr(type(extension), name) is not getattr(Extension, name):
                listeners.append(getattr(extension, name))

    async def stop(self) -> None:
        """Stop each."""
        for extension in self._extensions:
            try:
                await extension.stop()
            except Exception:
                LOGGER.exception("%s failed to stop", type(extension).__name__)


def _call_all(name: str, listeners: list[Callable[..., None]]) -> Callable[..., None]:
    def call(*arguments: Any) -> None:
        for listener in listeners:
            try:
                listener(*arguments)
            except Exception:
                LOGGER.exception("The hook %s failed: %r", name, listener)

    return call

"""From a device's frame to a publish."""

from zigloop_bridge.directory import Directory
from zigloop_bridge.extension import Extension
from zigloop_bridge.publishing.publisher import Publisher
from zigloop_bridge.zcl import codec as zcl
from zigloop_bridge.zigbee.device import Device


class Receiver:
    """Decodes frames, publishes them, and then calls the hook `heard` of `events`."""

    def __init__(self, directory: Directory, publisher: Publisher, events: Extension) -> None:
        self._directory = directory
        self._publisher = publisher
        self._events = events

    def receive(self, device: Device, endpoint: int, cluster: int, frame: zcl.Frame) -> None:
        """An interviewed device sent attributes or a cluster command. Raises `zcl.MalformedError`."""
        definition = device.definition
        if definition is None:
            self._publisher.touch(device)
            return
        received = definition.read(endpoint, cluster, frame)
        self._publisher.update(device, definition.decode(received, self._directory.options(device)))
        self._events.heard(device, received)

"""The bridge as a host for a test bench, in the bench's own event loop: see the entry point group `zigloop.hosts`."""

import asyncio
import logging
import random
import time
from collections import deque
from collections.abc import Coroutine, Mapping, MutableMapping
from pathlib import Path
from typing import Any

from zigloop_bridge.app import Bridge, BridgeError
from zigloop_bridge.config.document import Document
from zigloop_bridge.config.file import ConfigFile
from zigloop_bridge.errors import ConfigError
from zigloop_bridge.mqtt.broker import EmbeddedBroker
from zigloop_bridge.storage import write_atomically
from zigloop_bridge.zcl import codec as zcl

LOG_LINES = 40

#: Options with which a device's values are published later, or in part.
HOLD_BACK = ("debounce", "throttle", "filtered_attributes")

#: A fixed network, so that a bench's radio forms the same one in every run.
NETWORK: dict[str, Any] = {
    "pan_id": 6754,
    "channel": 15,
    "network_key": [7, 3, 5, 7, 9, 11, 13, 15, 0, 2, 4, 6, 8, 10, 12, 14],
}


class BrokerControl:
    """Stops and starts the embedded broker, for benches."""

    def __init__(self, broker: EmbeddedBroker) -> None:
        self._broker = broker
        self._kept: dict[str, Any] = {}

    async def stop(self) -> None:
        """Stop; retained messages are kept."""
        self._kept = self._broker.retained
        await self._broker.stop()

    async def start(self, *, empty: bool = False, refusing: bool = False) -> None:
        """Start again, with the retained messages or `empty`; with `refusing` it refuses all connections."""
        self._broker.refuses = refusing
        await self._broker.start({} if empty else self._kept)


class BridgeHost:
    """Runs a `Bridge`, and without `mqtt_url` an embedded broker that keeps running when the bridge restarts."""

    name = "bridge"
    in_process = True

    def __init__(
        self,
        *,
        loop: asyncio.AbstractEventLoop,
        radio_url: str,
        mqtt_url: str | None,
        data: Path,
        keep_network: bool,
    ) -> None:
        self._loop = loop
        self._broker = EmbeddedBroker(port=0) if mqtt_url is None else None
        self.broker = None if self._broker is None else BrokerControl(self._broker)
        self.mqtt_url = mqtt_url or ""
        self._radio_url = radio_url
        self._network = {} if keep_network else NETWORK  # without one configured, the radio's is adopted
        self._file = data / "configuration.yaml"
        self._bridge: Bridge | None = None
        self._log = _Tail()

    @property
    def running(self) -> bool:
        """Whether the bridge was started, and hasn't stopped by itself."""
        return self._bridge is not None and self._bridge.running

    def start(self) -> None:
        """Start the bridge; it is online when this returns."""
        logger = logging.getLogger("zigloop_bridge")
        logger.addHandler(self._log)
        logger.setLevel(logging.INFO)  # as users run it: bridge/logging depends on it
        self._run(self._start())

    async def _start(self) -> None:
        if self._broker is not None and not self.mqtt_url:
            await self._broker.start()
            self.mqtt_url = self._broker.url
        if not self._file.exists():
            settings = {
                "mqtt": {"server": self.mqtt_url},
                "serial": {"port": self._radio_url},
                "advanced": self._network,
            }
            ConfigFile.from_dict(settings, data_path=self._file.parent).save()
        # Looked up here: a test may have replaced the clock.
        try:
            bridge = Bridge(ConfigFile.load(self._file), now=time.time, chance=random.Random("bridge"))
            await bridge.start()
        except (BridgeError, ConfigError) as error:
            raise AssertionError(f"the bridge did not start: {error}") from None
        self._bridge = bridge

    def stop(self) -> None:
        self._run(self._stop())
        logging.getLogger("zigloop_bridge").removeHandler(self._log)

    async def _stop(self) -> None:
        if self._bridge is not None:
            await self._bridge.stop()
            self._bridge = None
        if self._broker is not None:
            await self._broker.stop()

    def restart(self, settings: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Start a new bridge on the old one's files, with `settings` merged into its configuration.

        None removes a key. Returns the settings that undo it. When the bridge doesn't start with them, they are undone.
        """
        bridge, self._bridge = self._bridge, None
        if bridge is not None:  # it may have failed to start
            self._run(bridge.stop())
        undo: dict[str, Any] = {}
        if settings:
            undo = self._write(settings)
        try:
            self._run(self._start())
        except BaseException:
            if settings:
                self._write(undo)
            raise
        return undo

    def _write(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Merge settings into the configuration file; returns those that undo it."""
        document = Document.load(self._file)
        undo = _merge(document.root, settings)
        write_atomically(self._file, document.dump())
        return undo

    def reads(self, ieee: str, endpoint: int, cluster: int, data: bytes) -> tuple[str, dict[str, Any]] | None:
        """Name and payload that it publishes at once for this frame of this device; None when it publishes nothing."""
        if self._bridge is None or self._bridge.file.config.advanced.output == "attribute":
            return None
        directory = self._bridge.directory
        device = directory.find(ieee)
        if device is None or not device.interviewed or device.definition is None:
            return None
        options = directory.options(device)
        if any(options.get(each) for each in HOLD_BACK):
            return None
        try:
            received = device.definition.read(endpoint, cluster, zcl.parse(data))
            payload = device.definition.decode(received, options)
        except zcl.MalformedError:
            return None
        return (directory.name(device), payload) if payload else None

    # A bench keeps joined devices: see `zigloop.testing.hosts.KeepingHost`.

    def record(self, ieee: str) -> dict[str, Any] | None:
        """What the bridge knows of this device (0x…); None while something is in progress with it."""
        bridge = self._bridge

        async def record() -> dict[str, Any] | None:
            return None if bridge is None else bridge.records.record(ieee)

        return self._loop.run_until_complete(record())

    def introduce(self, record: dict[str, Any], nwk: int) -> bool:
        """Add a device from its record; False when the bridge doesn't run, or knows its address or name already."""
        bridge = self._bridge

        async def introduce() -> bool:
            return bridge is not None and bridge.records.introduce(record, nwk)

        return self._loop.run_until_complete(introduce())

    def clear(self) -> None:
        """Forget all devices with their names, options and states; close the network."""
        if self._bridge is not None:
            self._run(self._bridge.records.clear())

    def log_tail(self) -> str:
        return "\n".join(self._log.lines)

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        self._loop.run_until_complete(work)


def _merge(config: MutableMapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    undo: dict[str, Any] = {}
    for key, value in settings.items():
        old = config.get(key)
        if isinstance(value, Mapping) and isinstance(old, MutableMapping):
            undo[key] = _merge(old, value)
            continue
        undo[key] = old
        if value is None:
            config.pop(key, None)
        else:
            config[key] = value
    return undo


class _Tail(logging.Handler):
    """Keeps the last lines of the log."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: deque[str] = deque(maxlen=LOG_LINES)

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.levelname:7} {record.getMessage()}")

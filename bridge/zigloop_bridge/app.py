"""The bridge: its parts, and how they start and stop."""

import asyncio
import logging
import random
import signal
import time
from collections.abc import Callable

from zigloop_bridge import __version__
from zigloop_bridge.config.file import ConfigFile
from zigloop_bridge.config.rules import host_and_port
from zigloop_bridge.config.schema import EMBEDDED
from zigloop_bridge.directory import Directory
from zigloop_bridge.errors import ConfigError, RadioError
from zigloop_bridge.extension import Extensions
from zigloop_bridge.extensions.announcements import Announcements
from zigloop_bridge.extensions.availability import Availability
from zigloop_bridge.extensions.configuration import Configuration
from zigloop_bridge.extensions.log import MqttLogHandler
from zigloop_bridge.extensions.permit_join import PermitJoin
from zigloop_bridge.extensions.replies import Replies
from zigloop_bridge.extensions.retrieval import Retrieval
from zigloop_bridge.mqtt.broker import BrokerError, EmbeddedBroker
from zigloop_bridge.mqtt.client import MqttClient, UnreachableError
from zigloop_bridge.publishing.publisher import Publisher
from zigloop_bridge.publishing.receiver import Receiver
from zigloop_bridge.publishing.states import States
from zigloop_bridge.records import Records
from zigloop_bridge.requests.context import Context
from zigloop_bridge.requests.dispatcher import Dispatcher
from zigloop_bridge.requests.pending import PendingCommands
from zigloop_bridge.requests.set_get import SetGet
from zigloop_bridge.status import Status
from zigloop_bridge.tasks import Tasks
from zigloop_bridge.zigbee.device import COORDINATOR
from zigloop_bridge.zigbee.network import Network

LOGGER = logging.getLogger(__name__)

RESTART_DELAY = 0.5  # seconds from the request, so that the response is sent before


class BridgeError(Exception):
    """The bridge can't start; the message is one sentence."""


def _wall_clock() -> float:
    """Looked up with each call: a bench in virtual time moves the wall clock, too."""
    return time.time()


class Bridge:
    """A Zigbee network on MQTT.

    `start` returns when the network is up, `bridge/state` is online and requests are answered. Nothing blocks the event
    loop; `now` is the wall clock in seconds since 1970, `chance` randomizes the times of pings.
    """

    def __init__(
        self, file: ConfigFile, *, now: Callable[[], float] = _wall_clock, chance: random.Random | None = None
    ) -> None:
        self.file = file
        self.directory: Directory
        self.network: Network
        self.mqtt: MqttClient
        self.states: States
        self.records: Records
        self.broker: EmbeddedBroker | None = None
        self._now = now
        self._chance = chance or random.Random()
        self._publisher: Publisher
        self._dispatcher: Dispatcher
        self._extensions: Extensions
        self._log_handler: MqttLogHandler | None = None
        self._broker_at = ""
        self._tasks = Tasks(LOGGER)
        self._stopped = asyncio.Event()
        self._stopping = asyncio.Lock()
        self._running = False
        self._failure: BridgeError | None = None

    @property
    def running(self) -> bool:
        """Started, or starting, and not stopped."""
        return self._running

    async def start(self) -> None:
        """Start. Raises `BridgeError`, and leaves nothing running then."""
        # bridge/logging must not depend on the log level of the surrounding process.
        logging.getLogger("zigloop_bridge").setLevel(self.file.config.advanced.log_level.upper())
        for warning in self.file.warnings:
            LOGGER.warning("%s", warning)
        if not self.file.config.serial.port:
            raise BridgeError(
                "serial.port is missing: set it to the radio's port, such as /dev/ttyUSB0 or tcp://HOST:PORT"
            )
        LOGGER.info("Starting bridge version %s", __version__)
        self._stopped.clear()
        try:
            self.file.complete_network()
            await self._start_broker()
            self._make_parts()
            await self._start()
        except (BrokerError, ConfigError, RadioError) as error:
            await self.stop()
            raise BridgeError(str(error)) from None
        except UnreachableError as error:
            await self.stop()
            raise BridgeError(f"MQTT failed to connect: {self.mqtt.server} can't be reached ({error})") from None
        except BaseException:
            await self.stop()
            raise

    def _make_parts(self) -> None:
        """Create all parts, each with what it needs."""
        file, config = self.file, self.file.config
        persistent = file.data_path is not None and config.advanced.cache_state_persistent
        status, events = Status(), Extensions()
        directory = Directory(file)
        states = States(file.data_path / "state.json" if file.data_path and persistent else None)
        mqtt = MqttClient(config.mqtt, self.broker.url if self.broker else None)
        publisher = Publisher(directory, config, mqtt, states, self._now)
        receiver = Receiver(directory, publisher, events)
        network = Network(file, directory.devices, events, receiver.receive, now=self._now)
        pending = PendingCommands()
        permit_join = PermitJoin(directory, network, status, events, self._now)
        configuration = Configuration(directory, network, events)
        context = Context(
            directory,
            network,
            status,
            events,
            mqtt_version=config.mqtt.version,
            permit_join=permit_join.permit,
            configure=configuration.configure,
            restart=self.restart_soon,
        )
        dispatcher = Dispatcher(context, SetGet(directory, network, publisher, states, pending), mqtt)
        retrieval = Retrieval(directory, network, states)
        availability = Availability(
            directory,
            network,
            retrieval,
            mqtt,
            config.availability,
            now=self._now,
            chance=self._chance,
        )
        # The order in which hooks run. Names come first; availability before announcements, so that a newly announced
        # device is already online; states last.
        for extension in (
            directory,
            dispatcher,
            availability,
            Announcements(directory, network, config, mqtt, status),
            pending,
            Replies(directory, network),
            configuration,
            permit_join,
            publisher,
        ):
            events.add(extension)
        self.directory, self.network, self.mqtt, self.states = directory, network, mqtt, states
        self.records = Records(
            config,
            directory,
            network,
            states,
            retrieval,
            mqtt,
            status,
            events,
            permit=permit_join.permit,
            now=self._now,
            time=asyncio.get_running_loop().time,
        )
        self._publisher, self._dispatcher, self._extensions = publisher, dispatcher, events

    async def _start(self) -> None:
        config = self.file.config
        self._running = True
        self.file.save_later()
        self.states.load()
        result = await self.network.start()
        LOGGER.info("Zigbee network started (%s)", result)
        self._extensions.start()
        self._log_devices()
        level = logging.DEBUG if config.advanced.log_debug_to_mqtt_frontend else logging.INFO
        self._log_handler = MqttLogHandler(self.mqtt.publish, level)
        logging.getLogger("zigloop_bridge").addHandler(self._log_handler)
        LOGGER.info("Connecting to MQTT server at %s", self.mqtt.server)
        await self.mqtt.start(on_message=self._dispatcher.receive, on_connected=self._mqtt_connected)
        if config.advanced.cache_state and config.advanced.cache_state_send_on_startup:
            self._publisher.publish_cached()
        LOGGER.info("Bridge started!")

    def _mqtt_connected(self, again: bool) -> None:
        self._extensions.mqtt_connected()
        self._extensions.republish(again)

    def _log_devices(self) -> None:
        devices = [device for device in self.directory if device.type != COORDINATOR]
        for device in devices:
            known = device.definition
            model = f"{known.model} - {known.vendor} {known.description}" if known else "Not supported"
            LOGGER.info("%s (%s): %s (%s)", self.directory.name(device), device.ieee, model, device.type)
        LOGGER.info("Currently %d devices are joined.", len(devices))

    async def _start_broker(self) -> None:
        """Start the embedded broker, unless a server is configured. A restart keeps it running."""
        config = self.file.config.mqtt
        at = config.listen if config.server in (None, "", EMBEDDED) else ""
        if at == self._broker_at:
            return
        await self._stop_broker()
        if not at:
            return
        broker = EmbeddedBroker(*host_and_port(at))
        await broker.start()
        self.broker, self._broker_at = broker, at
        LOGGER.info("No mqtt.server is configured: started the embedded broker at %s", broker.url)

    async def stop(self) -> None:
        """Stop: publish offline, save, close everything. The Zigbee network keeps running without the bridge."""
        await self._tasks.cancel()
        async with self._stopping:
            await self._stop()
            await self._stop_broker()
        self._stopped.set()

    async def _stop_broker(self) -> None:
        broker, self.broker, self._broker_at = self.broker, None, ""
        if broker is not None:
            await broker.stop()

    async def _stop(self) -> None:
        """Stop all but the broker. After an interruption the next call completes it."""
        if not self._running:
            return
        await self._extensions.stop()
        await self.network.stop()
        await self.mqtt.stop()
        self.file.save_now()
        if self._log_handler is not None:
            logging.getLogger("zigloop_bridge").removeHandler(self._log_handler)
            self._log_handler = None
        self.states.flush()
        self._running = False

    async def run(self) -> None:
        """Start, and run until SIGINT, SIGTERM or `stop`. Raises `BridgeError`."""
        loop = asyncio.get_running_loop()
        interrupted = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, interrupted.set)
        tasks = [asyncio.ensure_future(interrupted.wait()), asyncio.ensure_future(self._start_and_wait())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if tasks[1].done():
                tasks[1].result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.stop()
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)

    async def _start_and_wait(self) -> None:
        await self.start()
        await self._stopped.wait()
        if self._failure is not None:
            raise self._failure

    def restart_soon(self) -> None:
        """Stop and start again in half a second, in the same process."""
        self._tasks.spawn(self._restart(), "restart")

    async def _restart(self) -> None:
        await asyncio.sleep(RESTART_DELAY)
        await self._tasks.cancel()
        async with self._stopping:
            await self._stop()
        try:
            self.file = self.file.reload()
        except ConfigError as error:
            LOGGER.error("Keeping the previous configuration: %s", error)
        try:
            await self.start()
        except BridgeError as error:
            LOGGER.error("The bridge failed to restart: %s", error)
            self._failure = error
            self._stopped.set()

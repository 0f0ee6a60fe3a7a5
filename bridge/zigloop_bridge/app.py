"""The bridge: start, stop, wiring."""

from __future__ import annotations

import asyncio
import logging
import random
import signal
import time
from collections.abc import Callable

from zigloop_bridge import __version__
from zigloop_bridge.config.rules import host_and_port
from zigloop_bridge.config.schema import EMBEDDED, Config, ConfigError
from zigloop_bridge.errors import RadioError, RequestError
from zigloop_bridge.extensions.announcements import Events, MqttLogHandler
from zigloop_bridge.extensions.availability import Availability
from zigloop_bridge.mqtt.broker import BrokerError, EmbeddedBroker
from zigloop_bridge.mqtt.client import MqttClient, UnreachableError
from zigloop_bridge.publishing.publisher import Publisher
from zigloop_bridge.publishing.states import States
from zigloop_bridge.requests import bridge as bridge_requests
from zigloop_bridge.requests import device as device_requests
from zigloop_bridge.requests import responses, set_get
from zigloop_bridge.requests.pending import Waiting
from zigloop_bridge.requests.topics import subscriptions
from zigloop_bridge.tasks import Tasks
from zigloop_bridge.zcl import codec as zcl
from zigloop_bridge.zigbee.device import COORDINATOR, Device
from zigloop_bridge.zigbee.network import Network

LOGGER = logging.getLogger(__name__)

RESTART_DELAY = 0.5  # seconds from the request, so that the response goes out

__all__ = ["Bridge", "BridgeError", "bridge_requests"]


class BridgeError(Exception):
    """The bridge can't start; one sentence says why."""


def _wall_clock() -> float:
    """Looked up with each call: a bench in virtual time moves the wall clock, too."""
    return time.time()


class Bridge:
    """A Zigbee network on MQTT.

    `start` returns when the network is up, `bridge/state` says online and requests are heard. All waiting is
    done on the event loop; `now` is the wall clock in seconds since 1970, `chance` spreads pings in time.
    """

    def __init__(
        self, config: Config, *, now: Callable[[], float] = _wall_clock, chance: random.Random | None = None
    ) -> None:
        self.config = config
        self.now = now
        self._chance = chance or random.Random()
        self.restart_required = False
        self.permit_join_end: int | None = None
        self.network: Network
        self.mqtt: MqttClient
        self.states: States
        self.publisher: Publisher
        self.events: Events
        self.availability: Availability
        self.waiting: Waiting
        self.broker: EmbeddedBroker | None = None
        self._log_handler: MqttLogHandler | None = None
        self._broker_at = ""
        self._tasks = Tasks(LOGGER)
        self._permit_timer: asyncio.TimerHandle | None = None
        self._stopped = asyncio.Event()
        self._stopping = asyncio.Lock()
        self._running = False
        self._was_connected = False
        self._answering: set[tuple[str, zcl.Request]] = set()  # reactions under way
        self._failure: BridgeError | None = None

    @property
    def running(self) -> bool:
        """Started, or starting, and not stopped."""
        return self._running

    async def start(self) -> None:
        """Start. Raises `BridgeError`, and leaves nothing behind then."""
        # What clients see on bridge/logging doesn't depend on what the process around us logs.
        logging.getLogger("zigloop_bridge").setLevel(self.config.advanced.log_level.upper())
        for warning in self.config.warnings:
            LOGGER.warning("%s", warning)
        if not self.config.serial.port:
            raise BridgeError(
                "serial.port is missing: it says where the radio is, such as /dev/ttyUSB0 or tcp://HOST:PORT"
            )
        LOGGER.info("Starting bridge version %s", __version__)
        self._stopped.clear()
        try:
            self.config.complete_network()
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

    async def _start(self) -> None:
        self.network = Network(self.config, self, now=self.now)
        self.states = States(self.config)
        self.events = Events(self)
        self.availability = Availability(self, self._chance)
        self.waiting = Waiting()
        await self._start_broker()
        server = self.broker.url if self.broker else self.config.mqtt.server
        self.mqtt = MqttClient(
            self.config.mqtt, on_message=self._on_message, on_connected=self._on_connected, server=server
        )
        self.publisher = Publisher(self.config, self.mqtt, self.states, self.now)
        self._running = True
        self._was_connected = False
        self._answering.clear()
        self.config.save_later()
        self.states.load()
        result = await self.network.start()
        LOGGER.info("Zigbee network started (%s)", result)
        self._name_everything()
        self._log_devices()
        level = logging.DEBUG if self.config.advanced.log_debug_to_mqtt_frontend else logging.INFO
        self._log_handler = MqttLogHandler(self.mqtt.publish, level)
        logging.getLogger("zigloop_bridge").addHandler(self._log_handler)
        LOGGER.info("Connecting to MQTT server at %s", self.mqtt.server)
        self.names_changed()
        self.availability.start()
        await self.mqtt.start()
        if self.config.advanced.cache_state and self.config.advanced.cache_state_send_on_startup:
            for device in self.network.devices.values():
                if self.states.get(device):
                    self.publisher.publish(device, {})
        LOGGER.info("Bridge started!")

    async def _start_broker(self) -> None:
        """Start the embedded broker, when no other is configured. It outlives a restart that doesn't move it."""
        config = self.config.mqtt
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
        """Stop: say offline, save, close everything. The Zigbee network goes on without the bridge."""
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
        """Stop all but the broker. When it is interrupted, the next call does the rest."""
        if not self._running:
            return
        self._joining_over()
        self.publisher.stop()
        self.events.stop()
        await self.availability.stop()
        await self.waiting.stop()
        await self.network.stop()
        await self.mqtt.stop()
        self.config.save_now()
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
            self.config = self.config.reload()
        except ConfigError as error:
            LOGGER.error("The configuration isn't used as it is now: %s", error)
        self.restart_required = False
        try:
            await self.start()
        except BridgeError as error:
            LOGGER.error("The bridge can't start again: %s", error)
            self._failure = error
            self._stopped.set()

    # Names

    def find(self, identity: str) -> Device | None:
        """A device by friendly name or address."""
        device = self.network.devices.get(identity)
        if device is not None:
            return device
        for device in self.network.devices.values():
            if device.type != COORDINATOR and self.publisher.name(device) == identity:
                return device
        return self.network.coordinator if identity == "Coordinator" and self.network.devices else None

    def names_changed(self) -> None:
        """Names were given, changed or taken away: hear what is sent to them."""
        self.publisher.options_changed()
        self.mqtt.subscribe(subscriptions([self.publisher.name(each) for each in self.network.devices.values()]))

    def _name_everything(self) -> None:
        """A device without an entry in the configuration gets one, under its address."""
        for device in self.network.devices.values():
            if device.type != COORDINATOR and device.ieee not in self.config.devices:
                self.config.set_device(device.ieee, {"friendly_name": device.ieee})

    def _log_devices(self) -> None:
        devices = [device for device in self.network.devices.values() if device.type != COORDINATOR]
        for device in devices:
            known = device.definition
            model = f"{known.model} - {known.vendor} {known.description}" if known else "Not supported"
            LOGGER.info("%s (%s): %s (%s)", self.publisher.name(device), device.ieee, model, device.type)
        LOGGER.info("Currently %d devices are joined.", len(devices))

    # MQTT

    async def _on_connected(self) -> None:
        self.events.everything()
        self.availability.everything()
        if self._was_connected:
            self.publisher.publish_retained(self.network.devices.values())
        self.publisher.publish_missed()
        self._was_connected = True

    def _on_message(self, topic: str, payload: bytes) -> None:
        if topic.startswith(responses.PREFIX):
            self._tasks.spawn(responses.handle(self, topic, payload), topic)
        elif not topic.startswith("bridge/"):
            self._tasks.spawn(set_get.handle(self, topic, payload), topic)

    # What the network reports

    async def permit_join(self, seconds: int, device: Device | None) -> None:
        """Open the network, or close it with 0. Raises `RequestError`."""
        where = f" via '{self.publisher.name(device)}'" if device is not None else ""
        await self.network.permit_join(seconds, device)
        self._joining_over()
        if seconds:
            LOGGER.info("Zigbee: allowing new devices to join%s.", where)
            self.permit_join_end = int((self.now() + seconds) * 1000)
            self._permit_timer = asyncio.get_running_loop().call_later(seconds, self._permit_over)
        else:
            LOGGER.info("Zigbee: disabling joining new devices.")
        self.events.info()

    def _permit_over(self) -> None:
        self._joining_over()
        self.events.info()

    def _joining_over(self) -> None:
        if self._permit_timer is not None:
            self._permit_timer.cancel()
            self._permit_timer = None
        self.permit_join_end = None

    def joined(self, device: Device) -> None:
        """A new device: it gets its address as name, for want of a better one."""
        if device.ieee not in self.config.devices:
            self.config.set_device(device.ieee, {"friendly_name": device.ieee})
        self.names_changed()
        self.availability.refresh(device)
        self.events.joined(device)

    def announced(self, device: Device) -> None:
        """A known device is there again."""
        self.events.announced(device)
        self.availability.announced(device)
        self.publisher.said_nothing(device)

    def left(self, device: Device) -> None:
        """A device went. Its name stays in the configuration for when it comes back."""
        self.waiting.drop(device, "the device left the network")
        self.availability.left(device)
        self.events.left(device, self.publisher.name(device))

    def renamed(self, device: Device, old: str) -> None:
        """A device has another name than `old`: what is retained moves."""
        self.publisher.clear_retained(old)
        self.names_changed()
        self.availability.renamed(device, old)
        self.events.info()
        self.events.devices()
        self.publisher.publish(device, {})

    def removed(self, device: Device, name: str) -> None:
        """A device was removed: what is retained under its name goes."""
        self.waiting.drop(device, "the device was removed")
        self.availability.forget(device, name)
        self.states.remove(device)
        self.publisher.clear_retained(name)

    def moved(self, device: Device) -> None:
        """A device has another network address."""
        self.events.devices(device)

    def interviewed(self, device: Device, status: str) -> None:
        """An interview started or ended; a successful one is followed by the configuration."""
        self.events.interviewed(device, status)
        self.availability.refresh(device)
        if status == "successful" and device.definition is not None:
            self._tasks.spawn(self._configure(device), f"configure {device.ieee}")

    async def _configure(self, device: Device) -> None:
        try:
            await device_requests.configure(self, device)
        except RequestError as error:
            LOGGER.debug("%s: not configured: %s", device.ieee, error)

    def seen(self, device: Device) -> None:
        """A device is there."""
        self.availability.seen(device)
        self.waiting.heard(device)

    def said_nothing(self, device: Device) -> None:
        """A device sent a frame without news."""
        self.publisher.said_nothing(device)

    def heard(self, device: Device, endpoint: int, cluster: int, frame: zcl.Frame) -> None:
        """A device said something. Raises `zcl.MalformedError`."""
        self.publisher.heard(device, endpoint, cluster, frame)
        if device.definition is None:
            return
        for sentence in device.definition.sentences(cluster, frame):
            if sentence not in device.complained:
                device.complained.add(sentence)
                LOGGER.warning("%s: %s", self.publisher.name(device), sentence)
        for answer in device.definition.answers(cluster, frame):
            # One that repeats itself before it is answered gets one answer.
            if (device.ieee, answer) not in self._answering:
                self._answering.add((device.ieee, answer))
                self._tasks.spawn(self._answer(device, answer), f"answer {device.ieee}")

    async def _answer(self, device: Device, answer: zcl.Request) -> None:
        try:
            set_get.check(device, answer, await self.network.request(device, answer))
        except RequestError as error:
            LOGGER.warning("%s doesn't take the answer to its report: %s", self.publisher.name(device), error)
        finally:
            self._answering.discard((device.ieee, answer))

    def radio_changed(self, online: bool) -> None:
        """The radio went away or came back."""
        if online:
            self.events.everything()
            self.availability.radio_back()
        elif self.permit_join_end is not None:
            self._permit_over()  # the radio starts closed

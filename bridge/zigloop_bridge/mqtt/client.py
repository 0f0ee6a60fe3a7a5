"""The MQTT client: gmqtt (no threads), with our own reconnecting and keep-alive, which run on the event loop's time.

They replace gmqtt's reconnecting, which has no backoff and logs nothing, and its keep-alive, which reads the process's
clock: in virtual time it would never ping, and the broker would disconnect it.
"""

import asyncio
import contextlib
import logging
import secrets
import ssl
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import gmqtt

from zigloop_bridge.config.schema import MqttConfig
from zigloop_bridge.errors import ConfigError

LOGGER = logging.getLogger(__name__)

FIRST_RETRY, LONGEST_RETRY = 1.0, 60.0  # seconds
# Unsent bytes after which a broker counts as disconnected: states are published again after the reconnect.
LARGEST_BACKLOG = 4 * 1024 * 1024
FAREWELL_TIMEOUT = 2.0  # seconds that a broker gets to read the last messages
CONNECT_TIMEOUT = 30.0  # seconds, as MQTT.js has it

_REFUSALS = {
    1: "it doesn't speak this protocol version",
    2: "it refuses the client id",
    3: "it is unavailable",
    4: "user or password is wrong",
    5: "not authorized",
    132: "it doesn't speak this protocol version",
    133: "it refuses the client id",
    134: "user or password is wrong",
    135: "not authorized",
}

MessageHandler = Callable[[str, bytes], None]
ConnectHandler = Callable[[bool], None]


class UnreachableError(Exception):
    """The connection failed; the message is the reason."""


class MqttClient:
    """A connection to a broker that reconnects.

    A message that is published without a connection is dropped: `publish` returns False.
    """

    def __init__(self, config: MqttConfig, server: str | None = None) -> None:
        self.config = config
        self.server = server or config.server or ""
        self.base = config.base_topic
        self.connected = False
        self._on_message: MessageHandler = _ignore
        self._on_connected: ConnectHandler = _ignore
        self._client: Any = None
        self._address = _address(self.server)
        self._subscribed: tuple[str, ...] = ()
        self._supervisor: asyncio.Task[None] | None = None
        self._lost: asyncio.Event = asyncio.Event()
        self._prefix = f"{self.base}/"
        self._connected_before = False

    async def start(self, *, on_message: MessageHandler, on_connected: ConnectHandler) -> None:
        """Connect, and from then on reconnect. Raises `UnreachableError`.

        `on_message` gets topic (without the base topic) and payload. `on_connected` is called after each connect,
        before anything but `bridge/state` is sent, with True for each but the first.
        """
        self._on_message, self._on_connected = on_message, on_connected
        await self._connect()
        self._supervisor = asyncio.create_task(self._keep_up(), name="mqtt")

    async def stop(self) -> None:
        """Publish that the bridge is offline, and disconnect."""
        if self._supervisor is not None:
            self._supervisor.cancel()
            await asyncio.gather(self._supervisor, return_exceptions=True)
        if self.connected:
            LOGGER.info("Disconnecting from MQTT server")
            self.publish("bridge/state", '{"state":"offline"}', retain=True)
            await self._settle()
        await self._drop()

    async def _settle(self) -> None:
        """Wait until the broker has read everything: amqtt 0.12 loses what is published right before a disconnect."""
        answered = asyncio.Event()
        self._client.on_unsubscribe = lambda *_: answered.set()
        self._client.unsubscribe(f"{self._prefix}bridge/settled")
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(FAREWELL_TIMEOUT):
                await _either(answered.wait(), self._lost)

    def publish(
        self, topic: str, payload: str, *, qos: int = 0, retain: bool = False, expiry: int | None = None
    ) -> bool:
        """Publish under the base topic; False without a connection."""
        if not self.connected or self._lost.is_set():
            return False
        if self._client._connection._transport.get_write_buffer_size() > LARGEST_BACKLOG:
            LOGGER.error("MQTT server reads too slowly, disconnecting with %d bytes unsent", LARGEST_BACKLOG)
            self._client._connection._transport.abort()
            self._lost.set()
            return False
        more = {"message_expiry_interval": expiry} if expiry is not None and self.config.version == 5 else {}
        try:
            self._client.publish(
                self._prefix + topic,
                payload,
                qos=qos,
                retain=retain and not self.config.force_disable_retain,
                **more,
            )
        except (OverflowError, OSError) as error:
            # All packet ids are taken: the broker doesn't acknowledge any more.
            LOGGER.error("MQTT server error: %s", error)
            return False
        return True

    def subscribe(self, topics: tuple[str, ...]) -> None:
        """Subscribe to these topics (under the base topic), now and after each reconnect."""
        new = [topic for topic in topics if topic not in self._subscribed]
        self._subscribed = topics
        if self.connected and new:
            self._client.subscribe([gmqtt.Subscription(self._prefix + topic, qos=0) for topic in new])

    async def _keep_up(self) -> None:
        """Detect that the connection is lost, and reconnect."""
        while True:
            await self._watch()
            self.connected = False
            LOGGER.error("Not connected to MQTT server! States that change meanwhile are published after the reconnect")
            await self._drop()
            delay = FIRST_RETRY
            while True:
                await asyncio.sleep(delay)
                try:
                    await self._connect()
                except (UnreachableError, ConfigError) as error:
                    delay = min(delay * 2, LONGEST_RETRY)
                    LOGGER.warning(
                        "MQTT server %s is still unreachable (%s), retrying in %g s", self.server, error, delay
                    )
                else:
                    break

    async def _watch(self) -> None:
        """Ping; return when the connection is lost, or the broker was silent for two pings."""
        half = self.config.keepalive / 2
        heard, silent = None, 0
        while True:
            try:
                async with asyncio.timeout(half):
                    await self._lost.wait()
                return
            except TimeoutError:
                pass
            connection = self._client._connection
            # gmqtt stamps each packet that comes in; only whether the stamp changed matters here, not its
            # clock.
            stamp = connection._last_data_in
            silent = silent + 1 if stamp == heard else 0
            heard = stamp
            if silent >= 2:
                return
            connection._send_ping_request()

    async def _connect(self) -> None:
        host, port, tls = self._address
        client = gmqtt.Client(
            self.config.client_id or f"zigloop_{secrets.token_hex(4)}",
            will_message=gmqtt.Message(
                f"{self._prefix}bridge/state",
                '{"state":"offline"}',
                qos=1,
                retain=not self.config.force_disable_retain,
            ),
            logger=_GMQTT_LOGGER,
        )
        client.set_config({"reconnect_retries": -2})  # never: fewer than the zero failures so far
        if self.config.user is not None:
            client.set_auth_credentials(self.config.user, self.config.password)
        lost = asyncio.Event()
        heard = asyncio.Event()
        client.on_message = self._received
        client.on_subscribe = lambda *_: heard.set()
        client.on_disconnect = lambda *_: lost.set()
        self._client, self._lost = client, lost
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                await _either(
                    client.connect(
                        host,
                        port,
                        ssl=self._tls() if tls else False,
                        keepalive=self.config.keepalive,
                        version=self.config.version,
                    ),
                    lost,
                )
        except TimeoutError:
            await self._drop()
            raise UnreachableError("no answer") from None
        except gmqtt.mqtt.handler.MQTTConnectError as error:
            await self._drop()
            raise UnreachableError(_REFUSALS.get(error._code, f"refused with code {error._code}")) from None
        except OSError as error:
            await self._drop()
            raise UnreachableError(_reason(error)) from None
        if self._subscribed:
            # A client that sees "online" may publish at once, so the broker must know of the subscriptions before.
            client.subscribe([gmqtt.Subscription(self._prefix + topic, qos=0) for topic in self._subscribed])
            try:
                async with asyncio.timeout(CONNECT_TIMEOUT):
                    await _either(heard.wait(), lost)
            except (OSError, TimeoutError):
                await self._drop()
                raise UnreachableError("it did not acknowledge the subscriptions") from None
        self.connected = True
        LOGGER.info("Connected to MQTT server")
        self.publish("bridge/state", '{"state":"online"}', qos=1, retain=True)
        again, self._connected_before = self._connected_before, True
        self._on_connected(again)

    async def _drop(self) -> None:
        """Close the connection, if there is one, without logging."""
        self.connected = False
        client, self._client = self._client, None
        if client is None:
            return
        client._is_active = False
        connection = client._connection
        if connection is None:
            return
        try:
            if not connection.is_closing():
                connection.send_disconnect()
            async with asyncio.timeout(2):
                await connection.close()
        except (OSError, TimeoutError) as error:
            LOGGER.debug("closing: %s", error)

    def _received(self, client: Any, topic: str, payload: bytes, qos: int, properties: Any) -> int:
        if isinstance(topic, str) and topic.startswith(self._prefix):
            try:
                self._on_message(topic[len(self._prefix) :], payload)
            except Exception:
                LOGGER.exception("Message on '%s' could not be handled", topic)
        return 0

    def _tls(self) -> ssl.SSLContext:
        config = self.config
        if bool(config.cert) is not bool(config.key):
            raise ConfigError("mqtt.cert and mqtt.key must be set together: one of them is missing")
        try:
            context = ssl.create_default_context(cafile=config.ca)
        except OSError as error:
            raise ConfigError(f"mqtt.ca: {config.ca} can't be used: {error.strerror or error}") from None
        try:
            if config.cert and config.key:
                context.load_cert_chain(config.cert, config.key)
        except OSError as error:
            files = f"{config.cert} with {config.key}"
            raise ConfigError(f"mqtt.cert, mqtt.key: {files} can't be used: {error.strerror or error}") from None
        if not config.reject_unauthorized:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


def _ignore(*_: Any) -> None:
    """Before the start."""


def _address(server: str) -> tuple[str, int, bool]:
    """Host, port and whether TLS is wanted, of an address that the configuration's rules have passed."""
    url = urlsplit(server)
    host, tls = url.hostname or "", url.scheme in ("mqtts", "ssl")
    # A name goes through the resolver's thread; the loopback's doesn't have to.
    return "127.0.0.1" if host == "localhost" and not tls else host, url.port or (8883 if tls else 1883), tls


def _reason(error: OSError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate isn't trusted: {error.verify_message}"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    return error.strerror or str(error) or type(error).__name__


async def _either(connecting: Awaitable[Any], lost: asyncio.Event) -> None:
    """Await an answer of the broker. Raises ConnectionResetError when it hangs up instead."""
    connect = asyncio.ensure_future(connecting)
    gone = asyncio.ensure_future(lost.wait())
    try:
        await asyncio.wait((connect, gone), return_when=asyncio.FIRST_COMPLETED)
        if connect.done():
            connect.result()
        else:
            raise ConnectionResetError("the server closed the connection")
    finally:
        for task in (connect, gone):
            if not task.done():
                task.cancel()
        await asyncio.gather(connect, gone, return_exceptions=True)


# gmqtt logs internals at warning level; what users need to know is logged above.
_GMQTT_LOGGER = logging.getLogger("gmqtt")
_GMQTT_LOGGER.setLevel(logging.CRITICAL)

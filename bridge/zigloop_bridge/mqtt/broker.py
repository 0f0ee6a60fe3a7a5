"""An MQTT broker inside the process (amqtt, patched), for users without one.

Not for many clients: amqtt handles some 8,000 messages a second, a tenth of mosquitto. A message that is
published right before its publisher disconnects may get lost (seen with 0.12.1).
"""

import asyncio
import errno
import logging
from typing import Any

from zigloop_bridge.mqtt.shortcut import Shortcut

HOST, PORT = "127.0.0.1", 1883

# amqtt logs each packet and each closed connection, and a client that closes its connection at level warning.
_LOGGERS = ("amqtt", "transitions")
# Seconds between two checks for expired sessions; amqtt's default of one second would wake the loop too often.
_MONITOR_INTERVAL = 60.0
_PATIENCE = 0.5  # seconds for the end of a connection


class BrokerError(Exception):
    """The broker can't start; the message is one sentence."""


class EmbeddedBroker:
    """The broker. `port` 0 takes any free one; after `start`, `url` is its address."""

    def __init__(self, host: str = HOST, port: int = PORT) -> None:
        self.host = host
        self.port = port
        #: Refuse each client (CONNACK 5, not authorized), as a broker does when the password is wrong.
        self.refuses = False
        self._broker: Any = None

    @property
    def url(self) -> str:
        """Its address: mqtt://HOST:PORT."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"mqtt://{host}:{self.port}"

    @property
    def retained(self) -> dict[str, Any]:
        """The retained messages, for `start`."""
        return dict(self._broker._retained_messages)

    async def start(self, retained: dict[str, Any] | None = None) -> None:
        """Listen, with the retained messages of an earlier run. Raises `BrokerError` when the port can't be used."""
        # Checked first, since amqtt reports a port in use with a stack trace.
        try:
            probe = await asyncio.start_server(lambda *_: None, self.host, self.port, reuse_address=True)
        except OSError as error:
            reason = (
                "is in use by another program"
                if error.errno == errno.EADDRINUSE
                else f"can't be used: {error.strerror}"
            )
            raise BrokerError(
                f"The embedded broker can't listen on {self.host}:{self.port}: this address {reason}. Choose "
                "another with mqtt.listen or --broker HOST:PORT, or name a running broker in mqtt.server"
            ) from None
        probe.close()
        await probe.wait_closed()
        broker = _make(self)
        await broker.start()
        # Not the probe's, when any is free: another process may have taken that one since.
        self.port = broker._servers["default"].instance.sockets[0].getsockname()[1]
        broker._retained_messages.update(retained or {})
        self._broker = broker  # not before: one that hasn't started can't be stopped

    async def stop(self) -> None:
        """Close every connection and the port."""
        broker, self._broker = self._broker, None
        if broker is not None:
            await broker.shutdown()
            await broker.close_connections()


class _Payload(bytes):
    """A payload that isn't written out: amqtt formats each message for its log, whether that is kept or not."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"{len(self)} bytes"


class _Broadcast(dict[str, Any]):
    """A message for amqtt's queue. Subscribers get the lower QoS (MQTT 3.1.1, 3.8.4): amqtt 0.12 takes theirs."""

    def get(self, key: str, default: Any = None) -> Any:
        return min(self["qos"], default) if key == "qos" else super().get(key, default)


def _make(embedded: EmbeddedBroker) -> Any:
    """An amqtt broker. It is imported here: with an external broker its 10 MB aren't needed."""
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    from amqtt.broker import Broker

    class PatchedBroker(Broker):  # type: ignore[misc]
        """amqtt's broker without its check of all sessions every second, and with a complete shutdown."""

        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            self._connections: dict[asyncio.StreamWriter, asyncio.Task[Any] | None] = {}
            self._shortcut = Shortcut(self)
            self._qos: dict[str, int] = {}  # of the message that a client has published and that is being handled

        async def stream_connected(
            self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, listener_name: str
        ) -> None:
            self._connections[writer] = asyncio.current_task()
            self._shortcut.attach(reader)
            try:
                await super().stream_connected(reader, writer, listener_name)
            finally:
                del self._connections[writer]
                self._shortcut.busy()
                writer.close()

        async def close_connections(self) -> None:
            """Close connections of clients that disconnected during the shutdown."""
            tasks = [task for task in self._connections.values() if task is not None]
            if tasks:
                await asyncio.wait(tasks, timeout=1)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.sleep(0)  # transports are closed in the next round of the loop

        async def _broadcast_message(self, session: Any, topic: Any, data: Any, force_qos: int | None = None) -> None:
            qos = force_qos if force_qos is not None else self._qos.get(session.client_id, 0) if session else 0
            await self._broadcast_queue.put(
                _Broadcast(session=session, topic=topic, data=_Payload(data or b""), qos=qos)
            )

        async def _handle_message_delivery(self, session: Any, handler: Any, wait: Any) -> bool:
            message = wait.result()
            self._qos[session.client_id] = 0 if message is None else message.qos
            try:
                delivered: bool = await super()._handle_message_delivery(session, handler, wait)
            finally:
                del self._qos[session.client_id]
            return delivered

        async def _publish_retained_messages_for_subscription(
            self, subscription: tuple[str, int], session: Any
        ) -> None:
            """Only to the subscriber: amqtt 0.12 sends each client what any other has subscribed to."""
            subscribers = self._subscriptions.get(subscription[0], ())
            if any(each.client_id == session.client_id for each, _ in subscribers):
                await super()._publish_retained_messages_for_subscription(subscription, session)

        async def _stop_handler(self, handler: Any) -> None:
            """Cancel repeatedly: before Python 3.12, a reader that has just got a packet ignores its cancellation."""
            stopping = asyncio.ensure_future(super()._stop_handler(handler))
            while not (await asyncio.wait((stopping,), timeout=_PATIENCE))[0]:
                handler._reader_task.cancel()
            stopping.result()

        async def _authenticate(self, *arguments: Any) -> bool:
            return not embedded.refuses and await super()._authenticate(*arguments)

        async def _session_monitor(self) -> None:
            while True:
                await asyncio.sleep(_MONITOR_INTERVAL)
                for client, (session, _) in list(self._sessions.items()):
                    if session.transitions.state == "disconnected" and session.clean_session:
                        await self._cleanup_session(client)

    return PatchedBroker(
        {
            "listeners": {"default": {"type": "tcp", "bind": f"{embedded.host}:{embedded.port}"}},
            "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
        }
    )

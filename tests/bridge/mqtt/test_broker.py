"""The embedded broker: its port, and its end."""

import asyncio
import socket
from typing import Any

import amqtt.errors
import pytest

import zigloop_bridge.mqtt.broker as broker_module
from zigloop.clock import ClockLoop
from zigloop_bridge.mqtt.broker import EmbeddedBroker

#: CONNECT of MQTT 3.1.1 as "c" with a keep-alive of 60 s, its CONNACK, and PINGREQ.
CONNECT = bytes.fromhex("10 0d 0004 4d515454 04 02 003c 0001 63")
CONNACK = bytes.fromhex("20 02 00 00")
PING = bytes.fromhex("c0 00")


@pytest.mark.parametrize("rounds", range(6))
def test_it_stops_while_a_packet_comes_in(loop: ClockLoop, rounds: int) -> None:
    """In whichever round of the event loop that is: a reader that has got something may overhear that it shall end."""

    async def run() -> None:
        broker = EmbeddedBroker(port=0)
        await broker.start()
        reader, writer = await asyncio.open_connection("127.0.0.1", broker.port)
        writer.write(CONNECT)
        assert await reader.readexactly(4) == CONNACK
        await asyncio.sleep(1)
        [(_, handler)] = broker._broker._sessions.values()
        handler.reader._reader.feed_data(PING)
        for _ in range(rounds):
            await asyncio.sleep(0)
        await asyncio.wait_for(broker.stop(), 10)
        writer.close()
        await writer.wait_closed()

    loop.run_until_complete(run())


@pytest.mark.parametrize("any_free", [True, False])
def test_another_process_takes_the_port_in_the_last_moment(
    loop: ClockLoop, monkeypatch: pytest.MonkeyPatch, any_free: bool
) -> None:
    """Tests that run side by side take free ports all the time."""
    probed: list[int] = []
    start_server, make = asyncio.start_server, broker_module._make

    async def remembering(*arguments: Any, **options: Any) -> asyncio.Server:
        server = await start_server(*arguments, **options)
        probed.append(server.sockets[0].getsockname()[1])
        return server

    async def run() -> None:
        with socket.socket() as other:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)

            def too_late(embedded: EmbeddedBroker) -> Any:
                other.bind(("127.0.0.1", probed[0]))
                other.listen()
                return make(embedded)

            monkeypatch.setattr(asyncio, "start_server", remembering)
            monkeypatch.setattr(broker_module, "_make", too_late)
            broker = EmbeddedBroker(port=0 if any_free else free_port())
            if any_free:
                await broker.start()
                assert broker.port == probed[1] != probed[0]
            else:
                with pytest.raises(amqtt.errors.BrokerError):
                    await broker.start()
            await broker.stop()

    loop.run_until_complete(run())


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])

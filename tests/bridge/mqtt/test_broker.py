"""The embedded broker's end."""

import asyncio

import pytest

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

"""The broker's shortcut: what goes past amqtt arrives as it would have through it, and in order."""

import asyncio
from collections.abc import Iterator

import pytest

from zigloop.clock import ClockLoop
from zigloop_bridge.mqtt.broker import EmbeddedBroker

CONNACK, SUBACK = bytes.fromhex("20020000"), 0x90


class Client:
    """MQTT 3.1.1 by hand: its packets go out in the pieces that a test wants."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def packet(self) -> tuple[int, bytes]:
        """The next one: its first byte, and what follows its length."""
        first = (await self.reader.readexactly(1))[0]
        length, shift = 0, 0
        while True:
            byte = (await self.reader.readexactly(1))[0]
            length |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                return first, await self.reader.readexactly(length)

    async def messages(self, count: int) -> list[bytes]:
        """The payloads of the next messages, acknowledged where that is asked for."""
        payloads = []
        while len(payloads) < count:
            first, content = await asyncio.wait_for(self.packet(), 10)
            if first & 0xF0 != 0x30:
                continue
            end = 2 + int.from_bytes(content[:2], "big")
            if first & 0x06:
                self.writer.write(b"\x40\x02" + content[end : end + 2])
                end += 2
            payloads.append(content[end:])
        return payloads

    async def subscribe(self, topic: str, qos: int = 0) -> None:
        self.writer.write(packet(0x82, b"\0\1" + text(topic) + bytes((qos,))))
        while (await self.packet())[0] != SUBACK:
            pass

    async def unsubscribe(self, topic: str) -> None:
        self.writer.write(packet(0xA2, b"\0\2" + text(topic)))
        while (await self.packet())[0] != 0xB0:
            pass


def text(value: str) -> bytes:
    return len(value.encode()).to_bytes(2, "big") + value.encode()


def packet(first: int, content: bytes) -> bytes:
    length, rest = bytearray(), len(content)
    while True:
        rest, byte = rest >> 7, rest & 0x7F
        length.append(byte | (0x80 if rest else 0))
        if not rest:
            return bytes((first,)) + bytes(length) + content


def publish(topic: str, payload: bytes, *, qos: int = 0, number: int = 7) -> bytes:
    return packet(0x30 | qos << 1, text(topic) + (number.to_bytes(2, "big") if qos else b"") + payload)


@pytest.fixture
def broker(loop: ClockLoop) -> Iterator[EmbeddedBroker]:
    broker = EmbeddedBroker(port=0)
    loop.run_until_complete(broker.start())
    yield broker
    loop.run_until_complete(broker.stop())


async def connect(broker: EmbeddedBroker, name: str, keepalive: int = 60) -> Client:
    client = Client(*await asyncio.open_connection(broker.host, broker.port))
    client.writer.write(packet(0x10, text("MQTT") + bytes((4, 2)) + keepalive.to_bytes(2, "big") + text(name)))
    assert (await client.reader.readexactly(4)) == CONNACK
    return client


async def pair(broker: EmbeddedBroker, wanted: str = "a/#", qos: int = 0) -> tuple[Client, Client]:
    """A publisher and a subscriber; amqtt has nothing pending."""
    speaker, hearer = await connect(broker, "speaker"), await connect(broker, "hearer")
    await hearer.subscribe(wanted, qos)
    await asyncio.sleep(1)
    return speaker, hearer


async def close(*clients: Client) -> None:
    for client in clients:
        client.writer.write(b"\xe0\0")
        client.writer.close()
        await client.writer.wait_closed()
    await asyncio.sleep(1)


@pytest.mark.parametrize("size", [1, 7, 100, 1 << 20])
def test_messages_that_arrive_in_pieces_are_forwarded_complete(
    loop: ClockLoop, broker: EmbeddedBroker, size: int
) -> None:
    payloads = [bytes((number,)) * (number * 37 % 300) for number in range(60)]

    async def talk() -> list[bytes]:
        speaker, hearer = await pair(broker)
        stream = b"".join(publish("a/b", payload) for payload in payloads)
        for start in range(0, len(stream), size):
            speaker.writer.write(stream[start : start + size])
            await asyncio.sleep(0.06 if start % (5 * size) else 0)
        heard = await hearer.messages(len(payloads))
        await close(speaker, hearer)
        return heard

    assert loop.run_until_complete(talk()) == payloads


@pytest.mark.parametrize("wait", [0.0, 0.06])
def test_the_order_of_all_qualities_is_kept(loop: ClockLoop, broker: EmbeddedBroker, wait: float) -> None:
    async def talk() -> list[bytes]:
        speaker, hearer = await pair(broker)
        for number in range(40):
            qos = 1 if number % 5 == 3 else 0
            speaker.writer.write(publish("a/b", bytes((number,)), qos=qos, number=number + 1))
            await asyncio.sleep(wait)
        heard = await hearer.messages(40)
        await close(speaker, hearer)
        return heard

    assert loop.run_until_complete(talk()) == [bytes((number,)) for number in range(40)]


def test_clients_that_subscribe_later_or_unsubscribe(loop: ClockLoop, broker: EmbeddedBroker) -> None:
    async def talk() -> tuple[list[bytes], list[bytes]]:
        speaker, hearer = await pair(broker)
        speaker.writer.write(publish("a/b", b"1"))
        first = await hearer.messages(1)
        late = await connect(broker, "late")
        await late.subscribe("a/+")
        await asyncio.sleep(1)
        speaker.writer.write(publish("a/b", b"2"))
        both = await hearer.messages(1) + await late.messages(1)
        await hearer.unsubscribe("a/#")
        await asyncio.sleep(1)
        speaker.writer.write(publish("a/b", b"3"))
        assert await late.messages(1) == [b"3"]
        await close(late)
        speaker.writer.write(publish("a/b", b"4"))
        await asyncio.sleep(1)
        await hearer.subscribe("a/b")
        await asyncio.sleep(1)
        speaker.writer.write(publish("a/b", b"5"))
        last = await hearer.messages(1)
        await close(speaker, hearer)
        return first + both, last

    assert loop.run_until_complete(talk()) == ([b"1", b"2", b"2"], [b"5"])


@pytest.mark.parametrize(("published", "subscribed", "delivered"), [(0, 1, 0), (1, 2, 1), (2, 1, 1), (1, 0, 0)])
def test_a_subscriber_gets_the_lower_quality(
    loop: ClockLoop, broker: EmbeddedBroker, published: int, subscribed: int, delivered: int
) -> None:
    """MQTT 3.1.1, 3.8.4: the lower one of what was asked for and what was published. amqtt takes the former."""

    async def talk() -> int:
        speaker, hearer = await pair(broker, qos=subscribed)
        speaker.writer.write(publish("a/b", b"1", qos=published))
        if published == 2:  # it is delivered once the sender has released it
            await asyncio.wait_for(speaker.packet(), 10)
            speaker.writer.write(b"\x62\x02\x00\x07")
        first, _ = await asyncio.wait_for(hearer.packet(), 10)
        await close(speaker, hearer)
        return (first & 0x06) >> 1

    assert loop.run_until_complete(talk()) == delivered


def test_a_ping_is_answered_and_delays_no_message(loop: ClockLoop, broker: EmbeddedBroker) -> None:
    async def talk() -> tuple[bytes, int]:
        speaker, hearer = await pair(broker, qos=1)
        speaker.writer.write(b"\xc0\0")
        answer = await speaker.reader.readexactly(2)
        speaker.writer.write(publish("a/b", b"1"))
        first, _ = await asyncio.wait_for(hearer.packet(), 10)
        await close(speaker, hearer)
        return answer, first

    assert loop.run_until_complete(talk()) == (b"\xd0\0", 0x30)


@pytest.mark.parametrize("topic", ["", "a/#", "$SYS/x"])
def test_an_invalid_topic_closes_the_connection_or_reaches_no_subscriber(
    loop: ClockLoop, broker: EmbeddedBroker, topic: str
) -> None:
    async def talk() -> list[bytes]:
        speaker, hearer = await pair(broker, "#")
        speaker.writer.write(publish(topic, b"bad"))
        await asyncio.sleep(1)
        other = await connect(broker, "other")
        await asyncio.sleep(1)
        other.writer.write(publish("a/b", b"good"))
        heard = await hearer.messages(1)
        await close(speaker, hearer, other)
        return heard

    assert loop.run_until_complete(talk()) == [b"good"]

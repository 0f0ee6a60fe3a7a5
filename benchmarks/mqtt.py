"""The part of MQTT 3.1.1 that the benchmark needs: QoS 0 on a raw socket, without a library that takes time."""

import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

CONNACK, PUBLISH, SUBACK = 2, 3, 9
TIMEOUT = 10.0  # seconds for connecting and subscribing


def connect(url: str, client_id: str) -> socket.socket:
    """A connection to `mqtt://HOST:PORT`, without keepalive. OSError when it fails."""
    parts = urlsplit(url)
    connection = socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 1883), TIMEOUT)
    try:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(_packet(0x10, _text("MQTT") + b"\x04\x02\x00\x00" + _text(client_id)))
        if _exactly(connection, 4) != bytes((CONNACK << 4, 2, 0, 0)):
            raise ConnectionRefusedError(f"the broker at {url} refuses the connection")
    except BaseException:
        connection.close()
        raise
    return connection


def subscribe(connection: socket.socket, topic: str) -> None:
    """Subscribe, and wait for the SUBACK."""
    connection.sendall(_packet(0x82, b"\x00\x01" + _text(topic) + b"\x00"))
    answer = _exactly(connection, 5)
    if answer[0] >> 4 != SUBACK:
        raise ConnectionError(f"expected a SUBACK, got {answer.hex()}")


def publish(topic: str, payload: bytes) -> bytes:
    """The bytes of a PUBLISH packet."""
    return _packet(PUBLISH << 4, _text(topic) + payload)


class Stream:
    """The PUBLISH packets in a stream of bytes from a broker."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Topic and payload of each message that `data` completes; all have QoS 0."""
        buffer = self._buffer
        buffer += data
        start = 0
        while (size := _size(buffer, start)) is not None:
            body, end = size
            if end > len(buffer):
                break
            if buffer[start] >> 4 == PUBLISH:
                middle = body + 2 + int.from_bytes(buffer[body : body + 2], "big")
                yield bytes(buffer[body + 2 : middle]), bytes(buffer[middle:end])
            start = end
        del buffer[:start]


def _size(buffer: bytearray, start: int) -> tuple[int, int] | None:
    """Start and end of the packet's body; None when its length hasn't arrived."""
    length = shift = 0
    for at in range(start + 1, min(start + 5, len(buffer))):
        length |= (buffer[at] & 0x7F) << shift
        shift += 7
        if not buffer[at] & 0x80:
            return at + 1, at + 1 + length
    return None


def _packet(first: int, body: bytes) -> bytes:
    length, rest = bytearray(), len(body)
    while True:
        rest, digit = rest >> 7, rest & 0x7F
        length.append(digit | (0x80 if rest else 0))
        if not rest:
            return bytes((first,)) + bytes(length) + body


def _text(text: str) -> bytes:
    data = text.encode()
    return len(data).to_bytes(2, "big") + data


def _exactly(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = connection.recv(count - len(data))
        if not more:
            raise ConnectionError("the broker has closed the connection")
        data += more
    return data

"""TCP on 127.0.0.1 between parties of one event loop, without the kernel.

Only the socket is replaced: asyncio's own transports, streams and servers run on it, so that flow control and closing
are theirs. A `MemorySocket` does what a non-blocking socket of Linux does. `tests/test_loopback.py` compares both.
"""

import errno
import os
import socket
from collections.abc import Callable
from itertools import count
from selectors import EVENT_READ, EVENT_WRITE
from typing import Any, Final, Protocol

#: The address whose connections stay in memory, and a name of it. Listeners need the address itself.
HOST: Final = "127.0.0.1"
NAMES: Final = (HOST, "localhost")

#: Bytes on the way to a reader, after which a socket takes no more. Linux 6.18 takes 3.9 MB with its default limits.
CAPACITY: Final = 4 << 20

# File descriptors of memory sockets: the kernel's are below its limit, which is at most 2**31.
_FIRST_FD: Final = 1 << 32
# Clients get ports of Linux's default range, in turn (net.ipv4.ip_local_port_range).
_CLIENT_PORTS: Final = range(32768, 61000)

Address = tuple[str, int]


class Pollable(Protocol):
    """What a selector needs of a memory socket."""

    def fileno(self) -> int: ...
    def ready(self) -> int:
        """The events of `selectors` that it is ready for."""


class Loopback:
    """The sockets of one event loop."""

    def __init__(self) -> None:
        #: Sockets that may have become ready, in this order; the selector removes those that aren't.
        self.active: dict[Pollable, None] = {}
        self.sockets: dict[int, Pollable] = {}
        self.listeners: dict[int, Listener] = {}
        self._descriptors = count(_FIRST_FD)
        self._connections = 0

    def listen(self, host: str, port: int) -> "Listener":
        """A socket for `loop.create_server(…, sock=…)`; port 0 is any free one. OSError as that of `bind`.

        It reserves its port: others can't bind it, and are refused when they connect to it.
        """
        reservation = socket.socket()
        try:
            reservation.bind((host, port))
        except OSError as error:
            reservation.close()
            reason = os.strerror(error.errno or 0).lower()
            raise OSError(
                error.errno, f"error while attempting to bind on address {(host, port)!r}: {reason}"
            ) from None
        return Listener(self, reservation)

    def connect(self, port: int) -> "MemorySocket | None":
        """A socket that is connected to the listener at this port, for `loop.create_connection(…, sock=…)`."""
        listener = self.listeners.get(port)
        if listener is None:
            return None
        client = (HOST, _CLIENT_PORTS[self._connections % len(_CLIENT_PORTS)])
        self._connections += 1
        server = listener.getsockname()
        ours, theirs = MemorySocket(self, client, server), MemorySocket(self, server, client)
        ours.peer, theirs.peer = theirs, ours
        listener.arrived(theirs)
        return ours

    def add(self, it: Pollable) -> int:
        """A file descriptor for a socket."""
        descriptor = next(self._descriptors)
        self.sockets[descriptor] = it
        return descriptor


class _Socket:
    """What listeners and connections have in common."""

    family = socket.AF_INET
    type = socket.SOCK_STREAM
    proto = socket.IPPROTO_TCP

    def __init__(self, loopback: Loopback, name: Address) -> None:
        self._loopback = loopback
        self._name = name
        self._options: dict[tuple[int, int], Any] = {}
        self._descriptor = loopback.add(self)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._name[0]}:{self._name[1]}>"

    def fileno(self) -> int:
        return self._descriptor

    def ready(self) -> int:
        raise NotImplementedError

    def getsockname(self) -> Address:
        return self._name

    def setblocking(self, blocking: bool) -> None:
        """It never blocks."""

    def gettimeout(self) -> float:
        return 0.0

    def setsockopt(self, level: int, option: int, value: Any) -> None:
        """Options are kept; none has an effect."""
        self._options[level, option] = value

    def getsockopt(self, level: int, option: int, size: int = 0) -> Any:
        return self._options.get((level, option), 0)

    def close(self) -> None:
        self._loopback.sockets.pop(self._descriptor, None)
        self._loopback.active.pop(self, None)
        self._descriptor = -1


class Listener(_Socket):
    """A listening socket."""

    def __init__(self, loopback: Loopback, reservation: socket.socket) -> None:
        super().__init__(loopback, reservation.getsockname())
        self._reservation = reservation
        self._waiting: list[MemorySocket] = []

    def listen(self, backlog: int) -> None:
        """From now on clients can connect. The length of the queue isn't limited."""
        self._loopback.listeners[self._name[1]] = self

    def arrived(self, connection: "MemorySocket") -> None:
        """A client has connected."""
        self._waiting.append(connection)
        self._loopback.active[self] = None

    def ready(self) -> int:
        return EVENT_READ if self._waiting else 0

    def accept(self) -> tuple["MemorySocket", Address]:
        """The next connection; BlockingIOError when there is none."""
        if not self._waiting:
            raise _error(errno.EAGAIN)
        connection = self._waiting.pop(0)
        return connection, connection.getpeername()

    def close(self) -> None:
        """Stop listening; connections that weren't accepted are reset."""
        if self._descriptor >= 0:
            super().close()
            self._loopback.listeners.pop(self._name[1], None)
            self._reservation.close()
            for connection in self._waiting:
                connection.abandon()
            self._waiting.clear()


class MemorySocket(_Socket):
    """One end of a connection. Errors are those of Linux, as OSError of the same class and number."""

    peer: "MemorySocket"

    def __init__(self, loopback: Loopback, name: Address, peername: Address) -> None:
        super().__init__(loopback, name)
        self._peername = peername
        self._incoming = bytearray()
        self._finished = False  # the peer sends nothing more
        self._shut = False  # we send nothing more
        self._reset = False
        self._error = 0  # not yet reported

    def getpeername(self) -> Address:
        if self._reset:
            raise _error(errno.ENOTCONN)
        return self._peername

    def ready(self) -> int:
        if self._reset:
            return EVENT_READ | EVENT_WRITE
        readable = EVENT_READ if self._incoming or self._finished else 0
        return readable | EVENT_WRITE if len(self.peer._incoming) < CAPACITY else readable

    def send(self, data: bytes | bytearray | memoryview) -> int:
        """Send as much as fits, at least a byte; BlockingIOError when the peer must read first."""
        self._raise_error()
        if self._shut or self._reset:
            raise _error(errno.EPIPE)
        peer = self.peer
        if peer._descriptor < 0:
            self._be_reset()  # by the answer of a system that doesn't know the connection any more
            self._loopback.active[self] = None
            return min(len(data), CAPACITY)
        room = CAPACITY - len(peer._incoming)
        if room <= 0:
            raise _error(errno.EAGAIN)
        if len(data) > room:
            data = memoryview(data)[:room]
        peer._incoming += data
        self._loopback.active[peer] = None
        return len(data)

    def sendmsg(self, buffers: Any) -> int:
        """`send` of several buffers."""
        return self.send(b"".join(buffers))

    def recv(self, size: int) -> bytes:
        """Some bytes, none after the last; BlockingIOError when the peer must send first."""
        incoming = self._incoming
        if incoming:
            if len(incoming) >= CAPACITY:
                self._loopback.active[self.peer] = None
            data = bytes(incoming[:size])
            del incoming[:size]
            return data
        if not self._finished:
            self._raise_error()
            if not self._reset:
                raise _error(errno.EAGAIN)
        return b""

    def recv_into(self, buffer: Any) -> int:
        """`recv` into a buffer, for a `BufferedProtocol`."""
        data = self.recv(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def shutdown(self, how: int) -> None:
        """Send nothing more; the other direction stays open."""
        if self._reset:
            raise _error(errno.ENOTCONN)
        if how != socket.SHUT_RD:
            self._shut = True
            self._tell(MemorySocket._finish)

    def close(self) -> None:
        """Close both directions. With unread bytes this resets the connection."""
        if self._descriptor < 0:
            return
        super().close()
        if self._reset:
            return
        self._tell(MemorySocket._be_reset if self._incoming else MemorySocket._finish)

    def abandon(self) -> None:
        """Close it with a reset."""
        super().close()
        self._tell(MemorySocket._be_reset)

    def _tell(self, what: Callable[["MemorySocket"], None]) -> None:
        peer = self.peer
        if peer._descriptor >= 0 and not peer._reset:
            what(peer)
            self._loopback.active[peer] = None

    def _finish(self) -> None:
        self._finished = True

    def _be_reset(self) -> None:
        self._reset = True
        self._error = errno.EPIPE if self._finished else errno.ECONNRESET

    def _raise_error(self) -> None:
        if self._error:
            number, self._error = self._error, 0
            raise _error(number)


def _error(number: int) -> OSError:
    return OSError(number, os.strerror(number))

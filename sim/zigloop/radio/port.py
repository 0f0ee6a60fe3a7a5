"""Ports for hosts: a TCP port or a pseudo-terminal, each for one host at a time.

A port only uses `Pluggable`'s five members of a radio: `loop`, `in_use`, `plug`, `unplug` and `feed`.

Not modelled: modem lines (DTR and RTS can't reset the radio), baud rate as set by the host.
"""

import asyncio
import errno
import logging
import os
import select
import termios
import tty
from pathlib import Path
from typing import Protocol

from zigloop.radio.line import DEFAULT_BAUD, SerialLine

LOGGER = logging.getLogger(__name__)

#: Seconds between two checks whether a host has opened a pseudo-terminal: the kernel doesn't notify us.
_LOOK_INTERVAL = 0.05


class Pluggable(Protocol):
    """A radio's `Uart`, as ports need it."""

    @property
    def loop(self) -> asyncio.AbstractEventLoop: ...
    @property
    def in_use(self) -> bool:
        """Whether a host has a port of it open."""

    def plug(self, line: SerialLine) -> None:
        """A host has opened a port; output goes to `line`."""

    def unplug(self) -> None:
        """The host has closed the port."""

    def feed(self, data: bytes) -> None:
        """Bytes from the host."""


class _Connection(asyncio.Protocol):
    """One TCP connection."""

    def __init__(self, port: "TcpPort") -> None:
        self._port = port
        self._transport: asyncio.Transport | None = None
        self.peer = "?"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        host, number = transport.get_extra_info("peername")[:2]
        self.peer = f"{host}:{number}"
        if not self._port.takes(self):
            transport.abort()
            return
        self._transport = transport
        self._port.radio.plug(
            SerialLine(self._port.radio.loop, self._port.baud, transport.write, transport.get_write_buffer_size)
        )
        LOGGER.info("%s: %s has opened the port", self._port.url, self.peer)

    def data_received(self, data: bytes) -> None:
        if self._transport is not None:
            self._port.radio.feed(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._transport is not None:
            self._transport = None
            self._port.left(self)
            LOGGER.info("%s: %s has closed the port", self._port.url, self.peer)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()


class TcpPort:
    """The radio behind a TCP port, as a serial-to-network adapter would offer it. Made by `serve_tcp`."""

    def __init__(self, radio: Pluggable, baud: int) -> None:
        self.radio = radio
        self.baud = baud
        self.url = ""
        self._server: asyncio.Server | None = None
        self._address: tuple[str, int] = ("", 0)
        self._opening: asyncio.Task[None] | None = None
        self._holder: _Connection | None = None

    async def _open(self, host: str, port: int) -> None:
        try:
            self._server = await self.radio.loop.create_server(lambda: _Connection(self), host, port)
        except OSError as error:
            raise OSError(error.errno, f"the radio can't listen on {host}:{port}: {_reason(error)}") from error
        number = self._server.sockets[0].getsockname()[1]
        self._address = (host, number)
        shown = f"[{host}]" if ":" in host else host
        self.url = f"socket://{shown}:{number}"

    def takes(self, connection: _Connection) -> bool:
        """Whether the port is free for this connection."""
        if self._server is None:  # closed since the connection was accepted
            return False
        if self._holder is not None or self.radio.in_use:
            holder = self._holder.peer if self._holder is not None else "another port of the radio"
            LOGGER.warning("%s: refused %s, %s holds the port", self.url, connection.peer, holder)
            return False
        self._holder = connection
        return True

    def left(self, connection: _Connection) -> None:
        """The host has gone."""
        if self._holder is connection:
            self._holder = None
            self.radio.unplug()

    async def close(self) -> None:
        """Close the port, also under a connected host."""
        if self._opening is not None:
            await asyncio.wait([self._opening])
        server = self._server
        self.disappear()
        if server is not None:
            await server.wait_closed()

    @property
    def there(self) -> bool:
        """Whether a host can open it."""
        return self._server is not None or self._opening is not None

    def disappear(self) -> None:
        """Close the port until `reappear`, also under a connected host."""
        if self._holder is not None:
            holder, self._holder = self._holder, None
            self.radio.unplug()
            holder.close()
        if self._server is not None:
            self._server.close()
            self._server = None

    def reappear(self) -> None:
        """Open again, at the same address."""
        if not self.there:
            self._opening = self.radio.loop.create_task(self._open_again())

    async def _open_again(self) -> None:
        try:
            await self._open(*self._address)
        except OSError as error:
            LOGGER.error("%s: failed to reopen: %s", self.url, error)
        finally:
            self._opening = None


async def serve_tcp(radio: Pluggable, host: str = "127.0.0.1", port: int = 0, baud: int = DEFAULT_BAUD) -> TcpPort:
    """Offer the radio on a TCP port; 0 takes a free one, see `.url`.

    `baud` paces the radio's output; 0: unlimited. Raises OSError when the address is not available.
    """
    opened = TcpPort(radio, baud)
    await opened._open(host, port)
    return opened


class PtyPort:
    """The radio behind a pseudo-terminal, with a symbolic link to it at a given path. Made by `serve_pty`.

    A host may close it and open it again. The kernel doesn't notify us of that, so it is polled every 0.05 s: use a TCP
    port in virtual time.
    """

    def __init__(self, radio: Pluggable, path: str | os.PathLike[str], baud: int) -> None:
        self.radio = radio
        self.url = os.fspath(path)
        self._line = SerialLine(radio.loop, baud, self._write)
        self._link = Path(path)
        self._looking: asyncio.TimerHandle | None = None
        self._open = False
        self._warned = False
        self._master = -1
        self._make()

    def _make(self) -> None:
        self._master, slave = os.openpty()
        try:
            tty.setraw(slave)
            os.set_blocking(self._master, False)
            self._slave = os.ttyname(slave)
            try:
                self._link.symlink_to(self._slave)
            except FileExistsError:
                if not self._is_leftover():
                    message = f"the radio's port can't be {self.url}: something is there already"
                    raise FileExistsError(errno.EEXIST, message) from None
                self._link.unlink()
                self._link.symlink_to(self._slave)
            except OSError as error:
                raise OSError(error.errno, f"the radio's port can't be {self.url}: {error.strerror}") from error
        except OSError:
            os.close(self._master)
            self._master = -1
            raise
        finally:
            os.close(slave)
        self._look()

    def _is_leftover(self) -> bool:
        """Whether the path is a link to a pseudo-terminal that no longer exists."""
        return (
            self._link.is_symlink() and str(self._link.readlink()).startswith("/dev/pts/") and not self._link.exists()
        )

    def _look(self) -> None:
        poll = select.poll()
        poll.register(self._master, 0)
        if any(event & select.POLLHUP for _, event in poll.poll(0)):
            self._looking = self.radio.loop.call_later(_LOOK_INTERVAL, self._look)
            return
        self._looking = None
        if self.radio.in_use:
            if not self._warned:
                LOGGER.warning("%s: opened, but a host at another port of the radio holds it", self.url)
            self._warned = True
            self._looking = self.radio.loop.call_later(_LOOK_INTERVAL, self._look)
            return
        self._warned = False
        self._open = True
        self.radio.plug(self._line)
        self.radio.loop.add_reader(self._master, self._readable)
        LOGGER.info("%s: a host has opened the port", self.url)

    def _readable(self) -> None:
        try:
            data = os.read(self._master, 65536)
        except BlockingIOError:
            return
        except OSError:  # EIO: the last host has closed it
            self._left()
            return
        self.radio.feed(data)

    def _left(self) -> None:
        self._stop()
        termios.tcflush(self._master, termios.TCIOFLUSH)
        LOGGER.info("%s: the host has closed the port", self.url)
        self._look()

    def _stop(self) -> None:
        if self._open:
            self._open = False
            self.radio.loop.remove_reader(self._master)
            self.radio.unplug()

    def _write(self, frame: bytes) -> None:
        try:
            os.write(self._master, frame)
        except BlockingIOError:
            LOGGER.debug("%s: the host does not read, dropping a frame", self.url)
        except OSError:
            LOGGER.debug("%s: the host has disconnected", self.url)

    async def close(self) -> None:
        """Close the port, and remove the link."""
        self.disappear()

    @property
    def there(self) -> bool:
        """Whether a host can open it."""
        return self._master >= 0

    def reappear(self) -> None:
        """Open again, at the same path."""
        if not self.there:
            try:
                self._make()
            except OSError as error:
                LOGGER.error("%s: failed to reopen: %s", self.url, error)

    def disappear(self) -> None:
        """Close the port until `reappear`, and remove the link."""
        if not self.there:
            return
        self._stop()
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None
        if self._link.is_symlink() and str(self._link.readlink()) == self._slave:
            self._link.unlink()
        os.close(self._master)
        self._master = -1


def serve_pty(radio: Pluggable, path: str | os.PathLike[str], baud: int = DEFAULT_BAUD) -> PtyPort:
    """Offer the radio as a serial port at `path`, a link to a pseudo-terminal.

    `baud` paces the radio's output; 0: unlimited. Raises OSError when the path exists already.
    """
    return PtyPort(radio, path, baud)


def _reason(error: OSError) -> str:
    return os.strerror(error.errno) if error.errno and error.errno > 0 else str(error.strerror or error)

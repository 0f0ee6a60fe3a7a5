"""HOST:PORT arguments of the command line."""

from typing import NamedTuple

from zigloop.cli.errors import CommandLineError


class Address(NamedTuple):
    """An address to listen on."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_address(option: str, text: str) -> Address:
    """Parse `127.0.0.1:6638`, `localhost:6638` or `[::1]:6638`; CommandLineError names the option."""
    host, colon, port = text.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        host = ""
    if not (colon and host and port.isascii() and port.isdigit() and int(port) <= 65535):
        raise CommandLineError(f"{option} {text}: write HOST:PORT, as in 127.0.0.1:6638 (an IPv6 address in brackets)")
    return Address(host, int(port))

"""Whether the host, radio and broker that pytest's options name are there: checked once, before any test."""

import socket
from pathlib import Path
from typing import Any, Final, NoReturn
from urllib.parse import SplitResult, urlsplit

import pytest

from zigloop.testing.hosts import HostUnavailable, InstallableHost, host_factory

#: Seconds for a connection to a radio or broker.
CONNECT: Final = 5.0
#: Default ports of MQTT, without and with TLS (IANA).
MQTT_PORTS: Final = {"mqtt": 1883, "mqtts": 8883}


def check(option: Any) -> set[str]:
    """The names under which a scenario's tags may mean the host: zigbee2mqtt, zigbee2mqtt-2.14.1.

    UsageError, in one sentence, when the host isn't installed, or when radio or broker can't be reached.
    """
    name = option.host.partition("@")[0]
    names = {name}
    try:
        factory = host_factory(option.host)
        if isinstance(factory, InstallableHost):
            names.add(f"{name}-{factory.available(option.mqtt)}")
    except (LookupError, HostUnavailable) as error:
        raise pytest.UsageError(f"--host {option.host}: {error}") from None
    if option.radio is not None:
        _check_radio(option.radio)
    if option.mqtt is not None:
        _check_broker(option.mqtt)
    return names


def _check_radio(url: str) -> None:
    if "://" not in url:
        if not Path(url).exists():
            raise pytest.UsageError(
                f"--radio {url}: the serial port does not exist; plug the dongle in, or name another"
            )
        return
    parts = _split("--radio", url, ("socket", "tcp"), "write /dev/tty… or socket://HOST:PORT")
    if parts.port is None:
        raise pytest.UsageError(f"--radio {url}: the port is missing; write socket://HOST:PORT")
    _connect("--radio", url, parts, parts.port)


def _check_broker(url: str) -> None:
    parts = _split("--mqtt", url, tuple(MQTT_PORTS), "write mqtt://HOST:PORT")
    _connect("--mqtt", url, parts, parts.port or MQTT_PORTS[parts.scheme])


def _split(option: str, url: str, schemes: tuple[str, ...], remedy: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port  # checked when it is read
    except ValueError:
        parts, port = SplitResult("", "", "", "", ""), None
    if parts.scheme not in schemes or not parts.hostname or port == 0:
        raise pytest.UsageError(f"{option} {url}: this is not an address that can be opened; {remedy}")
    return parts


def _connect(option: str, url: str, parts: SplitResult, port: int) -> None:
    try:
        socket.create_connection((parts.hostname or "", port), timeout=CONNECT).close()
    except OSError as error:
        why = error.strerror or str(error)
        raise pytest.UsageError(f"{option} {url}: it can't be reached ({why}); start it, or name another") from None


def give_up(config: pytest.Config, why: str) -> NoReturn:
    """End the run: no test can use its host, radio or broker. A worker of pytest-xdist can only fail its tests."""
    if hasattr(config, "workerinput"):
        pytest.fail(why, pytrace=False)
    pytest.exit(why, returncode=pytest.ExitCode.USAGE_ERROR)

"""`zigloop host`: lists the hosts that tests can run on, and installs one."""

import sys
from argparse import ArgumentParser

from zigloop.testing.hosts import HostUnavailable, InstallableHost, host_factory, host_names


def main(arguments: list[str]) -> int:
    """Install and list hosts for tests. Exit code 2 when a host can't be installed."""
    parser = ArgumentParser(prog="zigloop host", description="The hosts that tests can run on (pytest --host NAME).")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="command")
    commands.add_parser("list", help="list the hosts", description="List the hosts and their installed versions.")
    add = commands.add_parser(
        "install", help="install a host into the cache", description="Install a host into the user's cache."
    )
    add.add_argument("host", metavar="NAME[@VERSION]", help="as in zigbee2mqtt or zigbee2mqtt@2.2.1")
    options = parser.parse_args(arguments)
    try:
        if options.command == "list":
            _list()
        else:
            _install(options.host)
    except (HostUnavailable, LookupError, OSError) as error:
        print(f"zigloop: {error}", file=sys.stderr)
        return 2
    return 0


def _list() -> None:
    for name in host_names():
        try:
            factory = host_factory(name)
        except LookupError as error:
            print(f"{name:<14}{error}")
            continue
        about = "installed"
        if isinstance(factory, InstallableHost):
            about = ", ".join(factory.versions()) or f"not installed; install it with zigloop host install {name}"
        print(f"{name:<14}{about}")


def _install(text: str) -> None:
    factory = host_factory(text)
    if not isinstance(factory, InstallableHost):
        print(f"{text} is installed")
        return
    print(f"{text} is installed in {factory.install()}")

"""The command line: `python -m zigloop serve`, `devices` and `demo`. The only place with a real clock."""

import sys
from argparse import ArgumentParser, Namespace

from zigloop.cli import devices, serve
from zigloop.cli.errors import CommandLineError


def main(arguments: list[str] | None = None) -> int:
    """Run a command; the exit code is 0, or 2 for what the user can put right: one sentence says what."""
    parser = ArgumentParser(
        prog="python -m zigloop",
        description="Virtual Zigbee devices behind a fake Z-Stack radio, on a port that any host can open.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    serve.add_to(commands)
    devices.add_to(commands)
    demo = commands.add_parser(
        "demo",
        help="watch a plug join a bridge behind a fake radio",
        description="A broker, a radio, a plug and the bridge, and all that they say to each other.",
    )
    demo.set_defaults(run=_demo)
    options = parser.parse_args(arguments)
    try:
        code: int = options.run(options)
    except CommandLineError as error:
        print(f"python -m zigloop: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:  # before or after the command itself listens for it
        return 130
    return code


def _demo(options: Namespace) -> int:
    from zigloop.cli.demo import demo

    return demo()

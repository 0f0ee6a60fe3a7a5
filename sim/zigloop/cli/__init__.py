"""The command `zigloop`. Only this package reads the real clock.

`serve`, `devices` and `demo` are here. Other packages add commands as entry points of the group `zigloop.commands`
(the bridge: `bridge` and `page`): a function that takes the arguments and returns the exit code. The first sentence of
its docstring is the command's help.
"""

import ast
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points, version
from importlib.util import find_spec
from pathlib import Path

from zigloop.cli import devices, serve
from zigloop.cli.errors import CommandLineError

COMMANDS = "zigloop.commands"


def main(arguments: list[str] | None = None) -> int:
    """Run a command. Exit code 0, or 2 for an error that the user can fix, explained in one sentence."""
    arguments = sys.argv[1:] if arguments is None else arguments
    parser = ArgumentParser(
        prog="zigloop",
        description="Virtual Zigbee devices behind a fake radio, on a port that any host can open.",
        epilog='See "zigloop COMMAND --help" for details.',
    )
    parser.add_argument("--version", action="version", version=f"zigloop {version('zigloop')}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    serve.add_to(commands)
    demo = commands.add_parser(
        "demo",
        help="watch a plug join the bridge through a fake radio",
        description="Run a broker, a radio, a plug and the bridge, and print all their frames and messages.",
    )
    demo.set_defaults(run=_demo)
    devices.add_to(commands)
    others = {entry.name: entry for entry in entry_points(group=COMMANDS) if entry.name not in commands.choices}
    for entry in others.values():
        commands.add_parser(entry.name, help=_help(entry))
    try:
        if arguments and arguments[0] in others:
            code: int = _load(others[arguments[0]])(arguments[1:])
        else:
            options = parser.parse_args(arguments)
            code = options.run(options)
        sys.stdout.flush()
    except CommandLineError as error:
        print(f"zigloop: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:  # before or after the command handles it
        return 130
    except BrokenPipeError:  # the reader has read enough: `zigloop devices | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes it once more when it exits
        return 141  # as a shell reports the end by SIGPIPE
    return code


def _load(entry: EntryPoint) -> Callable[[list[str]], int]:
    """Another package's command; CommandLineError when the package is broken or half uninstalled."""
    try:
        command: Callable[[list[str]], int] = entry.load()
    except (ImportError, AttributeError) as error:
        raise CommandLineError(f"the command {entry.name} can't be loaded from {entry.value}: {error}") from None
    return command


def _help(entry: EntryPoint) -> str:
    """The first sentence of the docstring of another package's command, without importing its module."""
    try:
        spec = find_spec(entry.module)
    except ImportError:  # the package is broken or half uninstalled; the others work without it
        spec = None
    if spec is None or spec.origin is None:
        return ""
    for node in ast.parse(Path(spec.origin).read_bytes()).body:
        if isinstance(node, ast.FunctionDef) and node.name == entry.attr:
            sentence = (ast.get_docstring(node) or "").partition("\n")[0].partition(". ")[0].rstrip(".")
            return sentence[:1].lower() + sentence[1:]
    return ""


def _demo(options: Namespace) -> int:
    from zigloop.cli.demo import demo

    return demo()

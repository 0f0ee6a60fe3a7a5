"""`zigloop serve`: a radio with devices on a port, for any host."""

import asyncio
import errno
import os
import signal
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zigloop.cli.address import Address, parse_address
from zigloop.cli.declared import Declared, parse_device
from zigloop.cli.errors import CommandLineError, reason
from zigloop.cli.output import say
from zigloop.clock import ClockLoop, clock_loop
from zigloop.pace import MEANING, PATIENCE, describe_pace, parse_pace

if TYPE_CHECKING:
    from zigloop.bench import Bench

TCP = "127.0.0.1:6638"  # ser2net's customary port for Zigbee dongles
CONTROL = "127.0.0.1:6639"
BAUD = 115_200

DESCRIPTION = """\
A fake Z-Stack coordinator with virtual devices, on a port that any host can open as if a CC2652 dongle were
plugged in (Zigbee2MQTT: serial.port tcp://127.0.0.1:6638, adapter zstack).

Devices without a network scan until they may join: permit joining on the host. With --no-pair they wait for the control
"pair". "zigloop devices" lists the products and their controls. On a terminal there is a prompt; type "help" there.
Scripts use the control socket (docs/control.md).

--pace makes a day of heartbeats pass in minutes: --pace 60 is a minute per second. The host stays in real time, so
devices wait for it less long: a frame for a sleeping device is kept for 7.68 s / N, and a device that has just joined
stays awake for 15 s / N. So let sleeping devices join at --pace 1 with --state FILE, then restart with another pace."""


def add_to(commands: Any) -> None:
    parser: ArgumentParser = commands.add_parser(
        "serve",
        help="serve a radio with devices on a port",
        description=DESCRIPTION,
        formatter_class=RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add(
        "--device",
        action="append",
        default=[],
        metavar="[NAME=]MODEL[,KEY=VALUE]",
        dest="devices",
        help="add a device, as in plug=ZNCZ02LM,firmware=02-28-2017; may be repeated; "
        '"zigloop devices" lists the models and their options',
    )
    add("--tcp", metavar="HOST:PORT", help=f"serve on TCP (default {TCP}; port 0: any free one)")
    add("--pty", metavar="PATH", help="serve a serial port: PATH becomes a link to a pseudo-terminal")
    add(
        "--baud",
        type=int,
        default=BAUD,
        metavar="N",
        help=f"speed of the serial line; 0: unlimited (default {BAUD})",
    )
    add(
        "--state",
        type=Path,
        metavar="FILE",
        help="store the radio's memory in FILE and the devices' state in FILE.devices",
    )
    add(
        "--seed",
        type=int,
        default=0,
        metavar="N",
        help="seed of everything random, addresses included (default 0)",
    )
    add("--pace", default="1", metavar="N", help=f"{MEANING} (default 1, real time)")
    add(
        "--no-pair",
        action="store_true",
        help="don't pair devices that are in no network",
    )
    add(
        "--control",
        default=CONTROL,
        metavar="HOST:PORT",
        help=f'address of the control socket (default {CONTROL}), or "off"',
    )
    add("--log-frames", action="store_true", help="print each frame between host and radio")
    parser.set_defaults(run=run)


def run(options: Namespace) -> int:
    """Check the arguments, then serve until Ctrl-C, SIGTERM or `quit`."""
    if options.tcp is not None and options.pty is not None:
        raise CommandLineError(
            "--tcp and --pty exclude each other: a radio has one port; give one of them, or start a second radio"
        )
    try:
        pace = parse_pace(options.pace)
    except ValueError as error:
        raise CommandLineError(f"--pace: {error}") from None
    if options.baud < 0:
        raise CommandLineError(f"--baud must be 0 or more, not {options.baud}")
    tcp = parse_address("--tcp", TCP if options.tcp is None else options.tcp)
    if options.pty == "":
        raise CommandLineError("--pty needs the path of the serial port, as in /tmp/ttyZigbee")
    control = None if options.control.lower() == "off" else parse_address("--control", options.control)
    declared = [parse_device(text) for text in options.devices]
    names = [each.name for each in declared if each.name is not None]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise CommandLineError(f"--device {twice}=…: two devices are called {twice}; give each its own name")
    if options.state is not None and not options.state.absolute().parent.is_dir():
        raise CommandLineError(
            f"--state {options.state}: the directory {options.state.absolute().parent} does not exist; create it first"
        )
    with clock_loop(pace, patience=PATIENCE) as loop:
        return loop.run_until_complete(_serve(options, tcp, control, declared))


async def _serve(options: Namespace, tcp: Address, control: Address | None, declared: list[Declared]) -> int:
    from zigloop.bench import Bench
    from zigloop.cli.reporting import print_frames, print_radio_log

    print_radio_log()
    loop = asyncio.get_running_loop()
    assert isinstance(loop, ClockLoop)
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    try:
        bench = Bench(seed=options.seed, state=options.state)
    except ValueError as error:
        raise CommandLineError(f"--state {options.state}: {error}") from None
    except OSError as error:
        raise CommandLineError(f"--state {options.state}: cannot be read ({reason(error)})") from None
    try:
        async with bench:
            given = {each.name for each in declared}
            for each in declared:
                each.add_to(bench, taken=given)
            bench.save()  # fail now rather than when there is something to lose
            if options.log_frames:
                print_frames(bench)
            await _open_port(bench, options, tcp)
            await _serve_controls(bench, loop, options, control, stopped)
    except OSError as error:
        if options.state is None:
            raise
        raise CommandLineError(f"--state {options.state}: cannot be written ({reason(error)})") from None
    say("stopped")
    return 0


async def _open_port(bench: "Bench", options: Namespace, tcp: Address) -> None:
    pace = f"{options.baud} baud" if options.baud else "unlimited speed"
    if options.pty is not None:
        try:
            bench.serve_pty(options.pty, baud=options.baud)
        except FileExistsError:
            raise CommandLineError(
                f"--pty {options.pty}: the path already exists; remove it, or give another path"
            ) from None
        except OSError as error:
            raise CommandLineError(f"--pty {options.pty}: cannot be created ({reason(error)})") from None
        say(f"port     {options.pty} ({pace})")
        return
    try:
        port = await bench.serve_tcp(tcp.host, tcp.port, baud=options.baud)
    except OSError as error:
        raise _not_listening("--tcp", tcp, error) from None
    default = "" if options.tcp else "; the default, without --tcp and --pty"
    say(f"port     {port.url} ({pace}{default})")


async def _serve_controls(
    bench: "Bench", clock: ClockLoop, options: Namespace, control: Address | None, stopped: asyncio.Event
) -> None:
    from zigloop.cli.prompt import Prompt, describe_state
    from zigloop.cli.reporting import print_device_events
    from zigloop.cli.saving import StateSaver
    from zigloop.remote.control_socket import ControlSocket

    remote = ControlSocket(bench)
    if control is not None:
        try:
            await remote.open(control.host, control.port)
        except OSError as error:
            raise _not_listening("--control", control, error, or_else=', or "--control off"') from None
        say(f"control  {Address(remote.host, remote.port)}")
    say(f"seed     {bench.seed}")
    if clock.rate != 1:
        say(f"pace     {describe_pace(clock.rate)}; the host stays in real time")
    for device in bench.devices.values():
        if not device.joined and not options.no_pair:
            device.node.pair()
        say(f"device   {device.model} {describe_state(device.name, device.state())}")
    if not bench.devices:
        say("no devices: add some with --device MODEL")
    prompt = Prompt(bench, on_quit=stopped.set)
    if prompt.start():
        say('type "help" for the commands, "quit" to stop')
    print_device_events(bench)
    saver = StateSaver(bench, clock) if options.state is not None else None
    try:
        await stopped.wait()
    finally:
        prompt.stop()
        if saver is not None:
            saver.stop()
        await remote.close()


def _not_listening(option: str, address: Address, error: OSError, or_else: str = "") -> CommandLineError:
    if error.errno == errno.EADDRINUSE:
        return CommandLineError(
            f"{option} {address}: the port is in use; stop the program that uses it, or give another port{or_else}"
        )
    # Without a number none of the addresses belongs to this machine (asyncio of Python 3.13).
    why = os.strerror(errno.EADDRNOTAVAIL) if error.errno is None else reason(error)
    return CommandLineError(f"{option} {address}: cannot listen there ({why}); give another address{or_else}")

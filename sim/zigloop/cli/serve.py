"""`zigloop serve`: a radio with devices on a port, for any host."""

import asyncio
import errno
import logging
import os
import signal
import time
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zigloop.cli.address import Address, parse_address
from zigloop.cli.declared import Declared, parse_device
from zigloop.cli.errors import CommandLineError, reason
from zigloop.cli.output import say
from zigloop.clock import VIRTUAL, ClockLoop, clock_loop
from zigloop.events import DeviceAnnounced, DeviceLeft, PortFrame, TimeJumped
from zigloop.pace import MEANING, PATIENCE, describe_pace, parse_pace

if TYPE_CHECKING:
    from zigloop.bench import Bench

TCP = "127.0.0.1:6638"  # ser2net's customary port for Zigbee dongles
CONTROL = "127.0.0.1:6639"
BAUD = 115_200

#: Real seconds between two looks at whether the devices have something new to remember.
SAVE_PERIOD = 5.0

DESCRIPTION = """\
A fake Z-Stack coordinator with virtual devices, on a port that any host can open as if a CC2652 dongle were
plugged in (Zigbee2MQTT: serial.port tcp://127.0.0.1:6638, adapter zstack).

Devices that are in no network look for one that lets them in until they find it: permit joining on the host.
--no-pair leaves them as they are, for the control "pair" to be used. What a device is, and what can be done
to it, "zigloop devices" lists. On a terminal there is a prompt; type "help" there. Scripts use
the control socket (docs/control.md).

--pace makes a day of heartbeats pass in minutes: --pace 60 is a minute a second. The host still lives in real time.
What waits for it waits the shorter: a frame for a sleeping device 7.68 s / N, a device that has just joined stays awake
for 15 s / N. So let sleeping devices join at --pace 1 with --state FILE, and start again with another."""


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
        help="put a device on the bench, as in plug=ZNCZ02LM,firmware=02-28-2017; may be given again; "
        '"zigloop devices" lists the models and what can be declared',
    )
    add("--tcp", metavar="HOST:PORT", help=f"serve on TCP (default {TCP}; port 0 takes a free one)")
    add("--pty", metavar="PATH", help="serve a serial port: a link to a pseudo-terminal is made at PATH")
    add(
        "--baud",
        type=int,
        default=BAUD,
        metavar="N",
        help=f"pace of the line; 0 for none (default {BAUD})",
    )
    add(
        "--state",
        type=Path,
        metavar="FILE",
        help="keep the radio's memory in FILE, the devices' in FILE.devices",
    )
    add(
        "--seed",
        type=int,
        default=0,
        metavar="N",
        help="what all chance comes from, addresses too (default 0)",
    )
    add("--pace", default="1", metavar="N", help=f"{MEANING} (default 1, real time)")
    add(
        "--no-pair",
        action="store_true",
        help="devices that are in no network don't look for one by themselves",
    )
    add(
        "--control",
        default=CONTROL,
        metavar="HOST:PORT",
        help=f'the control socket (default {CONTROL}), or "off"',
    )
    add("--log-frames", action="store_true", help="print each frame between host and radio")
    parser.set_defaults(run=run)


def run(options: Namespace) -> int:
    """Check everything that can be checked, then serve until Ctrl-C, SIGTERM or `quit`."""
    if options.tcp is not None and options.pty is not None:
        raise CommandLineError(
            "--tcp and --pty exclude each other, for a radio has one port: give one of them, or start a second radio"
        )
    try:
        pace = parse_pace(options.pace)
    except ValueError as error:
        raise CommandLineError(f"--pace: {error}") from None
    if options.baud < 0:
        raise CommandLineError(f"--baud is 0 or more, not {options.baud}")
    tcp = parse_address("--tcp", TCP if options.tcp is None else options.tcp)
    if options.pty == "":
        raise CommandLineError("--pty wants the path where the serial port is to be, as in /tmp/ttyZigbee")
    control = None if options.control.lower() == "off" else parse_address("--control", options.control)
    declared = [parse_device(text) for text in options.devices]
    names = [each.name for each in declared if each.name is not None]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise CommandLineError(f"--device {twice}=…: two devices are called {twice}; give each a name of its own")
    if options.state is not None and not options.state.absolute().parent.is_dir():
        raise CommandLineError(
            f"--state {options.state}: there is no directory {options.state.absolute().parent}; make it first"
        )
    with clock_loop(pace, patience=PATIENCE) as loop:
        return loop.run_until_complete(_serve(options, tcp, control, declared))


async def _serve(options: Namespace, tcp: Address, control: Address | None, declared: list[Declared]) -> int:
    from zigloop.bench import Bench

    _log()
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
        raise CommandLineError(f"--state {options.state}: can't be read ({reason(error)})") from None
    try:
        async with bench:
            given = {each.name for each in declared}
            for each in declared:
                each.put_on(bench, taken=given)
            bench.save()  # rather now than when there is something to lose
            if options.log_frames:
                _log_frames(bench)
            await _open_port(bench, options, tcp)
            await _serve_controls(bench, loop, options, control, stopped)
    except OSError as error:
        if options.state is None:
            raise
        raise CommandLineError(f"--state {options.state}: can't be written ({reason(error)})") from None
    say("stopped")
    return 0


async def _open_port(bench: "Bench", options: Namespace, tcp: Address) -> None:
    pace = f"{options.baud} baud" if options.baud else "as fast as it goes"
    if options.pty is not None:
        try:
            bench.serve_pty(options.pty, baud=options.baud)
        except FileExistsError:
            raise CommandLineError(
                f"--pty {options.pty}: there already is something; remove it, or give another path"
            ) from None
        except OSError as error:
            raise CommandLineError(f"--pty {options.pty}: can't be made ({reason(error)})") from None
        say(f"port     {options.pty} ({pace})")
        return
    try:
        port = await bench.serve_tcp(tcp.host, tcp.port, baud=options.baud)
    except OSError as error:
        raise _not_listening("--tcp", tcp, error) from None
    default = "" if options.tcp else "; neither --tcp nor --pty was given"
    say(f"port     {port.url} ({pace}{default})")


async def _serve_controls(
    bench: "Bench", clock: ClockLoop, options: Namespace, control: Address | None, stopped: asyncio.Event
) -> None:
    from zigloop.cli.prompt import Prompt, describe_state
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
        say(f"pace     {describe_pace(clock.rate)}; the host lives in real time")
    for device in bench.devices.values():
        if not device.joined and not options.no_pair:
            device.node.pair()
        say(f"device   {device.model} {describe_state(device.name, device.state())}")
    if not bench.devices:
        say("no devices: give some with --device MODEL")
    prompt = Prompt(bench, on_quit=stopped.set)
    if prompt.start():
        say('type "help" to learn what can be said, "quit" to stop')
    bench.events.subscribe(DeviceAnnounced, lambda event: _say_of(bench, event.ieee, f"joined as 0x{event.nwk:04x}"))
    bench.events.subscribe(DeviceLeft, lambda event: _say_of(bench, event.ieee, LEFT))
    saver = _Saver(bench, clock) if options.state is not None else None
    try:
        await stopped.wait()
    finally:
        prompt.stop()
        if saver is not None:
            saver.stop()
        await remote.close()


class _Saver:
    """Saves now and then, so that a killed process loses little: by the real clock, however fast ours runs."""

    def __init__(self, bench: "Bench", clock: ClockLoop) -> None:
        self._bench = bench
        self._clock = clock
        self._failed = False
        self._saved = time.monotonic()
        self._timer: asyncio.TimerHandle | None = None
        self._unsubscribe: Callable[[], None] = lambda: None
        if clock.rate == VIRTUAL:
            self._unsubscribe = bench.events.subscribe(TimeJumped, self._jumped)  # a timer would be jumped to
        else:
            self._timer = clock.call_later(SAVE_PERIOD * clock.rate, self._save)

    def stop(self) -> None:
        self._unsubscribe()
        if self._timer is not None:
            self._timer.cancel()

    def _jumped(self, _: TimeJumped) -> None:
        if time.monotonic() - self._saved >= SAVE_PERIOD:
            self._save()

    def _save(self) -> None:
        self._saved = time.monotonic()
        try:
            self._bench.save()
            self._failed = False
        except OSError as error:
            if not self._failed:
                say(f"the state can't be saved: {reason(error)}")
            self._failed = True
        if self._timer is not None:
            self._timer = self._clock.call_later(SAVE_PERIOD * self._clock.rate, self._save)


class _Said(logging.Handler):
    """Puts what is logged among what is said."""

    def emit(self, record: logging.LogRecord) -> None:
        say(f"radio    {record.getMessage()}")


def _log() -> None:
    """What the radio has to say: who holds the port, what was refused. Not each try of a device to join."""
    for name, level in (("zigloop.radio", logging.INFO), ("zigloop.coordinator", logging.WARNING)):
        logger = logging.getLogger(name)
        logger.addHandler(_Said())
        logger.setLevel(level)


def _log_frames(bench: "Bench") -> None:
    bench.events.subscribe(PortFrame, lambda event: say(event.text))


def _not_listening(option: str, address: Address, error: OSError, or_else: str = "") -> CommandLineError:
    if error.errno == errno.EADDRINUSE:
        return CommandLineError(
            f"{option} {address}: the port is in use; stop what uses it, or give another port{or_else}"
        )
    # Without a number asyncio has found none of the addresses to be this machine's (Python 3.13).
    why = os.strerror(errno.EADDRNOTAVAIL) if error.errno is None else reason(error)
    return CommandLineError(f"{option} {address}: can't listen there ({why}); give another address{or_else}")


LEFT = "left its network; the control pair makes it look for one"


def _say_of(bench: "Bench", ieee: int, what: str) -> None:
    """Something about the device with this address."""
    device = next(each for each in bench.devices.values() if each.node.ieee == ieee)
    say(f"{device.name} (0x{ieee:016x}) {what}")

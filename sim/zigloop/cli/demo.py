"""`zigloop demo`: broker, radio, a plug and the bridge, and everything they say to each other, while you watch.

The bridge is a process of its own, plugged into the bench's port; it brings the broker. Keys use the
plug's controls, and any MQTT client may join in.
"""

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
import tempfile
import termios
import tty
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from gmqtt import Client
from gmqtt.mqtt.constants import MQTTv311
from rich.console import Console
from rich.text import Text

from zigloop.air.frame import BROADCAST_ROUTERS, BROADCAST_RX_ON, COORDINATOR, ApsFrame
from zigloop.bench import Bench
from zigloop.capture.describe import describe_aps
from zigloop.cli.errors import CommandLineError
from zigloop.clock import clock_loop
from zigloop.control.arguments import ControlError
from zigloop.events import FrameSent

BROKER_PORT = 1883
ONLINE_TIMEOUT = 30.0  # seconds; a start takes two
PLUG = "plug"

#: What is long, and read by programs: told, not shown.
BULKY = ("bridge/devices", "bridge/info", "bridge/groups", "bridge/definitions", "bridge/logging")

#: Key, what it does to the plug, and what that means.
KEYS: dict[str, tuple[str, str]] = {
    "b": ("press", "press its button"),
    "d": ("draw 42", "let it draw 42 W"),
    "n": ("draw 0", "let it draw nothing"),
    "c": ("cut", "cut its mains"),
    "r": ("restore", "give it mains again"),
    "h": ("heartbeat", "make it say its heartbeat"),
}


class Demo:
    """One run: `run` returns when the user has had enough."""

    def __init__(self, loop: asyncio.AbstractEventLoop, console: Console, folder: Path) -> None:
        self.loop = loop
        self.console = console
        self.bench = Bench(loop)
        self.plug = self.bench.add("ZNCZ02LM", PLUG)
        self.enough = asyncio.Event()
        self._folder = folder
        self._log = folder / "bridge.log"
        self._began = loop.time()
        self._client = Client("zigloop-demo")
        self._waiting: list[tuple[Callable[[str, Any], bool], asyncio.Future[Any]]] = []
        self._typed: str | None = None

    async def run(self) -> None:
        """The whole show. CommandLineError when something that it needs can't be had."""
        broker_port = free_port(BROKER_PORT)
        radio = await self.bench.serve_tcp()
        self.bench.events.subscribe(FrameSent, lambda event: self._frame(event.frame))
        bridge = await self._start_bridge(radio.url, broker_port)
        try:
            await self._meet(bridge, broker_port)
            self._introduce(radio.url, broker_port)
            with self._keys():
                await self._pair()
                await self._wait_for_the_end(bridge)
        finally:
            await self._client.disconnect()
            if bridge.returncode is None:
                bridge.send_signal(signal.SIGTERM)
                await bridge.wait()
            await self.bench.close()

    # -- the parts ------------------------------------------------------------------------------------------

    async def _start_bridge(self, radio_url: str, broker_port: int) -> asyncio.subprocess.Process:
        config = self._folder / "configuration.yaml"
        settings = {
            "serial": {"port": radio_url},
            "mqtt": {"server": "embedded", "listen": f"127.0.0.1:{broker_port}"},
        }
        config.write_text(json.dumps(settings))  # JSON is YAML
        with self._log.open("wb") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable, "-m", "zigloop_bridge", "--config", str(config),
                stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    async def _meet(self, bridge: asyncio.subprocess.Process, broker_port: int) -> None:
        """Connect to the bridge's broker and wait until it is online."""
        self._client.set_config({"reconnect_retries": 0})
        self._client.on_message = self._message
        with self.console.status("The bridge starts, and forms a Zigbee network on the fake radio …"):
            deadline = self.loop.time() + ONLINE_TIMEOUT
            while True:
                try:
                    await self._client.connect("127.0.0.1", broker_port, version=MQTTv311)
                    break
                except OSError:
                    self._check(bridge, deadline)
                    await asyncio.sleep(0.1)
            online = self._expect(lambda topic, data: topic == "bridge/state" and data == {"state": "online"})
            self._client.subscribe("zigbee2mqtt/#", qos=0)
            while not online.done():
                self._check(bridge, deadline)
                await asyncio.wait([online], timeout=0.1)

    def _check(self, bridge: asyncio.subprocess.Process, deadline: float) -> None:
        if bridge.returncode is not None or self.loop.time() > deadline:
            said = self._log.read_text(errors="replace").strip().splitlines()[-8:]
            raise CommandLineError("the bridge did not start; it said:\n  " + "\n  ".join(said or ["(nothing)"]))

    async def _pair(self) -> None:
        """Permit joining, hold the plug's button, and give it its name."""
        address = f"0x{self.plug.node.ieee:016x}"
        done = self._expect(
            lambda topic, data: topic == "bridge/event" and data["data"].get("status") in ("successful", "failed")
        )
        self.publish("bridge/request/permit_join", {"time": 254})
        self._control("pair", "hold its button until it blinks")
        self.plug.do("pair")
        await asyncio.wait([done, asyncio.ensure_future(self.enough.wait())], return_when=asyncio.FIRST_COMPLETED)
        self.publish("bridge/request/device/rename", {"from": address, "to": PLUG})

    async def _wait_for_the_end(self, bridge: asyncio.subprocess.Process) -> None:
        ended = asyncio.ensure_future(bridge.wait())
        enough = asyncio.ensure_future(self.enough.wait())
        await asyncio.wait([ended, enough], return_when=asyncio.FIRST_COMPLETED)
        for task in (ended, enough):
            task.cancel()
        if not self.enough.is_set():
            self._check(bridge, deadline=0)

    # -- what is shown --------------------------------------------------------------------------------------

    def _introduce(self, radio_url: str, broker_port: int) -> None:
        self.console.print()
        self.console.print(f"  [bold]radio[/]   {radio_url}   a fake CC2652 dongle; the bridge has it open")
        self.console.print(
            f"  [bold]broker[/]  mqtt://127.0.0.1:{broker_port}   any MQTT client may join in, for example"
        )
        port = "" if broker_port == BROKER_PORT else f" -p {broker_port}"
        self.console.print(
            f"          mosquitto_pub{port} -t zigbee2mqtt/{PLUG}/set -m '{{\"state\": \"TOGGLE\"}}'", style="dim",
            markup=False,
        )  # fmt: skip
        if sys.stdin.isatty():
            self._help()
        self.console.print()

    def _help(self) -> None:
        keys = [(key, means) for key, (_, means) in KEYS.items()]
        keys += [("t", "toggle it over MQTT"), (":", "any other command"), ("?", "this help"), ("q", "quit")]
        shown = [f"[bold cyan]{key}[/] {means}" for key, means in keys]
        half = len(shown) // 2
        self.console.print("  [bold]keys[/]    " + "   ".join(shown[:half]))
        self.console.print("          " + "   ".join(shown[half:]))

    def _line(self, who: str, style: str, text: str | Text) -> None:
        stamp = Text(f"{self.loop.time() - self._began:7.2f}s ", style="dim")
        line = Text.assemble(stamp, (f"{who:>5} ", style), " ", text)
        self.console.print(line, no_wrap=True, overflow="ellipsis")

    def _frame(self, frame: ApsFrame) -> None:
        names = {
            COORDINATOR: "radio",
            BROADCAST_RX_ON: "all",
            BROADCAST_ROUTERS: "routers",
            self.plug.node.nwk: PLUG,
        }
        self._line("air", "green", describe_aps(frame, names))

    def _control(self, command: str, means: str) -> None:
        self._line("you", "bold yellow", f"{command}: {means}")

    def _message(self, _client: Client, topic: str, payload: bytes, _qos: int, _properties: dict[str, Any]) -> int:
        below = topic.removeprefix("zigbee2mqtt/")
        try:
            data = json.loads(payload)
        except ValueError:
            data = payload.decode(errors="replace")
        if below not in BULKY:
            shown = payload.decode(errors="replace")
            self._line("mqtt", "magenta", Text.assemble((topic, "bold"), "  ", shown))
        for waiting in list(self._waiting):
            wanted, future = waiting
            if wanted(below, data):
                self._waiting.remove(waiting)
                future.set_result(data)
        return 0

    # -- what is done ---------------------------------------------------------------------------------------

    def publish(self, topic: str, payload: Any) -> None:
        self._client.publish(f"zigbee2mqtt/{topic}", json.dumps(payload))

    def _expect(self, wanted: Callable[[str, Any], bool]) -> "asyncio.Future[Any]":
        future: asyncio.Future[Any] = self.loop.create_future()
        self._waiting.append((wanted, future))
        return future

    @contextlib.contextmanager
    def _keys(self) -> Iterator[None]:
        """Read single keys while the show runs; without a terminal there are none."""
        if not sys.stdin.isatty():
            yield
            return
        descriptor = sys.stdin.fileno()
        before = termios.tcgetattr(descriptor)
        tty.setcbreak(descriptor)
        self.loop.add_reader(descriptor, self._key_pressed, descriptor)
        try:
            yield
        finally:
            self.loop.remove_reader(descriptor)
            termios.tcsetattr(descriptor, termios.TCSADRAIN, before)

    def _key_pressed(self, descriptor: int) -> None:
        data = os.read(descriptor, 64)
        if not data:
            self.loop.remove_reader(descriptor)
        for key in data.decode(errors="replace"):
            if self._typed is not None:
                self._type(key)
            elif key == ":":
                self._typed = ""
                self.console.print(f"  {PLUG}: ", end="")
            elif key in KEYS:
                self._work(KEYS[key][0], KEYS[key][1])
            elif key == "t":
                self.publish(f"{PLUG}/set", {"state": "TOGGLE"})
            elif key == "?":
                self._help()
            elif key == "q":
                self.enough.set()

    def _type(self, key: str) -> None:
        """One more character of a typed command."""
        assert self._typed is not None
        if key in "\r\n":
            command, self._typed = self._typed, None
            self.console.print()
            if command.strip():
                self._work(command, "typed")
        elif key in "\x7f\b":
            self._typed = self._typed[:-1]
            self.console.print("\b \b", end="", markup=False)
        elif key.isprintable():
            self._typed += key
            self.console.print(key, end="", markup=False)

    def _work(self, command: str, means: str) -> None:
        self._control(command, means)
        try:
            self.plug.command(command)
        except ControlError as error:
            self._line("", "", Text(str(error), style="red"))


def free_port(wanted: int) -> int:
    """The wanted port on loopback, or any free one when somebody has it."""
    for port in (wanted, 0):
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            found: int = probe.getsockname()[1]
            return found
    raise CommandLineError("no TCP port is free on 127.0.0.1")


def demo() -> int:
    """Run the demo until Ctrl-C or q; the exit code."""
    console = Console(highlight=False)
    with tempfile.TemporaryDirectory(prefix="zigloop-demo-") as folder, clock_loop() as loop:
        show = Demo(loop, console, Path(folder))
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, show.enough.set)
        loop.run_until_complete(show.run())
    console.print("bye", style="dim")
    return 0

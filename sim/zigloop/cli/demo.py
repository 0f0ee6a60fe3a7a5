"""`zigloop demo`: broker, radio, a plug and the bridge, and all their frames and messages, live on the terminal.

The bridge is a process of its own, plugged into the bench's port; it starts the broker. Keys use the plug's controls,
and any MQTT client can connect to the broker.
"""

import asyncio
import contextlib
import json
import signal
import socket
import sys
import tempfile
from collections.abc import Callable
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
from zigloop.cli.keyboard import Keyboard
from zigloop.clock import clock_loop
from zigloop.controls.arguments import ControlError
from zigloop.events import FrameSent

BROKER_PORT = 1883
ONLINE_TIMEOUT = 30.0  # seconds; a start takes two
PLUG = "plug"

#: Topics whose messages are handled but too long to print.
BULKY = ("bridge/devices", "bridge/info", "bridge/groups", "bridge/definitions", "bridge/logging")

#: Key, the control of the plug that it uses, and its help.
KEYS: dict[str, tuple[str, str]] = {
    "b": ("press", "press its button"),
    "d": ("draw 42", "let it draw 42 W"),
    "n": ("draw 0", "let it draw nothing"),
    "c": ("cut", "cut its mains"),
    "r": ("restore", "restore its mains"),
    "h": ("heartbeat", "send its heartbeat"),
}


class Demo:
    """One run: `run` returns when the user quits."""

    def __init__(self, loop: asyncio.AbstractEventLoop, console: Console, folder: Path) -> None:
        self.loop = loop
        self.console = console
        self.bench = Bench(loop)
        self.plug = self.bench.add("ZNCZ02LM", PLUG)
        self.quit = asyncio.Event()
        self._folder = folder
        self._log = folder / "bridge.log"
        self._began = loop.time()
        self._client = Client("zigloop-demo")
        self._expected: list[tuple[Callable[[str, Any], bool], asyncio.Future[Any]]] = []
        self._keyboard = Keyboard(
            loop,
            prompt=f"  {PLUG}: ",
            echo=lambda text: console.print(text, end="", markup=False),
            on_key=self._on_key,
            on_command=lambda command: self._use(command, "typed"),
        )

    async def run(self) -> None:
        """Run from start to end. CommandLineError when the bridge doesn't start or no port is free."""
        broker_port = free_port(BROKER_PORT)
        radio = await self.bench.serve_tcp()
        self.bench.events.subscribe(FrameSent, lambda event: self._print_frame(event.frame))
        bridge = await self._start_bridge(radio.url, broker_port)
        try:
            await self._connect(bridge, broker_port)
            self._print_introduction(radio.url, broker_port)
            with self._keyboard.reading():
                await self._pair()
                await self._wait_for_the_end(bridge)
        finally:
            await self._client.disconnect()
            if bridge.returncode is None:
                bridge.send_signal(signal.SIGTERM)
                await bridge.wait()
            await self.bench.close()

    # Processes and connections

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

    async def _connect(self, bridge: asyncio.subprocess.Process, broker_port: int) -> None:
        """Connect to the bridge's broker and wait until the bridge is online."""
        self._client.set_config({"reconnect_retries": 0})
        self._client.on_message = self._on_message
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
            lines = self._log.read_text(errors="replace").strip().splitlines()[-8:]
            raise CommandLineError(
                "the bridge did not start; its log ends with\n  " + "\n  ".join(lines or ["(empty)"])
            )

    async def _pair(self) -> None:
        """Permit joining, hold the plug's button, and rename it."""
        address = f"0x{self.plug.node.ieee:016x}"
        done = self._expect(
            lambda topic, data: topic == "bridge/event" and data["data"].get("status") in ("successful", "failed")
        )
        self.publish("bridge/request/permit_join", {"time": 254})
        self._print_control("pair", "hold its button until it blinks")
        self.plug.do("pair")
        await asyncio.wait([done, asyncio.ensure_future(self.quit.wait())], return_when=asyncio.FIRST_COMPLETED)
        self.publish("bridge/request/device/rename", {"from": address, "to": PLUG})

    async def _wait_for_the_end(self, bridge: asyncio.subprocess.Process) -> None:
        ended = asyncio.ensure_future(bridge.wait())
        quit_ = asyncio.ensure_future(self.quit.wait())
        await asyncio.wait([ended, quit_], return_when=asyncio.FIRST_COMPLETED)
        for task in (ended, quit_):
            task.cancel()
        if not self.quit.is_set():
            self._check(bridge, deadline=0)

    # MQTT

    def publish(self, topic: str, payload: Any) -> None:
        """Publish below the base topic, as JSON."""
        self._client.publish(f"zigbee2mqtt/{topic}", json.dumps(payload))

    def _expect(self, wanted: Callable[[str, Any], bool]) -> "asyncio.Future[Any]":
        future: asyncio.Future[Any] = self.loop.create_future()
        self._expected.append((wanted, future))
        return future

    def _on_message(self, _client: Client, topic: str, payload: bytes, _qos: int, _properties: dict[str, Any]) -> int:
        below = topic.removeprefix("zigbee2mqtt/")
        text = payload.decode(errors="replace")
        try:
            data = json.loads(payload)
        except ValueError:
            data = text
        if below not in BULKY:
            self._print("mqtt", "magenta", Text.assemble((topic, "bold"), "  ", text))
        for each in list(self._expected):
            wanted, future = each
            if wanted(below, data):
                self._expected.remove(each)
                future.set_result(data)
        return 0

    # Keys

    def _on_key(self, key: str) -> None:
        if key in KEYS:
            self._use(*KEYS[key])
        elif key == "t":
            self.publish(f"{PLUG}/set", {"state": "TOGGLE"})
        elif key == "?":
            self._print_help()
        elif key == "q":
            self.quit.set()

    def _use(self, command: str, meaning: str) -> None:
        self._print_control(command, meaning)
        try:
            self.plug.command(command)
        except ControlError as error:
            self._print("", "", Text(str(error), style="red"))

    # Output

    def _print_introduction(self, radio_url: str, broker_port: int) -> None:
        self.console.print()
        self.console.print(f"  [bold]radio[/]   {radio_url}   a fake CC2652 dongle; the bridge has it open")
        self.console.print(f"  [bold]broker[/]  mqtt://127.0.0.1:{broker_port}   for any MQTT client, for example")
        port = "" if broker_port == BROKER_PORT else f" -p {broker_port}"
        self.console.print(
            f"          mosquitto_pub{port} -t zigbee2mqtt/{PLUG}/set -m '{{\"state\": \"TOGGLE\"}}'", style="dim",
            markup=False,
        )  # fmt: skip
        if sys.stdin.isatty():
            self._print_help()
        self.console.print()

    def _print_help(self) -> None:
        keys = [(key, meaning) for key, (_, meaning) in KEYS.items()]
        keys += [("t", "toggle it over MQTT"), (":", "type another command"), ("?", "this help"), ("q", "quit")]
        cells = [f"[bold cyan]{key}[/] {meaning}" for key, meaning in keys]
        half = len(cells) // 2
        self.console.print("  [bold]keys[/]    " + "   ".join(cells[:half]))
        self.console.print("          " + "   ".join(cells[half:]))

    def _print_frame(self, frame: ApsFrame) -> None:
        names = {
            COORDINATOR: "radio",
            BROADCAST_RX_ON: "all",
            BROADCAST_ROUTERS: "routers",
            self.plug.node.nwk: PLUG,
        }
        self._print("air", "green", describe_aps(frame, names))

    def _print_control(self, command: str, meaning: str) -> None:
        self._print("you", "bold yellow", f"{command}: {meaning}")

    def _print(self, source: str, style: str, text: str | Text) -> None:
        stamp = Text(f"{self.loop.time() - self._began:7.2f}s ", style="dim")
        line = Text.assemble(stamp, (f"{source:>5} ", style), " ", text)
        self.console.print(line, no_wrap=True, overflow="ellipsis")


def free_port(wanted: int) -> int:
    """This port on loopback, or any free one when it is in use."""
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
        it = Demo(loop, console, Path(folder))
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, it.quit.set)
        loop.run_until_complete(it.run())
    console.print("bye", style="dim")
    return 0

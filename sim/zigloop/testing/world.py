"""One host, one radio, one broker for a test session, and how a device gets in and out between tests."""

import asyncio
import os
import tempfile
from collections.abc import Awaitable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import pytest

from zigloop.air.frame import ApsFrame
from zigloop.bench import Bench
from zigloop.clock import VIRTUAL, ClockLoop, clock_loop
from zigloop.control.control import Controlled, Part
from zigloop.device.device import Device
from zigloop.events import FrameSent, PortFrame
from zigloop.pace import PATIENCE
from zigloop.testing.broker import BrokerPart
from zigloop.testing.hosts import Host, HostFactory, InProcessHost, host_factory
from zigloop.testing.journal import Journal
from zigloop.testing.mqtt import Message, Mqtt, RequestError

if TYPE_CHECKING:
    from zigloop.testing.chaos.chaos import Chaos

T = TypeVar("T")

#: The wall clock of a virtual world starts here, so that a run today and one next year publish the same stamps.
EPOCH = datetime(2026, 1, 1, 12, tzinfo=UTC)

#: Seconds: Zigbee2MQTT asks a silent device for its node descriptor six times, 10 s each.
INTERVIEW_TIMEOUT = 75.0

#: Seconds from its interview in which a device has said that it is there.
ANNOUNCED = 10.0

#: Seconds without a word to a device that sleeps after which the host has configured it.
CONFIGURED = 1.0

#: Seconds in which what a device said last gets to the host: one that hears it after it has removed the device, takes
#: it in again.
LAST_WORDS = 0.1

#: Seconds that a host has to get over a fault, once it is over: it may look for its radio once a minute.
RECOVERY = 180.0
#: The same in real time: what a host hasn't got over by then, it is known not to.
LONGEST_REAL_RECOVERY = 30.0

#: Seconds that a scenario may wait on a host in real time; longer ones are skipped there.
LONGEST_REAL_WAIT = 15.0


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line of pytest says."""

    host: str = "bridge"
    radio_url: str | None = None
    mqtt_url: str | None = None
    seed: int = 0
    pace: float | None = None  # simulated seconds a second; None: VIRTUAL for a host in this process, else 1


class World:
    """The bench, a host plugged into it, and an MQTT client beside them.

    `bench` is None when `--radio` names a port that isn't ours: then there is no hand on a device's controls.
    """

    def __init__(self, options: Options) -> None:
        self.options = options
        self.bench: Bench | None = None
        self.broker: BrokerPart | None = None
        self.chaos: Chaos | None = None
        self.frames: list[ApsFrame] = []  # on the air since the last stimulus
        self._cleanup = ExitStack()
        #: What was said on MQTT while time last passed.
        self.meanwhile: list[Message] = []
        self._undo: list[dict[str, Any]] = []  # of the host's configuration, as this test changed it

    def start(self) -> None:
        """Bring everything up; HostUnavailable when the host isn't installed."""
        factory = host_factory(self.options.host)
        #: Everything lives in our event loop, and so has our time. A host outside lives in real time.
        self.virtual = factory.in_process and self.options.radio_url is None
        self.pace = self.options.pace or (VIRTUAL if self.virtual else 1.0)
        loop = clock_loop(self.pace) if self.virtual else clock_loop(1.0, patience=PATIENCE)
        self.loop: ClockLoop = self._cleanup.enter_context(loop)
        with self.wall_clock():
            self._start(factory)

    def _start(self, factory: HostFactory) -> None:
        data = Path(self._cleanup.enter_context(tempfile.TemporaryDirectory(prefix="zigloop-")))
        self.journal = Journal(self.loop)
        self.mqtt = Mqtt(self.loop, self.journal)
        self.mqtt.on_mark.append(self.frames.clear)
        radio_url = self.options.radio_url
        if radio_url is None:
            bench = Bench(self.loop, seed=self.options.seed)
            self._cleanup.callback(lambda: self.run(bench.close()))
            bench.events.subscribe(PortFrame, lambda event: self.journal.add("radio", lambda: event.text))
            bench.events.subscribe(FrameSent, lambda event: self.frames.append(event.frame))
            port = self.run(bench.serve_tcp("127.0.0.1", 0))
            radio_url = port.url
            self.bench = bench
        self.host: Host = factory(
            loop=self.loop,
            radio_url=radio_url,
            mqtt_url=self.options.mqtt_url,
            data=data,
            keep_network=self.bench is None,
        )
        self._cleanup.callback(self.host.stop)
        self.host.start()
        self.mqtt.connect(self.host.mqtt_url)
        self._cleanup.callback(self.mqtt.disconnect)
        if self.bench is not None and self.host.broker is not None:
            self.broker = BrokerPart(self.loop, self.host.broker, self.mqtt, self.host.mqtt_url)
            self.bench.add_part(self.broker)

    @property
    def in_process_host(self) -> InProcessHost:
        """The host, when it lives in this process: it can be asked more."""
        assert self.host.in_process
        host: Any = self.host
        it: InProcessHost = host
        return it

    def stop(self) -> None:
        """Take everything down, also what a failed start has left."""
        self._cleanup.close()

    def run(self, awaitable: Awaitable[T]) -> T:
        """Run the world until the awaitable is done."""

        async def wait() -> T:
            return await awaitable

        return self.loop.run_until_complete(wait())

    def pass_time(self, seconds: float) -> None:
        """Let simulated time pass; in virtual time at once, else as long as it takes.

        With a host outside it is only now that the bench keeps its `pace`: answers are awaited in real time.
        """
        heard = len(self.mqtt.messages)
        usual, self.loop.rate = self.loop.rate, self.pace
        try:
            self.run(asyncio.sleep(seconds))
        finally:
            self.loop.rate = usual
        self.meanwhile = self.mqtt.messages[heard:]
        self.mqtt.mark()

    @contextmanager
    def wall_clock(self) -> Iterator[None]:
        """Inside, the wall clock is the virtual world's: zigpy stamps messages and answers a device's time reads by it.

        Only while something of ours runs: a session may have other tests, which live today.
        """
        if not self.virtual:
            yield
            return
        from freezegun import api, freeze_time

        began = EPOCH.replace(tzinfo=None)

        def now() -> datetime:
            return began + timedelta(seconds=self.loop.time())

        with freeze_time(now(), real_asyncio=True, ignore=["_pytest", "hypothesis"]):
            # In the place of freezegun's own clock, which would have to be told of each jump, for 40 µs each.
            api.freeze_factories[-1] = now  # type: ignore[call-overload]
            yield

    # -- devices --------------------------------------------------------------------------------------------

    def join(self, device: Device) -> None:
        """Let a device in as a person would: permit joining, hold its button, wait, give it its name."""
        self.mqtt.request("permit_join", {"time": 254})
        device.do("pair")
        known_as = self.interviewed(device).json["data"]["friendly_name"]
        end = self.loop.time() + ANNOUNCED
        while not device.node.announced:  # a quick host is done before the device has said that it is there
            assert self.loop.time() < end, f"{device.name} doesn't announce itself, though the host knows it"
            self.run(asyncio.sleep(0.05))
        self.mqtt.request("permit_join", {"time": 0})
        if known_as != device.name:  # one that left keeps its name for when it comes back
            self.mqtt.request("device/rename", {"from": known_as, "to": device.name})
        if device.node.sleepy:
            self._configured(device)
        if self.chaos is not None:
            self.chaos.joined(device)
        self.mqtt.mark()

    def _configured(self, device: Device) -> None:
        """Wait until the host has nothing more to say to a device that sleeps: it hears it piece by piece."""
        told = None
        while told != (told := [frame for frame in self.frames if frame.dst == device.node.nwk]):
            self.run(asyncio.sleep(CONFIGURED))

    def interviewed(self, device: Device) -> Message:
        """Wait until the host has got to know the device; AssertionError when it doesn't."""
        __tracebackhide__ = True
        return self.mqtt.eventually(
            "bridge/event",
            {"type": "device_interview", "data": {"ieee_address": address(device), "status": "successful"}},
            within=INTERVIEW_TIMEOUT,
        )

    def add_device(self, model: str, name: str, **declaration: Any) -> Device:
        """A new device on the bench, out of the network; skips when there is no bench."""
        if self.bench is None:
            self._skip(f"a {model} called {name} that has not joined")
        return self.bench.add(model, name, **declaration)

    def joined_device(self, model: str, name: str, **declaration: Any) -> None:
        """A device that has joined; on a foreign radio, one that the host already lists under this name."""
        if self.bench is not None:
            self.join(self.add_device(model, name, **declaration))
            return
        current = self.mqtt.fetch_retained(self.mqtt.topic("bridge/devices"))
        listed = [] if current is None else current.json
        if not any(
            entry["friendly_name"] == name and entry.get("definition", {}).get("model") == model for entry in listed
        ):
            self._skip(f"a {model} called {name} has joined")

    def device(self, name: str, step: str) -> Device:
        """The device whose control or own word a step needs; skips, naming the step, when there is no bench."""
        if self.bench is None:
            self._skip(step)
        if name not in self.bench.devices:
            raise AssertionError(
                f"{step}: no device is called {name}; there are {', '.join(self.bench.devices) or 'none'}"
            )
        return self.bench[name]

    def configure(self, settings: dict[str, Any]) -> None:
        """Restart the host with other settings, until the end of the test."""
        self._undo.append(self.host.restart(settings))
        self.mqtt.mark()

    def part(self, name: str, step: str) -> Part:
        """The part of the bench whose control a step needs; skips, naming the step, when it isn't ours."""
        if self.bench is None:
            self._skip(step)
        if name not in self.bench.parts:
            pytest.skip(f"step {step!r} needs a {name} of the bench's own, and --mqtt names another")
        return self.bench.parts[name]

    def work(self, it: Controlled, verb: str, **arguments: object) -> None:
        """Work a control, and go on when it has taken effect."""
        it.do(verb, **arguments)
        if it is self.broker:
            self.run(self.broker.begun())

    def recovers(self, within: float) -> bool:
        """Wait until the host is well: on MQTT, the network up on its radio. False when it doesn't get there."""
        end = self.loop.time() + (within if self.virtual else min(within, LONGEST_REAL_RECOVERY))
        while self.loop.time() < end and self.host.running:
            if self._well():
                return True
            self.run(asyncio.sleep(1.0))
        return False

    def _well(self) -> bool:
        radio = None if self.bench is None else self.bench.radio
        if not self.mqtt.connected or (radio is not None and not (radio.in_use and radio.network.started)):
            return False
        try:
            return bool(self.mqtt.request("health_check", within=5.0)["healthy"])
        except AssertionError:
            return False

    def settle(self) -> None:
        """Let what is on its way arrive: a second, in which a command crosses radio and air."""
        self.run(asyncio.sleep(1.0))

    def pass_time_or_skip(self, seconds: float, step: str) -> None:
        """`pass_time`, unless that would keep a real host waiting for long."""
        if self.pace != VIRTUAL and seconds / self.pace > LONGEST_REAL_WAIT:
            pytest.skip(f"step {step!r} needs virtual time or --pace, and {self.options.host} lives in real time")
        self.pass_time(seconds)

    def _skip(self, step: str) -> NoReturn:
        pytest.skip(f"step {step!r} needs a virtual device, and --radio names another port")

    def clear(self) -> None:
        """Take every device off the bench and out of the host, so that the next test starts with none."""
        if self.bench is None:
            return
        self._mend(self.bench)
        devices = list(self.bench.devices.values())
        for device in devices:
            self.bench.remove(device.name)
        if devices:
            self.run(asyncio.sleep(LAST_WORDS))
        for device in devices:
            with suppress(RequestError):  # the test has removed it, or it never joined
                self.mqtt.request("device/remove", {"id": address(device), "force": True})
            self.bench.radio.network.forget(device.node.ieee)  # as if it had said goodbye
        self.mqtt.request("permit_join", {"time": 0})
        while self._undo:
            self.host.restart(self._undo.pop())
        self.mqtt.mark()

    def _mend(self, bench: Bench) -> None:
        """End all faults, and wait until the host has got over them; one that doesn't is restarted."""
        disturbed = [part.name for part in bench.parts.values() if part.faulty]
        bench.mend()
        if self.broker is not None:
            self.run(self.broker.settled())
        if disturbed not in ([], ["air"]) and not self.recovers(RECOVERY):
            self.host.restart()
        if not self.mqtt.connected:
            self.mqtt.connect(self.host.mqtt_url)


def address(device: Device) -> str:
    """A device's IEEE address as Zigbee2MQTT writes it: 0x00158d0001000001."""
    return f"0x{int(device.node.ieee):016x}"


def missing(what: str) -> NoReturn:
    """A program that isn't installed: a clear skip on a user's machine, a failure in CI."""
    if os.environ.get("CI"):
        pytest.fail(f"CI must have it: {what}", pytrace=False)
    pytest.skip(what)

"""Bench, host and broker of a test session; devices are added and removed by each test."""

import asyncio
import os
import tempfile
from collections.abc import Awaitable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import pytest

from zigloop.air.frame import ApsFrame
from zigloop.bench import Bench
from zigloop.clock import VIRTUAL, clock_loop
from zigloop.controls.control import Controlled, Part
from zigloop.device.device import Device
from zigloop.events import Events, FrameSent
from zigloop.pace import PATIENCE
from zigloop.radio import Family
from zigloop.testing.broker import BrokerPart
from zigloop.testing.hints import nearest
from zigloop.testing.hosts import Host, HostFactory, InProcessHost, KeepingHost, host_factory
from zigloop.testing.joining import Joining, address
from zigloop.testing.kept import Keeper
from zigloop.testing.message import Message, Stimulus
from zigloop.testing.mqtt import Mqtt, RequestError
from zigloop.testing.recovery import RECOVERY, Recovery
from zigloop.testing.settling import Settling
from zigloop.testing.timeline import Timeline
from zigloop.testing.timing import Timing

T = TypeVar("T")

#: Seconds in which a device's last frames reach the host: a frame that arrives after the host has removed its sender
#: makes the host add it again.
LAST_FRAMES = 0.1


@dataclass(frozen=True, slots=True)
class Options:
    """Options of pytest's command line."""

    host: str = "bridge"
    radio_url: str | None = None
    mqtt_url: str | None = None
    seed: int = 0
    radio: str | Family = "zstack"  # of the bench
    pace: float | None = None  # simulated seconds a second; None: VIRTUAL for a host in this process, else 1
    fresh: bool = False  # each device joins again


class World:
    """A bench, a host plugged into it, and an MQTT client beside them.

    `bench` is None when `--radio` names another port: then there are no virtual devices to control.
    """

    def __init__(self, options: Options) -> None:
        self.options = options
        self.bench: Bench | None = None
        self.broker: BrokerPart | None = None
        #: Frames on the air since the last stimulus.
        self.frames: list[ApsFrame] = []
        #: MQTT messages that arrived during the last `pass_time`.
        self.meanwhile: list[Message] = []
        self._cleanup = ExitStack()
        self._keeper = None if options.fresh else Keeper(self._another)
        self._undo: list[dict[str, Any]] = []  # settings that restore the host's configuration after the test

    # Start and stop

    def start(self) -> None:
        """Start bench, broker and host; HostUnavailable when the host isn't installed."""
        factory = host_factory(self.options.host)
        virtual = factory.in_process and self.options.radio_url is None
        pace = self.options.pace or (VIRTUAL if virtual else 1.0)
        self.loop = self._cleanup.enter_context(
            clock_loop(pace) if virtual else clock_loop(1.0, patience=PATIENCE),
        )
        self.timing = Timing(self.loop, virtual=virtual, pace=pace)
        with self.wall_clock():
            self._start(factory)

    def _start(self, factory: HostFactory) -> None:
        data = Path(self._cleanup.enter_context(tempfile.TemporaryDirectory(prefix="zigloop-")))
        radio_url = self.options.radio_url
        events = Events()
        if radio_url is None:
            self.bench = Bench(self.loop, seed=self.options.seed, radio=self.options.radio)
            self._cleanup.callback(lambda bench: self.run(bench.close()), self.bench)
            events = self.bench.events
            port = self.run(self.bench.serve_tcp("127.0.0.1", 0))
            radio_url = port.url
        self.timeline = Timeline(self.loop, events, self._short_addresses)
        self.mqtt = Mqtt(self.loop, self.timeline, events)
        events.subscribe(FrameSent, lambda event: self.frames.append(event.frame))
        events.subscribe(Stimulus, lambda _: self.frames.clear())
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
        self._settling = Settling(self.timing, self.mqtt, self.bench, events)
        self._joining = Joining(self.timing, self.mqtt, events, lambda: self.frames, self._settling)
        self._recovery = Recovery(self.timing, self.mqtt, self.host, self.bench)

    def _another(self) -> "World":
        """A world with the same seed, in which each device joins again."""
        return World(Options(host=self.options.host, seed=self.options.seed, fresh=True))

    def stop(self) -> None:
        """Stop everything, even after a failed start."""
        if self._keeper is not None:
            self._keeper.close()
        self._cleanup.close()

    @property
    def in_process_host(self) -> InProcessHost:
        """The host, when it runs in this process."""
        assert self.host.in_process
        host: Any = self.host
        it: InProcessHost = host
        return it

    def configure(self, settings: dict[str, Any]) -> None:
        """Restart the host with other settings until the end of the test."""
        self._undo.append(self.host.restart(settings))

    # Time

    def run(self, awaitable: Awaitable[T]) -> T:
        """Run the loop until the awaitable is done."""
        return self.timing.run(awaitable)

    def pass_time(self, seconds: float) -> None:
        """Let simulated time pass: immediate in virtual time, else as long as it takes at the session's pace.

        It belongs to the last stimulus: assertions also consider what came while it passed.
        """
        received = len(self.mqtt.messages)
        self.timing.pass_time(seconds)
        self.meanwhile = self.mqtt.messages[received:]

    def pass_time_or_skip(self, seconds: float, step: str) -> None:
        """`pass_time`; skips the test when that takes long in real time."""
        if self.timing.too_long(seconds):
            pytest.skip(f"step {step!r} needs virtual time or --pace, and {self.options.host} lives in real time")
        self.pass_time(seconds)

    def settle(self) -> None:
        """Let frames, answers and messages arrive that are on their way; see `zigloop.testing.settling`."""
        self._settling.settle()

    @contextmanager
    def stimulus(self, *, at_once: bool = False, given: bool = False) -> Iterator[None]:
        """Do inside what changes the world: it settles before, and assertions consider what follows.

        `at_once`: together with the stimulus before, so neither of the two. `given`: settle afterwards, too.
        """
        if not at_once:
            self.settle()
            self.mqtt.mark()
        yield
        self._settling.touch()
        if given:
            self.settle()

    def wall_clock(self) -> AbstractContextManager[None]:
        """Inside, the wall clock follows virtual time; see `Timing.wall_clock`."""
        return self.timing.wall_clock()

    # Devices

    def join(self, device: Device) -> None:
        """Let a device join as a person would: permit joining, hold its button, wait, rename it.

        When its declaration has joined before in this session, its state after that join is put back instead; see
        `zigloop.testing.kept`.
        """
        if self._introduced(device):
            self.mqtt.request("health_check")  # answered after all that the host has published before
            self._joining.done(device)
        else:
            self._joining.join(device)

    def _introduced(self, device: Device) -> bool:
        if self._keeper is None or self.bench is None or not self.mqtt.connected:
            return False
        return self._keeper.introduce(device, self.bench, self.host)

    def interviewed(self, device: Device) -> Message:
        """Wait for the end of the device's interview; AssertionError when it doesn't succeed in time."""
        __tracebackhide__ = True
        return self._joining.interviewed(device)

    def add_device(self, model: str, name: str, **declaration: Any) -> Device:
        """A new device on the bench, not in the network; skips without a bench."""
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
        """The virtual device that a step needs; skips, naming the step, without a bench."""
        if self.bench is None:
            self._skip(step)
        if name not in self.bench.devices:
            near = nearest(name, self.bench.devices)
            names = ", ".join(self.bench.devices) or "none"
            raise AssertionError(
                f"the bench has no device called {name}; "
                + (f"the nearest is {near}" if near else f"its devices: {names}")
            )
        return self.bench[name]

    def _short_addresses(self) -> dict[int, str]:
        """Names of the devices by short address."""
        return {} if self.bench is None else {each.node.nwk: each.name for each in self.bench.devices.values()}

    def part(self, name: str, step: str) -> Part:
        """The part of the bench whose control a step needs; skips, naming the step, when it isn't ours."""
        if self.bench is None:
            self._skip(step)
        if name not in self.bench.parts:
            pytest.skip(f"step {step!r} needs the bench's own {name}, and --mqtt names another")
        return self.bench.parts[name]

    def use(self, it: Controlled, verb: str, **arguments: object) -> None:
        """Use a control, and wait until it has taken effect."""
        it.do(verb, **arguments)
        if it is self.broker:
            self.run(self.broker.started())

    def _skip(self, step: str) -> NoReturn:
        pytest.skip(f"step {step!r} needs a virtual device, and --radio names another port")

    # After a fault, and after a test

    def recovers(self, within: float) -> bool:
        """Wait until the host is healthy: connected to MQTT, its network up on the radio. False after `within` s."""
        return self._recovery.wait(within)

    def clear(self) -> None:
        """Remove all devices from bench and host, so that the next test starts without any."""
        self.timeline.step("(the test has ended: cleaning up)", stimulus=True)
        if self.bench is None:
            return
        self._end_faults(self.bench)
        if not self.host.running:  # it did not start with the test's configuration
            self.host.restart()
        devices = list(self.bench.devices.values())
        for device in devices:
            self.bench.remove(device.name)
        if devices:
            self.run(asyncio.sleep(LAST_FRAMES))
        for device in devices:
            self.bench.radio.network.forget(device.node.ieee)  # as if it had left
        if isinstance(self.host, KeepingHost):
            self.host.clear()
            self.mqtt.request("health_check")  # answered after all that the host has published before
        else:
            self._clear_host(devices)
        while self._undo:
            self.host.restart(self._undo.pop())
        self.mqtt.mark()

    def _clear_host(self, devices: Sequence[Device]) -> None:
        for device in devices:
            with suppress(RequestError):  # the test has removed it, or it never joined
                self.mqtt.request("device/remove", {"id": address(device), "force": True})
        self.mqtt.request("permit_join", {"time": 0})

    def _end_faults(self, bench: Bench) -> None:
        """End all faults, and wait until the host has recovered; restart it when it doesn't."""
        disturbed = [part.name for part in bench.parts.values() if part.faulty]
        bench.mend()
        if self.broker is not None:
            self.run(self.broker.finished())
        if disturbed not in ([], ["air"]) and not self.recovers(RECOVERY):
            self.host.restart()
        if not self.mqtt.connected:
            self.mqtt.connect(self.host.mqtt_url)


def missing(what: str) -> NoReturn:
    """A program isn't installed: skip on a user's machine, fail in CI."""
    if os.environ.get("CI"):
        pytest.fail(f"CI must have it: {what}", pytrace=False)
    pytest.skip(what)

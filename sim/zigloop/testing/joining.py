"""Lets a device join the host's network, and waits until the host has finished with it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from zigloop.air.frame import ApsFrame
from zigloop.device.device import Device
from zigloop.events import Event, Events
from zigloop.testing.message import Message
from zigloop.testing.mqtt import Mqtt
from zigloop.testing.settling import Settling
from zigloop.testing.timing import Timing

#: Seconds. Zigbee2MQTT asks a silent device for its node descriptor six times, 10 s each.
INTERVIEW_TIMEOUT = 75.0

#: Seconds after its interview within which a device announces itself.
ANNOUNCE_TIMEOUT = 10.0

#: Real seconds after its announcement in which a host in its own process reads the state of a device that doesn't sleep
#: (Zigbee2MQTT: a debounce of 2 s).
STATE_READ = 2.2

#: Seconds without a frame to a sleeping device after which the host has configured it.
CONFIGURED = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceReady(Event):
    """A test has let a device join: it is interviewed, configured and has its name."""

    device: Device


class Joining:
    """Lets devices join. `sent` returns the frames on the air since the last stimulus."""

    def __init__(
        self, timing: Timing, mqtt: Mqtt, events: Events, sent: Callable[[], Sequence[ApsFrame]], settling: Settling
    ) -> None:
        self._timing = timing
        self._mqtt = mqtt
        self._ready = events.channel(DeviceReady)
        self._sent = sent
        self._settling = settling

    def join(self, device: Device) -> None:
        """Permit joining, hold the device's button, wait for its interview, and rename it to its name on the bench."""
        loop = self._timing.loop
        self._mqtt.request("permit_join", {"time": 254})
        device.do("pair")
        friendly_name = self.interviewed(device).json["data"]["friendly_name"]
        end = loop.time() + ANNOUNCE_TIMEOUT
        while not device.node.announced:  # a fast host is done before the device has announced itself
            assert loop.time() < end, f"{device.name} does not announce itself, although the host knows it"
            self._timing.run(asyncio.sleep(0.05))
        self._mqtt.request("permit_join", {"time": 0})
        if friendly_name != device.name:  # a device that left keeps its name for its return
            self._mqtt.request("device/rename", {"from": friendly_name, "to": device.name})
        if device.node.sleepy:
            self._await_configured(device)
        self._await_first_words(device)
        self.done(device)

    def done(self, device: Device) -> None:
        """The device has joined: the test goes on."""
        if self._ready.listeners:
            self._ready.emit(DeviceReady(at=self._timing.loop.time(), device=device))
        self._mqtt.mark()

    def _await_configured(self, device: Device) -> None:
        """Wait until the host sends no more to a device that sleeps, which fetches frames one by one."""
        frames = None
        while frames != (frames := [frame for frame in self._sent() if frame.dst == device.node.nwk]):
            self._timing.run(asyncio.sleep(CONFIGURED))

    def _await_first_words(self, device: Device) -> None:
        """Wait until the device has introduced itself and sent its first heartbeat, and the host has heard it."""
        while due := device.node.due:
            self._timing.hasten(max(due) - self._timing.loop.time())
        if not self._timing.virtual and not device.node.sleepy:
            self._timing.run(asyncio.sleep(STATE_READ))
        self._settling.settle()

    def interviewed(self, device: Device) -> Message:
        """Wait for the end of the device's interview; AssertionError when it doesn't succeed in time."""
        __tracebackhide__ = True
        return self._mqtt.eventually(
            "bridge/event",
            {"type": "device_interview", "data": {"ieee_address": address(device), "status": "successful"}},
            within=INTERVIEW_TIMEOUT,
        )


def address(device: Device) -> str:
    """A device's IEEE address as Zigbee2MQTT writes it: 0x00158d0001000001."""
    return f"0x{int(device.node.ieee):016x}"

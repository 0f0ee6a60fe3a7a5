"""Compares what the radio has delivered to the host with what the host has published: no delivered report may be lost.

A report counts as delivered when the line was undisturbed while it was sent, and until the host had time to publish it.
The host itself decodes the report (`InProcessHost.reads`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from zigloop.air.frame import COORDINATOR, ApsFrame
from zigloop.bench import Bench
from zigloop.controls.control import Controlled
from zigloop.device.device import Device
from zigloop.events import FrameSent, IncomingMessage, JoinNotice, LeaveNotice, PortFrame
from zigloop.node.node import Outgoing
from zigloop.testing.joining import address
from zigloop.testing.match import contains
from zigloop.testing.message import Message, MessageReceived
from zigloop.testing.mqtt import Mqtt
from zigloop.zcl.clusters.on_off import ON_OFF, STATE
from zigloop.zcl.frame import DEFAULT_RESPONSE, Header

#: Seconds within which a host publishes a report, also while a device babbles.
PUBLISHED = 2.0
#: Seconds within which an identical frame may be a duplicate, which the host may drop.
DUPLICATE = 10.0
#: Most frames, and most commands, that are kept.
MOST_FRAMES, MOST_COMMANDS = 4096, 256

_OFF, _ON = 0x00, 0x01

#: As `InProcessHost.reads`.
Reads = Callable[[str, int, int, bytes], tuple[str, dict[str, Any]] | None]


@dataclass(frozen=True, slots=True)
class DeliveredReport:
    """A report that the host has received, as the host decodes it."""

    at: float
    name: str  # of the device
    topic: str
    payload: dict[str, Any]
    epoch: object  # of radio and line
    connected: bool  # host and test to the broker
    outages: int  # of the broker, so far


@dataclass(frozen=True, slots=True)
class ReportedValue:
    """A value of a device's property that the host may have received."""

    value: Any
    at: float


class Ledger:
    """Follows one host until it is closed. Reports and commands that were checked are dropped at once."""

    def __init__(self, bench: Bench, mqtt: Mqtt, reads: Reads) -> None:
        self._bench = bench
        self._radio = bench.radio
        self._loop = bench.loop
        self._mqtt = mqtt
        self._reads = reads
        #: Reports that the host received and did not publish, as sentences.
        self.lost_reports: list[str] = []
        #: Commands that devices confirmed and did not obey, as sentences.
        self.ignored_commands: list[str] = []
        #: IEEE addresses of devices whose join or leave the host has certainly received.
        self.joined: set[int] = set()
        self.left: set[int] = set()
        #: Number of reports that were checked.
        self.checked = 0
        #: The last message on each topic.
        self.last: dict[str, Message] = {}
        self._values: dict[str, dict[str, list[ReportedValue]]] = {}  # by device and key, from the last certain one on
        self._frames: dict[tuple[int, int, int, bytes], float] = {}
        self._commands: dict[tuple[int, int], bool] = {}  # requested state, by short address and sequence number
        self._outages = 0  # of the broker
        self._host_connected = True
        self._unsubscribe = (
            bench.events.subscribe(PortFrame, self._on_port),
            bench.events.subscribe(FrameSent, self._on_air),
            bench.events.subscribe(MessageReceived, lambda event: self._on_message(event.message)),
        )

    def close(self) -> None:
        """Stop following the host."""
        for unsubscribe in self._unsubscribe:
            unsubscribe()

    # For chaos and the invariants

    def fault_begins(self, it: Controlled) -> None:
        """A fault of a device or part is about to begin."""
        if it.name == "broker":
            self._outages += 1
            self._host_connected = False

    def follow(self, device: Device) -> None:
        """Check this device's responses, before faults of the device change them."""
        if self._on_response not in device.node.outgoing:
            device.node.outgoing.insert(0, self._on_response)

    def possible_values(self, name: str, key: str, *, since: float) -> list[Any] | None:
        """The values of a property that the host may rightly publish: all from the last certain one on.

        None when it certainly received one after `since`: then only the device's own value is right.
        """
        values = self._values.get(name, {}).get(key, [])
        if len(values) == 1 and values[0].at >= since:
            return None
        return [each.value for each in values]

    # From radio to host

    @property
    def _undisturbed(self) -> bool:
        """Whether frames from the radio reach the host undamaged at this moment."""
        return self._radio.in_use and not self._radio.hangs and not self._radio.uart.to_host.lossy

    def _on_port(self, event: PortFrame) -> None:
        match event.meaning:
            case IncomingMessage() as message:
                self._on_report(message)
            case (JoinNotice() | LeaveNotice()) as notice if self._undisturbed:
                joined = isinstance(notice, JoinNotice)
                self._loop.call_later(PUBLISHED, self._on_notice, joined, notice.ieee, self._radio.epoch)

    def _on_notice(self, joined: bool, ieee: int, epoch: object) -> None:
        if epoch == self._radio.epoch and self._undisturbed:
            (self.joined if joined else self.left).add(ieee)
            (self.left if joined else self.joined).discard(ieee)

    def _on_report(self, message: IncomingMessage) -> None:
        nwk, endpoint, cluster, data = message.nwk, message.endpoint, message.cluster, message.data
        device = next((each for each in self._bench.devices.values() if each.node.nwk == nwk), None)
        if device is None or message.group is not None:
            return
        now = self._loop.time()
        before = self._frames.get((nwk, endpoint, cluster, data))
        if before is not None and now - before < DUPLICATE:
            return
        self._frames[nwk, endpoint, cluster, data] = now
        if len(self._frames) > MOST_FRAMES:
            self._frames = {key: at for key, at in self._frames.items() if now - at < DUPLICATE}
        read = self._reads(address(device), endpoint, cluster, data)
        if read is None:
            return
        topic, payload = read
        undisturbed = self._undisturbed
        for key, value in payload.items():
            self._values.setdefault(device.name, {}).setdefault(key, []).append(ReportedValue(value, now))
        if not undisturbed:
            return
        connected = self._mqtt.connected and self._host_connected
        report = DeliveredReport(
            now, device.name, self._mqtt.topic(topic), payload, self._radio.epoch, connected, self._outages
        )
        self._loop.call_later(PUBLISHED, self._check_report, report)

    def _check_report(self, report: DeliveredReport) -> None:
        """Check that a report that was delivered some time ago has been published."""
        if report.epoch != self._radio.epoch or not self._undisturbed:
            return
        for key in report.payload:
            values = self._values.get(report.name, {}).get(key, [])
            self._values[report.name][key] = [each for each in values if each.at >= report.at]
        if not report.connected or report.outages != self._outages or not self._mqtt.connected:
            return
        self.checked += 1
        for message in reversed(self._mqtt.messages):
            if message.at < report.at:
                break
            if message.topic == report.topic and contains(report.payload, message.json):
                return
        self.lost_reports.append(
            f"at {report.at:.3f} s the radio delivered {report.payload} from {report.name}: "
            f"not published on {report.topic}"
        )

    # From host to MQTT

    def _on_message(self, message: Message) -> None:
        """Keep the last message; one of the host's own shows that it is connected to the broker again."""
        self.last[message.topic] = message
        if not message.retain and message.topic == self._mqtt.topic("bridge/state"):
            self._host_connected = self._host_connected or message.text == '{"state":"online"}'
        elif not message.retain and message.topic.endswith(("/bridge/info", "/bridge/devices")):
            self._host_connected = True
        elif message.topic == self._mqtt.topic("bridge/response/device/remove"):
            self._on_removed(message.json)

    def _on_removed(self, response: dict[str, Any]) -> None:
        """A host removes a device on request, even one that stays in the network since it wasn't asked to leave."""
        identity = response.get("data", {}).get("id")
        for device in self._bench.devices.values():
            if identity in (device.name, address(device)):
                self.joined.discard(device.node.ieee)

    # Commands

    def _on_air(self, event: FrameSent) -> None:
        """Remember On and Off commands to a single device, whose effect shows at once."""
        frame = event.frame
        if frame.src != COORDINATOR or frame.cluster != ON_OFF or frame.group is not None or len(frame.data) < 3:
            return
        header, _ = Header.parse(frame.data)
        if header.is_cluster and header.command in (_OFF, _ON):
            if len(self._commands) > MOST_COMMANDS:
                self._commands.pop(next(iter(self._commands)))
            self._commands[frame.dst, header.tsn] = header.command == _ON

    def _on_response(self, out: Outgoing) -> list[Outgoing]:
        frame = out.frame
        if out.answer and frame.cluster == ON_OFF and len(frame.data) == 5:
            header, payload = Header.parse(frame.data)
            on = self._commands.pop((frame.src, header.tsn), None)
            if header.is_global and header.command == DEFAULT_RESPONSE and on is not None and payload == bytes((on, 0)):
                self._check_command(frame, on)
        return [out]

    def _check_command(self, frame: ApsFrame, on: bool) -> None:
        device = next(each for each in self._bench.devices.values() if each.node.nwk == frame.src)
        state = device.node.endpoints[frame.src_endpoint].servers[ON_OFF].get(STATE)
        if bool(state) != on:
            self.ignored_commands.append(
                f"at {self._loop.time():.3f} s {device.name} confirmed that it is {'on' if on else 'off'}, and is not"
            )

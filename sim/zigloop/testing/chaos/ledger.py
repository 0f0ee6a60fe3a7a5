"""What the radio has told the host, and what became of it: nothing that it was told may be lost.

A report counts as told when the line was in order while it crossed it, and for as long afterwards as a bridge needs to
pass it on. What the host makes of it says the host itself (`InProcessHost.reads`).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zigloop.air.frame import COORDINATOR, ApsFrame
from zigloop.control.control import Controlled
from zigloop.device.device import Device
from zigloop.events import FrameSent, IncomingMessage, JoinNotice, LeaveNotice, PortFrame
from zigloop.testing.match import contains
from zigloop.testing.mqtt import Message
from zigloop.zcl.clusters.on_off import ON_OFF, STATE
from zigloop.zcl.frame import DEFAULT_RESPONSE, Header

if TYPE_CHECKING:
    from zigloop.node.node import Outgoing
    from zigloop.testing.world import World

#: Seconds in which a host publishes what it was told, also behind a device that babbles.
PASSED_ON = 2.0
#: A frame that is the same as one so many seconds ago may be taken for that one.
SAME = 10.0

_OFF, _ON = 0x00, 0x01


@dataclass(frozen=True, slots=True)
class Told:
    """A report that has been handed to the host, and what the host reads in it."""

    at: float
    name: str  # of the device
    topic: str
    payload: dict[str, Any]
    epoch: object  # of radio and line
    on_mqtt: bool  # host and test had a broker
    outages: int


@dataclass(slots=True)
class Value:
    """What the host was told of one property of a device."""

    value: Any
    at: float


class Ledger:
    """Follows one host for as long as it lives. What is in order is forgotten at once."""

    def __init__(self, world: "World") -> None:
        assert world.bench is not None
        self._world = world
        self._bench = world.bench
        self._radio = world.bench.radio
        self._loop = world.loop
        #: Reports that the host was told and didn't pass on, as sentences.
        self.lost: list[str] = []
        #: Commands that devices confirmed and didn't obey, as sentences.
        self.disobeyed: list[str] = []
        #: IEEE addresses of devices that the host was certainly told of, as let in or as gone.
        self.let_in: set[int] = set()
        self.gone: set[int] = set()
        self.judged = 0  # reports
        #: What was said last on each topic.
        self.last: dict[str, Message] = {}
        self._values: dict[str, dict[str, list[Value]]] = {}  # by device and key, from the last certain one on
        self._same: dict[tuple[int, int, int, bytes], float] = {}
        self._commands: dict[tuple[int, int], bool] = {}  # what shall be on, by short address and sequence number
        self._outages = 0  # of the broker
        self._bridge_there = True
        self._unsubscribe = (
            self._bench.events.subscribe(PortFrame, self._frame),
            self._bench.events.subscribe(FrameSent, self._sent),
        )
        world.mqtt.listeners.append(self._heard)

    def close(self) -> None:
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        self._world.mqtt.listeners.remove(self._heard)

    # What a chaos tells

    def disturbed(self, who: Controlled) -> None:
        """Something is done to a part of the bench."""
        if who.name == "broker":
            self._outages += 1
            self._bridge_there = False

    def follow(self, device: Device) -> None:
        """From now on, also what this device answers is looked at."""
        if self._answered not in device.node.outgoing:
            device.node.outgoing.insert(0, self._answered)

    def told(self, name: str, key: str, *, since: float) -> list[Any] | None:
        """What the host may believe of a property: everything from the last certain value on.

        None when it was certainly told since that time: then there is no excuse.
        """
        values = self._values.get(name, {}).get(key, [])
        if len(values) == 1 and values[0].at >= since:
            return None
        return [each.value for each in values]

    # From radio to host

    @property
    def _in_order(self) -> bool:
        """Nothing happens to what the radio says just now."""
        wire = self._radio.uart.to_host
        damaged = wire.drop or wire.garble or wire.drop_next or wire.garble_next
        return self._radio.in_use and not self._radio.hangs and not damaged

    def _frame(self, event: PortFrame) -> None:
        match event.meaning:
            case IncomingMessage() as message:
                self._report(message)
            case (JoinNotice() | LeaveNotice()) as notice if self._in_order:
                joined = isinstance(notice, JoinNotice)
                self._loop.call_later(PASSED_ON, self._moved, joined, notice.ieee, self._radio.epoch)

    def _moved(self, in_: bool, ieee: int, epoch: object) -> None:
        if epoch == self._radio.epoch and self._in_order:
            (self.let_in if in_ else self.gone).add(ieee)
            (self.gone if in_ else self.let_in).discard(ieee)

    def _report(self, message: IncomingMessage) -> None:
        nwk, endpoint, cluster, data = message.nwk, message.endpoint, message.cluster, message.data
        device = next((each for each in self._bench.devices.values() if each.node.nwk == nwk), None)
        if device is None or message.group is not None:
            return
        now = self._loop.time()
        same = self._same.get((nwk, endpoint, cluster, data))
        if same is not None and now - same < SAME:
            return
        self._same[nwk, endpoint, cluster, data] = now
        if len(self._same) > 4096:
            self._same = {key: at for key, at in self._same.items() if now - at < SAME}
        ieee = f"0x{device.node.ieee:016x}"
        read = self._world.in_process_host.reads(ieee, endpoint, cluster, data)
        if read is None:
            return
        topic, values = read
        sure = self._in_order
        for key, value in values.items():
            self._values.setdefault(device.name, {}).setdefault(key, []).append(Value(value, now))
        if not sure:
            return
        there = self._world.mqtt.connected and self._bridge_there
        told = Told(now, device.name, self._world.mqtt.topic(topic), values, self._radio.epoch, there, self._outages)
        self._loop.call_later(PASSED_ON, self._judge, told)

    def _judge(self, told: Told) -> None:
        """It was told some time ago: it must have been passed on."""
        if told.epoch != self._radio.epoch or not self._in_order:
            return
        for key in told.payload:
            values = self._values.get(told.name, {}).get(key, [])
            self._values[told.name][key] = [each for each in values if each.at >= told.at]
        if not told.on_mqtt or told.outages != self._outages or not self._world.mqtt.connected:
            return
        self.judged += 1
        for message in reversed(self._world.mqtt.messages):
            if message.at < told.at:
                break
            if message.topic == told.topic and contains(told.payload, message.json):
                return
        self.lost.append(f"at {told.at:.3f} s the radio handed over {told.payload} of {told.name}: not on {told.topic}")

    def _heard(self, message: Message) -> None:
        """What was said last; and a word from the host itself: it has found the broker again."""
        self.last[message.topic] = message
        if not message.retain and message.topic == self._world.mqtt.topic("bridge/state"):
            self._bridge_there = self._bridge_there or message.text == '{"state":"online"}'
        elif not message.retain and message.topic.endswith(("/bridge/info", "/bridge/devices")):
            self._bridge_there = True
        elif message.topic == self._world.mqtt.topic("bridge/response/device/remove"):
            self._told_to_forget(message.json)

    def _told_to_forget(self, answer: dict[str, Any]) -> None:
        """A host forgets what it is told to, also one that stays in the network because it wasn't asked to leave."""
        identity = answer.get("data", {}).get("id")
        for device in self._world.bench.devices.values() if self._world.bench is not None else ():
            if identity in (device.name, f"0x{device.node.ieee:016x}"):
                self.let_in.discard(device.node.ieee)

    # Commands

    def _sent(self, event: FrameSent) -> None:
        """On and Off to a single device: the effect can be seen at once."""
        frame = event.frame
        if frame.src != COORDINATOR or frame.cluster != ON_OFF or frame.group is not None or len(frame.data) < 3:
            return
        header, _ = Header.parse(frame.data)
        if header.is_cluster and header.command in (_OFF, _ON):
            if len(self._commands) > 256:
                self._commands.pop(next(iter(self._commands)))
            self._commands[frame.dst, header.tsn] = header.command == _ON

    def _answered(self, out: "Outgoing") -> "list[Outgoing]":
        frame = out.frame
        if out.answer and frame.cluster == ON_OFF and len(frame.data) == 5:
            header, payload = Header.parse(frame.data)
            on = self._commands.pop((frame.src, header.tsn), None)
            if header.is_global and header.command == DEFAULT_RESPONSE and on is not None and payload == bytes((on, 0)):
                self._check(frame, on)
        return [out]

    def _check(self, frame: ApsFrame, on: bool) -> None:
        device = next(each for each in self._bench.devices.values() if each.node.nwk == frame.src)
        so = device.node.endpoints[frame.src_endpoint].servers[ON_OFF].get(STATE)
        if bool(so) != on:
            self.disobeyed.append(
                f"at {self._loop.time():.3f} s {device.name} confirmed that it is {'on' if on else 'off'}, and isn't"
            )

"""What Lumi firmware (Xiaomi, Aqara) adds to ZCL: its structures, its heartbeat, how it joins, outage memory.

Not modelled: the longer talk with Lumi's own hub (encryption of single attributes, preventing resets).
"""

import asyncio
from collections.abc import Callable
from typing import Any, Final

from zigpy.zcl.foundation import Status

from sim.air import COORDINATOR
from sim.device import Device, Quirk
from sim.zcl.attributes import RW, Attribute, ZclError
from sim.zcl.basic import APPLICATION_VERSION, BASIC, MODEL_IDENTIFIER, TIME, Time
from sim.zcl.cluster import Cluster
from sim.zcl.types import CHARACTER_STRING, OCTET_STRING, TYPES, Value

#: In the node descriptor of the older products (0x1037, once Jennic/NXP) and in the frames of all (0x115F).
NODE_MANUFACTURER: Final = 0x1037
MANUFACTURER: Final = 0x115F

#: genBasic attributes under `MANUFACTURER`.
STRUCTURE: Final = 0xFF01
COMMANDS: Final = 0xFFF0

#: Seconds between heartbeats of a mains powered product. ASSUMPTION: no source; five to ten minutes are
#: spoken of.
HEARTBEAT: Final = 600.0
#: After joining: model and version as soon as announced (homed-service-zigbee#36), then the time, then a
#: first heartbeat. The moments are ASSUMPTIONS.
INTRODUCTION: Final = 0.5
TIME_READ: Final = 2.0
FIRST_HEARTBEAT: Final = (5.0, 10.0)

#: From a change to its report, in seconds, so that the answer to a command goes first. ASSUMPTION: no source.
CHANGE_DELAY: Final = 0.02

#: Tag, ZCL data type and value of one entry of a structure.
Entry = tuple[int, int, Value]


def structure(entries: list[Entry]) -> bytes:
    """A Lumi structure: tag, type and value, one behind the other."""
    return b"".join(bytes((tag, type_id)) + TYPES[type_id].pack(value) for tag, type_id, value in entries)


#: The structure is a character string by its type, though it is no text (zha-device-handlers#397).
HEARTBEAT_ATTRIBUTE: Final = Attribute(STRUCTURE, CHARACTER_STRING, b"", manufacturer=MANUFACTURER)
#: Commands of Lumi's own, written as octet strings that begin with 0xAA.
COMMANDS_ATTRIBUTE: Final = Attribute(COMMANDS, OCTET_STRING, b"", RW, manufacturer=MANUFACTURER)


class LumiDevice(Device):
    """A Lumi product: introduces itself when it joins, reads the host's time, and has a heartbeat.

    A product gives `heartbeat_entries`.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.basic: Cluster = self.node.endpoints[1].servers[BASIC]
        self.basic.attributes.computed(STRUCTURE, lambda: structure(self.heartbeat_entries()), MANUFACTURER)
        clock = self.node.endpoints[1].clients.get(TIME)
        if clock is not None:
            clock.learned = self._time_learned
        self._clock = clock

    def heartbeat_entries(self) -> list[Entry]:
        """What the heartbeat says, in the firmware's order."""
        raise NotImplementedError

    def joined_network(self) -> None:
        self.node.later(INTRODUCTION, self.introduce)
        self.node.later(TIME_READ, self.read_time)
        self.node.later(self.node.rng.uniform(*FIRST_HEARTBEAT), self._beat)

    def introduce(self) -> None:
        """Model and application version, each in a report of its own."""
        self.basic.report(MODEL_IDENTIFIER)
        self.basic.report(APPLICATION_VERSION)

    def read_time(self) -> None:
        """Lumi products want to know the time from their host, and are content without."""
        if self._clock is not None:
            self._clock.read_from(COORDINATOR, 1, 0x0000)

    def beat(self) -> None:
        """Say the heartbeat now."""
        self.basic.report(STRUCTURE, manufacturer=MANUFACTURER)

    def remember(self, memory: dict[str, Any]) -> None:
        super().remember(memory)
        if self.node.joined:
            self.node.later(self.node.rng.uniform(*FIRST_HEARTBEAT), self._beat)

    def _beat(self) -> None:
        if self.node.joined:
            self.beat()
            self.node.later(HEARTBEAT, self._beat)

    def _time_learned(self, attribute_id: int, value: Value) -> None:
        own = self.node.endpoints[1].servers.get(TIME)
        if attribute_id == 0x0000 and isinstance(own, Time) and isinstance(value, int):
            own.set_clock(value)


class ChangeReport:
    """A report that firmware makes of its own accord when something has changed: soon, and not too often.

    `interval` seconds lie between two at least; what changes in between is told when they are over.
    """

    def __init__(self, device: Device, send: Callable[[], None], *, interval: float = 0.0) -> None:
        self._node = device.node
        self._send = send
        self._interval = interval
        self._last = -interval  # loop time
        self._timer: asyncio.TimerHandle | None = None

    def changed(self) -> None:
        """Tell soon, unless that is on its way already or nobody would hear it."""
        if self._node.announced and (self._timer is None or self._timer.cancelled()):
            wait = self._last + self._interval - self._node.loop.time()
            self._timer = self._node.later(max(CHANGE_DELAY, wait), self.now)

    def now(self) -> None:
        """Tell now."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._last = self._node.loop.time()
        self._send()


# Power outage memory (zigbee2mqtt: the frames that Lumi's hub sends). The first write carries the setting,
# the second seals it; a counter in each (07/08, 09/0A) tells the pair of "on" from that of "off".
_MEMORY_WRITES: Final = {
    True: (bytes.fromhex("aa8005d14707011001"), bytes.fromhex("aa8003d3070801")),
    False: (bytes.fromhex("aa8005d14709011000"), bytes.fromhex("aa8003d3070a01")),
}

REFUSES_MEMORY_READ: Final = Quirk(
    "refuses_power_outage_memory_read",
    "a read of genBasic 0xFFF0 is answered with UNSUPPORTED_ATTRIBUTE",
    "contract.md, decision 9: nobody has published what the real one answers, so both are modelled",
    default=False,
)


class PowerOutageMemory:
    """Whether a mains product restores its relays after an outage: what was set, and what is in force.

    A setting comes into force when the product is next switched by hand ("toggle the plug once with the
    button on it", the product's page). Other commands written to 0xFFF0 are accepted and do nothing.
    """

    def __init__(self, device: LumiDevice) -> None:
        self._device = device
        self._half: bool | None = None  # the setting whose first write has come
        self.setting = False
        self.in_force = False
        store = device.basic.attributes
        store.computed(COMMANDS, self._answer, MANUFACTURER)
        store.on_write(COMMANDS, self._written, MANUFACTURER)

    def switched_by_hand(self) -> None:
        self.in_force = self.setting

    def _written(self, value: Value) -> None:
        for setting, (first, second) in _MEMORY_WRITES.items():
            if value == first:
                self._half = setting
            elif value == second and self._half is setting:
                self.setting = setting
                self._half = None

    def _answer(self) -> bytes:
        """The write that carries the setting. ASSUMPTION: whatever answers gives back what it was told."""
        if self._device.quirk(REFUSES_MEMORY_READ.name):
            raise ZclError(Status.UNSUPPORTED_ATTRIBUTE)
        return _MEMORY_WRITES[self.setting][0]

"""A Lumi product: its introduction, its heartbeat, its sleep."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar, Final

from zigloop.air.frame import COORDINATOR
from zigloop.air.station import RX_ON_WHEN_IDLE
from zigloop.controls.control import control
from zigloop.device.device import Device
from zigloop.lumi.quirks import CALLS_ITSELF_A_ROUTER, INTRODUCES_ITSELF, OLD_STRUCTURE, READS_TIME, SLEEPS, STRAY_BYTE
from zigloop.lumi.structure import HOST, IN_BASIC, IN_BASIC_OLD, Entry, Place, old_structure, structure
from zigloop.node.descriptor import NodeDescriptor
from zigloop.zcl.cluster import Cluster
from zigloop.zcl.clusters.basic import APPLICATION_VERSION, BASIC, MODEL_IDENTIFIER, TIME, Time
from zigloop.zcl.types import Value

#: Seconds between heartbeats of a mains powered product. ASSUMPTION: no source; forums mention five to ten minutes.
MAINS_HEARTBEAT: Final = 600.0
#: The same on batteries: lumi.remote.rkba01 has 3300 in its 0xFCC0 0x00F6 (sprut/Hub#857); for others, forums mention
#: 50 to 60 minutes.
BATTERY_HEARTBEAT: Final = 3300.0
#: After joining: model and version as soon as announced (homed-service-zigbee#36), then the time, then a
#: first heartbeat. The times are ASSUMPTIONS.
INTRODUCTION: Final = 0.5
TIME_READ: Final = 2.0
FIRST_HEARTBEAT: Final = (5.0, 10.0)

_ROUTER, _END_DEVICE = 1, 2  # logical types


class LumiDevice(Device):
    """A Lumi product: introduces itself when it joins, reads the host's time, and has a heartbeat.

    A product defines `heartbeat_entries`, and the attribute and interval of its heartbeat where they differ from these.
    """

    heartbeat_place: ClassVar[Place] = IN_BASIC
    heartbeat_interval: ClassVar[float] = MAINS_HEARTBEAT

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        endpoint = self.node.endpoints[1]
        self.basic: Cluster = endpoint.servers[BASIC]
        self._place = IN_BASIC_OLD if self.has(OLD_STRUCTURE) else self.heartbeat_place
        self._heartbeat_cluster = endpoint.servers[self._place.cluster]
        self._heartbeat_cluster.attributes.computed(self._place.attribute, self._structure, self._place.manufacturer)
        self._clock = endpoint.clients.get(TIME)
        self._next_beat: asyncio.TimerHandle | None = None

    def node_descriptor(self) -> NodeDescriptor:
        """The product's, without the quirks that a bench has switched off."""
        descriptor = self.product.node
        if SLEEPS in self.product.quirks and not self.has(SLEEPS):
            descriptor = replace(descriptor, capability=descriptor.capability | RX_ON_WHEN_IDLE)
        if CALLS_ITSELF_A_ROUTER in self.product.quirks:
            logical_type = _ROUTER if self.has(CALLS_ITSELF_A_ROUTER) else _END_DEVICE
            descriptor = replace(descriptor, logical_type=logical_type)
        return descriptor

    def heartbeat_entries(self) -> list[Entry]:
        """Entries of the heartbeat, in the firmware's order."""
        raise NotImplementedError

    def old_heartbeat_entries(self) -> list[Entry]:
        """Entries of the old heartbeat, a structure without tags: tag numbers are ignored."""
        raise NotImplementedError

    def _structure(self) -> bytes:
        if self._place is IN_BASIC_OLD:
            return old_structure(self.old_heartbeat_entries())
        return structure(self.heartbeat_entries())

    def send_report(
        self,
        cluster: Cluster,
        *attribute_ids: int,
        manufacturer: int | None = None,
        distort: Callable[[bytes], bytes] | None = None,
    ) -> None:
        """Report also to the host, with or without a binding: Lumi's habit."""
        cluster.report(*attribute_ids, manufacturer=manufacturer, also_to=HOST, distort=distort)

    def joined_network(self) -> None:
        if self.has(INTRODUCES_ITSELF):
            self.node.soon(INTRODUCTION, self.introduce)
        if self.has(READS_TIME):
            self.node.soon(TIME_READ, self.read_time)
        self._next_beat = self.node.soon(self.node.rng.uniform(*FIRST_HEARTBEAT), self._beat)

    def introduce(self) -> None:
        """Model and application version, each in a report of its own."""
        self.send_report(self.basic, MODEL_IDENTIFIER)
        self.send_report(self.basic, APPLICATION_VERSION)

    def read_time(self) -> None:
        """Read the time from the host, as Lumi products do; they also work without an answer."""
        if self._clock is not None:
            self._clock.read_from(COORDINATOR, 1, 0x0000)

    def beat(self) -> None:
        """Send the heartbeat now."""
        distort = (lambda report: report + b"\0") if self.adds_stray_byte() else None
        self.send_report(
            self._heartbeat_cluster, self._place.attribute, manufacturer=self._place.manufacturer, distort=distort
        )

    def adds_stray_byte(self) -> bool:
        """Whether a stray byte follows its heartbeat."""
        return self.has(STRAY_BYTE)

    def restore_snapshot(self, snapshot: dict[str, Any]) -> None:
        super().restore_snapshot(snapshot)
        if self.node.joined:
            self._beat_in(self.node.rng.uniform(*FIRST_HEARTBEAT))

    def volatile(self) -> dict[str, Any]:
        beat = self._next_beat
        wait = None if beat is None or beat.cancelled() else beat.when() - self.loop.time()
        return super().volatile() | {"next_heartbeat": wait}

    def restore_volatile(self, it: dict[str, Any]) -> None:
        super().restore_volatile(it)
        if self._next_beat is not None:  # `restore_snapshot` has set the first one after a start
            self._next_beat.cancel()
        if it["next_heartbeat"] is not None:
            self._beat_in(it["next_heartbeat"])

    def _beat(self) -> None:
        if self.node.joined:
            self.beat()
            self._beat_in(self.heartbeat_interval)

    def _beat_in(self, seconds: float, set_timer: Callable[..., asyncio.TimerHandle] | None = None) -> None:
        self._next_beat = (set_timer or self.node.later)(seconds, self._beat)

    def value_received(self, endpoint: int, cluster: int, attribute_id: int, value: Value) -> None:
        """The host's time sets its clock."""
        own = self.node.endpoints[1].servers.get(TIME)
        if (endpoint, cluster, attribute_id) == (1, TIME, 0x0000) and isinstance(own, Time) and isinstance(value, int):
            own.set_clock(value)

    # Controls

    @control("{name} sends its heartbeat")
    def heartbeat(self) -> None:
        """Make it send its heartbeat now."""
        self.require_on_air()
        self.beat()

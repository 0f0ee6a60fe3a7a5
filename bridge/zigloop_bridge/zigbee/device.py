"""A device: the result of its interview, and data of its last frame."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from zigloop_bridge.converters.definition import Definition
from zigloop_bridge.devices import find

PENDING, IN_PROGRESS, SUCCESSFUL, FAILED = "PENDING", "IN_PROGRESS", "SUCCESSFUL", "FAILED"

COORDINATOR, ROUTER, END_DEVICE, UNKNOWN = "Coordinator", "Router", "EndDevice", "Unknown"

POWER_SOURCES = {
    0: "Unknown",
    1: "Mains (single phase)",
    2: "Mains (3 phase)",
    3: "Battery",
    4: "DC Source",
    5: "Emergency mains constantly powered",
    6: "Emergency mains and transfer switch",
}


@dataclass
class Endpoint:
    """The content of an endpoint's simple descriptor."""

    number: int
    profile: int | None = None
    device_type: int | None = None
    input_clusters: list[int] = field(default_factory=list)
    output_clusters: list[int] = field(default_factory=list)


@dataclass
class Basics:
    """The attributes of genBasic. Names are those of `database.db`; `power_source` is the number on the wire."""

    model_id: str | None = None
    manufacturer_name: str | None = None
    power_source: int | None = None
    zcl_version: int | None = None
    app_version: int | None = None
    stack_version: int | None = None
    hw_version: int | None = None
    date_code: str | None = None
    sw_build_id: str | None = None


@dataclass(eq=False)
class Device:
    """A device. `ieee` is written as everywhere in MQTT: 0x and 16 hex digits.

    `linkquality` and `last_seen` (seconds since 1970) belong to the last frame heard, None before the first.
    """

    ieee: str
    nwk: int
    type: str = UNKNOWN
    manufacturer_id: int | None = None
    basics: Basics = field(default_factory=Basics)
    endpoints: dict[int, Endpoint] = field(default_factory=dict)
    interview_state: str = PENDING
    #: The id in `database.db`.
    number: int = 0
    last_seen: float | None = None
    linkquality: int | None = None
    meta: dict[str, Any] = field(default_factory=dict)
    definition: Definition | None = None

    # MQTT messages to one device, and requests on the air to it, are handled one after the other; other devices
    # don't wait for them.
    messages: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)
    request_lock: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)
    # Whether it has announced itself since it joined: from then on it certainly has the network key.
    announced: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    # The last frames received, to detect repetitions, and what was logged about the device once.
    recent_frames: dict[tuple[int, int, bytes], float] = field(default_factory=dict, repr=False)
    reported: set[str] = field(default_factory=set, repr=False)

    @property
    def interviewed(self) -> bool:
        """Whether the bridge knows what this is: also after a repeated interview that failed."""
        return self.interview_state == SUCCESSFUL or (self.interview_state == FAILED and self.definition is not None)

    @property
    def awaits_interview(self) -> bool:
        """Whether it must be interviewed when it is next heard."""
        return self.interview_state in (PENDING, FAILED)

    @property
    def supported(self) -> bool:
        """Whether there is a definition; the coordinator needs none."""
        return self.type == COORDINATOR or self.definition is not None

    @property
    def sleepy(self) -> bool:
        """Whether it receives only after it polls, and so answers late. Unknown counts as sleepy, as in zigpy."""
        return self.type in (END_DEVICE, UNKNOWN)

    @property
    def relays_for_others(self) -> bool:
        """Whether its frames to a group are another device's, whose address the group is.

        Some of Lumi's routers repeat reports of end devices as their own. Source:
        zigbee2mqtt#1238, zigbee2mqtt#3592; zigbee-herdsman does the same.
        """
        return self.type == ROUTER and self.basics.manufacturer_name == "LUMI"

    @property
    def power_source(self) -> str | None:
        """The power source in words. Bit 7 means that there is a backup battery; it isn't part of the name."""
        source = self.basics.power_source
        return None if source is None else POWER_SOURCES.get(source & 0x7F)

    def identify(self) -> None:
        """Find the definition, once the model is known."""
        self.definition = find(self.basics.model_id)
        if self.definition is not None and self.definition.device_type is not None:
            self.type = self.definition.device_type

    def forget_interview(self) -> None:
        """Back to the state of a device that has just joined."""
        self.interview_state = PENDING
        self.meta = {}

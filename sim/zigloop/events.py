"""One stream of what happens on a bench: `bench.events`.

    sent: list[FrameSent] = []
    unsubscribe = bench.events.subscribe(FrameSent, sent.append)
    ...
    unsubscribe()

A kind is named for what happened, not for the part that noticed it: captures, failure reports, chaos and web pages
share the same kinds. Events are emitted synchronously, in the order in which things happen; a listener must not block,
and an exception that it raises reaches the part that emitted the event. Without a subscriber no event is created:
emitting sites check `Channel.listeners` first.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Generic, Protocol, TypeVar

from zigloop.air.frame import ApsFrame, Outcome
from zigloop.air.link import Link


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened at `at`, in seconds of the loop's time."""

    at: float


# On the air


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameSent(Event):
    """A station has sent an APS frame. Emitted once for each frame, before its first hop."""

    frame: ApsFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameOnAir(Event):
    """One transmission of a frame over one hop; of a broadcast, from one router to one station in its range.

    `attempt` counts from 1; `outcome` is DELIVERED when the receiver has acknowledged it (of a broadcast: heard it),
    NO_ACK when it was lost. `link` is None when the two don't hear each other. A frame that the receiver gets twice is
    one event. The attempts of a hop are emitted when it ends, each with its own time; those of a broadcast when it is
    sent. APS acknowledgements aren't frames here.
    """

    frame: ApsFrame
    sender: int  # IEEE address
    receiver: int  # IEEE address
    attempt: int
    outcome: Outcome
    link: Link | None


# On the port


class Direction(Enum):
    """The direction of a frame between radio and host; the value is an arrow for display."""

    TO_RADIO = "-->"
    TO_HOST = "<--"


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """The host was sent a frame that was received from the air."""

    nwk: int  # of its sender
    endpoint: int  # of its sender
    cluster: int
    data: bytes  # ZCL
    group: int | None


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """The host has requested a unicast."""

    nwk: int


@dataclass(frozen=True, slots=True)
class JoinNotice:
    """The host was informed of a device that was let in."""

    ieee: int


@dataclass(frozen=True, slots=True)
class LeaveNotice:
    """The host was informed that a device has left."""

    ieee: int


#: The meaning of a frame on the port, in terms that all families of radios share.
Meaning = IncomingMessage | OutgoingMessage | JoinNotice | LeaveNotice


class PortCodec(Protocol):
    """How a family of radios decodes its own frames, which is only done when a listener asks."""

    def describe(self, direction: Direction, frame: Any) -> str:
        """One human-readable line, which begins with the direction's arrow. Never raises."""

    def meaning(self, direction: Direction, frame: Any) -> Meaning | None:
        """Its meaning, independent of the family; None for most frames."""

    def encode(self, frame: Any) -> bytes:
        """Its bytes on an undamaged line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PortFrame(Event):
    """A whole frame to or from the host: as sent by the radio, or as parsed by it."""

    direction: Direction
    frame: Any  # the family's own form
    codec: PortCodec

    @property
    def text(self) -> str:
        """One human-readable line."""
        return self.codec.describe(self.direction, self.frame)

    @property
    def meaning(self) -> Meaning | None:
        """Its meaning, independent of the family; None for most frames."""
        return self.codec.meaning(self.direction, self.frame)

    @property
    def data(self) -> bytes:
        """Its bytes on an undamaged line."""
        return self.codec.encode(self.frame)


# In the network


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceAdmitted(Event):
    """The coordinator has admitted a device, for the first time or again."""

    ieee: int
    nwk: int
    parent: int  # short address
    rejoin: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceGone(Event):
    """The coordinator has received a device's announcement that it leaves; with `rejoin` it will rejoin."""

    ieee: int
    nwk: int
    rejoin: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceMoved(Event):
    """A device has announced a new short address, which the coordinator has recorded.

    An address that the coordinator itself assigns is in DeviceAdmitted.
    """

    ieee: int
    nwk: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RadioReset(Event):
    """The radio has lost its RAM and restarts; `reason` is host, watchdog or power."""

    reason: str


# At a device


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceAnnounced(Event):
    """A device has announced itself in its network: after joining, rejoining, or when its power was restored."""

    ieee: int
    nwk: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceLeft(Event):
    """A device has left its network, and forgotten it."""

    ieee: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeChanged(Event):
    """The value of an attribute of a device's server cluster changed."""

    ieee: int
    endpoint: int
    cluster: int
    manufacturer: int | None
    attribute: int
    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlUsed(Event):
    """A control of a device, or of another part of the bench, is about to take effect."""

    name: str
    verb: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultStarted(Event):
    """A control that is a fault has taken effect, or has taken effect again with other arguments."""

    name: str
    verb: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultEnded(Event):
    """A fault has ended: by itself, or because a control has undone it.

    `verb` and `arguments` are the fault's. One that is over at once (a malformed report) ends with its undo; one
    without an undo (a device that left) never ends.
    """

    name: str
    verb: str
    arguments: dict[str, Any]


# Time


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeJumped(Event):
    """A virtual clock has skipped `seconds` without timers; `at` is the time after the jump."""

    seconds: float


E = TypeVar("E", bound=Event)


class Channel(Generic[E]):
    """The events of one kind. `listeners` is empty without a subscriber: then don't create the event."""

    __slots__ = ("listeners",)

    def __init__(self) -> None:
        self.listeners: tuple[Callable[[E], object], ...] = ()

    def subscribe(self, listener: Callable[[E], object]) -> Callable[[], None]:
        """Call `listener` with each event from now on; the returned function ends that."""
        subscribed = True
        # A new tuple each time: a listener may unsubscribe while an event is being emitted.
        self.listeners = (*self.listeners, listener)

        def unsubscribe() -> None:
            nonlocal subscribed
            if subscribed:
                subscribed = False
                at = self.listeners.index(listener)
                self.listeners = (*self.listeners[:at], *self.listeners[at + 1 :])

        return unsubscribe

    def emit(self, event: E) -> None:
        """Call all listeners, in the order in which they subscribed."""
        for listener in self.listeners:
            listener(event)


class Events:
    """The stream of a bench. `channels` are existing channels by kind: the clock is created before its bench."""

    def __init__(self, channels: Mapping[type[Event], Channel[Any]] | None = None) -> None:
        self._channels: dict[type[Event], Channel[Any]] = dict(channels or {})

    def channel(self, kind: type[E]) -> Channel[E]:
        """The channel of this kind; the parts of a bench that emit keep it."""
        return self._channels.setdefault(kind, Channel())

    def subscribe(self, kind: type[E], listener: Callable[[E], object]) -> Callable[[], None]:
        """Call `listener` with each event of this kind from now on; the returned function ends that."""
        return self.channel(kind).subscribe(listener)

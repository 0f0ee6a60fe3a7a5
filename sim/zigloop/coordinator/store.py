"""What a coordinator keeps over a reset, as a protocol. Each family of radios implements it with its own memory."""

from dataclasses import dataclass, field, replace
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSettings:
    """A network that has been formed."""

    pan_id: int
    extended_pan_id: int
    channel: int  # 11..26
    key: bytes  # the network key, 16 bytes
    update_id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """A device that is being admitted."""

    ieee: int
    nwk: int
    capability: int  # MAC capability flags, Zigbee specification table 2-40
    direct: bool  # its parent is the coordinator
    child: bool  # it is an end device, and its parent is the coordinator
    lqi: int  # of the link to the coordinator, 0 when it has another parent


class Store(Protocol):
    """Settings, addresses, children, link keys and the frame counter. All of it survives a reset."""

    # Of the coordinator itself

    @property
    def ieee(self) -> int:
        """The coordinator's IEEE address."""

    @property
    def settings(self) -> NetworkSettings | None:
        """The network to start, None without one."""

    def start(self) -> None:
        """The network starts."""

    def change_channel(self, channel: int) -> None:
        """The network moved to another channel, with the next update id."""

    def count_frame(self) -> None:
        """A frame was sent with the network's key: the counter never decreases."""

    # Of the devices

    def nwk(self, ieee: int) -> int | None:
        """The short address of a known device: UNKNOWN_NWK when another has taken it. None for others."""

    def ieee_of(self, nwk: int) -> int | None:
        """The IEEE address of the known device with this short address."""

    def admit(self, device: Admission) -> bool:
        """Remember a device, with a link key. False when a table is full."""

    def move(self, ieee: int, nwk: int) -> None:
        """A known device changed its short address."""

    def forget(self, ieee: int) -> None:
        """Forget a device, its key too."""

    # Of the coordinator's own end devices

    @property
    def max_children(self) -> int:
        """The maximum number of children."""

    @property
    def children(self) -> list[int]:
        """Their short addresses."""

    def is_child(self, ieee: int) -> bool: ...

    def drop_child(self, nwk: int) -> None:
        """Remove a device from the children, but keep it."""

    # Everything

    def erase(self) -> object:
        """Erase everything; returns the content for `put_back`."""

    def put_back(self, lost: object) -> None:
        """Restore what `erase` returned."""

    def save(self) -> None:
        """Write its file now, if it has one. OSError when that fails."""

    def close(self) -> None:
        """Power off: write changes, and cancel all timers."""


@dataclass(slots=True)
class _Content:
    """What a MemoryStore holds."""

    settings: NetworkSettings | None = None
    frame_counter: int = 0
    devices: dict[int, int] = field(default_factory=dict)  # short address by IEEE address
    children: dict[int, int] = field(default_factory=dict)  # the same of children


class MemoryStore:
    """A store without a file or a format of its own."""

    def __init__(self, ieee: int, *, max_children: int = 32) -> None:
        self.ieee = ieee
        self.max_children = max_children
        self._content = _Content()

    @property
    def settings(self) -> NetworkSettings | None:
        """The network to start; set it to form one."""
        return self._content.settings

    @settings.setter
    def settings(self, settings: NetworkSettings | None) -> None:
        self._content.settings = settings

    @property
    def frame_counter(self) -> int:
        """Frames sent so far."""
        return self._content.frame_counter

    def start(self) -> None:
        pass

    def change_channel(self, channel: int) -> None:
        if self.settings is not None:
            self.settings = replace(self.settings, channel=channel, update_id=(self.settings.update_id + 1) & 0xFF)

    def count_frame(self) -> None:
        self._content.frame_counter += 1

    def nwk(self, ieee: int) -> int | None:
        return self._content.devices.get(ieee)

    def ieee_of(self, nwk: int) -> int | None:
        return next((ieee for ieee, known in self._content.devices.items() if known == nwk), None)

    def admit(self, device: Admission) -> bool:
        self._content.devices[device.ieee] = device.nwk
        self._content.children.pop(device.ieee, None)
        if device.child:
            self._content.children[device.ieee] = device.nwk
        return True

    def move(self, ieee: int, nwk: int) -> None:
        for table in (self._content.devices, self._content.children):
            if ieee in table:
                table[ieee] = nwk

    def forget(self, ieee: int) -> None:
        self._content.devices.pop(ieee, None)
        self._content.children.pop(ieee, None)

    @property
    def children(self) -> list[int]:
        return list(self._content.children.values())

    def is_child(self, ieee: int) -> bool:
        return ieee in self._content.children

    def drop_child(self, nwk: int) -> None:
        self._content.children = {ieee: known for ieee, known in self._content.children.items() if known != nwk}

    def erase(self) -> object:
        lost, self._content = self._content, _Content()
        return lost

    def put_back(self, lost: object) -> None:
        assert isinstance(lost, _Content)
        self._content = lost

    def save(self) -> None:
        pass

    def close(self) -> None:
        pass

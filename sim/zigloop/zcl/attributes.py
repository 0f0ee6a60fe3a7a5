"""Attributes of a cluster: declarations, and a device's values."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Flag, auto

from zigloop.zcl.codes import Status
from zigloop.zcl.types import TYPES, Value


class Access(Flag):
    """Access of a host to an attribute."""

    READ = auto()
    WRITE = auto()
    REPORT = auto()  # reporting can be configured


R = Access.READ
RW = Access.READ | Access.WRITE
RP = Access.READ | Access.REPORT


@dataclass(frozen=True, slots=True)
class Attribute:
    """The declaration of one attribute. `value` is its factory default."""

    id: int
    type: int  # ZCL data type, `zigloop.zcl.types`
    value: Value
    access: Access = R
    manufacturer: int | None = None  # for a manufacturer-specific attribute: the code that frames must carry
    minimum: float | None = None  # a write below or above is refused with INVALID_VALUE
    maximum: float | None = None

    def __post_init__(self) -> None:
        if self.type not in TYPES:
            raise ValueError(f"attribute 0x{self.id:04X}: 0x{self.type:02X} is not a ZCL data type")

    def allows(self, value: Value) -> bool:
        if isinstance(value, bytes):
            return True
        too_small = self.minimum is not None and value < self.minimum
        return not too_small and not (self.maximum is not None and value > self.maximum)


class ZclError(Exception):
    """A command that can't be executed; the status is sent back to its sender."""

    def __init__(self, status: Status) -> None:
        super().__init__(status.name)
        self.status = status


class AttributeStore:
    """The attributes of one side of one cluster.

    A value can be computed (`computed`) instead of stored, and a host's write can have an effect or be refused
    (`on_write`, whose function raises `ZclError`). `changed` is called with each attribute whose value has changed.
    """

    def __init__(self, declared: tuple[Attribute, ...], changed: Callable[[Attribute], None]) -> None:
        self._declared = {(each.manufacturer, each.id): each for each in sorted(declared, key=lambda a: a.id)}
        if len(self._declared) != len(declared):
            raise ValueError("an attribute is declared twice")
        self._values = {key: each.value for key, each in self._declared.items()}
        self._computed: dict[tuple[int | None, int], Callable[[], Value]] = {}
        self._on_write: dict[tuple[int | None, int], Callable[[Value], None]] = {}
        self._changed = changed

    def find(self, attribute_id: int, manufacturer: int | None = None) -> Attribute | None:
        return self._declared.get((manufacturer, attribute_id))

    def listed(self, manufacturer: int | None) -> Iterator[Attribute]:
        """In ascending order of their ids, those of the standard or of one manufacturer."""
        return (each for (code, _), each in self._declared.items() if code == manufacturer)

    def computed(self, attribute_id: int, value: Callable[[], Value], manufacturer: int | None = None) -> None:
        self._computed[self._key(attribute_id, manufacturer)] = value

    def recomputed(self, attribute_id: int, manufacturer: int | None = None) -> None:
        """A computed value has changed: report it if it is due."""
        self._changed(self._declared[self._key(attribute_id, manufacturer)])

    def is_computed(self, attribute: Attribute) -> bool:
        return (attribute.manufacturer, attribute.id) in self._computed

    def on_write(self, attribute_id: int, act: Callable[[Value], None], manufacturer: int | None = None) -> None:
        """`act` is called with each value that a host writes, before it is stored."""
        self._on_write[self._key(attribute_id, manufacturer)] = act

    def get(self, attribute_id: int, manufacturer: int | None = None) -> Value:
        key = (manufacturer, attribute_id)
        computed = self._computed.get(key)
        return self._values[key] if computed is None else computed()

    def set(self, attribute_id: int, value: Value, manufacturer: int | None = None) -> None:
        """Set a value as the device itself; `changed` is called when it differs."""
        key = self._key(attribute_id, manufacturer)
        if self._values[key] != value:
            self._values[key] = value
            self._changed(self._declared[key])

    def write(self, attribute: Attribute, value: Value) -> None:
        """A host writes; ZclError when the device refuses."""
        act = self._on_write.get((attribute.manufacturer, attribute.id))
        if act is not None:
            act(value)
        self.set(attribute.id, value, attribute.manufacturer)

    def reset(self) -> None:
        for key, declared in self._declared.items():
            if key not in self._computed:
                self.set(key[1], declared.value, key[0])

    def _key(self, attribute_id: int, manufacturer: int | None) -> tuple[int | None, int]:
        key = (manufacturer, attribute_id)
        if key not in self._declared:
            raise KeyError(f"no attribute 0x{attribute_id:04X} (manufacturer {manufacturer}) is declared")
        return key

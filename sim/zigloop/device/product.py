"""A product as data: identity, descriptors, firmwares, quirks."""

from dataclasses import dataclass, field

from zigloop.node.descriptor import NodeDescriptor


@dataclass(frozen=True)
class Quirk:
    """Unusual behaviour of the real product, with its source, and whether a device has it by default."""

    name: str
    description: str
    source: str
    default: bool

    def meaning(self) -> str:
        """The effect of declaring the opposite of the default."""
        return f"without the quirk: {self.description}" if self.default else self.description


@dataclass(frozen=True, kw_only=True)
class Product:
    """A product. `firmwares` are its known date codes, the default one first."""

    model: str  # as on its page: ZNCZ02LM
    vendor: str
    description: str
    zigbee_model: str  # as in genBasic: lumi.plug
    nickname: str  # the default name of a device
    node: NodeDescriptor
    manufacturers: tuple[int, ...]  # manufacturer codes whose frames it understands
    firmwares: tuple[str, ...]
    quirks: tuple[Quirk, ...] = field(default=())
    ieee_block: int  # first of its 2^32 IEEE addresses

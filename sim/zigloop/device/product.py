"""A product: what a device is, as data."""

from dataclasses import dataclass, field

from zigloop.node.descriptor import NodeDescriptor


@dataclass(frozen=True)
class Quirk:
    """An oddity of the real product, its source, and whether a device has it by default."""

    name: str
    description: str
    source: str
    default: bool

    def meaning(self) -> str:
        """The effect of declaring the opposite of the default."""
        return f"without the quirk: {self.description}" if self.default else self.description


@dataclass(frozen=True, kw_only=True)
class Product:
    """A product. `firmwares` are the date codes it comes with, the default one first."""

    model: str  # as on its page: ZNCZ02LM
    vendor: str
    description: str
    zigbee_model: str  # as in genBasic: lumi.plug
    nickname: str  # the default name of a device
    node: NodeDescriptor
    manufacturers: tuple[int, ...]  # codes whose manufacturer-specific frames it understands
    firmwares: tuple[str, ...]
    quirks: tuple[Quirk, ...] = field(default=())
    ieee_block: int  # where its IEEE addresses begin: 2^32 of them

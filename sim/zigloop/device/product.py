"""A product: what a device is."""

from dataclasses import dataclass, field

from zigloop.node.descriptor import NodeDescriptor

#: IEEE addresses of Lumi's older products (00:15:8D), with a zero as all of these have.
LUMI_BLOCK = 0x00158D00 << 32


@dataclass(frozen=True)
class Quirk:
    """An oddity of the real product, its source, and whether a device has it unless told otherwise."""

    name: str
    description: str
    source: str
    default: bool

    def meaning(self) -> str:
        """What declaring the opposite of the default does."""
        return f"without the quirk: {self.description}" if self.default else self.description


@dataclass(frozen=True, kw_only=True)
class Product:
    """What a product is. `firmwares` are the date codes it comes with, the usual one first."""

    model: str  # as on its page: ZNCZ02LM
    vendor: str
    description: str
    zigbee_model: str  # as in genBasic: lumi.plug
    nickname: str  # what a device is called when nobody names it
    node: NodeDescriptor
    manufacturers: tuple[int, ...]  # codes whose manufacturer-specific frames it understands
    firmwares: tuple[str, ...]
    quirks: tuple[Quirk, ...] = field(default=())
    ieee_block: int = LUMI_BLOCK  # where its IEEE addresses begin: 2^32 of them

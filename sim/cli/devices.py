"""`python -m sim devices`: the products and what can be done to them."""

from argparse import Namespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.device import Device


def add_to(commands: Any) -> None:
    parser = commands.add_parser(
        "devices",
        help="list the products and their controls",
        description="List the products and their controls.",
    )
    parser.set_defaults(run=run)


def run(options: Namespace) -> int:
    from sim.devices import PRODUCTS  # what needs zigpy is imported when it is needed

    print("\n\n".join(describe(product) for product in PRODUCTS.values()))
    return 0


def describe(device: "type[Device]") -> str:
    """A product in some lines: its name, its controls, and what can be declared."""
    product = device.product
    rows = [(control.usage, control.help) for control in device.controls.values()]
    lines = [
        f"{product.model}  {product.vendor} {product.description} ({product.zigbee_model})",
        "",
        "  Controls",
    ]
    lines += columns(rows, indent=4)
    lines += ["", "  Can be declared (MODEL,KEY=VALUE)"]
    lines += columns(
        [
            ("firmware=DATE", f"{', '.join(product.firmwares)} (the first unless told otherwise)"),
            *((f"{each.name}={'no' if each.default else 'yes'}", each.meaning()) for each in product.quirks),
        ],
        indent=4,
    )
    return "\n".join(lines)


def columns(rows: list[tuple[str, str]], *, indent: int = 0) -> list[str]:
    """Two columns, the first as wide as it has to be."""
    width = max((len(first) for first, _ in rows), default=0)
    return [f"{' ' * indent}{first:<{width}}  {second}".rstrip() for first, second in rows]

"""`python -m sim devices`: the products and what can be done to them, and to what lies between them and a host."""

from argparse import Namespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.control import Control, Part
    from sim.device import Device


def add_to(commands: Any) -> None:
    parser = commands.add_parser(
        "devices",
        help="list the products and their controls, and those of radio, line and air",
        description="List the products and their controls, and those of radio, line and air.",
    )
    parser.set_defaults(run=run)


def run(options: Namespace) -> int:
    from sim.air_controls import AirPart  # what needs zigpy is imported when it is needed
    from sim.devices import PRODUCTS
    from sim.radio import LinePart, RadioPart

    parts = (RadioPart, LinePart, AirPart)
    print("\n\n".join([*map(describe, PRODUCTS.values()), *map(describe_part, parts), describe_faults()]))
    return 0


def describe_part(part: "type[Part]") -> str:
    """What isn't a device: its name, and what can be done to it."""
    return "\n".join([f"{part.called}  {part.about}", "", "  Controls", *_controls(list(part.controls.values()))])


def describe_faults() -> str:
    """What may happen to any device."""
    from sim.faults import Faults

    return "\n".join(["Every device", "", "  Controls", *_controls(list(Faults.controls.values()))])


def _controls(controls: "list[Control]") -> list[str]:
    return columns([(each.usage, each.help) for each in controls], indent=4)


def describe(device: "type[Device]") -> str:
    """A product in some lines: its name, its controls, and what can be declared."""
    from sim.faults import Faults

    product = device.product
    lines = [
        f"{product.model}  {product.vendor} {product.description} ({product.zigbee_model})",
        "",
        "  Controls",
    ]
    lines += _controls([each for verb, each in device.controls.items() if verb not in Faults.controls])
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

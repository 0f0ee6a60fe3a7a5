"""`zigloop devices`: lists products and controls."""

from argparse import Namespace
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zigloop.controls.control import Control, Part
    from zigloop.device.device import Device


def add_to(commands: Any) -> None:
    parser = commands.add_parser(
        "devices",
        help="list the products and their controls",
        description="List the products with their controls and options, and the controls of radio, line and air.",
    )
    parser.set_defaults(run=run)


def run(options: Namespace) -> int:
    from zigloop.air.controls import AirPart  # --help needs no product
    from zigloop.device.registry import PRODUCTS
    from zigloop.radio import LinePart, RadioPart

    listed = [describe(product) for product in PRODUCTS.values()]
    listed += [describe_part(part) for part in (RadioPart, LinePart, AirPart)]
    print("\n\n".join([*listed, describe_faults()]))
    return 0


def describe_part(part: "type[Part]") -> str:
    """A part of the bench other than devices: its name and its controls."""
    controls = _controls(part.controls.values())
    return "\n".join([f"{part.called}  {part.about}", "", *controls])


def describe_faults() -> str:
    """The controls that every device has."""
    from zigloop.device.faults import DeviceFaults

    return "\n".join(["Every device", "", *_controls(DeviceFaults.controls.values())])


def describe(device: "type[Device]") -> str:
    """A product: its name, its controls, and its options."""
    from zigloop.device.faults import DeviceFaults

    product = device.product
    own = [each for verb, each in device.controls.items() if verb not in DeviceFaults.controls]
    lines = [
        f"{product.model}  {product.vendor} {product.description} ({product.zigbee_model})",
        "",
        *_controls(own),
    ]
    lines += ["", "  Options (MODEL,KEY=VALUE)"]
    lines += columns(
        [
            ("firmware=DATE", f"{', '.join(product.firmwares)} (default: the first)"),
            *((f"{each.name}={'no' if each.default else 'yes'}", each.meaning()) for each in product.quirks),
        ],
        indent=4,
    )
    return "\n".join(lines)


def _controls(controls: "Iterable[Control]") -> list[str]:
    """Controls of a device or part, as commands of the prompt."""
    return ["  Controls", *columns([(each.usage, each.help) for each in controls], indent=4)]


def columns(rows: list[tuple[str, str]], *, indent: int = 0) -> list[str]:
    """Lines of two columns, the first as wide as its longest text."""
    width = max((len(first) for first, _ in rows), default=0)
    return [f"{' ' * indent}{first:<{width}}  {second}".rstrip() for first, second in rows]

"""`zigloop devices`: the products and what can be done to them, and to what lies between them and a host."""

from argparse import Namespace
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zigloop.control.control import Control, Part
    from zigloop.device.device import Device


def add_to(commands: Any) -> None:
    parser = commands.add_parser(
        "devices",
        help="list the products and their controls, and those of radio, line and air",
        description="List the products and their controls, and those of radio, line and air.",
    )
    parser.add_argument("--steps", action="store_true", help="as steps of a feature, instead of lines of the prompt")
    parser.set_defaults(run=run)


def run(options: Namespace) -> int:
    from zigloop.air.controls import AirPart  # what needs zigpy is imported when it is needed
    from zigloop.device.registry import PRODUCTS
    from zigloop.radio import LinePart, RadioPart

    listed = [describe(product, steps=options.steps) for product in PRODUCTS.values()]
    listed += [describe_part(part, steps=options.steps) for part in (RadioPart, LinePart, AirPart)]
    print("\n\n".join([*listed, describe_faults(steps=options.steps)]))
    return 0


def describe_part(part: "type[Part]", *, steps: bool) -> str:
    """What isn't a device: its name, and what can be done to it."""
    controls = _controls(part.controls.values(), part.called, steps)
    return "\n".join([f"{part.called}  {part.about}", "", *controls])


def describe_faults(*, steps: bool) -> str:
    """What may happen to any device."""
    from zigloop.device.faults import DeviceFaults

    return "\n".join(["Every device", "", *_controls(DeviceFaults.controls.values(), "NAME", steps)])


def describe(device: "type[Device]", *, steps: bool) -> str:
    """A product in some lines: its name, its controls, and what can be declared."""
    from zigloop.device.faults import DeviceFaults

    product = device.product
    own = [each for verb, each in device.controls.items() if verb not in DeviceFaults.controls]
    lines = [
        f"{product.model}  {product.vendor} {product.description} ({product.zigbee_model})",
        "",
        *_controls(own, product.nickname, steps),
    ]
    lines += ["", "  Can be declared (MODEL,KEY=VALUE)"]
    lines += columns(
        [
            ("firmware=DATE", f"{', '.join(product.firmwares)} (the first unless told otherwise)"),
            *((f"{each.name}={'no' if each.default else 'yes'}", each.meaning()) for each in product.quirks),
        ],
        indent=4,
    )
    return "\n".join(lines)


def _controls(controls: "Iterable[Control]", name: str, steps: bool) -> list[str]:
    """Controls of what is called `name`, as lines of the prompt or as steps of a feature."""
    if not steps:
        return ["  Controls", *columns([(each.usage, each.help) for each in controls], indent=4)]
    said = [(each.step(name) or f"{name} does {each.usage}", each.help) for each in controls]
    return ["  Steps", *columns(said, indent=4)]


def columns(rows: list[tuple[str, str]], *, indent: int = 0) -> list[str]:
    """Two columns, the first as wide as it has to be."""
    width = max((len(first) for first, _ in rows), default=0)
    return [f"{' ' * indent}{first:<{width}}  {second}".rstrip() for first, second in rows]

"""The products that can be put on a bench: each module of `zigloop.devices` declares one."""

import difflib
import importlib
import pkgutil

from zigloop.device.device import Device

#: Modules are found by name, so this package doesn't import products.
_PACKAGE = "zigloop.devices"


def _products() -> dict[str, type[Device]]:
    found = {}
    for info in sorted(pkgutil.iter_modules(importlib.import_module(_PACKAGE).__path__), key=lambda info: info.name):
        module = importlib.import_module(f"{_PACKAGE}.{info.name}")
        (device,) = (
            each
            for each in vars(module).values()
            if isinstance(each, type) and issubclass(each, Device) and vars(each).get("product") is module.product
        )
        found[module.product.model] = device
    return found


#: By model.
PRODUCTS: dict[str, type[Device]] = _products()


def find(model: str) -> type[Device]:
    """The product with this model name, in any case; ValueError names the known ones and a close match."""
    by_name = {name.lower(): product for name, product in PRODUCTS.items()}
    product = by_name.get(model.lower())
    if product is None:
        close = difflib.get_close_matches(model.lower(), by_name, n=1)
        hint = f" (did you mean {by_name[close[0]].product.model}?)" if close else ""
        raise ValueError(f"no product is called {model!r}{hint}; the products are {', '.join(PRODUCTS)}")
    return product

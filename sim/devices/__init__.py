"""The products, by the model on their page. A product is one module, and one line here."""

import difflib

from sim.device import Device
from sim.devices.zncz02lm import Plug

PRODUCTS: dict[str, type[Device]] = {each.product.model: each for each in (Plug,)}


def find(model: str) -> type[Device]:
    """The product with this model name, in any case; ValueError names the known ones and a close match."""
    by_name = {name.lower(): product for name, product in PRODUCTS.items()}
    product = by_name.get(model.lower())
    if product is None:
        close = difflib.get_close_matches(model.lower(), by_name, n=1)
        hint = f" (did you mean {by_name[close[0]].product.model}?)" if close else ""
        raise ValueError(f"there is no product {model!r}{hint}; the products are {', '.join(PRODUCTS)}")
    return product

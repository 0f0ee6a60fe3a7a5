"""The products as types for annotations: `from zigloop.products import ZNCZ02LM`.

Type checkers read `products.pyi`, which is generated: there each has its controls as methods, and `Bench.add` returns
the one of the model that it is given.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from zigloop.device.registry import PRODUCTS

Method = TypeVar("Method", bound=Callable[..., Any])


def adds_products(method: Method) -> Method:
    """The method itself; for type checkers, one that returns the product of the model that it is given."""
    return method


def __getattr__(name: str) -> Any:
    if name not in PRODUCTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return PRODUCTS[name]

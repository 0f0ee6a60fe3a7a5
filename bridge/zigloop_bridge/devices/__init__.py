"""One module per product, named after its model, each with a `definition`; and functions that find them."""

import importlib
import pkgutil
from functools import cache

from zigloop_bridge.converters.definition import Definition

__all__ = ["all_definitions", "find"]


@cache
def all_definitions() -> tuple[Definition, ...]:
    """The definition of every product that has a module here."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return tuple(importlib.import_module(f"{__name__}.{name}").definition for name in names)


@cache
def _by_zigbee_model() -> dict[str, Definition]:
    return {model: definition for definition in all_definitions() for model in definition.zigbee_models}


def find(zigbee_model: str | None) -> Definition | None:
    """The definition of a device that reports `zigbee_model` as its model; None when no module has it."""
    return None if zigbee_model is None else _by_zigbee_model().get(zigbee_model)

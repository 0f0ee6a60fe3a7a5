"""The families of radios, by name."""

from functools import partial
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, Final

from zigloop.radio.radio import Family

#: Built-in families: module and object.
_BUILT_IN: Final = {"zstack": ("zigloop.radio.zstack", "ZStack")}
#: The entry point group for families in other packages; an entry is a `Family`.
GROUP: Final = "zigloop.radios"


def family(name: str, **declaration: Any) -> Family:
    """Find a family by its name; ValueError lists the names.

    `declaration` is passed on to its firmware: `family("zstack", devices=400)` has tables for 400 devices.
    """
    found = _find(name)
    return partial(found, **declaration) if declaration else found


def _find(name: str) -> Family:
    if name in _BUILT_IN:
        module, attribute = _BUILT_IN[name]
        found: Family = getattr(import_module(module), attribute)
        return found
    others = {each.name: each for each in entry_points(group=GROUP)}
    if name not in others:
        known = ", ".join([*_BUILT_IN, *others])
        raise ValueError(f"unknown family of radios {name!r}: choose one of {known}")
    brought: Family = others[name].load()
    return brought

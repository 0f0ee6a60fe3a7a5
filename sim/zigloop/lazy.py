"""Exported names that a package loads on first use."""

import importlib
import sys
from collections.abc import Callable, Mapping


def exports(package: str, homes: Mapping[str, tuple[str, ...]]) -> Callable[[str], object]:
    """A `__getattr__` for `package` (PEP 562): `homes` has its exported names by the module that defines them.

    The command's help and the pytest plugin, which every test run on this machine loads, are fast because `import
    zigloop` loads nothing. Type checkers and IDEs read the same names from imports under TYPE_CHECKING.
    """
    home = {name: module for module, names in homes.items() for name in names}

    def load(name: str) -> object:
        if name not in home:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value: object = getattr(importlib.import_module(home[name]), name)
        setattr(sys.modules[package], name, value)  # found without this function from now on
        return value

    return load

"""Modules that are imported when they are first used.

zigpy imports an HTTP client and a JSON schema validator to download firmware. The bridge doesn't use that, and the two
cost 0.2 s and 15 MB. `importlib.util.LazyLoader` would be the standard solution, but before Python 3.12 the statement
`import NAME` already loads the module.
"""

import importlib
import sys
from types import ModuleType
from typing import Any


class _Deferred(ModuleType):
    """Placeholder for a module until one of its attributes is used."""

    def __getattr__(self, attribute: str) -> Any:
        name = self.__name__
        if sys.modules.get(name) is self:
            del sys.modules[name]
        return getattr(importlib.import_module(name), attribute)


def defer(*names: str) -> None:
    """From now on, import these modules when they are used. One that is loaded already stays."""
    for name in names:
        if name not in sys.modules:
            sys.modules[name] = _Deferred(name)

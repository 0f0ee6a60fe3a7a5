"""What nested sessions of pytest use is loaded before: they forget what is imported while they run.

So each would import it again, which takes a second or two, and zigpy can't be imported twice.
"""

from importlib import import_module

import zigloop_bridge.host  # noqa: F401
from zigloop.testing.steps import MODULES

for module in MODULES:
    import_module(module)

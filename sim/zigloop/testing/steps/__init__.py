"""The Gherkin steps: about MQTT messages, about devices and their controls, about network, host and time."""

from typing import Final

#: The modules that declare steps. Importing one costs a second of zigpy and pytest-bdd, so this package imports none.
MODULES: Final = (
    "zigloop.testing.steps.controls",
    "zigloop.testing.steps.devices",
    "zigloop.testing.steps.messages",
    "zigloop.testing.steps.network",
)

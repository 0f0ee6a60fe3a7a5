"""Encoders that aren't specific to a product or vendor."""

from dataclasses import dataclass
from typing import Any

from zigloop_bridge.converters.definition import CommandContext, NotSupportedError, Plan
from zigloop_bridge.zcl import codec as zcl


@dataclass(frozen=True)
class ReadOnly:
    """A property that can be read with /get, but not set."""

    key: str
    endpoint: int
    cluster: int
    attribute: int

    @property
    def keys(self) -> tuple[str, ...]:
        """Its one key."""
        return (self.key,)

    def set(self, key: str, value: Any, context: CommandContext) -> Plan:
        """It can't be set."""
        raise NotSupportedError

    def get(self, key: str, context: CommandContext) -> Plan:
        """Read the attribute."""
        return Plan((zcl.read(self.endpoint, self.cluster, self.attribute),))


@dataclass(frozen=True)
class BooleanAttribute:
    """A boolean property that is written to a manufacturer-specific attribute, and can't be read with /get."""

    key: str
    endpoint: int
    cluster: int
    attribute: int
    manufacturer: int

    @property
    def keys(self) -> tuple[str, ...]:
        """Its one key."""
        return (self.key,)

    def set(self, key: str, value: Any, context: CommandContext) -> Plan:
        """One write; only JSON true and false, since `"false"` is a true string."""
        if not isinstance(value, bool):
            raise ValueError(f"The {key} value must be true or false")
        write = zcl.write(
            self.endpoint, self.cluster, self.attribute, zcl.BOOLEAN, bytes([value]), manufacturer=self.manufacturer
        )
        return Plan((write,), {key: value})

    def get(self, key: str, context: CommandContext) -> Plan:
        """It can't be read."""
        raise NotSupportedError

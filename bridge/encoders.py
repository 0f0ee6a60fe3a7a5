"""Encoders that aren't one product's or one vendor's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bridge import zcl
from bridge.definition import Asked, NotSupportedError, Plan


@dataclass(frozen=True)
class ReadOnly:
    """A property that can be read with /get and not be set."""

    key: str
    endpoint: int
    cluster: int
    attribute: int

    @property
    def keys(self) -> tuple[str, ...]:
        """Its one key."""
        return (self.key,)

    def set(self, key: str, value: Any, asked: Asked) -> Plan:
        """It can't be set."""
        raise NotSupportedError

    def get(self, key: str, asked: Asked) -> Plan:
        """Read the attribute."""
        return Plan((zcl.read(self.endpoint, self.cluster, self.attribute),))

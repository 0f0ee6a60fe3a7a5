"""Attribute reporting that a host configured (ZCL 2.5.7 to 2.5.11): minimum, maximum and reportable change.

Reports go to the destinations of the cluster's bindings, and nowhere without one. Reports that firmware sends by itself
are the product's; `mark_reported` records them here, so that no value is reported twice.

Not modelled: the receiving side's timeout period.
"""

import asyncio
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from zigloop.zcl.attributes import Attribute, AttributeStore
from zigloop.zcl.owner import ClusterOwner
from zigloop.zcl.types import TYPES, Value

#: As maximum interval: never report (ZCL 2.5.7.1.6). With 0 as maximum reports follow changes alone.
NEVER: Final = 0xFFFF

#: A computed value (an energy meter's) has no moment at which it changes: it is looked at this often, in
#: seconds.
LOOK_EVERY: Final = 10.0

#: Minimum seconds from a change to its report: reports that firmware sends by itself go first.
SETTLE: Final = 0.05


@dataclass
class Configuration:
    """The reporting configuration of one attribute. Intervals in seconds; `change` only applies to analog types."""

    minimum: int
    maximum: int
    change: Value | None
    value: Value  # as last reported
    time: float  # when it was last reported, in loop time
    timer: asyncio.TimerHandle | None = field(default=None, repr=False)


class Send(Protocol):
    """Sends a report to the cluster's bindings."""

    def __call__(self, *attribute_ids: int, manufacturer: int | None) -> None: ...


class Reporting:
    """The reporting configuration of one cluster, and its timers. `send` sends a report of attributes."""

    def __init__(self, owner: ClusterOwner, attributes: AttributeStore, send: Send) -> None:
        self._owner = owner
        self._attributes = attributes
        self._send = send
        self.configured: dict[tuple[int | None, int], Configuration] = {}

    def find(self, attribute: Attribute) -> Configuration | None:
        return self.configured.get((attribute.manufacturer, attribute.id))

    def configure(self, attribute: Attribute, minimum: int, maximum: int, change: Value | None) -> None:
        """Replace the attribute's configuration; a maximum of `NEVER` takes it away."""
        key = (attribute.manufacturer, attribute.id)
        old = self.configured.pop(key, None)
        if old is not None and old.timer is not None:
            old.timer.cancel()
        if maximum != NEVER:
            value = self._attributes.get(attribute.id, attribute.manufacturer)
            self.configured[key] = Configuration(minimum, maximum, change, value, self._now())
            self._arm(attribute, self.configured[key])

    def changed(self, attribute: Attribute) -> None:
        """The attribute has a new value."""
        configuration = self.find(attribute)
        if configuration is not None:
            self._arm(attribute, configuration)

    def mark_reported(self, attribute_ids: Iterable[int], manufacturer: int | None) -> None:
        """These attributes have just been reported, for any reason: restart their intervals."""
        if not self.configured:
            return
        for attribute_id in attribute_ids:
            configuration = self.configured.get((manufacturer, attribute_id))
            if configuration is not None:
                configuration.value = self._attributes.get(attribute_id, manufacturer)
                configuration.time = self._now()
                attribute = self._attributes.find(attribute_id, manufacturer)
                assert attribute is not None
                self._arm(attribute, configuration)

    def restart(self) -> None:
        """Power is back: intervals begin now."""
        for manufacturer, attribute_id in self.configured:
            self.mark_reported([attribute_id], manufacturer)

    def reset(self) -> None:
        for configuration in self.configured.values():
            if configuration.timer is not None:
                configuration.timer.cancel()
        self.configured.clear()

    def snapshot(self) -> list[list[Any]]:
        return [[*key, each.minimum, each.maximum, each.change] for key, each in self.configured.items()]

    def restore_snapshot(self, snapshot: list[list[Any]]) -> None:
        for manufacturer, attribute_id, minimum, maximum, change in snapshot:
            attribute = self._attributes.find(attribute_id, manufacturer)
            if attribute is not None:
                self.configure(attribute, minimum, maximum, change)

    def volatile(self) -> list[list[Any]]:
        """The values that were reported last, and how many seconds ago, in the order of the configuration."""
        return [[_as_json(each.value), self._now() - each.time] for each in self.configured.values()]

    def restore_volatile(self, volatile: list[list[Any]]) -> None:
        """Restore what `volatile` returned, after `restore_snapshot`."""
        for (key, configuration), (value, before) in zip(list(self.configured.items()), volatile, strict=True):
            configuration.value, configuration.time = _from_json(value), self._now() - before
            attribute = self._attributes.find(key[1], key[0])
            assert attribute is not None
            self._arm(attribute, configuration)

    def _now(self) -> float:
        return self._owner.loop.time()

    def _arm(self, attribute: Attribute, configuration: Configuration) -> None:
        """Set the timer for when the next report is due, as things stand."""
        if configuration.timer is not None:
            configuration.timer.cancel()
            configuration.timer = None
        changed = self._reportable(attribute, configuration)
        if changed:
            due = max(configuration.time + configuration.minimum, self._now() + SETTLE)
        else:
            due = configuration.time + configuration.maximum if configuration.maximum else math.inf
            if self._attributes.is_computed(attribute):
                due = min(due, max(self._now() + LOOK_EVERY, configuration.time + configuration.minimum))
        if due < math.inf:
            delay = max(0.0, due - self._now())
            set_timer = self._owner.soon if changed else self._owner.later
            configuration.timer = set_timer(delay, self._due, attribute, configuration)

    def _due(self, attribute: Attribute, configuration: Configuration) -> None:
        # Whole timer ticks: in virtual time `due` may be reached but for a rounding error.
        silent_for = self._now() - configuration.time + 1e-6
        periodic = configuration.maximum and silent_for >= configuration.maximum
        if not periodic and not self._reportable(attribute, configuration):
            self._arm(attribute, configuration)
            return
        self._send(attribute.id, manufacturer=attribute.manufacturer)
        self.mark_reported([attribute.id], attribute.manufacturer)  # also without a binding

    def _reportable(self, attribute: Attribute, configuration: Configuration) -> bool:
        value = self._attributes.get(attribute.id, attribute.manufacturer)
        before, change = configuration.value, configuration.change
        if value == before or not TYPES[attribute.type].analog or not change:
            return value != before
        numbers = [each for each in (value, before) if not isinstance(each, bytes)]
        return isinstance(change, int | float) and abs(numbers[0] - numbers[1]) >= change


def _as_json(value: Value) -> int | float | str:
    return value.hex() if isinstance(value, bytes) else value


def _from_json(value: float | str) -> Value:
    return bytes.fromhex(value) if isinstance(value, str) else value

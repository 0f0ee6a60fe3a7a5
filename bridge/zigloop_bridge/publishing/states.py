"""The cache of device states, saved in `state.json`. Events are not state, and are never cached."""

import json
import logging
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from zigloop_bridge.converters.definition import Payload
from zigloop_bridge.publishing.patterns import matches
from zigloop_bridge.storage import Saver
from zigloop_bridge.zigbee.device import Device

LOGGER = logging.getLogger(__name__)

# Seconds from a change to the file, and between two writes at least: in a busy home something always changes, and a
# Raspberry Pi's SD card shouldn't be written every 5 s. Zigbee2MQTT writes every 5 minutes.
STATE_DELAY, STATE_INTERVAL = 5.0, 60.0
NEVER_CACHED = (
    "action",
    "action_.*",
    "button",
    "button_left",
    "button_right",
    "forgotten",
    "keyerror",
    "step_size",
    "transition_time",
    "group_list",
    "group_capacity",
    "no_occupancy_since",
    "step_mode",
    "elapsed",
    "from_side",
    "to_side",
    "illuminance_lux",
)
_NEVER_CACHED = re.compile("(?:" + "|".join(NEVER_CACHED) + r")\Z")


class States:
    """The cache, saved in the file at `path`; None saves nothing."""

    def __init__(self, path: Path | None) -> None:
        self._states: dict[str, Payload] = {}
        self._saver = Saver(path, self._text, STATE_DELAY, STATE_INTERVAL)

    def _text(self) -> str:
        """JSON with a line for each device: Python's encoder takes six times as long with an indentation."""
        lines = (f"    {json.dumps(ieee)}: {json.dumps(state)}" for ieee, state in self._states.items())
        return "{\n" + ",\n".join(lines) + "\n}\n"

    def load(self) -> None:
        """Read the file, when there is one; a broken one is logged and left."""
        path = self._saver.path
        if path is None or not path.exists():
            return
        try:
            states = json.loads(path.read_text(encoding="utf-8"))
            self._states = {str(ieee): dict(state) for ieee, state in states.items()}
        except (OSError, ValueError, TypeError, AttributeError) as error:
            LOGGER.error("%s can't be read (%s): states are unknown until devices report them", path, error)

    def flush(self) -> None:
        """Save what isn't saved yet."""
        self._saver.flush()

    def get(self, device: Device) -> Payload:
        """The state of a device, empty when unknown."""
        return self._states.get(device.ieee, {})

    def merge(self, device: Device, update: Mapping[str, Any], filtered: tuple[str, ...] = ()) -> Payload:
        """Merge an update into the cache; returns the merged state together with what is never cached."""
        old = self._states.get(device.ieee, {})
        merged = _merge(old, update)
        kept = {key: value for key, value in merged.items() if not _NEVER_CACHED.match(key)}
        if filtered:
            kept = {key: value for key, value in kept.items() if not matches(filtered, key)}
        if kept != old:
            self._states[device.ieee] = kept
            self._saver.changed()
        return merged

    def remove(self, device: Device) -> None:
        """Forget a device's state."""
        if self._states.pop(device.ieee, None) is not None:
            self._saver.changed()


def _merge(old: Mapping[str, Any], update: Mapping[str, Any]) -> Payload:
    merged = dict(old)
    for key, value in update.items():
        before = merged.get(key)
        merged[key] = _merge(before, value) if isinstance(before, dict) and isinstance(value, dict) else value
    return merged

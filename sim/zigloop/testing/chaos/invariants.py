"""What must hold of a host, its broker and the devices when the world has come to rest, whatever happened before.

Each function returns what is wrong, a sentence each.
"""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from zigloop.device.device import Device
from zigloop.testing.match import agrees
from zigloop.testing.mqtt import RequestError

if TYPE_CHECKING:
    from zigloop.testing.chaos.ledger import Ledger
    from zigloop.testing.world import World


class Rest:
    """The world at rest, as far as it can be looked at: bench on one side, MQTT on the other."""

    def __init__(self, world: "World", ledger: "Ledger", since: float, shown: dict[str, dict[str, Any]]) -> None:
        assert world.bench is not None
        self.world = world
        self.bench = world.bench
        self.ledger = ledger
        self.since = since  # loop time: since then nothing was done to it
        self.shown = shown  # by the devices' names, when they last spoke
        listed = self.retained("bridge/devices")
        entries: list[dict[str, Any]] = listed if isinstance(listed, list) else []
        info = self.retained("bridge/info")
        self._options: dict[str, dict[str, Any]] = info["config"]["devices"] if isinstance(info, dict) else {}
        self.listed = {entry["ieee_address"]: entry for entry in entries if entry["type"] != "Coordinator"}

    def adjusted(self, device: Device, key: str) -> bool:
        """Whether the host has been told to show another number than the device does."""
        options = self._options.get(_ieee(device), {})
        return f"{key}_calibration" in options or f"{key}_precision" in options

    def retained(self, topic: str) -> Any:
        """What a newcomer is told, as JSON; None: nothing."""
        message = self.world.mqtt.fetch_retained(self.world.mqtt.topic(topic))
        return None if message is None else message.json

    @property
    def in_network(self) -> list[Device]:
        """The devices that are in the radio's network, and on the air."""
        radio = self.bench.radio
        return [
            device
            for device in self.bench.devices.values()
            if device.node.announced and device.powered and device.node.membership == radio.membership
        ]

    @property
    def agreed(self) -> list[tuple[Device, str]]:
        """Those that the host knows, too, and under which name."""
        found = ((device, self.listed.get(_ieee(device))) for device in self.in_network)
        return [
            (device, entry["friendly_name"]) for device, entry in found if entry and entry.get("interview_completed")
        ]


def _ieee(device: Device) -> str:
    return f"0x{device.node.ieee:016x}"


def the_bridge_is_up(rest: Rest) -> list[str]:
    """It says that it is online, and answers."""
    wrong = []
    state = rest.retained("bridge/state")
    if state != {"state": "online"}:
        wrong.append(f"bridge/state, retained, is {json.dumps(state)}")
    try:
        health = rest.world.mqtt.request("health_check")
    except (RequestError, AssertionError):
        return [*wrong, "the bridge doesn't answer health_check"]
    return wrong if health.get("healthy") else [*wrong, f"health_check says {json.dumps(health)}"]


def the_devices_are_listed(rest: Rest) -> list[str]:
    """bridge/devices has exactly those that are in the network, as far as the host could know."""
    there = {_ieee(device): device for device in rest.in_network}
    missing = [
        f"{device.name} is in the network, and not in bridge/devices"
        for ieee, device in there.items()
        if ieee not in rest.listed and device.node.ieee in rest.ledger.let_in
    ]
    extra = [
        f"{entry['friendly_name']} is in bridge/devices, and has left the network"
        for ieee, entry in rest.listed.items()
        if ieee not in there and int(ieee, 16) in rest.ledger.gone
    ]
    return missing + extra


def states_equal_the_devices(rest: Rest) -> list[str]:
    """What was published last is what each device shows: all that it has told since, and nothing it never told."""
    wrong = []
    for device, name in rest.agreed:
        said = rest.ledger.last.get(rest.world.mqtt.topic(name))
        published = {} if said is None or not isinstance(said.json, dict) else said.json
        for key, so in rest.shown[device.name].items():
            got = published.get(key)
            if agrees(key, got, so) or rest.adjusted(device, key):
                continue
            told = rest.ledger.told(device.name, key, since=rest.since)
            if told is None or (got is not None and got not in told):
                wrong.append(f"{name} publishes {key} {json.dumps(got)}, and the device shows {json.dumps(so)}")
    return wrong


def nothing_was_lost(rest: Rest) -> list[str]:
    """Every report that the radio handed to the host is on MQTT; every command that a device confirmed took effect."""
    return rest.ledger.lost + rest.ledger.disobeyed


def all_are_available(rest: Rest) -> list[str]:
    """Who is watched and in the network is online."""
    wrong = []
    for _, name in rest.agreed:
        said = rest.retained(f"{name}/availability")
        if said is not None and said != {"state": "online"}:
            wrong.append(f"{name}/availability, retained, is {json.dumps(said)}")
    return wrong


INVARIANTS: Final[tuple[Callable[[Rest], list[str]], ...]] = (
    the_bridge_is_up,
    the_devices_are_listed,
    states_equal_the_devices,
    nothing_was_lost,
    all_are_available,
)

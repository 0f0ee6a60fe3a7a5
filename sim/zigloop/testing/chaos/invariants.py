"""Invariants of host, broker and devices that must hold at rest, after any sequence of faults.

Each function returns its violations as sentences.
"""

import json
from collections.abc import Callable
from typing import Any, Final

from zigloop.device.device import Device
from zigloop.testing.chaos.ledger import Ledger
from zigloop.testing.joining import address
from zigloop.testing.match import agrees
from zigloop.testing.mqtt import RequestError
from zigloop.testing.world import World


class AtRest:
    """The world at rest: bench and MQTT.

    `since`: loop time of the last fault or control. `expected`: the devices' states at their last heartbeat,
    by name.
    """

    def __init__(self, world: World, ledger: Ledger, since: float, expected: dict[str, dict[str, Any]]) -> None:
        assert world.bench is not None
        self.bench = world.bench
        self.mqtt = world.mqtt
        self.ledger = ledger
        self.since = since
        self.expected = expected
        listed = self.retained("bridge/devices")
        entries: list[dict[str, Any]] = listed if isinstance(listed, list) else []
        info = self.retained("bridge/info")
        self._options: dict[str, dict[str, Any]] = info["config"]["devices"] if isinstance(info, dict) else {}
        self.listed = {entry["ieee_address"]: entry for entry in entries if entry["type"] != "Coordinator"}

    def adjusted(self, device: Device, key: str) -> bool:
        """Whether an option makes the host publish another number than the device reports."""
        options = self._options.get(address(device), {})
        return f"{key}_calibration" in options or f"{key}_precision" in options

    def retained(self, topic: str) -> Any:
        """The retained message on a topic, as JSON; None without one."""
        message = self.mqtt.fetch_retained(self.mqtt.topic(topic))
        return None if message is None else message.json

    @property
    def in_network(self) -> list[Device]:
        """Devices with power in the radio's network."""
        radio = self.bench.radio
        return [
            device
            for device in self.bench.devices.values()
            if device.node.announced and device.powered and device.node.membership == radio.membership
        ]

    @property
    def known(self) -> list[tuple[Device, str]]:
        """Those of them that the host has interviewed, with their friendly names."""
        found = ((device, self.listed.get(address(device))) for device in self.in_network)
        return [
            (device, entry["friendly_name"]) for device, entry in found if entry and entry.get("interview_completed")
        ]


def the_bridge_is_up(at_rest: AtRest) -> list[str]:
    """Its retained state is online, and it answers requests."""
    wrong = []
    state = at_rest.retained("bridge/state")
    if state != {"state": "online"}:
        wrong.append(f"bridge/state, retained, is {json.dumps(state)}")
    try:
        health = at_rest.mqtt.request("health_check")
    except (RequestError, AssertionError):
        return [*wrong, "the bridge doesn't answer health_check"]
    return wrong if health.get("healthy") else [*wrong, f"health_check returns {json.dumps(health)}"]


def the_devices_are_listed(at_rest: AtRest) -> list[str]:
    """bridge/devices lists exactly the devices in the network, as far as the host could know."""
    present = {address(device): device for device in at_rest.in_network}
    missing = [
        f"{device.name} is in the network, and not in bridge/devices"
        for ieee, device in present.items()
        if ieee not in at_rest.listed and device.node.ieee in at_rest.ledger.joined
    ]
    extra = [
        f"{entry['friendly_name']} is in bridge/devices, and has left the network"
        for ieee, entry in at_rest.listed.items()
        if ieee not in present and int(ieee, 16) in at_rest.ledger.left
    ]
    return missing + extra


def states_equal_the_devices(at_rest: AtRest) -> list[str]:
    """The last published state is that of the device: every value it has reported since, and none it never reported."""
    wrong = []
    for device, name in at_rest.known:
        message = at_rest.ledger.last.get(at_rest.mqtt.topic(name))
        published = {} if message is None or not isinstance(message.json, dict) else message.json
        for key, expected in at_rest.expected[device.name].items():
            got = published.get(key)
            if agrees(key, got, expected) or at_rest.adjusted(device, key):
                continue
            possible = at_rest.ledger.possible_values(device.name, key, since=at_rest.since)
            if possible is None or (got is not None and got not in possible):
                wrong.append(f"{name} publishes {key} {json.dumps(got)}, and the device has {json.dumps(expected)}")
    return wrong


def nothing_was_lost(at_rest: AtRest) -> list[str]:
    """Every report that reached the host was published; every command that a device confirmed took effect."""
    return at_rest.ledger.lost_reports + at_rest.ledger.ignored_commands


def all_are_available(at_rest: AtRest) -> list[str]:
    """A device in the network whose availability is published is online."""
    wrong = []
    for _, name in at_rest.known:
        availability = at_rest.retained(f"{name}/availability")
        if availability is not None and availability != {"state": "online"}:
            wrong.append(f"{name}/availability, retained, is {json.dumps(availability)}")
    return wrong


INVARIANTS: Final[tuple[Callable[[AtRest], list[str]], ...]] = (
    the_bridge_is_up,
    the_devices_are_listed,
    states_equal_the_devices,
    nothing_was_lost,
    all_are_available,
)

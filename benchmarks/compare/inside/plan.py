"""The plan of a run: drawn by the old checkout, repeated by name in the new one.

A plan is JSON: devices with firmware and quirks, and actions in order. An action is `{"wait": seconds}` and one of
`"do": [name, verb, arguments]` and `"publish": [topic, payload]`.
"""

import random
from typing import Any

from . import adapter

#: Seconds between two actions, and that a fault lasts.
GAP = (0.5, 8.0)
LASTS = (3.0, 30.0)
#: Times that each control is used, with other arguments each time.
TIMES = 2
#: Share of actions that are followed by a message to the bridge.
MESSAGES = 0.5
#: Share of quirks that differ from the default; none with seed 1.
ODD = 0.25
#: Seconds: heartbeats come about once an hour; a bridge looks for its radio once a minute.
QUIET, RECOVERY, PAIRING, POWER_CUT = 4 * 3600.0, 180.0, 60.0, 600.0

Action = dict[str, Any]


def draw_devices(seed: int) -> list[dict[str, Any]]:
    """One of each product; seeds other than 1 choose firmwares and quirks."""
    rng = random.Random(f"{seed}/devices")
    found = []
    for model, product in adapter.products().items():
        firmwares, quirks = adapter.declarations(product)
        declaration: dict[str, Any] = {}
        if seed != 1:
            if rng.random() < 0.5:
                declaration["firmware"] = rng.choice(firmwares)
            declaration |= {quirk: not default for quirk, default in quirks.items() if rng.random() < ODD}
        found.append({"model": model, "name": model.lower(), "declaration": declaration})
    return found


def draw_actions(seed: int, devices: dict[str, Any], exposes: dict[str, list[dict[str, Any]]]) -> list[Action]:
    """Each control of each device, and messages to each; then leaving and pairing, a power cut, a reset of the radio.

    `exposes` by the devices' names, as in `bridge/devices`.
    """
    rng = random.Random(f"{seed}/actions")
    names = [*devices, "radio"]
    used = [(name, it) for name, device in devices.items() for it in device.controls.values() for _ in range(TIMES)]
    rng.shuffle(used)
    final = [(name, it) for name, it in used if it.verb == "pair" or (it.fault is not None and it.fault.undo is None)]
    actions: list[Action] = []
    for name, it in used:
        if (name, it) not in final:
            actions += _use(rng, name, it, names)
            if rng.random() < MESSAGES:
                actions += _message(rng, exposes)
    for name, it in final:
        actions.append({"wait": PAIRING, "publish": ["bridge/request/permit_join", {"time": 254}]})
        actions += [_do(1.0, name, it.verb, {}), _do(PAIRING, name, "pair", {})]
    for name in devices:
        actions.append(_do(PAIRING, name, "cut", {}))
    for number, name in enumerate(devices):
        actions.append(_do(0.0 if number else POWER_CUT, name, "restore", {}))
    actions.append(_do(RECOVERY, "radio", "reset", {}))
    actions.append({"wait": RECOVERY})
    for _ in range(10 * len(exposes)):
        actions += _message(rng, exposes)
    actions.append({"wait": QUIET})
    first = next(iter(devices))
    actions.append({"wait": 0.0, "publish": ["bridge/request/device/remove", {"id": first}]})
    actions.append({"wait": RECOVERY})
    return actions


def _do(wait: float, name: str, verb: str, arguments: dict[str, Any]) -> Action:
    return {"wait": wait, "do": [name, verb, arguments]}


def _use(rng: random.Random, name: str, it: Any, names: list[str]) -> list[Action]:
    """A control with random arguments; a fault is undone some time later."""
    arguments = it.some_arguments(rng, names)
    if it.fault is None:
        for optional in sorted(it.optional):
            if rng.random() < 0.5:
                arguments[optional] = it.arguments[optional].pick(rng, names)
    actions = [_do(round(rng.uniform(*GAP), 3), name, it.verb, arguments)]
    if it.fault is not None:
        actions.append(_do(round(rng.uniform(*LASTS), 3), name, it.fault.undo, {}))
    return actions


def _message(rng: random.Random, exposes: dict[str, list[dict[str, Any]]]) -> list[Action]:
    """Set or get a property of a device that has such."""
    offered = [(name, each) for name, some in exposes.items() for each in some if each["access"] & 6]
    if not offered:
        return []
    name, expose = rng.choice(offered)
    wait, key = round(rng.uniform(*GAP), 3), expose["property"]
    if expose["access"] & 2 and (not expose["access"] & 4 or rng.random() < 0.7):
        return [{"wait": wait, "publish": [f"{name}/set", {key: _value(rng, expose)}]}]
    return [{"wait": wait, "publish": [f"{name}/get", {key: ""}]}]


def _value(rng: random.Random, expose: dict[str, Any]) -> Any:
    if expose["type"] == "binary":
        return rng.choice([expose[each] for each in ("value_on", "value_off", "value_toggle") if each in expose])
    if expose["type"] == "enum":
        return rng.choice(expose["values"])
    return rng.randint(int(expose.get("value_min", 0)), int(expose.get("value_max", 100)))

"""Runs all products in virtual time and records everything on port, air and MQTT.

    python -m zigloop_compare.frames --checkout DIR --seed N --out DIR [--plan FILE] [--rename FILE]

Without a plan it draws one and writes it to `plan.json` beside the streams.
"""

import argparse
import asyncio
import json
import tempfile
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any, TextIO

from . import adapter, plan
from .client import Mqtt
from .frozen import freeze_entropy, frozen_wall_clock
from .recorder import record_port
from .renames import Renames

#: Virtual seconds.
INTERVIEW, SETTLE = 120.0, 30.0
#: Texts for people, port numbers and versions.
NOT_COMPARED = ("bridge/logging", "bridge/info")


class Streams:
    """Three files: a line for each event, the time first."""

    def __init__(self, out: Path, loop: Any) -> None:
        self._files: dict[str, TextIO] = {
            name: (out / f"{name}.txt").open("w", encoding="utf-8") for name in ("port", "air", "mqtt")
        }
        self._loop = loop
        self.lines: Counter[str] = Counter()

    def write(self, stream: str, text: str) -> None:
        self.lines[stream] += 1
        self._files[stream].write(f"{self._loop.time()!r} {text}\n")

    def on_port(self, loop: Any, direction: str, data: bytes) -> None:
        if loop is self._loop:
            self.write("port", f"{direction} {data.hex()}".rstrip())

    def on_air(self, fields: dict[str, Any]) -> None:
        plain = {key: value.hex() if isinstance(value, bytes) else value for key, value in fields.items()}
        self.write("air", json.dumps(plain))

    def on_mqtt(self, topic: str, payload: bytes) -> None:
        if not topic.endswith(NOT_COMPARED):
            self.write("mqtt", f"{topic} {payload.decode(errors='backslashreplace')}")

    def close(self) -> None:
        for file in self._files.values():
            file.close()


class Run:
    """A bench with its host and a client."""

    def __init__(self, loop: Any, bench: Any, mqtt: Mqtt, renames: Renames) -> None:
        self.loop, self.bench, self.mqtt, self.renames = loop, bench, mqtt, renames
        self.refused: list[int] = []  # numbers of actions whose control was refused

    def wait(self, seconds: float) -> None:
        self.loop.run_until_complete(asyncio.sleep(seconds))

    def join(self, device: Any) -> None:
        """Permit joining, pair, wait for the interview, rename."""
        ieee = device.state()["ieee"]

        def interviewed(topic: str, payload: Any) -> bool:
            if topic != "bridge/event" or payload["type"] != "device_interview":
                return False
            return bool(payload["data"]["ieee_address"] == ieee and payload["data"]["status"] == "successful")

        self.mqtt.publish("bridge/request/permit_join", {"time": 254})
        self.wait(1.0)
        device.do("pair")
        try:
            self.mqtt.wait_for(interviewed, INTERVIEW)
        except TimeoutError:
            raise RuntimeError(f"{device.name} has not been interviewed within {INTERVIEW:g} s") from None
        self.wait(SETTLE)
        self.mqtt.publish("bridge/request/device/rename", {"from": ieee, "to": device.name})
        self.wait(1.0)

    def exposes(self) -> dict[str, list[dict[str, Any]]]:
        """Exposes of each device, features flattened."""
        found: dict[str, list[dict[str, Any]]] = {}
        for entry in self.mqtt.last["bridge/devices"]:
            if entry.get("definition"):
                some = entry["definition"]["exposes"]
                flat = [feature for each in some for feature in each.get("features", [each])]
                found[entry["friendly_name"]] = [each for each in flat if "property" in each]
        return found

    def act(self, number: int, action: dict[str, Any]) -> None:
        self.wait(action["wait"])
        if "publish" in action:
            self.mqtt.publish(*action["publish"])
        elif "do" in action:
            name, verb, arguments = action["do"]
            it = self.bench.named(self.renames.name(name))
            verb, arguments = self.renames.control(it, verb, arguments)
            try:
                it.do(verb, **arguments)
            except Exception as error:
                if not adapter.refused(error):
                    raise
                self.refused.append(number)


def run_products(options: argparse.Namespace) -> dict[str, Any]:
    """One run; returns its figures."""
    given = json.loads(options.plan.read_text()) if options.plan else {"devices": plan.draw_devices(options.seed)}
    renames = Renames.load(options.rename)
    with (
        adapter.virtual_loop() as loop,
        frozen_wall_clock(loop),
        tempfile.TemporaryDirectory() as data,
        closing(Streams(options.out, loop)) as streams,
    ):
        record_port(streams.on_port)
        with adapter.bench(loop, options.seed) as (bench, url):
            adapter.on_air(bench, streams.on_air)
            with adapter.host(loop, url, Path(data)) as mqtt_url:
                mqtt = Mqtt(loop, mqtt_url, streams.on_mqtt)
                run = Run(loop, bench, mqtt, renames)
                for each in given["devices"]:
                    device = bench.add(each["model"], each["name"], **renames.declaration(each["declaration"]))
                    run.join(device)
                if "actions" not in given:
                    given["actions"] = plan.draw_actions(options.seed, dict(bench.devices), run.exposes())
                    (options.out / "plan.json").write_text(json.dumps(given, indent=1))
                for number, action in enumerate(given["actions"]):
                    run.act(number, action)
                mqtt.close()
        if not streams.lines["port"] or not streams.lines["air"]:
            raise RuntimeError(f"nothing was recorded, see {adapter.__name__}: {dict(streams.lines)}")
        controls = len({tuple(action["do"][:2]) for action in given["actions"] if "do" in action})
        return {
            "virtual_seconds": loop.time(),
            "actions": len(given["actions"]),
            "controls": controls,
            "refused": run.refused,
            "lines": dict(streams.lines),
        }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--checkout", type=Path, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--plan", type=Path)
    parser.add_argument("--rename", type=Path)
    options = parser.parse_args()
    adapter.require_checkout(options.checkout)
    options.out.mkdir(parents=True, exist_ok=True)
    freeze_entropy(options.seed)
    (options.out / "summary.json").write_text(json.dumps(run_products(options), indent=1))


if __name__ == "__main__":
    main()

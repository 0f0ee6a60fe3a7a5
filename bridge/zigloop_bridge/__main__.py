"""The command `zigloop bridge`."""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import sys
from pathlib import Path

from zigloop_bridge.config.rules import host_and_port
from zigloop_bridge.config.schema import EMBEDDED, Config, ConfigError


def main(arguments: list[str] | None = None) -> int:
    """Run the bridge until it is interrupted. Returns the exit code: 2 when it can't start."""
    parser = argparse.ArgumentParser(prog="zigloop bridge", description="A Zigbee to MQTT bridge on zigpy.")
    parser.add_argument(
        "--config",
        type=Path,
        default=Path("configuration.yaml"),
        metavar="FILE",
        help="configuration.yaml; its folder keeps the state",
    )
    parser.add_argument(
        "--broker", metavar="HOST:PORT", type=_address, help="run the embedded broker here, whatever mqtt.server says"
    )
    parser.add_argument(
        "--log-level", choices=("error", "warning", "info", "debug"), help="overrides advanced.log_level"
    )
    options = parser.parse_args(arguments)
    try:
        config = Config.load(options.config)
    except ConfigError as error:
        print(f"bridge: {error}", file=sys.stderr)
        return 2
    if options.broker:
        config.override("mqtt", "server", EMBEDDED)
        config.override("mqtt", "listen", options.broker)
    if options.log_level:
        config.override("advanced", "log_level", options.log_level)
    set_up_logging(config.advanced.log_level)
    return asyncio.run(_run(config))


def _address(text: str) -> str:
    try:
        host_and_port(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def set_up_logging(level: str) -> None:
    """Log to stderr; of zigpy's log only what was asked for, since it calls much a warning that isn't one."""
    logging.basicConfig(format="[%(asctime)s] %(levelname)-7s %(message)s", level=logging.INFO)
    for name in ("zigpy", "zigpy_znp", "serialx", "asyncio"):
        logging.getLogger(name).setLevel(logging.DEBUG if level == "debug" else logging.CRITICAL)


async def _run(config: Config) -> int:
    # Imported late: a wrong configuration is told at once, not after a second of imports.
    from zigloop_bridge.app import Bridge, BridgeError

    # What is loaded by now stays; the collector needn't look at it again with each sweep.
    gc.collect()
    gc.freeze()
    try:
        await Bridge(config).run()
    except BridgeError as error:
        print(f"bridge: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())

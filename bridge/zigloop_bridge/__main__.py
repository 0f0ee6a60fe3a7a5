"""The command `zigloop bridge`, also `python -m zigloop_bridge`: runs the bridge."""

import argparse
import asyncio
import gc
import logging
import sys
from pathlib import Path

from zigloop_bridge.config.file import ConfigFile
from zigloop_bridge.config.rules import host_and_port
from zigloop_bridge.config.schema import EMBEDDED
from zigloop_bridge.errors import ConfigError

PROG = "zigloop bridge"


def main(arguments: list[str]) -> int:
    """Run the bridge until it is interrupted. Returns the exit code: 2 when it can't start."""
    parser = argparse.ArgumentParser(prog=PROG, description="A Zigbee to MQTT bridge on zigpy.")
    parser.add_argument(
        "--config",
        type=Path,
        default=Path("configuration.yaml"),
        metavar="FILE",
        help="configuration.yaml; state is kept in its folder",
    )
    parser.add_argument(
        "--broker",
        metavar="HOST:PORT",
        type=_address,
        help="run the embedded broker at this address, and ignore mqtt.server",
    )
    parser.add_argument(
        "--log-level", choices=("error", "warning", "info", "debug"), help="overrides advanced.log_level"
    )
    options = parser.parse_args(arguments)
    try:
        file = ConfigFile.load(options.config)
    except ConfigError as error:
        print(f"{PROG}: {error}", file=sys.stderr)
        return 2
    if options.broker:
        file.override("mqtt", "server", EMBEDDED)
        file.override("mqtt", "listen", options.broker)
    if options.log_level:
        file.override("advanced", "log_level", options.log_level)
    set_up_logging(file.config.advanced.log_level)
    return asyncio.run(_run(file))


def _address(text: str) -> str:
    try:
        host_and_port(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def set_up_logging(level: str) -> None:
    """Log to stderr. zigpy's log only at level debug: many of its warnings are none."""
    logging.basicConfig(format="[%(asctime)s] %(levelname)-7s %(message)s", level=logging.INFO)
    for name in ("zigpy", "zigpy_znp", "serialx", "asyncio"):
        logging.getLogger(name).setLevel(logging.DEBUG if level == "debug" else logging.CRITICAL)


async def _run(file: ConfigFile) -> int:
    # Imported late: a wrong configuration is reported at once, not after a second of imports.
    from zigloop_bridge.app import Bridge, BridgeError

    # Everything loaded so far stays loaded, so the garbage collector needn't scan it again.
    gc.collect()
    gc.freeze()
    try:
        await Bridge(file).run()
    except BridgeError as error:
        print(f"{PROG}: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

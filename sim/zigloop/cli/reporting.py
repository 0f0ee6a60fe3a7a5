"""What `zigloop serve` prints while it runs, apart from the prompt."""

import logging

from zigloop.bench import Bench
from zigloop.cli.output import say
from zigloop.events import DeviceAnnounced, DeviceLeft, PortFrame


def print_device_events(bench: Bench) -> None:
    """Print when a device joins or leaves its network."""

    def line(ieee: int, text: str) -> None:
        device = next(each for each in bench.devices.values() if each.node.ieee == ieee)
        say(f"{device.name} (0x{ieee:016x}) {text}")

    bench.events.subscribe(DeviceAnnounced, lambda event: line(event.ieee, f"joined as 0x{event.nwk:04x}"))
    bench.events.subscribe(
        DeviceLeft, lambda event: line(event.ieee, "left its network; the control pair makes it look for one")
    )


def print_frames(bench: Bench) -> None:
    """Print each frame between host and radio."""
    bench.events.subscribe(PortFrame, lambda event: say(event.text))


def print_radio_log() -> None:
    """Print the radio's log, such as hosts that connect and requests that are refused, but not each attempt to join."""
    for name, level in (("zigloop.radio", logging.INFO), ("zigloop.coordinator", logging.WARNING)):
        logger = logging.getLogger(name)
        logger.addHandler(_Printer())
        logger.setLevel(level)


class _Printer(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        say(f"radio    {record.getMessage()}")

"""Virtual Zigbee devices behind a fake radio.

A `Bench` assembles a clock, the air, a radio and devices. Any host (Zigbee2MQTT, ZHA, zigpy-cli, your own) opens the
port that it serves, as if a dongle were plugged in. What a person or the world does to a device is a *control*.

    >>> from zigloop import VIRTUAL, Bench, clock_loop
    >>> async def scene() -> None:
    ...     async with Bench(seed=7) as bench:
    ...         port = await bench.serve_tcp()  # a host opens port.url: socket://127.0.0.1:…
    ...         plug = bench.add("ZNCZ02LM", "plug")
    ...         plug.command("press")  # a control, as typed at the prompt
    ...         plug.do("draw", watts=42)  # another one, called with Python arguments
    ...         print(plug.state()["on"], plug.state()["power"], "W")
    >>> with clock_loop(VIRTUAL) as loop:  # time jumps to the next timer; 1 is real time, 60 a minute a second
    ...     loop.run_until_complete(scene())
    True 42.0 W

| to | use |
|---|---|
| assemble a bench, choose how its time runs | `Bench`, `clock_loop`, `ClockLoop`, `VIRTUAL` |
| declare another radio | `family`, as in `Bench(radio=family("zstack", devices=400))` |
| look up the products that it can hold | `PRODUCTS` by model; `Product` and `Quirk` describe each |
| use the controls of a device, or of radio, line and air | `Device` and `Part`: `controls`, `do`, `command` |
| handle a control that was refused | `ControlError`; its message explains what is allowed |
| define controls for a class | `control`, `fault`, `Number`, `Choice` (`zigloop.controls` has an example) |
| follow what happens | `bench.events`, by the kinds of `zigloop.events` |
| pass the radio's address to a host | `TcpPort` and `PtyPort`, which `serve_tcp` and `serve_pty` return |

`zigloop.controls` has everything that defines controls, `zigloop.events` the kinds of events, `zigloop.products` the
products as types, and `zigloop.testing` pytest fixtures and Gherkin steps. Anything that none of these five exports may
change at any time.
"""

from typing import TYPE_CHECKING

__all__ = [
    "PRODUCTS",
    "VIRTUAL",
    "Bench",
    "Choice",
    "ClockLoop",
    "ControlError",
    "Device",
    "Number",
    "Part",
    "Product",
    "PtyPort",
    "Quirk",
    "TcpPort",
    "clock_loop",
    "control",
    "family",
    "fault",
]

if TYPE_CHECKING:
    from zigloop.bench import Bench
    from zigloop.clock import VIRTUAL, ClockLoop, clock_loop
    from zigloop.controls import Choice, ControlError, Number, Part, control, fault
    from zigloop.device.device import Device
    from zigloop.device.product import Product, Quirk
    from zigloop.device.registry import PRODUCTS
    from zigloop.radio.families import family
    from zigloop.radio.port import PtyPort, TcpPort
else:
    from zigloop.lazy import exports

    __getattr__ = exports(
        __name__,
        {
            "zigloop.bench": ("Bench",),
            "zigloop.clock": ("VIRTUAL", "ClockLoop", "clock_loop"),
            "zigloop.controls": ("Choice", "ControlError", "Number", "Part", "control", "fault"),
            "zigloop.device.device": ("Device",),
            "zigloop.device.product": ("Product", "Quirk"),
            "zigloop.device.registry": ("PRODUCTS",),
            "zigloop.radio.families": ("family",),
            "zigloop.radio.port": ("PtyPort", "TcpPort"),
        },
    )

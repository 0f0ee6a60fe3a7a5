"""The test kit: pytest fixtures and Gherkin steps.

Tests reach a host only through MQTT and a device only through its controls, so they run unchanged on our bridge,
on real Zigbee2MQTT (`--host zigbee2mqtt`) and, if they use no controls, on a real dongle (`--radio /dev/ttyUSB0`).

pytest finds the fixtures by itself; imports are only needed for annotations:

    from zigloop import Bench
    from zigloop.testing import Host, Mqtt, World

    def test_its_button_switches_it(bench: Bench, host: Host, mqtt: Mqtt, world: World) -> None:
        plug = bench.add("ZNCZ02LM", "plug")
        world.join(plug)
        plug.press()
        mqtt.eventually("plug", {"state": "ON"})
        host.restart()
        mqtt.publish("plug/set", {"state": "TOGGLE"})
        mqtt.eventually("plug", {"state": "OFF"})

| fixture | type | |
|---|---|---|
| `bench` | `zigloop.Bench` | the bench, without devices when a test begins |
| `host` | `Host` | the host under test, online |
| `mqtt` | `Mqtt` | publish and request, and assertions on each `Message` since the last stimulus |
| `world` | `World` | bench, host and MQTT together: let a device join, let time pass |

A request that the host refuses raises `RequestError`. A failing test is reported with its
`Timeline` (`world.timeline`); without the fixtures, `Mqtt` only takes a loop, and has a timeline of its messages.

To add a host, write a class with `Host`'s members, and a `HostFactory` named by an entry point of the group
`zigloop.hosts`. The factory raises `HostUnavailable` when the host isn't installed, and pytest ends with that line. A
host of which there are versions also has the members of `InstallableHost`. A host that starts a broker offers it as
`Broker`; one that runs in the bench's event loop can be an `InProcessHost`, which chaos requires, and a `KeepingHost`,
so that a device needn't join in each test.
"""

from typing import TYPE_CHECKING

__all__ = [
    "Broker",
    "Host",
    "HostFactory",
    "HostUnavailable",
    "InProcessHost",
    "InstallableHost",
    "KeepingHost",
    "Message",
    "Mqtt",
    "RequestError",
    "Timeline",
    "World",
]

if TYPE_CHECKING:
    from zigloop.testing.hosts import (
        Broker,
        Host,
        HostFactory,
        HostUnavailable,
        InProcessHost,
        InstallableHost,
        KeepingHost,
    )
    from zigloop.testing.message import Message
    from zigloop.testing.mqtt import Mqtt, RequestError
    from zigloop.testing.timeline import Timeline
    from zigloop.testing.world import World
else:
    from zigloop.lazy import exports

    __getattr__ = exports(
        __name__,
        {
            "zigloop.testing.hosts": (
                "Broker",
                "Host",
                "HostFactory",
                "HostUnavailable",
                "InProcessHost",
                "InstallableHost",
                "KeepingHost",
            ),
            "zigloop.testing.message": ("Message",),
            "zigloop.testing.mqtt": ("Mqtt", "RequestError"),
            "zigloop.testing.timeline": ("Timeline",),
            "zigloop.testing.world": ("World",),
        },
    )

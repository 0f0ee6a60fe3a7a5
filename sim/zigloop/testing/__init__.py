"""The test kit: pytest fixtures and Gherkin steps.

It touches a host only through MQTT and a device only through its controls, so the same tests run on our bridge,
on real Zigbee2MQTT (`--host zigbee2mqtt`) and, where no control is needed, on a real dongle (`--radio /dev/ttyUSB0`).

pytest finds the fixtures by itself; only annotations need an import:

    from zigloop import Bench
    from zigloop.testing import Host, Mqtt, World

    def test_its_button_switches_it(bench: Bench, host: Host, mqtt: Mqtt, world: World) -> None:
        plug = bench.add("ZNCZ02LM", "plug")
        world.join(plug)
        plug.do("press")
        mqtt.eventually("plug", {"state": "ON"})
        host.restart()
        mqtt.publish("plug/set", {"state": "TOGGLE"})
        mqtt.eventually("plug", {"state": "OFF"})

| fixture | type | |
|---|---|---|
| `bench` | `zigloop.Bench` | the bench, without devices when a test begins |
| `host` | `Host` | the host under test, online |
| `mqtt` | `Mqtt` | publish and request, and assertions on each `Message` since the last stimulus |
| `world` | `World` | all three: let a device join, let time pass |

A request that the host refuses raises `RequestError`. Without the fixtures, `Mqtt` takes a loop and a `Journal`, which
keeps the last messages for the report of a failure.

A host of your own is a class with `Host`'s members, found through a `HostFactory` that an entry point of the group
`zigloop.hosts` names. It raises `HostUnavailable` when it isn't installed; the tests are skipped then. A host that
brings a broker offers it as `Broker`; one that lives in the bench's event loop can be an `InProcessHost`, which chaos
needs.
"""

from typing import TYPE_CHECKING

__all__ = [
    "Broker",
    "Host",
    "HostFactory",
    "HostUnavailable",
    "InProcessHost",
    "Journal",
    "Message",
    "Mqtt",
    "RequestError",
    "World",
]

if TYPE_CHECKING:
    from zigloop.testing.hosts import Broker, Host, HostFactory, HostUnavailable, InProcessHost
    from zigloop.testing.journal import Journal
    from zigloop.testing.mqtt import Message, Mqtt, RequestError
    from zigloop.testing.world import World
else:
    from zigloop.lazy import exports

    __getattr__ = exports(
        __name__,
        {
            "zigloop.testing.hosts": ("Broker", "Host", "HostFactory", "HostUnavailable", "InProcessHost"),
            "zigloop.testing.journal": ("Journal",),
            "zigloop.testing.mqtt": ("Message", "Mqtt", "RequestError"),
            "zigloop.testing.world": ("World",),
        },
    )

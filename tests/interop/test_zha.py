"""Real ZHA with its quirks, as Home Assistant uses it."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from zigloop.bench import Bench
from zigloop.clock import ClockLoop, clock_loop
from zigloop.device.device import Device
from zigloop.events import DeviceLeft
from zigloop.radio import TcpPort
from zigloop.testing.world import missing

Event = Callable[[Any], None]


class Home:
    """A bench, and ZHA's gateway on its port."""

    def __init__(self, loop: ClockLoop, bench: Bench, port: TcpPort, database: Path) -> None:
        self.loop, self.bench, self.port, self.database = loop, bench, port, database
        self.gateway: Any = None
        self.events: list[Any] = []  # of the gateway since it started

    def run(self, coroutine: Any, within: float = 10) -> Any:
        async def limited() -> Any:
            async with asyncio.timeout(within):
                return await coroutine

        return self.loop.run_until_complete(limited())

    def start(self) -> None:
        """As the integration's `async_setup_entry`, and its steps after the platforms are set up."""
        import zhaquirks
        from zha.application.gateway import Gateway
        from zha.application.helpers import CoordinatorConfiguration, QuirksConfiguration, ZHAConfiguration, ZHAData
        from zhaquirks.legacy import handle_message_from_uninitialized_sender

        config = ZHAConfiguration(
            coordinator_configuration=CoordinatorConfiguration(path=self.port.url, radio_type="znp"),
            quirks_configuration=QuirksConfiguration(
                setup_function=zhaquirks.setup, uninitialized_packet_handler=handle_message_from_uninitialized_sender
            ),
        )

        async def start() -> None:
            self.gateway = await Gateway.async_from_config(
                ZHAData(config=config, zigpy_config={"database_path": str(self.database)})
            )
            self.events = []
            self.gateway.on_all_events(self.events.append)
            await self.gateway.async_initialize()
            await self.gateway.async_initialize_devices_and_entities()

        self.run(start(), within=30)

    def stop(self) -> None:
        if self.gateway is not None:
            gateway, self.gateway = self.gateway, None
            self.run(gateway.shutdown())

    def eventually(
        self, condition: Callable[[], bool], subscribe: Callable[[Event], Callable[[], None]], within: float = 10
    ) -> None:
        """Run until `condition`, which is checked again at each event of `subscribe`."""

        async def wait() -> None:
            happened = asyncio.Event()
            unsubscribe = subscribe(lambda _: happened.set())
            try:
                while not condition():
                    await happened.wait()
                    happened.clear()
            finally:
                unsubscribe()

        self.run(wait(), within)

    def join(self, name: str, **declaration: Any) -> None:
        from zha.application.gateway import DevicePairingStatus

        device = self.bench.add("ZNCZ02LM", name, **declaration)
        self.run(self.gateway.application_controller.permit(60))
        initialized: list[Any] = []

        def subscribe(listener: Event) -> Callable[[], None]:
            def event(it: Any) -> None:
                if it.device_info.pairing_status is DevicePairingStatus.INITIALIZED:
                    initialized.append(it.device_info.ieee)
                    listener(it)

            return self.gateway.on_event("device_fully_initialized", event)

        device.do("pair")
        self.eventually(lambda: ieee(device) in initialized, subscribe)

    def __getitem__(self, name: str) -> Any:
        """ZHA's device for one on the bench."""
        return self.gateway.devices[ieee(self.bench[name])]

    def entity(self, kind: str, name: str = "plug") -> Any:
        """The device's only entity of a class."""
        (entity,) = (each for each in self[name].platform_entities.values() if type(each).__name__ == kind)
        return entity

    def shows(self, kind: str, name: str = "plug", **expected: Any) -> None:
        """Eventually the entity's state is this."""
        entity = self.entity(kind, name)

        def seen() -> bool:
            return all(getattr(entity.state, key) == value for key, value in expected.items())

        try:
            self.eventually(seen, lambda listener: entity.on_event("state_changed", listener))
        except TimeoutError:
            raise AssertionError(f"{kind} of {name} should show {expected}, not {entity.state}") from None


def ieee(device: Device) -> Any:
    from zigpy.types import EUI64

    return EUI64.deserialize(device.node.ieee.to_bytes(8, "little"))[0]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A network that ZHA has formed on a blank radio, with a plug that it has let in."""
    try:
        import zha  # noqa: F401
        import zhaquirks  # noqa: F401
    except ImportError:
        missing("ZHA isn't installed: it wants a zigpy of its own, so run `tox -e zha`")
    with ExitStack() as stack:
        loop = stack.enter_context(clock_loop())
        asyncio.set_event_loop(loop)
        stack.callback(asyncio.set_event_loop, None)
        bench = Bench(loop)
        stack.callback(lambda: loop.run_until_complete(bench.close()))
        port = loop.run_until_complete(bench.serve_tcp())
        home = Home(loop, bench, port, tmp_path_factory.mktemp("zha") / "zigbee.db")
        stack.callback(home.stop)
        home.start()
        home.join("plug")
        yield home


def test_the_quirk_and_the_entities(home: Home) -> None:
    plug = home["plug"]
    assert (plug.manufacturer, plug.model, plug.quirk_class) == (
        "LUMI",
        "lumi.plug",
        "zhaquirks.xiaomi.aqara.plug:Plug2",
    )
    assert plug.available
    assert plug.is_mains_powered
    # RSSI, LQI, identify and OTA come with every device. 0x0B04 and 0x0702 are the quirk's.
    assert {(key[0].value, key[1].removeprefix(f"{plug.ieee}-"), type(entity).__name__)
            for key, entity in plug.platform_entities.items()} >= {
        ("switch", "1", "Switch"),
        ("sensor", "1-2820", "ElectricalMeasurementActivePower"),
        ("sensor", "1-2820-rms_voltage", "ElectricalMeasurementRMSVoltage"),
        ("sensor", "1-1794-summation_delivered", "SmartEnergySummation"),
        ("sensor", "1-2", "DeviceTemperature"),
        ("binary_sensor", "100-15", "BinaryInput"),
    }  # fmt: skip
    units = {
        kind: home.entity(kind).state.unit for kind in ("ElectricalMeasurementActivePower", "SmartEnergySummation")
    }
    assert units == {"ElectricalMeasurementActivePower": "W", "SmartEnergySummation": "kWh"}


def test_switching(home: Home) -> None:
    switch, plug = home.entity("Switch"), home.bench["plug"]
    home.run(switch.async_turn_on())
    assert plug.state()["on"] is True
    assert switch.state.is_on
    home.run(switch.async_turn_off())
    assert plug.state()["on"] is False
    assert not switch.state.is_on


def test_button_and_load(home: Home) -> None:
    plug = home.bench["plug"]
    home.run(home.entity("Switch").async_turn_off())
    plug.do("draw", watts=42)
    plug.do("press")
    home.shows("Switch", is_on=True)
    home.shows("ElectricalMeasurementActivePower", native_value=42)
    plug.do("press")
    home.shows("Switch", is_on=False)
    home.shows("ElectricalMeasurementActivePower", native_value=0)
    plug.do("draw", watts=0)


def test_heartbeat(home: Home) -> None:
    plug = home.bench["plug"]
    plug.do("heat", celsius=40)
    plug.do("meter", kwh=1.5)
    plug.do("heartbeat")
    home.shows("DeviceTemperature", native_value=40)
    home.shows("SmartEnergySummation", native_value=1.5)
    assert home.entity("ElectricalMeasurementRMSVoltage").state.native_value == 0


def test_a_restart_resumes(home: Home) -> None:
    """Network and plug are kept, and the state is read again."""
    plug = home.bench["plug"]
    home.run(home.entity("Switch").async_turn_off())
    network = home.gateway.state.network_info
    before = (network.extended_pan_id, network.pan_id, network.channel, network.network_key.key)
    home.stop()
    plug.do("press")
    home.start()
    network = home.gateway.state.network_info
    assert (network.extended_pan_id, network.pan_id, network.channel, network.network_key.key) == before
    assert home["plug"].quirk_class == "zhaquirks.xiaomi.aqara.plug:Plug2"
    home.shows("Switch", is_on=True)
    home.run(home.entity("Switch").async_turn_off())
    assert plug.state()["on"] is False
    assert not [event for event in home.events if event.event in ("device_joined", "raw_device_initialized")]


def test_topology(home: Home) -> None:
    """Coordinator and plug are neighbours in the same network."""
    topology = home.gateway.application_controller.topology
    home.run(topology.scan(), within=20)
    network = home.gateway.state.network_info.extended_pan_id
    coordinator, plug = home.gateway.state.node_info.ieee, home["plug"].ieee
    seen = {
        (viewer, neighbor.ieee, neighbor.extended_pan_id)
        for viewer, neighbors in topology.neighbors.items()
        for neighbor in neighbors
    }
    assert seen == {(coordinator, plug, network), (plug, coordinator, network)}
    assert [each.ieee for each in home["plug"].extended_device_info.neighbors] == [coordinator]


def test_another_firmware_joins_and_leaves(home: Home) -> None:
    """This one reports its voltage. Removed from ZHA, it leaves, and the first plug stays."""
    home.join("old", firmware="02-28-2017")
    old = home.bench["old"]
    try:
        assert home["old"].quirk_class == "zhaquirks.xiaomi.aqara.plug:Plug2"
        old.do("mains", volts=231)
        old.do("heartbeat")
        home.shows("ElectricalMeasurementRMSVoltage", "old", native_value=231)

        def subscribe(listener: Event) -> Callable[[], None]:
            return home.bench.events.subscribe(DeviceLeft, listener)

        home.run(home.gateway.async_remove_device(ieee(old)))
        home.eventually(lambda: not old.state()["joined"], subscribe)
        assert ieee(old) not in home.gateway.devices
        assert ieee(home.bench["plug"]) in home.gateway.devices
        assert home.bench["plug"].state()["joined"] is True
    finally:
        home.bench.remove("old")

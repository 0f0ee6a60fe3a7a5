"""WSDCGQ11LM: Aqara temperature, humidity and pressure sensor, `lumi.weather`.

Not modelled: thermal delay (the chip measures a new temperature at once), finer reports for Lumi's own hub
(com.xiaomi-mi-zigbee#83). ASSUMPTION: its reports can't be configured.
"""

from typing import Any, Final

from zigloop.controls.arguments import Number
from zigloop.controls.control import control
from zigloop.device.product import Product, Quirk
from zigloop.lumi.battery import BatteryDevice
from zigloop.lumi.device import INTRODUCTION
from zigloop.lumi.quirks import INTRODUCES_ITSELF, SLEEPS
from zigloop.lumi.reports import ChangeReport
from zigloop.lumi.structure import IN_BASIC_UNMARKED, MANUFACTURER, NODE_MANUFACTURER, OLDER_BLOCK, Entry
from zigloop.node.descriptor import NodeDescriptor
from zigloop.zcl.attributes import Attribute
from zigloop.zcl.cluster import ClusterDeclaration
from zigloop.zcl.clusters.basic import BASIC, BATTERY, basic
from zigloop.zcl.clusters.groups import GROUPS
from zigloop.zcl.clusters.identify import identify
from zigloop.zcl.clusters.measurement import (
    HUMIDITY_MEASUREMENT,
    MEASURED_VALUE,
    PRESSURE_MEASUREMENT,
    SCALE,
    SCALED_VALUE,
    TEMPERATURE_MEASUREMENT,
    humidity_measurement,
    pressure_measurement,
    temperature_measurement,
)
from zigloop.zcl.endpoint import EndpointDeclaration
from zigloop.zcl.types import CHARACTER_STRING, INT16, INT32, UINT16, UINT40

#: Lumi's own cluster, whose attributes are not known.
UNKNOWN: Final = 0xFFFF

#: It reports all three when one has moved this far since it last did: 0.5 °C and 6 % (zigbee2mqtt#327,
#: node-xiaomi-smart-home#11), and 1 hPa (that pressure counts: deconz-rest-plugin#42. ASSUMPTION: how much).
STEPS: Final = (50, 600, 100)
#: Minimum seconds between two reports. ASSUMPTION: users with Lumi's hub see one each 5 s (com.xiaomi-mi-zigbee#83).
REPORT_INTERVAL: Final = 5.0

BROKEN_CHIP: Final = Quirk(
    "broken_chip",
    "its measuring chip fails: it reports -100 °C and a humidity of 0xFF9C, while the pressure is right",
    "zha-device-handlers#3844, zigbee2mqtt#798",
    default=False,
)
_BROKEN_TEMPERATURE, _BROKEN_HUMIDITY = -10_000, 0xFF9C

#: °C: hosts take a temperature this far from freezing for a failing chip's (zigbee2mqtt#798), and don't publish it.
DISBELIEVED: Final = 65.0

product = Product(
    model="WSDCGQ11LM",
    vendor="Xiaomi",
    description="Aqara temperature, humidity and pressure sensor",
    zigbee_model="lumi.weather",
    nickname="sensor",
    # zha-device-handlers#1765. ASSUMPTION: the power descriptor, lumi.sensor_switch.aq3's (sprut/Hub#163).
    node=NodeDescriptor(logical_type=2, capability=0x80, manufacturer=NODE_MANUFACTURER, power=0xC440),
    manufacturers=(MANUFACTURER,),
    ieee_block=OLDER_BLOCK,
    firmwares=("20191205", "20161129"),  # zigbee2mqtt#22491; deconz-rest-plugin's tests in home-assistant/core
    quirks=(INTRODUCES_ITSELF, SLEEPS, BROKEN_CHIP),
)


class WeatherSensor(BatteryDevice):
    """A sensor that reports the weather: after a change, when its button is pressed, and in its heartbeat."""

    product = product
    heartbeat_place = IN_BASIC_UNMARKED
    battery_range = (2850, 3000)  # herdsman-converters of then (3V_2850_3000) and today

    def endpoints(self) -> tuple[EndpointDeclaration, ...]:
        """Endpoint, device, clusters and versions of zigbee2mqtt#22491.

        Older ones, as in zigate.fr's dump, have the device id 0x5F01. ASSUMPTION: those with the older date code.
        """
        return (
            EndpointDeclaration(
                1,
                device_id=0x0302 if self.firmware == "20191205" else 0x5F01,
                device_version=1,
                servers=(
                    basic(
                        IN_BASIC_UNMARKED.declaration(),
                        Attribute(0x4000, CHARACTER_STRING, b"3000-0001"),  # software build
                        model="lumi.weather",
                        manufacturer="LUMI",
                        date_code=self.firmware,
                        power_source=BATTERY,
                        zcl_version=1,
                        application_version=5,
                        stack_version=2,
                        hardware_version=30,
                    ),
                    identify(),
                    ClusterDeclaration(UNKNOWN),
                    temperature_measurement(),
                    pressure_measurement(),
                    humidity_measurement(),
                ),
                clients=(BASIC, GROUPS, UNKNOWN),
            ),
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        servers = self.node.endpoints[1].servers
        self._clusters = [servers[each] for each in (TEMPERATURE_MEASUREMENT, HUMIDITY_MEASUREMENT)]
        self._pressure_cluster = servers[PRESSURE_MEASUREMENT]
        #: The weather: °C, % and hPa.
        self.celsius, self.percent, self.hectopascals = 21.0, 50.0, 1013.0
        self._reported = self._weather
        self._report = ChangeReport(self.node, self._send, interval=REPORT_INTERVAL)
        temperature, humidity = self._clusters
        temperature.attributes.computed(MEASURED_VALUE, lambda: self._temperature)
        humidity.attributes.computed(MEASURED_VALUE, lambda: self._humidity)
        # It truncates the pressure instead of rounding it: 9986 and 998 in doudz/homeassistant-zigate#63.
        self._pressure_cluster.attributes.computed(MEASURED_VALUE, lambda: self._pascals // 100)
        self._pressure_cluster.attributes.computed(SCALED_VALUE, lambda: self._pascals // 10)

    # What it measures

    @property
    def _weather(self) -> tuple[int, int, int]:
        return self._temperature, self._humidity, self._pascals

    @property
    def _temperature(self) -> int:
        """0.01 °C."""
        return _BROKEN_TEMPERATURE if self.has(BROKEN_CHIP) else round(self.celsius * 100)

    @property
    def _humidity(self) -> int:
        """0.01 %."""
        return _BROKEN_HUMIDITY if self.has(BROKEN_CHIP) else round(self.percent * 100)

    @property
    def _pascals(self) -> int:
        return round(self.hectopascals * 100)

    def state(self) -> dict[str, Any]:
        return super().state() | {
            "temperature": self.celsius,
            "humidity": self.percent,
            "pressure": self.hectopascals,
        }

    def expected_state(self) -> dict[str, Any]:
        measured = {"humidity": self._humidity / 100}
        if abs(self._temperature / 100) < DISBELIEVED:
            measured["temperature"] = self._temperature / 100
        return (
            super().expected_state()
            | ({} if self.has(BROKEN_CHIP) else measured)
            | {
                "pressure": self._pascals / 100,
                "battery": self.battery.percent,
                "voltage": self.battery.millivolts,
            }
        )

    def snapshot(self) -> dict[str, Any]:
        """Includes the weather, so that a resumed bench is unchanged."""
        return super().snapshot() | {"weather": [self.celsius, self.percent, self.hectopascals]}

    def restore_snapshot(self, snapshot: dict[str, Any]) -> None:
        self.celsius, self.percent, self.hectopascals = snapshot["weather"]
        self._reported = self._weather
        super().restore_snapshot(snapshot)

    def volatile(self) -> dict[str, Any]:
        return super().volatile() | {"report": self._report.volatile()}

    def restore_volatile(self, it: dict[str, Any]) -> None:
        super().restore_volatile(it)
        self._report.restore_volatile(it["report"])

    # Its reports

    def heartbeat_entries(self) -> list[Entry]:
        """In the order of zha-device-handlers#3844."""
        return [
            (0x01, UINT16, self.battery.millivolts),
            (0x04, UINT16, 0x13A8),  # 0x04, 0x05, 0x06: not known; values of dumps (home-assistant/core#43689)
            (0x05, UINT16, 12),
            (0x06, UINT40, 1),
            (0x64, INT16, self._temperature),
            (0x65, UINT16, self._humidity),
            (0x66, INT32, self._pascals),
            (0x0A, UINT16, 0x0000),  # its parent's short address; the radio is
        ]

    def joined_network(self) -> None:
        """ASSUMPTION: after its model it reports the weather."""
        super().joined_network()
        self.node.soon(INTRODUCTION, self._report.changed)

    def wake(self) -> None:
        """The button makes it report the weather, too (node-xiaomi-smart-home#11, zigbee2mqtt#3603)."""
        super().wake()
        if self.powered:
            self._report.now()

    def _send(self) -> None:
        """All three, one after the other (the capture of first-contributions#36859)."""
        self._reported = self._weather
        for cluster in self._clusters:
            self.send_report(cluster, MEASURED_VALUE)
        self.send_report(self._pressure_cluster, MEASURED_VALUE, SCALE, SCALED_VALUE)

    def _weather_changed(self) -> None:
        if any(
            abs(now - reported) >= step
            for now, reported, step in zip(self._weather, self._reported, STEPS, strict=True)
        ):
            self._report.changed()

    # Controls

    @control("it is {celsius} °C at {name}", celsius=Number(-100, 100, "°C"))
    def temperature(self, celsius: float) -> None:
        """Set the air temperature; it reports changes of 0.5 °C."""
        self.celsius = celsius
        self._weather_changed()

    @control("the humidity at {name} is {percent} %", percent=Number(0, 100, "%"))
    def humidity(self, percent: float) -> None:
        """Set the relative humidity; it reports changes of 6 %."""
        self.percent = percent
        self._weather_changed()

    @control("the pressure at {name} is {hectopascals} hPa", hectopascals=Number(300, 1100, "hPa"))
    def pressure(self, hectopascals: float) -> None:
        """Set the air pressure; it reports changes of 1 hPa."""
        self.hectopascals = hectopascals
        self._weather_changed()

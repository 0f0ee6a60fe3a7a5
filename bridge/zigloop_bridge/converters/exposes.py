"""Exposes: the properties of a device, as Zigbee2MQTT's `bridge/devices` describes them.

`access` is a sum: 1 published in the state, 2 can be set, 4 can be read with /get. A specific type (switch,
lock …) has features instead of an access of its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

STATE, SET, GET = 1, 2, 4
STATE_SET, STATE_GET, ALL = STATE | SET, STATE | GET, STATE | SET | GET

Literal = str | bool | int


@dataclass(frozen=True, slots=True, kw_only=True)
class Expose:
    """One property, or a specific type with its features."""

    type: str
    name: str = ""
    access: int = STATE
    description: str = ""
    label: str = ""
    endpoint: str | None = None
    category: str | None = None
    unit: str | None = None
    value_min: float | None = None
    value_max: float | None = None
    value_step: float | None = None
    value_on: Literal | None = None
    value_off: Literal | None = None
    value_toggle: Literal | None = None
    values: tuple[str, ...] = ()
    features: "tuple[Expose, ...]" = ()

    @property
    def property(self) -> str:
        """The key in the payload: the name, and the endpoint's name when there is one."""
        return f"{self.name}_{self.endpoint}" if self.endpoint else self.name

    def at(self, endpoint: str) -> "Expose":
        """The same on a named endpoint: `switch().at("l1")` is `state_l1`."""
        return replace(self, endpoint=endpoint, features=tuple(f.at(endpoint) for f in self.features))

    def to_json(self) -> dict[str, Any]:
        """As it stands in `bridge/devices`."""
        if self.features:
            out: dict[str, Any] = {"type": self.type, "features": [each.to_json() for each in self.features]}
            if self.endpoint:
                out["endpoint"] = self.endpoint
            return out
        out = {
            "type": self.type,
            "name": self.name,
            "label": self.label or self.name.replace("_", " ").capitalize(),
            "property": self.property,
            "access": self.access,
        }
        if self.values:
            out["values"] = list(self.values)
        for key in (
            "description",
            "endpoint",
            "category",
            "unit",
            "value_min",
            "value_max",
            "value_step",
            "value_on",
            "value_off",
            "value_toggle",
        ):
            value = getattr(self, key)
            if value is not None and value != "":
                out[key] = value
        return out

    def accepts(self, value: object) -> bool:
        """Whether `value` may be published for this property."""
        if self.type == "binary":
            return any(
                value is literal or (value == literal and type(value) is type(literal))
                for literal in (self.value_on, self.value_off)
            )
        if self.type == "numeric":
            if isinstance(value, bool) or not isinstance(value, int | float):
                return False
            return (self.value_min is None or value >= self.value_min) and (
                self.value_max is None or value <= self.value_max
            )
        if self.type == "enum":
            return value in self.values
        return True


def flatten(exposes: tuple[Expose, ...]) -> Iterator[Expose]:
    """All properties, those of specific types too."""
    for expose in exposes:
        if expose.features:
            yield from flatten(expose.features)
        else:
            yield expose


def numeric(name: str, description: str, unit: str | None = None, **more: Any) -> Expose:
    """A number."""
    return Expose(type="numeric", name=name, description=description, unit=unit, **more)


def binary(name: str, on: Literal, off: Literal, description: str, **more: Any) -> Expose:
    """One of two literals."""
    return Expose(type="binary", name=name, value_on=on, value_off=off, description=description, **more)


def enum(name: str, values: tuple[str, ...], description: str, **more: Any) -> Expose:
    """One of several words."""
    return Expose(type="enum", name=name, values=values, description=description, **more)


def switch() -> Expose:
    """On, off and toggle, under `state`."""
    state = binary("state", "ON", "OFF", "On/off state of the switch", value_toggle="TOGGLE", access=ALL)
    return Expose(type="switch", features=(state,))


def power(access: int = STATE) -> Expose:
    """Instantaneous power."""
    return numeric("power", "Instantaneous measured power", "W", access=access)


def energy() -> Expose:
    """The meter."""
    return numeric("energy", "Sum of consumed energy", "kWh")


def voltage() -> Expose:
    """The mains' voltage."""
    return numeric("voltage", "Measured electrical potential value", "V")


def current() -> Expose:
    """Instantaneous current."""
    return numeric("current", "Instantaneous measured electrical current", "A")


def power_outage_count() -> Expose:
    """How often the device was without power."""
    return numeric("power_outage_count", "Number of power outages", category="diagnostic")


def device_temperature() -> Expose:
    """The temperature inside the device."""
    return numeric("device_temperature", "Temperature of the device", "°C", category="diagnostic")


def temperature() -> Expose:
    """The temperature of the air."""
    return numeric("temperature", "Measured temperature value", "°C")


def humidity() -> Expose:
    """The relative humidity of the air."""
    return numeric("humidity", "Measured relative humidity", "%")


def pressure() -> Expose:
    """The pressure of the air."""
    return numeric("pressure", "The measured atmospheric pressure", "hPa")


def power_outage_memory(access: int = ALL) -> Expose:
    """Whether the device restores its state when its power returns."""
    return binary(
        "power_outage_memory",
        True,
        False,
        "Enable/disable the power outage memory, this recovers the on/off mode after power failure",
        access=access,
        category="config",
    )


def battery(description: str = "Remaining battery in %") -> Expose:
    """The remaining charge of the battery."""
    return numeric("battery", description, "%", value_min=0, value_max=100, category="diagnostic")


def battery_voltage() -> Expose:
    """The battery's voltage."""
    return numeric("voltage", "Voltage of the battery in millivolts", "mV", category="diagnostic")


def battery_low() -> Expose:
    """The device's own warning."""
    description = "Indicates if the battery of this device is almost empty"
    return binary("battery_low", True, False, description, category="diagnostic")


def action(values: tuple[str, ...]) -> Expose:
    """What a person did: an event, which is never cached."""
    return enum("action", values, "Triggered action (e.g. a button click)", category="diagnostic")


def linkquality() -> Expose:
    """The last expose of every device."""
    return numeric(
        "linkquality",
        "Link quality (signal strength)",
        "lqi",
        value_min=0,
        value_max=255,
        category="diagnostic",
    )


def precision(name: str) -> Expose:
    """Option: digits after the decimal point."""
    return numeric(
        f"{name}_precision",
        f"Number of digits after decimal point for {name}, takes into effect on next report of device.",
        access=SET,
        value_min=0,
        value_max=3,
    )


def calibration(name: str) -> Expose:
    """Option: an offset added to the value."""
    return numeric(
        f"{name}_calibration",
        f"Calibrates the {name} value (absolute offset), takes into effect on next report of device.",
        access=SET,
        value_step=0.1,
    )

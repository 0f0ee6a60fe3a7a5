"""What the bridge knows of a product, and how a device finds its own.

A definition is a declaration: exposes, options, decoders for what the device says, encoders for what may be
asked of it. Decoders and encoders are pure: they turn values into payload keys and payload keys into frames,
and never send anything. That is why golden vectors, fuzzers and the page check can run them without a radio.
"""

from __future__ import annotations

import importlib
import math
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any, Protocol

from zigloop_bridge.converters import exposes
from zigloop_bridge.converters.exposes import Expose
from zigloop_bridge.zcl import codec as zcl

Payload = dict[str, Any]
Options = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """What a decoder may look at beside the value: where it came from, and the device's options."""

    endpoint: int
    options: Options


Values = Mapping[int, zcl.Value]


@dataclass(frozen=True, slots=True)
class Decoder:
    """Turns attributes of one cluster into payload keys.

    `decode` gets those of `attributes` that the frame carries (never none of them) and returns what they
    mean; `endpoint` limits it to one endpoint of the device.
    """

    cluster: int
    attributes: frozenset[int]
    decode: Callable[[Values, Message], Payload]
    endpoint: int | None = None


@dataclass(frozen=True, slots=True)
class CommandDecoder:
    """Turns a cluster command of the device, such as Toggle from a button, into payload keys."""

    cluster: int
    command: int
    decode: Callable[[bytes, Message], Payload]
    endpoint: int | None = None


@dataclass(frozen=True, slots=True)
class Reaction:
    """What the bridge answers at once when a device reports an attribute: frames to it, none for most values."""

    cluster: int
    attribute: int
    requests: Callable[[zcl.Value], tuple[zcl.Request, ...]]


@dataclass(frozen=True, slots=True)
class Remark:
    """What people should be told of an attribute's value, once for each device: a sentence, or None."""

    cluster: int
    attributes: frozenset[int]
    sentence: Callable[[zcl.Value], str | None]


def standard_report(cluster: int, payload: bytes) -> dict[int, zcl.Value]:
    """The attributes of a report, as the specification has it."""
    return zcl.read_report(payload)


def attribute(
    cluster: int,
    number: int,
    convert: Callable[[zcl.Value, Message], Payload],
    *,
    endpoint: int | None = None,
) -> Decoder:
    """A decoder of a single attribute."""
    return Decoder(cluster, frozenset((number,)), lambda values, message: convert(values[number], message), endpoint)


@dataclass(frozen=True, slots=True)
class Asked:
    """The circumstances of a /set or /get.

    `state` is the device's cached state, `message` the whole payload with the endpoint's suffix taken off its
    keys, `endpoint` the endpoint named in topic or key, `endpoint_name` its name.
    """

    state: Mapping[str, Any] = field(default_factory=dict)
    message: Mapping[str, Any] = field(default_factory=dict)
    options: Options = field(default_factory=dict)
    endpoint: int | None = None
    endpoint_name: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What to send, in order, each after the answer to the one before; then what to publish.

    `state` is published when all were obeyed (a read publishes by its answer, and has none). `when_refused`
    is published instead of an error when the device refuses a read.
    """

    requests: tuple[zcl.Request, ...]
    state: Mapping[str, Any] = field(default_factory=dict)
    when_refused: Mapping[str, Any] = field(default_factory=dict)


class NotSupportedError(Exception):
    """The key exists, but not for this verb: it can't be set, or can't be read."""


class Encoder(Protocol):
    """Turns keys of a /set or /get into frames; on a wrong value, ValueError with Zigbee2MQTT's text."""

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys it answers for, without an endpoint's suffix."""

    def set(self, key: str, value: Any, asked: Asked) -> Plan:
        """Frames that make it so."""

    def get(self, key: str, asked: Asked) -> Plan:
        """Frames that read it."""


@dataclass(frozen=True, kw_only=True)
class Definition:
    """A product."""

    zigbee_models: tuple[str, ...]
    model: str
    vendor: str
    description: str
    exposes: tuple[Expose, ...]
    options: tuple[Expose, ...] = ()
    decoders: tuple[Decoder | CommandDecoder, ...] = ()
    encoders: tuple[Encoder, ...] = ()
    endpoints: Mapping[str, int] = field(default_factory=dict)
    """Endpoint names, such as l1; empty for a device whose keys have no suffix."""
    ota: bool = False
    configure: tuple[zcl.Request, ...] = ()
    """Frames sent once after the interview."""
    reactions: tuple[Reaction, ...] = ()
    remarks: tuple[Remark, ...] = ()
    read_report: Callable[[int, bytes], dict[int, zcl.Value]] = standard_report
    """Reads a report's payload on a cluster; of another kind for firmware that miscounts."""
    device_type: str | None = None
    """Router or EndDevice, for a product whose node descriptor says the wrong one."""
    version: str = "0.0.0"

    @cached_property
    def all_exposes(self) -> tuple[Expose, ...]:
        """With linkquality, which every device has."""
        return (*self.exposes, exposes.linkquality())

    @cached_property
    def endpoint_names(self) -> dict[int, str]:
        """Names by endpoint number."""
        return {number: name for name, number in self.endpoints.items()}

    @cached_property
    def _attribute_decoders(self) -> dict[int, list[Decoder]]:
        table: dict[int, list[Decoder]] = {}
        for decoder in self.decoders:
            if isinstance(decoder, Decoder):
                table.setdefault(decoder.cluster, []).append(decoder)
        return table

    @cached_property
    def _command_decoders(self) -> dict[tuple[int, int], list[CommandDecoder]]:
        table: dict[tuple[int, int], list[CommandDecoder]] = {}
        for decoder in self.decoders:
            if isinstance(decoder, CommandDecoder):
                table.setdefault((decoder.cluster, decoder.command), []).append(decoder)
        return table

    def encoder(self, key: str) -> Encoder | None:
        """The encoder that answers for `key`."""
        return next((encoder for encoder in self.encoders if key in encoder.keys), None)

    def decode(self, endpoint: int, cluster: int, frame: zcl.Frame, options: Options) -> Payload:
        """What `frame` means, empty when nothing. Raises `zcl.MalformedError`."""
        if frame.frame_type == zcl.GLOBAL:
            decoders = self._attribute_decoders.get(cluster)
            values = self.values(cluster, frame)
            if decoders is None:
                return {}
            payload: Payload = {}
            message = Message(endpoint, options)
            for decoder in decoders:
                if decoder.endpoint is not None and decoder.endpoint != endpoint:
                    continue
                if not decoder.attributes.isdisjoint(values):
                    payload |= decoder.decode(
                        {number: values[number] for number in decoder.attributes if number in values}, message
                    )
            return payload
        payload = {}
        for command in self._command_decoders.get((cluster, frame.command), ()):
            if command.endpoint is None or command.endpoint == endpoint:
                payload |= command.decode(frame.payload, Message(endpoint, options))
        return payload

    def values(self, cluster: int, frame: zcl.Frame) -> Values:
        """The attributes that a report or a read response carries; none in any other frame.

        Raises `zcl.MalformedError`.
        """
        if frame.frame_type == zcl.GLOBAL and frame.command == zcl.REPORT:
            return self.read_report(cluster, frame.payload)
        if frame.frame_type == zcl.GLOBAL and frame.command == zcl.READ_RESPONSE:
            return zcl.read_response(frame.payload).values
        return {}

    def answers(self, cluster: int, frame: zcl.Frame) -> list[zcl.Request]:
        """What is to be sent because of this frame. Raises `zcl.MalformedError`."""
        reactions = [each for each in self.reactions if each.cluster == cluster]
        values = self.values(cluster, frame) if reactions else {}
        return [
            request
            for each in reactions
            if each.attribute in values
            for request in each.requests(values[each.attribute])
        ]

    def sentences(self, cluster: int, frame: zcl.Frame) -> list[str]:
        """What is to be said of this frame. Raises `zcl.MalformedError`."""
        remarks = [each for each in self.remarks if each.cluster == cluster]
        values = self.values(cluster, frame) if remarks else {}
        found = (each.sentence(values[number]) for each in remarks for number in each.attributes if number in values)
        return [sentence for sentence in found if sentence is not None]

    @cached_property
    def json(self) -> dict[str, Any]:
        """As it stands in `bridge/devices`."""
        return {
            "source": "native",
            "model": self.model,
            "vendor": self.vendor,
            "description": self.description,
            "exposes": [expose.to_json() for expose in self.all_exposes],
            "options": [option.to_json() for option in self.options],
            "supports_ota": self.ota,
            "version": self.version,
        }


@cache
def all_definitions() -> tuple[Definition, ...]:
    """Every product that has a module in `zigloop_bridge.devices`, each of which declares a `definition`."""
    package = importlib.import_module("zigloop_bridge.devices")
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
    return tuple(importlib.import_module(f"zigloop_bridge.devices.{name}").definition for name in names)


@cache
def _by_zigbee_model() -> dict[str, Definition]:
    return {model: definition for definition in all_definitions() for model in definition.zigbee_models}


def find(zigbee_model: str | None) -> Definition | None:
    """The definition of a device that calls itself `zigbee_model`."""
    return None if zigbee_model is None else _by_zigbee_model().get(zigbee_model)


#: From here on a double has no digits behind its point that could be rounded.
_NO_DIGITS = 2**53


def round_half_up(value: float, digits: int) -> float:
    """Round as the field does: half up on the exact double. A whole number becomes int, unless it is huge."""
    scale = 10**digits
    scaled = value * scale
    if abs(scaled) >= _NO_DIGITS:
        return value
    rounded = math.floor(scaled + 0.5) / scale
    return int(rounded) if rounded.is_integer() else rounded


def option_number(options: Options, name: str, default: float) -> float:
    """A numeric option, also when it was written as a string ("2"); anything else is `default`."""
    value = options.get(name, default)
    if isinstance(value, bool):
        return default
    try:
        number = float(value)
    except (TypeError, ValueError):
        return default
    return number if math.isfinite(number) else default


def number(
    name: str, *, scale: float = 1, digits: int = 2, adjustable: bool = False
) -> Callable[[zcl.Value, Message], Payload]:
    """A converter: a number under `name`, scaled and rounded.

    `adjustable` obeys the options `NAME_calibration` (added) and `NAME_precision` (digits). A value that is
    no finite number has no key: `null` would break who computes with it.
    """

    def convert(value: zcl.Value, message: Message) -> Payload:
        if not isinstance(value, int | float) or not math.isfinite(value):
            return {}
        result = value * scale
        places = digits
        if adjustable:
            result += option_number(message.options, f"{name}_calibration", 0)
            places = int(option_number(message.options, f"{name}_precision", digits))
        if not math.isfinite(result):
            return {}
        return {name: round_half_up(result, min(max(places, 0), 9))}

    return convert

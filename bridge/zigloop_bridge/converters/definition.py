"""The definition of a product.

A definition is a declaration: exposes, options, decoders for frames of the device, encoders for
commands to it. Decoders and encoders are pure: they turn values into payload keys and payload keys into frames,
and never send anything. That is why golden vectors, fuzzers and the page check can run them without a radio.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple, Protocol

from zigloop_bridge.converters import exposes
from zigloop_bridge.converters.exposes import Expose
from zigloop_bridge.zcl import codec as zcl

Payload = dict[str, Any]
Options = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DecodeContext:
    """Context of a value for decoders: its origin, and the device's options."""

    endpoint: int
    options: Options


#: Attribute values by attribute id.
Values = Mapping[int, zcl.Value]
_NO_VALUES: Values = {}


class Received(NamedTuple):
    """A device's frame and its attributes, read once for decoders, replies and notices.

    `values` is empty for a frame that is neither a report nor a read response.
    """

    endpoint: int
    cluster: int
    frame: zcl.Frame
    values: Values


@dataclass(frozen=True, slots=True)
class Decoder:
    """Turns attributes of one cluster into payload keys.

    `decode` gets those of `attributes` that the frame carries (at least one) and returns payload keys; `endpoint`
    limits it to one endpoint of the device.
    """

    cluster: int
    attributes: frozenset[int]
    decode: Callable[[Values, DecodeContext], Payload]
    endpoint: int | None = None


@dataclass(frozen=True, slots=True)
class CommandDecoder:
    """Turns a cluster command of the device, such as Toggle from a button, into payload keys."""

    cluster: int
    command: int
    decode: Callable[[bytes, DecodeContext], Payload]
    endpoint: int | None = None


@dataclass(frozen=True, slots=True)
class AutoReply:
    """The bridge's immediate answer to a reported attribute: frames to the device, none for most values."""

    cluster: int
    attribute: int
    requests: Callable[[zcl.Value], tuple[zcl.Request, ...]]


@dataclass(frozen=True, slots=True)
class Notice:
    """A warning about an attribute's value, logged once for each device: a sentence, or None."""

    cluster: int
    attributes: frozenset[int]
    sentence: Callable[[zcl.Value], str | None]


def standard_report(cluster: int, payload: bytes) -> dict[int, zcl.Value]:
    """The attributes of a report, as the specification has it."""
    return zcl.read_report(payload)


def attribute(
    cluster: int,
    number: int,
    convert: Callable[[zcl.Value, DecodeContext], Payload],
    *,
    endpoint: int | None = None,
) -> Decoder:
    """A decoder of a single attribute."""
    return Decoder(cluster, frozenset((number,)), lambda values, context: convert(values[number], context), endpoint)


@dataclass(frozen=True, slots=True)
class CommandContext:
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
    """Requests to send in order, each after the answer to the previous one; then the state to publish.

    `state` is published when all succeeded (a read has none, since its answer is published). `when_refused`
    is published instead of an error when the device refuses a read.
    """

    requests: tuple[zcl.Request, ...]
    state: Mapping[str, Any] = field(default_factory=dict)
    when_refused: Mapping[str, Any] = field(default_factory=dict)


class NotSupportedError(Exception):
    """The key exists, but doesn't support this verb: it can't be set, or can't be read."""


class Encoder(Protocol):
    """Turns keys of a /set or /get into frames; on a wrong value, ValueError with Zigbee2MQTT's text."""

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys it answers for, without an endpoint's suffix."""

    def set(self, key: str, value: Any, context: CommandContext) -> Plan:
        """Frames that set it."""

    def get(self, key: str, context: CommandContext) -> Plan:
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
    #: Endpoint names, such as l1; empty for a device whose keys have no suffix.
    endpoints: Mapping[str, int] = field(default_factory=dict)
    ota: bool = False
    #: Frames sent once after the interview.
    configure: tuple[zcl.Request, ...] = ()
    auto_replies: tuple[AutoReply, ...] = ()
    notices: tuple[Notice, ...] = ()
    #: Reads a report's payload on a cluster; replaced for firmware with wrong lengths.
    read_report: Callable[[int, bytes], dict[int, zcl.Value]] = standard_report
    #: Router or EndDevice, for a product whose node descriptor is wrong.
    device_type: str | None = None
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

    def read(self, endpoint: int, cluster: int, frame: zcl.Frame) -> Received:
        """The frame with its attributes, for `decode`, `replies` and `sentences`. Raises `zcl.MalformedError`."""
        values: Values = _NO_VALUES
        if frame.frame_type == zcl.GLOBAL:
            if frame.command == zcl.REPORT:
                values = self.read_report(cluster, frame.payload)
            elif frame.command == zcl.READ_RESPONSE:
                values = zcl.read_response(frame.payload).values
        return Received(endpoint, cluster, frame, values)

    def decode(self, received: Received, options: Options) -> Payload:
        """The payload keys of a frame, empty when it has none. Raises `zcl.MalformedError`."""
        endpoint, cluster, frame, values = received
        payload: Payload = {}
        if frame.frame_type == zcl.GLOBAL:
            decoders = self._attribute_decoders.get(cluster)
            if decoders is None:
                return payload
            context = DecodeContext(endpoint, options)
            for decoder in decoders:
                if decoder.endpoint is not None and decoder.endpoint != endpoint:
                    continue
                if not decoder.attributes.isdisjoint(values):
                    payload |= decoder.decode(
                        {number: values[number] for number in decoder.attributes if number in values}, context
                    )
            return payload
        for command in self._command_decoders.get((cluster, frame.command), ()):
            if command.endpoint is None or command.endpoint == endpoint:
                payload |= command.decode(frame.payload, DecodeContext(endpoint, options))
        return payload

    def replies(self, received: Received) -> list[zcl.Request]:
        """Replies to a frame."""
        return [
            request
            for each in self.auto_replies
            if each.cluster == received.cluster and each.attribute in received.values
            for request in each.requests(received.values[each.attribute])
        ]

    def sentences(self, received: Received) -> list[str]:
        """Log messages for a frame."""
        found = (
            each.sentence(received.values[number])
            for each in self.notices
            if each.cluster == received.cluster
            for number in each.attributes
            if number in received.values
        )
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

"""/set and /get: from a payload to frames, and from their answers to a publish.

Nobody is answered: what goes wrong is in the log, and so on `bridge/logging`. The texts are Zigbee2MQTT's. What a
device that sleeps didn't fetch waits until it is heard (`zigloop_bridge.requests.pending`).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from zigloop_bridge.converters.definition import Asked, Definition, Encoder, NotSupportedError, Options, Payload, Plan
from zigloop_bridge.errors import RefusedError, RequestError, UnreachedError
from zigloop_bridge.mqtt.payloads import to_json
from zigloop_bridge.publishing.states import matches
from zigloop_bridge.requests.topics import Topic, parse_message, parse_topic
from zigloop_bridge.zcl import codec as zcl
from zigloop_bridge.zigbee.device import Device
from zigloop_bridge.zigbee.transactions import ATTEMPTS, describe

if TYPE_CHECKING:
    from zigloop_bridge.app import Bridge

LOGGER = logging.getLogger(__name__)

_STATE_KEYS = ("state", "brightness", "brightness_percent")


@dataclass(frozen=True, slots=True)
class Target:
    """Where a key goes: the endpoint's number (None: the encoder's choice), its name in the payload."""

    key: str
    endpoint: int | None
    name: str | None

    @property
    def suffix(self) -> str:
        """What the payload's keys end in at this endpoint: `_l1`, or nothing."""
        return f"_{self.name}" if self.name else ""

    def asked(self, message: Mapping[str, Any], state: Mapping[str, Any], options: Options) -> Asked:
        """The circumstances, as the key's encoder wants them."""
        return Asked(
            state=state,
            message={key.removesuffix(self.suffix): value for key, value in message.items()},
            options=options,
            endpoint=self.endpoint,
            endpoint_name=self.name,
        )

    def suffixed(self, state: Mapping[str, Any]) -> Payload:
        """What an encoder made so, by the payload's keys."""
        return {f"{key}{self.suffix}": value for key, value in state.items()}


def target_of(definition: Definition, key: str, endpoint: int | None) -> Target:
    """Where a key goes: its own suffix overrides the topic's endpoint."""
    for name, number in definition.endpoints.items():
        if key.endswith(f"_{name}"):
            return Target(key.removesuffix(f"_{name}"), number, name)
    return Target(key, endpoint, None if endpoint is None else definition.endpoint_names.get(endpoint))


async def handle(bridge: Bridge, topic_text: str, payload: bytes) -> None:
    """A message on a topic that may be a /set or /get."""
    topic = parse_topic(topic_text, lambda name: bridge.find(name) is not None)
    if topic is None:
        return
    device = bridge.find(topic.name)
    if device is None:
        LOGGER.error("Entity '%s' is unknown", topic.name)
        return
    name = bridge.publisher.name(device)
    if device.definition is None:
        LOGGER.error("Cannot publish to unsupported device '%s'", name)
        return
    endpoint = _endpoint(device, topic.endpoint)
    if topic.endpoint is not None and endpoint is None:
        LOGGER.error("Device '%s' has no endpoint '%s'", name, topic.endpoint)
        return
    message = parse_message(topic, payload)
    if message is None:
        LOGGER.error("Invalid message '%s', skipping...", _shown(payload))
        return
    async with device.messages:
        await _Request(bridge, device, device.definition, topic, endpoint, message).run()


def _shown(payload: bytes) -> str:
    # Zigbee2MQTT has nothing left of a text that is no JSON, and says so.
    text = payload.decode("utf-8", "replace")
    return "null" if text.strip() == "null" else "undefined"


def _endpoint(device: Device, name: str | None) -> int | None:
    """An endpoint by name or number, None when the device has no such endpoint."""
    if name is None or device.definition is None:
        return None
    number = device.definition.endpoints.get(name)
    if number is None and name.isdigit():
        number = int(name)
    return number if number in device.endpoints else None


def in_order(message: dict[str, Any]) -> list[tuple[str, Any]]:
    """A message's keys as they are sent.

    State and brightness come last when switching off, else first: a lamp that is off may ignore the rest.
    """
    state = message.get("state")
    off = isinstance(state, str) and state.lower() == "off"
    return sorted(message.items(), key=lambda item: (item[0] in _STATE_KEYS) is off)


class _Request:
    """One message: its keys go one after the other, the results are published together."""

    def __init__(
        self,
        bridge: Bridge,
        device: Device,
        definition: Definition,
        topic: Topic,
        endpoint: int | None,
        message: dict[str, Any],
    ) -> None:
        self.bridge = bridge
        self.device = device
        self.definition = definition
        self.verb = topic.verb
        self.endpoint = endpoint
        self.message = message
        self.name = bridge.publisher.name(device)

    async def run(self) -> None:
        """Do it."""
        publish: Payload = {}
        used: set[tuple[int | None, int]] = set()
        for key, value in in_order(self.message):
            target = target_of(self.definition, key, self.endpoint)
            encoder = self.definition.encoder(target.key)
            if encoder is not None and self.verb == "set" and (target.endpoint, id(encoder)) in used:
                continue  # its other keys were taken into account already
            if encoder is None:
                LOGGER.error("No converter available for '%s' on '%s': (%s)", target.key, self.name, to_json(value))
                continue
            try:
                publish |= await self._one(encoder, target, value)
                self.bridge.waiting.done(self.device, self._where(target))
            except NotSupportedError:
                LOGGER.error("No converter available for '%s' '%s' (%s)", self.verb, target.key, to_json(value))
                continue
            except (ValueError, RequestError) as error:
                if not self._keep(encoder, target, value, error):
                    self._failed(target, error)
            used.add((target.endpoint, id(encoder)))
        if publish and self.device.ieee in self.bridge.network.devices:
            self.bridge.publisher.publish(self.device, publish)

    def _where(self, target: Target) -> tuple[str, str, int | None]:
        return (self.verb, target.key, target.endpoint)

    def _keep(self, encoder: Encoder, target: Target, value: Any, error: Exception) -> bool:
        """Whether this waits until the device wakes."""
        unreached = isinstance(error, UnreachedError)
        if not unreached or not self.device.sleepy or self.device.ieee not in self.bridge.network.devices:
            return False
        what = f"Publish '{self.verb}' '{target.key}' to '{self.name}'"
        self.bridge.waiting.keep(self.device, self._where(target), what, partial(self._again, encoder, target, value))
        return True

    async def _again(self, encoder: Encoder, target: Target, value: Any) -> None:
        """Send what has waited, and publish. Raises `UnreachedError` when it has to wait on."""
        self.name = self.bridge.publisher.name(self.device)
        try:
            publish = await self._one(encoder, target, value)
        except (ValueError, RequestError) as error:
            if isinstance(error, UnreachedError) or not self.bridge.network.online:
                raise UnreachedError(str(error)) from None
            self._failed(target, error)
        else:
            if publish:
                self.bridge.publisher.publish(self.device, publish)

    def _failed(self, target: Target, error: Exception) -> None:
        LOGGER.error("Publish '%s' '%s' to '%s' failed: 'Error: %s'", self.verb, target.key, self.name, error)

    async def _one(self, encoder: Encoder, target: Target, value: Any) -> Payload:
        options = self.bridge.publisher.options(self.device)
        asked = target.asked(self.message, self.bridge.states.get(self.device), options)
        LOGGER.debug("Publishing '%s' '%s' to '%s'", self.verb, target.key, self.name)
        if self.verb == "get":
            await self._send(encoder.get(target.key, asked))
            return {}
        plan = encoder.set(target.key, value, asked)
        await self._send(plan)
        if options.get("optimistic", True) is False:
            return {}
        filtered = tuple(options.get("filtered_optimistic") or ())
        after = target.suffixed(plan.state)
        return {key: each for key, each in after.items() if not matches(filtered, key)}

    async def _send(self, plan: Plan) -> None:
        """Send a plan's frames. Raises `RequestError` at the first that isn't obeyed.

        A device that sleeps gets one try: while it does, more don't help.
        """
        attempts = 1 if self.device.sleepy else ATTEMPTS
        for request in plan.requests:
            answer = await self.bridge.network.request(self.device, request, attempts=attempts)
            try:
                check(self.device, request, answer)
            except RefusedError:
                if not plan.when_refused:
                    raise
                self.bridge.publisher.publish(self.device, plan.when_refused)
                return


def check(device: Device, request: zcl.Request, answer: zcl.Frame) -> None:
    """Raise `RefusedError` when the device's answer isn't a yes."""
    status = zcl.SUCCESS
    if answer.frame_type == zcl.GLOBAL:
        try:
            if answer.command == zcl.DEFAULT_RESPONSE:
                status = answer.payload[1]
            elif answer.command == zcl.WRITE_RESPONSE:
                status = next(iter(zcl.read_write_response(answer.payload).values()), zcl.SUCCESS)
            elif answer.command == zcl.READ_RESPONSE:
                refused = zcl.read_response(answer.payload).refused
                status = next(iter(refused.values()), zcl.SUCCESS)
        except (zcl.MalformedError, IndexError):
            raise RequestError(f"{describe(device, request)} failed (its answer is malformed)") from None
    if status != zcl.SUCCESS:
        raise RefusedError(f"{describe(device, request)} failed (Status '{zcl.status_name(status)}')", status)

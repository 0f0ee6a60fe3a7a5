"""/set and /get: executes the steps of a message, and publishes their results.

They have no response: errors are logged, also on `bridge/logging`, with Zigbee2MQTT's texts. Commands that a
sleeping device didn't fetch are sent again when it is heard (`zigloop_bridge.requests.pending`).
"""

import logging
from functools import partial
from typing import Any, Protocol

from zigloop_bridge.converters.definition import Definition, NotSupportedError, Payload
from zigloop_bridge.directory import Directory
from zigloop_bridge.errors import RefusedError, RequestError, UnreachedError
from zigloop_bridge.mqtt.payloads import to_json
from zigloop_bridge.publishing.publisher import Publisher
from zigloop_bridge.publishing.states import States
from zigloop_bridge.requests.pending import PendingCommands
from zigloop_bridge.requests.plan import NoConverterError, Step, plan
from zigloop_bridge.requests.topics import Verb, parse_message, parse_topic
from zigloop_bridge.zcl import codec as zcl
from zigloop_bridge.zigbee.device import Device
from zigloop_bridge.zigbee.transactions import ATTEMPTS

LOGGER = logging.getLogger(__name__)


class Network(Protocol):
    """The network, as /set and /get need it."""

    @property
    def online(self) -> bool:
        """Whether the radio is connected."""

    async def command(self, device: Device, request: zcl.Request, *, attempts: int = ATTEMPTS) -> None:
        """Send a request and require its success. Raises `RequestError`."""


class SetGet:
    """Handles messages on NAME/set and NAME/get, those to one device one after the other."""

    def __init__(
        self, directory: Directory, network: Network, publisher: Publisher, states: States, pending: PendingCommands
    ) -> None:
        self._directory = directory
        self._network = network
        self._publisher = publisher
        self._states = states
        self._pending = pending

    async def handle(self, topic_text: str, payload: bytes) -> None:
        """A message on a topic that may be a /set or /get."""
        topic = parse_topic(topic_text, lambda name: self._directory.find(name) is not None)
        if topic is None:
            return
        device = self._directory.find(topic.name)
        if device is None:
            LOGGER.error("Entity '%s' is unknown", topic.name)
            return
        name = self._directory.name(device)
        if device.definition is None:
            LOGGER.error("Cannot publish to unsupported device '%s'", name)
            return
        endpoint = _endpoint(device, device.definition, topic.endpoint)
        if topic.endpoint is not None and endpoint is None:
            LOGGER.error("Device '%s' has no endpoint '%s'", name, topic.endpoint)
            return
        message = parse_message(topic, payload)
        if message is None:
            LOGGER.error("Invalid message '%s', skipping...", _as_logged(payload))
            return
        async with device.messages:
            await self._run(device, device.definition, topic.verb, message, endpoint)

    async def _run(
        self, device: Device, definition: Definition, verb: Verb, message: dict[str, Any], endpoint: int | None
    ) -> None:
        """Execute the steps one after the other, and publish their results together."""
        publish: Payload = {}
        state, options = self._states.get(device), self._directory.options(device)
        for step in plan(definition, verb, message, endpoint, state, options):
            try:
                publish |= await self._take(device, verb, step)
            except NoConverterError as error:
                LOGGER.error("%s on '%s': (%s)", error, self._directory.name(device), to_json(step.value))
            except NotSupportedError as error:
                LOGGER.error("%s (%s)", error, to_json(step.value))
            except UnreachedError as error:
                if device.sleepy and device.ieee in self._directory.devices:
                    what = f"Publish '{verb}' '{step.target.key}' to '{self._directory.name(device)}'"
                    self._pending.keep(device, _key(verb, step), what, partial(self._retry, device, verb, step))
                else:
                    self._log_failure(device, verb, step, error)
            except (ValueError, RequestError) as error:
                self._log_failure(device, verb, step, error)
            else:
                self._pending.done(device, _key(verb, step))
        if publish and device.ieee in self._directory.devices:
            self._publisher.publish(device, publish)

    async def _retry(self, device: Device, verb: Verb, step: Step) -> None:
        """Send a pending command, and publish. Raises `UnreachedError` when it remains pending."""
        try:
            publish = await self._take(device, verb, step)
        except RequestError as error:
            if isinstance(error, UnreachedError) or not self._network.online:
                raise UnreachedError(str(error)) from None
            self._log_failure(device, verb, step, error)
        else:
            if publish:
                self._publisher.publish(device, publish)

    async def _take(self, device: Device, verb: Verb, step: Step) -> Payload:
        """Send a step's requests; returns what to publish. Raises its error, or `RequestError`.

        A sleeping device gets one attempt, since more would not reach it either.
        """
        if isinstance(step.error, NoConverterError):
            raise step.error
        LOGGER.debug("Publishing '%s' '%s' to '%s'", verb, step.target.key, self._directory.name(device))
        if step.error is not None:
            raise step.error
        attempts = 1 if device.sleepy else ATTEMPTS
        for request in step.requests:
            try:
                await self._network.command(device, request, attempts=attempts)
            except RefusedError:
                if not step.when_refused:
                    raise
                self._publisher.publish(device, step.when_refused)
                return {}
        return step.publish

    def _log_failure(self, device: Device, verb: Verb, step: Step, error: Exception) -> None:
        name = self._directory.name(device)
        LOGGER.error("Publish '%s' '%s' to '%s' failed: 'Error: %s'", verb, step.target.key, name, error)


def _key(verb: Verb, step: Step) -> tuple[Verb, str, int | None]:
    """The key by which a newer command replaces an older one."""
    return (verb, step.target.key, step.target.endpoint)


def _as_logged(payload: bytes) -> str:
    # Zigbee2MQTT logs "undefined" for a text that is not JSON.
    text = payload.decode("utf-8", "replace")
    return "null" if text.strip() == "null" else "undefined"


def _endpoint(device: Device, definition: Definition, name: str | None) -> int | None:
    """An endpoint by name or number, None when the device has no such endpoint."""
    if name is None:
        return None
    number = definition.endpoints.get(name)
    if number is None and name.isdigit():
        number = int(name)
    return number if number in device.endpoints else None

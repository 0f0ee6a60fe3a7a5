"""A barrier: a request that a host in its own process answers once it has worked off what it received before.

The host reads radio and broker in the order in which data arrives, and publishes what a report means before it answers
a later request.
"""

import asyncio
import json

from zigloop.testing.mqtt import Mqtt

#: Begins the transaction of a barrier's request, by which its messages are kept from the test.
TRANSACTION = "zigloop-barrier-"
_REQUEST = "health_check"  # the least work


class Barrier:
    """Barriers for the host behind `mqtt`."""

    def __init__(self, mqtt: Mqtt) -> None:
        self._mqtt = mqtt
        self._count = 0
        self._answer: asyncio.Future[None] | None = None
        mqtt.intercept = self._intercept

    async def passed(self, within: float) -> bool:
        """Whether the host has answered `within` seconds."""
        self._count += 1
        self._answer = asyncio.get_running_loop().create_future()
        request = {"transaction": f"{TRANSACTION}{self._count}"}
        self._mqtt.publish(f"bridge/request/{_REQUEST}", request, stimulus=False)
        try:
            await asyncio.wait_for(self._answer, within)
        except TimeoutError:
            return False
        return True

    def _intercept(self, topic: str, payload: bytes) -> bool:
        """Take the request, its response, and the host's log of them."""
        if TRANSACTION.encode() not in payload:
            return False
        if topic == self._mqtt.topic(f"bridge/response/{_REQUEST}") and self._answer is not None:
            current = json.loads(payload)["transaction"] == f"{TRANSACTION}{self._count}"
            if current and not self._answer.done():
                self._answer.set_result(None)
        return True

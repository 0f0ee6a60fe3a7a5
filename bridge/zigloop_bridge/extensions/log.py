"""`bridge/logging`: the bridge's log on MQTT."""

import asyncio
import logging
from collections.abc import Callable

from zigloop_bridge.mqtt.payloads import to_json


class MqttLogHandler(logging.Handler):
    """Publishes log records to `bridge/logging`; a repetition of the previous one is dropped.

    Bridges in one process each have a loop of their own: a record belongs to the bridge whose loop runs.
    """

    def __init__(self, publish: Callable[[str, str], object], level: int) -> None:
        super().__init__(level)
        self._publish = publish
        self._last = ""
        self._loop = asyncio.get_running_loop()

    def emit(self, record: logging.LogRecord) -> None:
        """Publish it, with Zigbee2MQTT's names of levels and namespaces."""
        if asyncio._get_running_loop() not in (None, self._loop):
            return
        namespace = "z2m:mqtt" if record.name == "zigloop_bridge.mqtt.client" else "z2m"
        try:
            payload = to_json(
                {
                    "level": {logging.WARNING: "warning", logging.INFO: "info", logging.DEBUG: "debug"}.get(
                        record.levelno, "error"
                    ),
                    "message": f"{namespace}: {record.getMessage()}",
                    "namespace": namespace,
                }
            )
            if payload != self._last:
                self._last = payload
                self._publish("bridge/logging", payload)
        except Exception:
            self.handleError(record)

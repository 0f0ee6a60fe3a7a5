"""Whether a host has recovered from a fault."""

import asyncio

from zigloop.bench import Bench
from zigloop.testing.hosts import Host
from zigloop.testing.mqtt import Mqtt
from zigloop.testing.timing import Timing

#: Seconds within which a host recovers after the end of a fault: it may look for its radio once a minute.
RECOVERY = 180.0
#: Cap in real time; slower recovery counts as none.
LONGEST_REAL_RECOVERY = 30.0


class Recovery:
    """Watches one host on one bench (None: the host uses another radio)."""

    def __init__(self, timing: Timing, mqtt: Mqtt, host: Host, bench: Bench | None) -> None:
        self._timing = timing
        self._mqtt = mqtt
        self._host = host
        self._bench = bench

    def wait(self, within: float) -> bool:
        """Wait until the host is healthy: connected to MQTT, its network up on the radio. False after `within` s."""
        timing = self._timing
        end = timing.loop.time() + (within if timing.virtual else min(within, LONGEST_REAL_RECOVERY))
        while timing.loop.time() < end and self._host.running:
            if self._healthy():
                return True
            timing.run(asyncio.sleep(1.0))
        return False

    def _healthy(self) -> bool:
        if not self._mqtt.connected or (self._bench is not None and not self._network_up(self._bench)):
            return False
        try:
            return bool(self._mqtt.request("health_check", within=5.0, stimulus=False)["healthy"])
        except AssertionError:
            return False

    @staticmethod
    def _network_up(bench: Bench) -> bool:
        return bench.radio.in_use and bench.radio.network.started

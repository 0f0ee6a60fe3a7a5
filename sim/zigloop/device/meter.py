"""An energy meter: integrates power over time."""

import asyncio


class EnergyMeter:
    """Integrates power when it changes and when it is read, so it needs no timer."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._before = 0.0  # kWh, up to `_since`
        self._since = loop.time()
        self._watts = 0.0

    @property
    def watts(self) -> float:
        """The current power."""
        return self._watts

    @watts.setter
    def watts(self, watts: float) -> None:
        self.kwh = self.kwh
        self._watts = watts

    @property
    def kwh(self) -> float:
        """The reading."""
        return self._before + self._watts * (self._loop.time() - self._since) / 3_600_000

    @kwh.setter
    def kwh(self, kwh: float) -> None:
        self._before, self._since = kwh, self._loop.time()

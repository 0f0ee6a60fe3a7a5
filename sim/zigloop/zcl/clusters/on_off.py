"""The On/Off cluster, server side (ZCL 3.8)."""

import asyncio
from functools import partial
from typing import Final

from zigloop.zcl.attributes import RP, RW, Attribute, R
from zigloop.zcl.cluster import Answer, Cluster, ClusterDeclaration, Neighbourhood, Request
from zigloop.zcl.types import BOOL, UINT16, Value

ON_OFF: Final = 0x0006

STATE: Final = 0x0000
GLOBAL_SCENE_CONTROL: Final = 0x4000
ON_TIME: Final = 0x4001
OFF_WAIT_TIME: Final = 0x4002

# Commands
OFF: Final = 0x00
TOGGLE: Final = 0x02
ON_WITH_TIMED_OFF: Final = 0x42

#: As on time or off wait time: no countdown (3.8.2.3.6.4).
FOR_EVER: Final = 0xFFFF
TENTH: Final = 0.1  # seconds: the unit of both times


class OnOff(Cluster):
    """Switches, counts down timed commands, and keeps the global scene.

    The attribute `STATE` is the switch itself: changing it switches. Not modelled: the
    effects of Off With Effect (it switches off at once), and clusters other than this one in the global
    scene.
    """

    def __init__(self, endpoint: Neighbourhood, declaration: ClusterDeclaration, *, server: bool = True) -> None:
        super().__init__(endpoint, declaration, server=server)
        self._times = {
            ON_TIME: 0,
            OFF_WAIT_TIME: 0,
        }  # tenths of a second, as they were when the countdown began
        self._began: float | None = None  # loop time at which the running countdown began
        self._timer: asyncio.TimerHandle | None = None
        self._global_scene_control = True
        self._global_scene = False
        self.received = {
            0x00: lambda request: self.switch(False),
            0x01: lambda request: self.switch(True),
            0x02: lambda request: self.switch(not self.on),
            0x40: self._off_with_effect,
            0x41: self._on_with_recall_global_scene,
            ON_WITH_TIMED_OFF: self._on_with_timed_off,
        }
        self.attributes.computed(GLOBAL_SCENE_CONTROL, lambda: self._global_scene_control)
        for attribute_id in self._times:
            self.attributes.computed(attribute_id, partial(self._time, attribute_id))
            self.attributes.on_write(attribute_id, partial(self._time_written, attribute_id))

    @property
    def on(self) -> bool:
        return bool(self.get(STATE))

    def switch(self, on: bool) -> None:
        """As by the commands On and Off (3.8.2.3.1, 3.8.2.3.2)."""
        self._settle()
        if not on:
            self._times[ON_TIME] = 0
        else:
            self._global_scene_control = True
            if not self._times[ON_TIME]:
                self._times[OFF_WAIT_TIME] = 0
        self.set(STATE, on)
        self._count_down()

    def reset(self) -> None:
        self._settle()
        self._times = {ON_TIME: 0, OFF_WAIT_TIME: 0}
        self._global_scene_control = True
        super().reset()

    def power_cut(self) -> None:
        self._settle()
        self._times = {ON_TIME: 0, OFF_WAIT_TIME: 0}

    def scene_fields(self) -> bytes:
        return bytes((self.on,))

    def apply_scene(self, fields: bytes) -> None:
        if fields:
            self.switch(bool(fields[0]))

    def _off_with_effect(self, request: Request) -> Answer:
        """3.8.2.3.4."""
        request.fields("BB")
        if self._global_scene_control:
            self._global_scene = self.on
            self._global_scene_control = False
        self.switch(False)
        return None

    def _on_with_recall_global_scene(self, request: Request) -> Answer:
        """3.8.2.3.5: does nothing unless Off With Effect came before."""
        if not self._global_scene_control:
            self.switch(self._global_scene)
            self._global_scene_control = True
        return None

    def _on_with_timed_off(self, request: Request) -> Answer:
        """3.8.2.3.6."""
        control, on_time, off_wait_time = request.fields("BHH")
        if control & 0x01 and not self.on:  # accept only when on
            return None
        self._settle()
        waiting = self._times[OFF_WAIT_TIME]
        if waiting and not self.on:
            self._times[OFF_WAIT_TIME] = min(waiting, off_wait_time)
        else:
            self._times = {ON_TIME: max(self._times[ON_TIME], on_time), OFF_WAIT_TIME: off_wait_time}
            self._global_scene_control = True
            self.set(STATE, True)
        self._count_down()
        return None

    def _time_written(self, attribute_id: int, value: Value) -> None:
        self._settle()
        self._times[attribute_id] = int(value)
        self._count_down()

    def _running(self) -> int | None:
        """Which of the two times counts down in this state, if any."""
        if FOR_EVER in self._times.values():
            return None
        attribute_id = ON_TIME if self.on else OFF_WAIT_TIME
        return attribute_id if self._times[attribute_id] else None

    def _time(self, attribute_id: int) -> int:
        """What a read gives: tenths of a second that are left."""
        tenths = self._times[attribute_id]
        if self._began is None or attribute_id != self._running():
            return tenths
        return max(0, tenths - int((self.node.loop.time() - self._began) / TENTH + 1e-6))

    def _count_down(self) -> None:
        running = self._running()
        if running is not None:
            self._began = self.node.loop.time()
            self._timer = self.node.later(self._times[running] * TENTH, self._counted_down)

    def _settle(self) -> None:
        """Bring the time that counts down up to date, and stop the countdown."""
        self._times = {attribute_id: self._time(attribute_id) for attribute_id in self._times}
        self._began = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _counted_down(self) -> None:
        """3.8.2.3.6.4: when the on time is over the switch goes off, and doesn't wait."""
        self._began = self._timer = None
        self._times = {ON_TIME: 0, OFF_WAIT_TIME: 0}
        self.set(STATE, False)


def on_off(*more: Attribute) -> ClusterDeclaration:
    """An On/Off server with the optional attributes of 3.8.2.2, and the product's own."""
    return ClusterDeclaration(
        ON_OFF,
        (
            Attribute(STATE, BOOL, False, RP),
            Attribute(GLOBAL_SCENE_CONTROL, BOOL, True, R),
            Attribute(ON_TIME, UINT16, 0, RW),
            Attribute(OFF_WAIT_TIME, UINT16, 0, RW),
            *more,
        ),
        OnOff,
    )

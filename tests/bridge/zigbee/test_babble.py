"""A device that never stops talking: the others don't wait for it, and it doesn't fill the log."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.rig import Rig
from zigloop.events import FrameSent
from zigloop_bridge.zigbee.inbound import COMPLAINTS
from zigloop_bridge.zigbee.transactions import ACKNOWLEDGEMENTS, ACKNOWLEDGEMENTS_PERIOD

RATE = 250  # frames in a second; 115,200 baud carry some 330
SECONDS = 8  # the other is worked in the first of them

ON_OFF = 0x0006

Frame = Callable[[int], str]
TALK: dict[str, Frame] = {
    "reports": lambda n: f"18{n % 256:02x}0a000010{n % 2:02x}",
    "reports that want an answer": lambda n: f"08{n % 256:02x}0a000010{n % 2:02x}",
    "malformed frames": lambda n: f"18{n % 256:02x}0a000010",
    "ever new malformed frames": lambda n: f"18{n % 256:02x}0a0000{n % 256:02x}",
    "one frame again and again": lambda n: "18010a00001001",
}


def babble(rig: Rig, plug: Any, talk: Frame) -> None:
    end = rig.loop.time() + SECONDS
    numbers = itertools.count()

    def say() -> None:
        if rig.loop.time() < end:
            plug.node.send(0, 1, 1, 0x0104, ON_OFF, bytes.fromhex(talk(next(numbers))))
            rig.loop.call_later(1 / RATE, say)

    rig.loop.call_soon(say)


@pytest.mark.parametrize("talk", TALK.values(), ids=TALK)
def test_a_babbling_device_does_not_delay_others(rig: Rig, plug: Any, talk: Frame) -> None:
    other = rig.pair("other")
    rig.sleep(30)
    rig.mqtt.mark()
    answers: list[Any] = []
    rig.bench.events.subscribe(
        FrameSent, lambda event: answers.append(event.frame) if event.frame.dst == plug.node.nwk else None
    )
    babble(rig, plug, talk)
    for wanted in ("ON", "OFF", "ON"):
        rig.sleep(1)
        rig.mqtt.publish("other/set", wanted)
        rig.mqtt.eventually("other", {"state": wanted}, within=1)
    other.do("press")
    rig.mqtt.eventually("other", {"state": "OFF"}, within=1)
    rig.mqtt.publish("bridge/request/health_check", "")
    rig.mqtt.eventually("bridge/response/health_check", {"status": "ok"}, within=1)
    rig.sleep(SECONDS)
    assert len(answers) <= SECONDS / ACKNOWLEDGEMENTS_PERIOD * ACKNOWLEDGEMENTS
    logged = [m.json["message"] for m in rig.mqtt.messages if m.topic == "zigbee2mqtt/bridge/logging"]
    assert sum("malformed" in text for text in logged) <= COMPLAINTS
    rig.mqtt.publish("plug/set", "ON")
    rig.mqtt.eventually("plug", {"state": "ON"})


def test_reports_that_want_an_answer_get_it(rig: Rig, plug: Any) -> None:
    answers: list[bytes] = []
    rig.bench.events.subscribe(
        FrameSent, lambda event: answers.append(event.frame.data) if event.frame.dst == plug.node.nwk else None
    )
    for number in range(ACKNOWLEDGEMENTS):
        plug.node.send(0, 1, 1, 0x0104, ON_OFF, bytes.fromhex(f"08{number:02x}0a00001001"))
    rig.sleep(1)
    assert [data.hex() for data in answers] == [f"10{number:02x}0b0a00" for number in range(ACKNOWLEDGEMENTS)]

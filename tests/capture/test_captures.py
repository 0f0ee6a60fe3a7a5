"""Every frame in captures/, sent over the air by a device of its product to the running bridge."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.paths import CAPTURES
from zigloop.air.frame import COORDINATOR
from zigloop.bench import Bench
from zigloop.capture.recording import Capture, CaptureError, parse, read
from zigloop.device.registry import PRODUCTS
from zigloop.testing.joining import address
from zigloop.testing.world import World

FILES = {file.stem.upper(): file for file in sorted(CAPTURES.glob("*.jsonl"))}


def of_devices() -> list[Any]:
    return [
        pytest.param(model, capture, id=f"{file.name}:{number}")
        for model, file in FILES.items()
        for number, capture in enumerate(read(file), 1)
        if capture.direction == "in"
    ]


@pytest.mark.parametrize(("model", "capture"), of_devices())
def test_a_captured_frame(bench: Bench, world: World, model: str, capture: Capture) -> None:
    device = bench.add(model, "device")
    device.joined_network = lambda: None  # it answers requests, and sends nothing by itself
    device.do("mend")  # so it is not as declared, and joins anew
    start = len(world.mqtt.messages)
    world.join(device)
    if capture.options:
        world.mqtt.request("device/options", {"id": "device", "options": capture.options})
    if capture.lqi is not None:
        bench.air.set_lqi(device.node, capture.lqi)
    world.pass_time(20)
    known = {}  # values that the host has read
    for message in world.mqtt.messages[start:]:
        if message.topic in (world.mqtt.topic("device"), world.mqtt.topic(address(device))):
            known = message.json
    world.mqtt.mark()
    device.node.send(
        COORDINATOR, capture.host_endpoint, capture.endpoint, capture.profile, capture.cluster, capture.zcl
    )
    world.settle()
    messages = [message.json for message in world.mqtt.since_mark("device")]
    if capture.published is None:
        assert messages == []
    else:
        assert messages == [{**known, **capture.published, "linkquality": bench.air.lqi(device.node)}]


def test_captures_are_of_products() -> None:
    assert set(FILES) <= set(PRODUCTS)


# The reader

FRAME = {"direction": "in", "endpoint": 1, "cluster": 6, "zcl": "18000a00001001", "published": None, "source": "a log"}


def test_a_recording_can_be_read(tmp_path: Path) -> None:
    where = {key: FRAME[key] for key in ("endpoint", "cluster", "source")}
    recording = [
        FRAME | {"at": 0, "device": "0x00158d0001000001", "lqi": 120, "published": {"state": "ON"}},
        where | {"direction": "out", "zcl": "100000", "at": 1.5},
    ]
    file = tmp_path / "plug.jsonl"
    file.write_text("".join(json.dumps(each) + "\n" for each in recording))
    heard, said = read(file)
    assert (heard.zcl.hex(), heard.published, heard.lqi) == ("18000a00001001", {"state": "ON"}, 120)
    assert (said.direction, said.at, said.host_endpoint, said.profile) == ("out", 1.5, 1, 0x0104)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"ep": 1}, "the key 'ep' is unknown; the keys are at, "),
        ({"zcl": "18zz"}, "'zcl' must be bytes in hex, not \"18zz\""),
        ({"zcl": ""}, "'zcl' must be bytes in hex"),
        ({"endpoint": 256}, "'endpoint' must be a whole number from 0 to 255, not 256"),
        ({"cluster": "6"}, "'cluster' must be a whole number"),
        ({"direction": "up"}, '\'direction\' must be "in" or "out", not "up"'),
        ({"at": -1}, "'at' must be a number of seconds, 0 or more, not -1"),
        ({"device": "plug"}, "'device' must be an IEEE address"),
        ({"published": []}, "'published' must be an object or null"),
        ({"source": ""}, "'source' must be text that says where it was found"),
        ({"direction": "out", "published": {"state": "ON"}}, "a frame from the host publishes nothing"),
        ({"rebuilt": True}, "a rebuilt frame needs a 'note'"),
        ({"lqi": True}, "'lqi' must be a whole number"),
    ],
)
def test_an_invalid_capture_is_rejected(change: dict[str, Any], complaint: str) -> None:
    with pytest.raises(CaptureError) as refused:
        parse(json.dumps(FRAME | change))
    assert str(refused.value).startswith(complaint)


@pytest.mark.parametrize("key", FRAME)
def test_required_keys(key: str) -> None:
    with pytest.raises(CaptureError, match=f"'{key}' is missing"):
        parse(json.dumps({each: value for each, value in FRAME.items() if each != key}))


@pytest.mark.parametrize(
    ("second", "complaint"),
    [
        ("{", "it is not JSON"),
        ("[]", "a capture is a JSON object"),
        (json.dumps(FRAME | {"at": 1}), "its time, 1 s, is before that of an earlier line of the same source"),
    ],
)
def test_an_error_names_file_and_line(tmp_path: Path, second: str, complaint: str) -> None:
    file = tmp_path / "plug.jsonl"
    file.write_text(json.dumps(FRAME | {"at": 2}) + "\n" + second + "\n")
    with pytest.raises(CaptureError) as refused:
        read(file)
    assert str(refused.value).startswith(f"{file}, line 2: {complaint}")

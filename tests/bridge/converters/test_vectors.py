"""The golden vectors of all products against the bridge's definitions.

A vector is what other bridges of the page's time did with a frame.

`tests/vectors/MODEL.overrides.json` holds those that docs/decisions.md decides otherwise, each with the reason.
"""

import json
from typing import Any

import pytest

from tests.support.paths import VECTORS
from zigloop_bridge.converters.definition import Definition
from zigloop_bridge.devices import all_definitions
from zigloop_bridge.errors import RefusedError
from zigloop_bridge.requests.plan import plan
from zigloop_bridge.zcl import codec as zcl
from zigloop_bridge.zigbee.answers import require_success
from zigloop_bridge.zigbee.device import Device

MODELS = sorted(file.stem for file in VECTORS.glob("*.json") if not file.stem.endswith(".overrides"))
ALL = [vector for model in MODELS for vector in json.loads((VECTORS / f"{model}.json").read_text())["vectors"]]
OVERRIDES = {
    identity: override
    for file in VECTORS.glob("*.overrides.json")
    for identity, override in json.loads(file.read_text()).items()
}


def of(direction: str) -> list[Any]:
    """Frames with a group id aren't a definition's matter, nor are repeated ones: `test_relayed.py`, `test_knob.py`."""
    return [
        pytest.param(vector, id=vector["id"])
        for vector in ALL
        if vector["direction"] == direction and "group_id" not in vector and "zcl_frames_hex" not in vector
    ]


def reference(vector: dict[str, Any]) -> Any:
    """What the converters of the page's own time made of it, or today's where those are unknown."""
    return vector["expected"].get("seed_era", vector["expected"]["modern"])


def definition_of(vector: dict[str, Any]) -> Definition:
    return next(each for each in all_definitions() if each.model == vector["model"])


def decode(definition: Definition, endpoint: int, cluster: int, frame: str, options: dict[str, Any]) -> Any:
    try:
        received = definition.read(endpoint, cluster, zcl.parse(bytes.fromhex(frame)))
        return definition.decode(received, options) or None
    except zcl.MalformedError:
        return None


@pytest.mark.parametrize("vector", of("in"))
def test_inbound(vector: dict[str, Any]) -> None:
    expected = OVERRIDES.get(vector["id"], {"expected": reference(vector)})["expected"]
    frame, options = vector["zcl_frame_hex"], vector["options"]
    # A frame that decodes to nothing publishes nothing (decision 6): {} and null are one.
    assert decode(definition_of(vector), vector["endpoint"], vector["cluster"], frame, options) == (expected or None)


class Answers:
    """A device that answers each request: reads with `values`, everything else with one status."""

    def __init__(self, vector: dict[str, Any], values: dict[str, dict[str, Any]]) -> None:
        self.status = vector.get("device_answers_status", zcl.SUCCESS)
        self.values = values

    def to(self, request: zcl.Request) -> zcl.Frame:
        if request.frame_type == zcl.CLUSTER:
            return zcl.Frame(zcl.GLOBAL, zcl.DEFAULT_RESPONSE, bytes([request.command, self.status]))
        attribute = request.payload[:2]
        if request.command == zcl.WRITE:
            refused = bytes([self.status]) + attribute
            return zcl.Frame(zcl.GLOBAL, zcl.WRITE_RESPONSE, refused if self.status else b"\0")
        value = self.values.get(f"{request.cluster}/{int.from_bytes(attribute, 'little')}")
        content = b"\x86" if value is None else bytes([0, value["type"]]) + bytes.fromhex(value["hex"])
        return zcl.Frame(zcl.GLOBAL, zcl.READ_RESPONSE, attribute + content, request.manufacturer)


@pytest.mark.parametrize("vector", of("out"))
def test_outbound(vector: dict[str, Any]) -> None:
    definition = definition_of(vector)
    told = reference(vector)
    expected = {
        "frames": [[f["endpoint"], f["cluster"], f["hex_no_tsn"]] for f in told["frames"]],
        "published": told.get("published"),
        "error": told.get("error"),
        "device_answers": vector.get("device_answers", {}),
        "published_after_response": told.get("published_after_response", []),
    } | OVERRIDES.get(vector["id"], {"expected": {}})["expected"]
    verb, message = vector["mqtt"]["verb"], vector["mqtt"]["payload"]
    named = vector["mqtt"].get("topic_endpoint")
    topic_endpoint = None if named is None else definition.endpoints[named]
    device = Device("0x00158d0001000001", 1)
    answers = Answers(vector, expected["device_answers"])
    frames: list[list[Any]] = []
    published: dict[str, Any] = {}
    heard: list[Any] = []
    error: str | None = None

    for step in plan(definition, verb, message, topic_endpoint, vector["state"], vector["options"]):
        if step.error is not None:
            error = str(step.error)
            continue
        try:
            for request in step.requests:
                frames.append([request.endpoint, request.cluster, request.serialize(None).hex()])
                answer = answers.to(request)
                require_success(device, request, answer)
                if answer.command == zcl.READ_RESPONSE:
                    received = definition.read(request.endpoint, request.cluster, answer)
                    heard.append(definition.decode(received, {}))
        except RefusedError as failure:
            error = str(failure)
        else:
            published |= step.publish

    assert frames == expected["frames"]
    assert (published or None) == expected["published"]
    assert heard == expected["published_after_response"]
    if expected["error"] is None:
        assert error is None
    else:
        assert error is not None
        # What follows "Error: " is the converter's own text; a status is named in a sentence of our own.
        wanted = expected["error"].removeprefix("Error: ")
        assert wanted in error or ("ZclStatusError" in wanted and "UNSUPPORTED_ATTRIBUTE" in error)


@pytest.mark.parametrize("vector", of("configure"))
def test_configure(vector: dict[str, Any]) -> None:
    sent = [[each.endpoint, each.cluster, each.serialize(None).hex()] for each in definition_of(vector).configure]
    frames = reference(vector)["frames"]
    assert sent == [[each["endpoint"], each["cluster"], each["hex_no_tsn"]] for each in frames]


def test_overrides_refer_to_vectors_and_have_a_reason() -> None:
    assert set(OVERRIDES) <= {vector["id"] for vector in ALL}
    assert all(override["why"] for override in OVERRIDES.values())


def test_an_override_differs_from_what_it_overrides() -> None:
    for vector in ALL:
        if vector["id"] in OVERRIDES and vector["direction"] == "in":
            assert OVERRIDES[vector["id"]]["expected"] != reference(vector), vector["id"]


def test_the_plugs_meter_is_energy() -> None:
    """Decision 12. The references take it for power."""
    assert decode(definition_of({"model": "ZNCZ02LM"}), 3, 12, "18840a5500391f854541", {}) == {"energy": 12.35}

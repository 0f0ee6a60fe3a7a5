"""The devices against the golden vectors: each sends what its vectors say, and does what a host's frames ask.

Frames that a product sends are made here by using its controls (`stimuli.py` beside its other tests); the sequence
number is the device's own. Vectors that probe a decoder with frames that no device sends aren't among them.
"""

import importlib
import re
from typing import Any

import pytest

from tests.products.stimuli import Obeys, Read, Sends, Step, Stimuli
from tests.support.station import TestCoordinator, is_report, joined, vectors, without_sequence
from zigloop.device.device import Device
from zigloop.device.registry import PRODUCTS, find
from zigloop.zcl.frame import Header
from zigloop.zcl.types import TYPES, unpack

STIMULI: dict[str, Stimuli] = {
    model: importlib.import_module(f"tests.products.{model.lower()}.stimuli").STIMULI for model in PRODUCTS
}
Frame = tuple[int, int, str]  # endpoint, cluster, ZCL frame in hex without its sequence number


class Subject:
    """A device that has joined, and the coordinator that hears it."""

    def __init__(self, peer: TestCoordinator, model: str, **declared: Any) -> None:
        self.peer = peer
        self.model = model
        self.stimuli = STIMULI[model]
        self.device: Device = joined(peer, find(model), ieee=self.stimuli.ieee, **declared)
        self.take(*self.stimuli.joined)

    def take(self, *steps: Step) -> None:
        for step in steps:
            if isinstance(step, Read):
                self.send(step.endpoint, step.cluster, bytes.fromhex(step.request))
            elif isinstance(step, str) and step in vectors(self.model):
                self.answers(step)
            elif isinstance(step, str):
                self.device.command(step)
            elif isinstance(step, float):
                self.peer.sleep(step)
            else:
                for name, value in step.items():
                    assert hasattr(self.device, name)
                    setattr(self.device, name, value)

    def send(self, endpoint: int, cluster: int, data: bytes) -> None:
        self.peer.send(self.device.node.nwk, endpoint, cluster, data)

    def sent(self, *steps: Step) -> list[Frame]:
        """What it sends during the steps."""
        self.peer.forget()
        self.take(*steps)
        self.peer.sleep(self.stimuli.listen)
        return [(each.src_endpoint, each.cluster, without_sequence(each.data).hex()) for each in self.peer.heard]

    def answers(self, vector: str) -> list[str]:
        """Wake it if it sleeps, and send a vector's frames."""
        sleeps = "wake" in self.device.controls
        if sleeps:
            self.device.command("wake")
            self.peer.sleep(0.01)
        self.peer.forget()
        for number, each in enumerate(vectors(self.model)[vector]["expected"]["seed_era"]["frames"]):
            data = bytes.fromhex(each["hex_no_tsn"])
            at = 3 if data[0] & 0x04 else 1
            cluster = self.stimuli.clusters.get(each["cluster"], each["cluster"])
            self.send(each["endpoint"], cluster, data[:at] + bytes((0x80 + number,)) + data[at:])
            self.peer.sleep(0.01)
        if sleeps:
            self.peer.sleep(0.3)  # until it has polled
        return [without_sequence(each.data).hex() for each in self.peer.heard if not is_report(each.data)]

    def expected_answers(self, case: Obeys) -> list[str]:
        """Patterns of the answers' hex."""
        known = vectors(self.model)
        if case.answers is None:
            frames = known[case.vector]["expected"]["seed_era"]["device_response_frames"]
            return [each["hex_no_tsn"] for each in frames]
        return [
            without_sequence(bytes.fromhex(known[each]["zcl_frame_hex"])).hex() if each in known else each
            for each in case.answers
        ]

    def frame(self, vector: str, case: Sends) -> Frame:
        """A vector's frame, as the case has it."""
        it = vectors(self.model)[vector]
        data = bytes.fromhex(it["zcl_frame_hex"])
        for attribute, value in case.attributes.items():
            data = with_value(data, attribute, value)
        before, after = (bytes.fromhex(each) for each in case.bytes)
        assert before in data, f"{vector} has nothing to replace"
        if before:
            data = data.replace(before, after)
        endpoint = it["endpoint"] if case.endpoint is None else case.endpoint
        return endpoint, it["cluster"], without_sequence(data).hex()


def with_value(data: bytes, attribute: int, value: int) -> bytes:
    """A report with another value for one of its attributes."""
    _, payload = Header.parse(data)
    offset, head = 0, len(data) - len(payload)
    while offset < len(payload):
        number, kind = int.from_bytes(payload[offset : offset + 2], "little"), payload[offset + 2]
        _, end = unpack(kind, payload, offset + 3)
        if number == attribute:
            return data[: head + offset + 3] + TYPES[kind].pack(value) + data[head + end :]
        offset = end
    raise AssertionError(f"the vector has no attribute 0x{attribute:04X}")


@pytest.mark.parametrize(
    ("model", "case"),
    [pytest.param(model, case, id=f"{model}-{case}") for model, of in STIMULI.items() for case in of.sends],
)
def test_what_it_sends(peer: TestCoordinator, model: str, case: Sends) -> None:
    it = Subject(peer, model, **case.declared)
    it.take(*case.before)
    frames = it.sent(*case.do)
    if case.repeated:
        frames = list(dict.fromkeys(frames))
    if case.which == "any":
        frames = [each for each in frames if each in {it.frame(vector, case) for vector in case.frames[0].split()}]
    elif isinstance(case.which, int):
        frames = [frames[case.which]]
    expected = [{it.frame(vector, case) for vector in alternatives.split()} for alternatives in case.frames]
    assert [{frame} for frame in frames] == expected


@pytest.mark.parametrize(
    ("model", "case"),
    [pytest.param(model, case, id=f"{model}-{case}") for model, of in STIMULI.items() for case in of.obeys],
)
def test_what_it_obeys(peer: TestCoordinator, model: str, case: Obeys) -> None:
    it = Subject(peer, model)
    it.take(*case.before)
    answers, expected = it.answers(case.vector), it.expected_answers(case)
    assert len(answers) == len(expected)
    for answer, pattern in zip(answers, expected, strict=True):
        assert re.fullmatch(pattern, answer)
    for seconds, state in ((0.0, case.state), *case.later):
        peer.sleep(seconds)
        assert it.device.state().items() >= state.items()


def test_each_vector_is_used_as_what_it_is() -> None:
    """Vectors of the other direction would compare nothing."""
    for model, of in STIMULI.items():
        sent = [name for case in of.sends for frame in case.frames for name in frame.split()]
        assert {vectors(model)[name]["direction"] for name in sent} == {"in"}
        assert {vectors(model)[case.vector]["direction"] for case in of.obeys} <= {"out", "configure"}

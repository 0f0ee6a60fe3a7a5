"""What a benchmark calls carried, and what it draws and records."""

import xml.etree.ElementTree as ET
from typing import Any

import pytest
from benchmarks import picture, record
from benchmarks.calibration import calibrate
from benchmarks.load import Outcome
from benchmarks.loads import RATES, carries
from benchmarks.plan import Plan, Result

COUNT, RATE = 4000, 1000


def outcome(latencies: list[float], *, sending: float = COUNT / RATE) -> Outcome:
    return Outcome(
        asked=RATE, count=COUNT, sending=sending, latencies=latencies, first=0.001, last=4.0, tail=0.001, cpu=0.5
    )  # fmt: skip


def test_a_low_latency_is_carried() -> None:
    assert carries(outcome([0.0005] * COUNT), RATE)
    assert carries(outcome([0.0005] * (COUNT - 39) + [0.3] * 39), RATE)  # fewer than one of a hundred


@pytest.mark.parametrize(
    "bad",
    [
        outcome([0.0005] * (COUNT - 1)),
        outcome([0.0005] * (COUNT - 41) + [0.021] * 41),
        outcome([0.0005 + 0.010 * number / COUNT for number in range(COUNT)]),
        outcome([0.0005] * COUNT, sending=1.1 * COUNT / RATE),
        outcome([0.177] * COUNT),
    ],
    ids=["one is lost", "a tail", "a backlog that grows", "not sent as fast", "a backlog"],
)
def test_what_is_not_carried(bad: Outcome) -> None:
    assert not carries(bad, RATE)


def test_the_ladder_goes_beyond_what_was_carried() -> None:
    assert list(RATES) == sorted(RATES)
    assert RATES[0] <= 256
    assert RATES[-1] >= 2 * 12_500


def step(rate: int, *, carried: bool = True, p50: float = 0.5) -> dict[str, Any]:
    return {"rate": rate, "p50_ms": p50, "p99_ms": 3 * p50, "cpu_us": 1e5 / rate, "carried": carried}


def run(**ladders: list[dict[str, Any]]) -> dict[str, Any]:
    hosts = {name: {"version": "1.2", "ladder": ladder, "dongle": 329.1} for name, ladder in ladders.items()}
    machine = {"cpu": "a <processor>", "cores": 2, "python": "3.11.7", "node": None}
    return {"date": "2026-11-26T12:00:00+00:00", "commit": "0123456", "machine": machine, "hosts": hosts}


def test_the_picture_has_both_hosts_and_crosses_out_what_is_not_carried() -> None:
    steps = [step(250), step(1000, carried=False), step(1000), step(4000, carried=False, p50=5000.0)]
    tree = ET.fromstring(picture.draw(run(bridge=steps, zigbee2mqtt=[step(250), step(500)])))
    lines = [each for each in tree.iter() if each.tag.endswith("polyline")]
    assert [each.get("stroke") for each in lines].count(picture.COLORS["bridge"]) == 3  # p50, p99, CPU
    assert len(lines) == 6
    crosses = [each for each in tree.iter() if each.tag.endswith("path") and each.get("stroke-width") == "2.5"]
    assert len(crosses) == 1  # the rate that was carried when it was tried again has none
    texts = "".join(tree.itertext())
    assert "a <processor>" in texts
    assert "329/s" in texts


def test_a_run_without_a_ladder_has_no_picture() -> None:
    with pytest.raises(ValueError, match="no ladder"):
        picture.draw(run(bridge=[]))


def test_a_record_has_the_calibration_and_the_ranges() -> None:
    result = Result()
    for value in (5.0, 11.0):
        result.sample("interview_50", value)
    result.sample("start_blank", 1.0)
    assert result.ranges == {"interview_50": (5.0, 11.0)}
    described = record.describe(Plan(), record.Conditions(quick=True), {})
    before, after = described["conditions"]["calibration"]
    assert before["cpu_ms"] > 0
    assert after["wall_ms"] > 0


def test_the_calibration_grows_with_its_turns() -> None:
    assert 10 * calibrate(100)["cpu_ms"] < calibrate(40_000)["cpu_ms"]

"""The benchmark of scale: its exponents, and a small run."""

import pytest
from benchmarks import record, scale


@pytest.mark.parametrize(("power", "factor"), [(0.0, 3.0), (1.0, 0.1), (2.0, 7.0), (-0.5, 1.0)])
def test_the_exponent_of_a_power(power: float, factor: float) -> None:
    sizes = [25, 50, 100, 200, 400]
    assert scale.exponent(sizes, [factor * size**power for size in sizes]) == pytest.approx(power)


def test_one_size_has_no_exponent() -> None:
    with pytest.raises(ValueError, match="two sizes"):
        scale.exponent([25, 25], [1.0, 2.0])


def test_a_small_run() -> None:
    seen: list[int] = []
    result = scale.measure((4, 8), seen.append)
    assert seen == [4, 8]
    for each in scale.OPERATIONS:
        costs = result.seconds[each.key]
        assert [*costs] == [4, 8]
        assert min(costs.values()) > 0
    run = record.describe_scale(record.Conditions(quick=True), result)
    assert run["scale"]["join"]["seconds"].keys() == {"4", "8"}

"""What chaos has found, each as short as it was shrunk."""

import asyncio

import pytest

from zigloop.bench import Bench
from zigloop.testing.world import World


@pytest.fixture
def settled(world: World, bench: Bench) -> World:
    """A home with a plug."""
    world.join(bench.add("ZNCZ02LM", "plug"))
    return world


def works(world: World, bench: Bench) -> None:
    assert world.recovers(120)
    world.mqtt.publish("plug/set", {"state": "ON"})
    world.mqtt.eventually("plug", {"state": "ON"})
    assert bench["plug"].state()["on"]


def test_a_reset_whose_word_is_lost_on_the_line(settled: World, bench: Bench) -> None:
    """Seed 1: the bridge went on as if the radio's network were up, and each request was refused."""
    bench.parts["line"].do("drop_next", bytes=8)
    bench.parts["radio"].do("reset")
    works(settled, bench)


@pytest.mark.parametrize("seconds", [1.2, 1.4, 1.6, 1.8, 2.0, 2.4])
def test_a_radio_that_goes_while_its_network_is_written(settled: World, bench: Bench, seconds: float) -> None:
    """Seed 12: the radio was left on a network of chance, which the bridge then refused to touch for ever."""
    bench.parts["radio"].do("lose_memory")
    settled.run(asyncio.sleep(seconds))
    bench.parts["line"].do("interrupt", seconds=0.2)
    works(settled, bench)

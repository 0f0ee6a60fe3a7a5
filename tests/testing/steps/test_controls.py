"""The sentences of controls: one parser, and each sentence only for the products that have it."""

import random

import pytest

from zigloop.controls.control import Controlled
from zigloop.device.registry import PRODUCTS
from zigloop.testing.steps.controls import BENCH_PARTS, phrases, read

OWNERS: list[tuple[str, type[Controlled]]] = [
    *PRODUCTS.items(),
    *((part.called, part) for part in BENCH_PARTS),
]


@pytest.mark.parametrize(("owner", "kind"), OWNERS, ids=[owner for owner, kind in OWNERS])
def test_a_sentence_means_one_control_of_its_owner(owner: str, kind: type[Controlled]) -> None:
    rng = random.Random(1)
    for control in kind.controls.values():
        if control.phrase is None:
            continue
        inside = {name: each for name, each in control.arguments.items() if f"{{{name}}}" in control.phrase}
        arguments = {name: str(each.pick(rng, ["plug", "lamp"])) for name, each in inside.items()}
        sentence = control.phrase.format(name="thing", **arguments)
        found = [(use.phrase.verbs[owner], use.arguments) for use in read(sentence) if owner in use.phrase.verbs]
        assert found == [(control.verb, arguments)], sentence


def test_a_phrase_of_several_products_is_there_once() -> None:
    assert len({(each.part, each.pattern) for each in phrases()}) == len(phrases())
    (common,) = [each for each in phrases() if each.pattern.fullmatch("plug loses power")]
    assert set(common.verbs) == set(PRODUCTS)


def test_what_no_control_says_is_nothing() -> None:
    assert read("the button of plug is presed") == ()
    assert read("plug is pressed now") == ()

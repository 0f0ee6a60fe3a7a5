"""What both locks are, as their pages and docs/protocols.md 11.4 describe it."""

import json
import random

import pytest

from tests.support.lock import join, told, zdo
from tests.support.station import IEEE, TestCoordinator
from zigloop.controls.arguments import ControlError
from zigloop.device.registry import PRODUCTS
from zigloop.lumi.lock import Lock

DOOR_LOCK = 0x0101
MODELS = ("ZNMS11LM", "ZNMS12LM")

EVERY_VERB = (
    "accept finger admin 1",
    "accept password user 200",
    "refuse finger 255",
    "ring",
    "lock",
    "reverse on",
    "reverse off",
    "open outside",
    "close",
    "add password 7",
    "delete password 7",
    "menu 1",
    "speak english",
)


def ask(peer: TestCoordinator, lock: Lock, cluster: int, request: str) -> list[str]:
    """What it answers, once it polls."""
    peer.forget()
    peer.send(lock.node.nwk, 1, cluster, bytes.fromhex(request))
    lock.wake()
    peer.sleep(1)
    return [payload.hex() for _, of, header, payload in peer.said() if of == cluster and header.command != 0x0A]


# What it is on the network


@pytest.mark.parametrize("model", MODELS)
def test_its_endpoint(peer: TestCoordinator, model: str) -> None:
    lock = join(peer, model)
    lock.wake()
    ((_, descriptor),) = [answer for answer in zdo(peer, lock, 0x0004, 1) if answer[0] == 0x8004]
    assert descriptor[4:].hex() == "01" + "0401" + "0a00" + "00" + "06000001000300" + "0a0019000101" + "02" + "0a001900"


@pytest.mark.parametrize("model", MODELS)
def test_it_refuses_all_commands(peer: TestCoordinator, model: str) -> None:
    lock = join(peer, model)
    lock.lock()
    peer.sleep(5)
    assert ask(peer, lock, DOOR_LOCK, "012a01") == ["0181"]  # unlock: no such cluster command
    assert lock.bolted


@pytest.mark.parametrize("model", MODELS)
def test_standard_attributes(peer: TestCoordinator, model: str) -> None:
    lock = join(peer, model)
    lock.lock()
    assert ask(peer, lock, DOOR_LOCK, "102a0000000300") == ["0000003001" + "0300003001"]
    lock.open("inside")
    assert ask(peer, lock, DOOR_LOCK, "102b0000000300") == ["0000003002" + "0300003000"]
    lock.drain(3960)
    assert ask(peer, lock, 0x0001, "102c002000") == ["2000002028"]


# What people do


@pytest.mark.parametrize("model", MODELS)
def test_each_verb_is_one_report(peer: TestCoordinator, model: str) -> None:
    lock = join(peer, model)
    for verb in EVERY_VERB:
        peer.forget()
        lock.command(verb)
        peer.sleep(0.1)
        ((cluster, _),) = told(peer)
        assert cluster == DOOR_LOCK, verb


@pytest.mark.parametrize("model", MODELS)
def test_bolt_reverse_lock_and_door(peer: TestCoordinator, model: str) -> None:
    lock = join(peer, model)
    for verb, bolted, reversed_, door_open in (
        ("open outside", False, False, True),
        ("close", False, False, False),
        ("reverse on", False, True, False),
        ("reverse off", False, False, False),
        ("lock", True, False, False),
        ("reverse on", True, True, False),
        ("open inside", False, False, True),
        ("lock", True, False, False),
    ):
        lock.command(verb)
        state = lock.state()
        assert (state["bolted"], state["reversed"], state["door_open"]) == (bolted, reversed_, door_open), verb
        shown = {"state": "LOCK" if bolted else "UNLOCK", "reverse": "LOCK" if reversed_ else "UNLOCK"}
        assert lock.expected_state().items() >= shown.items(), verb


@pytest.mark.parametrize("model", MODELS)
def test_the_fingers_and_passwords_it_knows(peer: TestCoordinator, model: str) -> None:
    lock = join(peer, model)
    lock.add("finger", 4)
    lock.accept("finger", "admin", 1)
    lock.accept("password", "user", 4)
    lock.delete("finger", 4)
    lock.delete("finger", 9)
    lock.refuse("finger", 3)
    assert (lock.state()["fingers"], lock.state()["passwords"]) == ([1], [4])


@pytest.mark.parametrize("model", MODELS)
def test_without_its_batteries_nothing_moves_it(peer: TestCoordinator, model: str) -> None:
    lock = join(peer, model)
    lock.lock()
    peer.sleep(1)
    lock.cut()
    before = lock.state()
    peer.forget()
    for verb in EVERY_VERB:
        lock.command(verb)
    peer.sleep(1)
    assert (lock.state(), told(peer)) == (before, [])
    lock.restore()
    peer.sleep(20)
    ((_, heartbeat),) = [report for report in told(peer) if report[1].startswith("01ff")]
    assert "05210200" in heartbeat  # its second start


@pytest.mark.parametrize("model", MODELS)
def test_it_remembers(peer: TestCoordinator, model: str) -> None:
    lock = join(peer, model)
    for verb in (
        "add finger 4",
        "accept password user 7",
        "lock",
        "reverse on",
        "speak english",
        "heat -3",
        "charge 40",
    ):
        lock.command(verb)
    if model == "ZNMS12LM":
        lock.command("warn on")
    memory = json.loads(json.dumps(lock.snapshot()))
    again = PRODUCTS[model](peer.air, name="again", ieee=IEEE + 1, rng=random.Random(2))
    again.restore_snapshot(memory)
    assert again.snapshot() == memory | {"ieee": IEEE + 1}
    assert again.expected_state() == lock.expected_state()
    assert {**again.state(), "ieee": ""} == {**lock.state(), "ieee": ""}


@pytest.mark.parametrize(
    ("verb", "says"),
    [
        ("accept finger boss 3", "accept: role is admin or user, not 'boss'"),
        ("accept face user 3", "accept: key is finger or password, not 'face'"),
        ("accept finger user 256", "accept: user is a whole number from 0 to 255, not '256'"),
        ("refuse finger 0", "refuse: times is a whole number from 1 to 255, not '0'"),
        ("menu 0", "menu: user is a whole number from 1 to 255, not '0'"),
        ("speak french", "speak: language is chinese or english, not 'french'"),
        ("open above", "open: side is outside or inside, not 'above'"),
    ],
)
def test_errors_for_invalid_controls(peer: TestCoordinator, verb: str, says: str) -> None:
    lock = join(peer, "ZNMS11LM")
    with pytest.raises(ControlError) as error:
        lock.command(verb)
    assert str(error.value) == says


# What it says for a hub


@pytest.mark.parametrize("model", MODELS)
def test_what_it_encrypts(peer: TestCoordinator, model: str) -> None:
    """16 bytes, and each time others: nothing tells what they mean."""
    lock = join(peer, model, hub_encrypted=True)
    peer.forget()
    for verb in EVERY_VERB * 2:
        lock.command(verb)
        peer.sleep(0.1)
    reports = told(peer)
    assert {(cluster, report[4:8], len(report)) for cluster, report in reports} == {(DOOR_LOCK, "4210", 8 + 32)}
    assert len({report[8:] for _, report in reports}) == len(reports) == 2 * len(EVERY_VERB)
    assert lock.language_spoken == "english"

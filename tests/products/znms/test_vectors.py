"""The locks against the golden vectors: what a person does to one makes it say exactly that.

Not here: vectors that probe a decoder with frames that no lock sends (codes of the S2 Pro, third methods, text where a
number belongs), and ZNMS11LM.in.basic_heartbeat, whose parent has the address 0x1234: ours is the coordinator's child.
"""

import json
from typing import Any

import pytest

from tests.products.znms.lock import joined
from tests.support.paths import VECTORS
from tests.support.station import TestCoordinator, said, wanted, without_sequence

VECTORS: dict[str, dict[str, Any]] = {
    each["id"]: each
    for model in ("ZNMS11LM", "ZNMS12LM")
    for each in json.loads((VECTORS / f"{model}.json").read_text())["vectors"]
}


#: What is done, before and at last; and the vectors whose frames the last of them makes.
S1 = {
    "accept finger user 3": "finger_open.user.id3.legacy_default finger_open.user.id3.legacy_false",
    "accept finger admin 1": "finger_open.admin.id1.legacy_true",
    "accept password admin 2": "password_open.admin.id2.legacy_default password_open.admin.id2.legacy_true",
    "accept finger user 255": "open.user_id_255",
    "accept finger user 0": "open.user_id_0",
    "refuse finger": "finger_not_match.x1.legacy_false",
    "refuse finger 3": "finger_not_match.x3.legacy_default finger_not_match.x3.legacy_false",
    "refuse password 2": "password_not_match.x2.legacy_default password_not_match.x2.legacy_true",
    "refuse password 16": "password_not_match.x16_shifted",
    "ring": "ring_bell.legacy_default ring_bell.legacy_true ring_bell.legacy_false",
    "add finger 4": "finger_add.id4.legacy_default finger_add.id4.legacy_false",
    "delete finger 4": "finger_delete.id4.legacy_default finger_delete.id4.legacy_true",
    "add password 7": "password_add.id7.legacy_default password_add.id7.legacy_true password_add.id7.legacy_false",
    "delete password 7": "password_delete.id7.legacy_default password_delete.id7.legacy_true",
}
S2 = {
    "reverse off": "reverse_lock_cancel.unlock.0301.legacy_default reverse_lock_cancel.unlock.0301.legacy_true "
    "reverse_lock_cancel.unlock.0301.legacy_false",
    "lock, reverse off": "reverse_lock_cancel.lock.0311.legacy_false",
    "reverse on": "reverse_lock.unlock.0205.legacy_default reverse_lock.unlock.0205.legacy_true "
    "reverse_lock.unlock.0205.legacy_false",
    "lock, reverse on": "reverse_lock.lock.0215.legacy_default reverse_lock.lock.0215.legacy_true "
    "reverse_lock.lock.0215.legacy_false",
    "lock": "locked.0111.legacy_default locked.0111.legacy_false",
    "open outside": "lock_opened_outside.0b00.legacy_false",
    "open inside": "lock_opened_inside.0c00.legacy_default lock_opened_inside.0c00.legacy_true "
    "lock_opened_inside.0c00.legacy_false",
    "close": "znms13_code.2400",
    "accept finger user 3": "finger_open.user.id3.legacy_default finger_open.user.id3.legacy_true "
    "finger_open.user.id3.legacy_false",
    "accept finger admin 1": "finger_open.admin.id1.legacy_default finger_open.admin.id1.legacy_false",
    "accept password user 5": "password_open.user.id5.legacy_default password_open.user.id5.legacy_false",
    "accept password admin 2": "password_open.admin.id2.legacy_default password_open.admin.id2.legacy_true",
    "accept finger user 127": "open.user_id_127",
    "accept finger user 128": "open.user_id_128",
    "refuse finger 3": "finger_not_match.x3.legacy_default finger_not_match.x3.legacy_true "
    "finger_not_match.x3.legacy_false",
    "refuse password 2": "password_not_match.x2.legacy_default password_not_match.x2.legacy_true "
    "password_not_match.x2.legacy_false",
    "refuse password 16": "verify.x16",
    "ring": "ring_bell.legacy_default ring_bell.legacy_false",
    "add finger 4": "finger_add.id4.charstr",
    "speak chinese": "language.1.legacy_default",
    "speak english": "language.2.legacy_default language.2.legacy_true language.2.legacy_false",
    "warn on": "basic.batteryAlarmMask.1",
    "warn on, warn off": "basic.batteryAlarmMask.0",
}
S2_OCTETS = {
    "add finger 4": "finger_add.id4.octstr.legacy_default finger_add.id4.octstr.legacy_true "
    "finger_add.id4.octstr.legacy_false",
    "delete finger 4": "finger_delete.id4.octstr.legacy_default finger_delete.id4.octstr.legacy_true "
    "finger_delete.id4.octstr.legacy_false",
    "add password 7": "password_add.id7.octstr.legacy_default password_add.id7.octstr.legacy_true "
    "password_add.id7.octstr.legacy_false",
    "delete password 7": "password_delete.id7.octstr.legacy_true",
    "menu 7": "user_cmd_0.octstr",
    "accept finger user 200": "open.user_id_200.octstr",
}


@pytest.mark.parametrize(
    ("model", "quirks", "verbs", "vectors"),
    [
        pytest.param(model, quirks, verbs, vectors.split(), id=f"{model}-{verbs}-{len(quirks)}")
        for model, quirks, table in (
            ("ZNMS11LM", {}, S1),
            ("ZNMS12LM", {}, S2),
            ("ZNMS12LM", {"octet_strings": True}, S2_OCTETS),
        )
        for verbs, vectors in table.items()
    ],
)
def test_what_is_done_to_it(
    peer: TestCoordinator, model: str, quirks: dict[str, bool], verbs: str, vectors: list[str]
) -> None:
    lock = joined(peer, model, **quirks)
    *before, last = verbs.split(", ")
    for verb in before:
        lock.command(verb)
    peer.sleep(1)
    frames = said(peer, lambda: lock.command(last))
    assert [frames] * len(vectors) == [[wanted(VECTORS[f"{model}.in.{each}"])] for each in vectors]


def test_heartbeat(peer: TestCoordinator) -> None:
    lock = joined(peer, "ZNMS12LM")
    lock.drain(3600)
    lock.outages = 6
    assert said(peer, lock.heartbeat) == [wanted(VECTORS["ZNMS12LM.in.heartbeat.full"])]


def test_the_oldest_heartbeat(peer: TestCoordinator) -> None:
    lock = joined(peer, "ZNMS12LM", heartbeat_in_0xff02=True)
    lock.drain(3900)
    lock.outages = 4
    assert said(peer, lock.heartbeat) == [wanted(VECTORS["ZNMS12LM.in.heartbeat.ff02_struct"])]


@pytest.mark.parametrize(
    ("model", "verb", "cluster", "read", "vector"),
    [
        ("ZNMS11LM", "accept finger user 3", 0x0101, "145f11180010ff", "open.read_response"),
        ("ZNMS12LM", "open outside", 0x0101, "145f116f00f6ff", "status.read_response"),
        ("ZNMS12LM", "warn on", 0x0001, "10c0003500", "basic.batteryAlarmMask.readrsp"),
    ],
)
def test_answers_to_reads(peer: TestCoordinator, model: str, verb: str, cluster: int, read: str, vector: str) -> None:
    lock = joined(peer, model)
    lock.command(verb)
    peer.sleep(0.1)
    peer.forget()
    peer.send(lock.node.nwk, 1, cluster, bytes.fromhex(read))
    peer.sleep(1)  # until it polls
    answers = [(each.src_endpoint, each.cluster, without_sequence(each.data)) for each in peer.heard]
    assert answers == [wanted(VECTORS[f"{model}.in.{vector}"])]

"""The locks' definitions beyond the golden vectors: every code, any bytes, and what a host makes of a lock's life."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.rig import Rig
from zigloop_bridge.converters.definition import Definition
from zigloop_bridge.converters.exposes import flatten
from zigloop_bridge.devices import znms11lm, znms12lm
from zigloop_bridge.zcl import codec as zcl

S1, S2 = znms11lm.definition, znms12lm.definition
BOTH = pytest.mark.parametrize("definition", [S1, S2], ids=["S1", "S2"])

DOOR_LOCK = 0x0101
STATUS, OPENING, ATTEMPT, MANAGEMENT, LANGUAGE = 0xFFF6, 0xFF10, 0xFF11, 0xFF01, 0xFFF2
OCTETS, CHARACTERS, LONG_OCTETS, UINT32 = 0x41, 0x42, 0x43, 0x23


def report(attribute: int, kind: int, value: bytes) -> zcl.Frame:
    content = attribute.to_bytes(2, "little") + bytes((kind,)) + value
    return zcl.parse(bytes.fromhex("1c5f11010a") + content)


def string(*content: int) -> bytes:
    return bytes((len(content), *content))


def decode(definition: Definition, attribute: int, kind: int, value: bytes, **options: Any) -> dict[str, Any]:
    return definition.decode(definition.read(1, DOOR_LOCK, report(attribute, kind, value)), options)


# 0xFFF6


@BOTH
@pytest.mark.parametrize(
    ("codes", "action", "state", "reverse"),
    [
        ("0301 0341", "reverse_lock_cancel", "UNLOCK", "UNLOCK"),
        ("0311 0351", "reverse_lock_cancel", "LOCK", "UNLOCK"),
        ("0205 0245", "reverse_lock", "UNLOCK", "LOCK"),
        ("0215 0255 1355", "reverse_lock", "LOCK", "LOCK"),
        ("0111 1351 1451", "locked", "LOCK", "UNLOCK"),
        ("0b00 0600 0640", "lock_opened_outside", "UNLOCK", "UNLOCK"),
        ("0c00 2300 0540 0440", "lock_opened_inside", "UNLOCK", "UNLOCK"),
        ("2400 2401", "door_closed", "UNLOCK", "UNLOCK"),
    ],
)
@pytest.mark.parametrize("kind", [CHARACTERS, OCTETS])
def test_status(definition: Definition, codes: str, action: str, state: str, reverse: str, kind: int) -> None:
    for code in codes.split():
        payload = decode(definition, STATUS, kind, string(0, 0, 0, *bytes.fromhex(code)))
        assert payload == {"action": action, "state": state, "reverse": reverse}, code


@BOTH
@pytest.mark.parametrize("content", [b"", b"\0\0\0\1", bytes.fromhex("0000000115"), bytes.fromhex("0000007f11")])
def test_an_invalid_status_publishes_nothing(definition: Definition, content: bytes) -> None:
    assert decode(definition, STATUS, CHARACTERS, string(*content)) == {}


# Users, attempts, language


@pytest.mark.parametrize(("method", "role", "user"), [(1, 1, 0), (2, 2, 128), (1, 2, 255), (2, 1, 9)])
def test_both_locks_publish_the_same_when_opened(method: int, role: int, user: int) -> None:
    expected = {
        "action": {1: "finger_open", 2: "password_open"}[method],
        "action_user": user,
        "action_user_role": {1: "admin", 2: "user"}[role],
    }
    s1 = bytes((user, 0, role << 4, method))
    s2 = string(0, 0, 0, method, role << 4, 0, user)
    assert decode(S1, OPENING, UINT32, s1, legacy=False) == expected
    assert decode(S2, OPENING, CHARACTERS, s2, legacy=False) == expected
    assert decode(S2, OPENING, CHARACTERS, s2) == expected | {"user": user}
    assert decode(S1, OPENING, UINT32, s1) == expected | {"user": user, "data": f"{method}{role}000{user:02x}"}


def test_an_unknown_key_that_was_tried() -> None:
    """The S1 has at least the number to tell, as of old."""
    assert decode(S2, ATTEMPT, CHARACTERS, string(0, 0, 0, 3, 0, 0, 0x99)) == {}
    assert decode(S1, ATTEMPT, UINT32, bytes((0x99, 0, 0, 3))) == {"data": "3000099"}
    assert decode(S1, ATTEMPT, UINT32, bytes((0x99, 0, 0, 3)), legacy=False) == {}


def test_an_unknown_user_management_code_is_not_an_action() -> None:
    assert decode(S2, MANAGEMENT, CHARACTERS, string(0, 0, 0, 0, 0, 0, 7, 0, 0, 12), legacy=False) == {"action_user": 7}
    assert decode(S1, MANAGEMENT, CHARACTERS, string(1, UINT32, 7, 0, 0, 12), legacy=False) == {"action_user": 7}


@pytest.mark.parametrize("kind", [CHARACTERS, OCTETS])
def test_user_management_is_bytes_whatever_they_are_called(kind: int) -> None:
    """Decisions 5 and 16."""
    expected = {"action": "password_delete", "action_user": 200}
    assert decode(S1, MANAGEMENT, kind, string(1, UINT32, 200, 0, 0, 4), legacy=False) == expected
    assert decode(S2, MANAGEMENT, kind, string(0, 0, 0, 0, 0, 0, 200, 0, 0, 4), legacy=False) == expected


@BOTH
def test_language(definition: Definition) -> None:
    for number, more in ((1, {"action_language": "chinese"}), (2, {"action_language": "english"}), (3, {})):
        payload = decode(definition, LANGUAGE, CHARACTERS, string(0, 0, 0, number))
        assert payload == {"action": "change_language_to", **more}
    assert decode(definition, LANGUAGE, CHARACTERS, string(0, 0, 0)) == {}


def test_a_structure_that_ends_early_is_malformed() -> None:
    with pytest.raises(zcl.MalformedError):
        decode(S1, MANAGEMENT, CHARACTERS, string(1, UINT32, 7, 0))


# Any bytes


values = st.one_of(
    st.builds(
        lambda kind, content: (kind, string(*content)),
        st.sampled_from((OCTETS, CHARACTERS)),
        st.binary(max_size=20),
    ),
    st.builds(lambda number: (UINT32, number.to_bytes(4, "little")), st.integers(0, 0xFFFFFFFF)),
    st.builds(lambda number: (0x2F, number.to_bytes(8, "little")), st.integers(0, 2**64 - 1)),  # signed
    st.builds(lambda content: (0x39, content), st.binary(min_size=4, max_size=4)),  # a float
    st.just((0x10, b"\1")),
    st.just((0x00, b"")),
)


@BOTH
@given(
    attribute=st.sampled_from((STATUS, OPENING, ATTEMPT, MANAGEMENT, LANGUAGE)),
    value=values,
    legacy=st.sampled_from((None, True, False)),
)
def test_everything_it_publishes_is_on_its_page(
    definition: Definition, attribute: int, value: tuple[int, bytes], legacy: bool | None
) -> None:
    """Decision 15: a value outside the page is left out, and nothing is null."""
    options = {} if legacy is None else {"legacy": legacy}
    try:
        payload = decode(definition, attribute, *value, **options)
    except zcl.MalformedError:
        return
    exposed = {expose.property: expose for expose in flatten(definition.exposes)}
    more = {"action_user": int, "action_repeat": int, "action_user_role": str, "action_language": str}
    if legacy is not False:
        more |= {"user": int, "repeat": int} | ({"data": str} if definition is S1 else {})
    for key, each in payload.items():
        if key in exposed:
            assert exposed[key].accepts(each), (key, each)
        else:
            assert type(each) is more[key], (key, each)
    assert payload.get("action_user_role", "user") in ("admin", "user")
    assert 0 <= payload.get("action_user", 0) <= 255


@BOTH
@given(content=st.binary(min_size=16, max_size=16), kind=st.sampled_from((OCTETS, CHARACTERS)))
def test_what_is_encrypted_is_nothing_but_a_notice(definition: Definition, content: bytes, kind: int) -> None:
    for attribute in (STATUS, OPENING, ATTEMPT, MANAGEMENT, LANGUAGE):
        received = definition.read(1, DOOR_LOCK, report(attribute, kind, string(*content)))
        assert definition.decode(received, {}) == {}
        (sentence,) = definition.sentences(received)
        assert "encrypted for its hub" in sentence


@BOTH
def test_nothing_else_has_a_notice(definition: Definition) -> None:
    for length in (*range(16), 17):
        frame = report(STATUS, CHARACTERS, string(*bytes(length)))
        assert definition.sentences(definition.read(1, DOOR_LOCK, frame)) == []


# On a bench


def pair(rig: Rig, model: str, **quirks: bool) -> Any:
    lock = rig.pair("lock", model, **quirks)
    rig.sleep(15)  # it has sent its first heartbeat
    rig.mqtt.mark()
    return lock


@pytest.mark.parametrize("model", ["ZNMS11LM", "ZNMS12LM"])
def test_an_encrypted_lock_is_logged_once(rig: Rig, model: str) -> None:
    rig.start()
    lock = pair(rig, model, hub_encrypted=True)
    for verb in ("lock", "open inside", "accept finger user 3", "add finger 4", "refuse password 2", "speak english"):
        lock.command(verb)
        rig.sleep(1)
    assert rig.mqtt.since_mark("lock") == []
    logged = [message.json for message in rig.mqtt.since_mark("bridge/logging")]
    assert [(entry["level"], "encrypted for its hub" in entry["message"]) for entry in logged] == [("warning", True)]


def test_an_encrypted_lock_that_was_removed_is_logged_again(rig: Rig) -> None:
    rig.start()
    lock = pair(rig, "ZNMS12LM", hub_encrypted=True)
    for _ in range(2):
        lock.lock()
        rig.log("encrypted for its hub", level="warning")
        rig.mqtt.request("device/remove", {"id": "lock", "force": True})
        rig.mqtt.mark()
        lock.do("pair")
        rig.mqtt.eventually("bridge/event", {"type": "device_interview", "data": {"status": "successful"}})
        rig.sleep(20)
        rig.mqtt.request("device/rename", {"last": True, "to": "lock"})
        rig.mqtt.mark()


@pytest.mark.parametrize("model", ["ZNMS11LM", "ZNMS12LM"])
def test_what_a_day_at_the_door_publishes(rig: Rig, model: str) -> None:
    """One publish for each event, and an event's keys are in no other."""
    rig.start()
    lock = pair(rig, model)
    rig.mqtt.request("device/options", {"id": "lock", "options": {"legacy": False}})
    rig.mqtt.mark()
    events = []
    for verb, own in (
        ("lock", {"action": "locked"}),
        ("refuse finger 3", {"action": "finger_not_match", "action_repeat": 3}),
        ("ring", {"action": "ring_bell"}),
        ("accept finger user 128", {"action": "finger_open", "action_user": 128, "action_user_role": "user"}),
        ("open outside", {"action": "lock_opened_outside"}),
        ("speak english", {"action": "change_language_to", "action_language": "english"}),
        ("add password 7", {"action": "password_add", "action_user": 7}),
    ):
        lock.command(verb)
        rig.sleep(1)
        events.append(own)
        published = [message.json for message in rig.mqtt.since_mark("lock")]
        own_keys = [{key: each for key, each in state.items() if key.startswith("action")} for state in published]
        assert own_keys == events
        assert {key: published[-1][key] for key in ("state", "reverse")} == {
            key: lock.expected_state()[key] for key in ("state", "reverse")
        }
        assert not {"user", "repeat", "data"} & set(published[-1])

"""Aqara door locks: five attributes of the door lock cluster, under Lumi's manufacturer code.

0xFFF6 is the state of the lock, 0xFF10 the user that opened it, 0xFF11 a failed attempt or the bell, 0xFF01 the
management of users, 0xFFF2 the language. Strings are bytes here: firmware declares them as text, but they aren't.

Sources: the golden vectors, and docs/decisions.md (1 to 6, 14 to 17) where other bridges deviate from the page.
"""

from collections.abc import Callable

from zigloop_bridge.converters import exposes
from zigloop_bridge.converters.definition import DecodeContext, Decoder, Notice, Payload, Values
from zigloop_bridge.converters.lumi import read_structure
from zigloop_bridge.zcl import codec as zcl
from zigloop_bridge.zcl.names import DOOR_LOCK

STATUS, OPENING, ATTEMPT, MANAGEMENT, LANGUAGE = 0xFFF6, 0xFF10, 0xFF11, 0xFF01, 0xFFF2
#: A frame may carry several of them: the first in this order counts.
ATTRIBUTES = (STATUS, OPENING, ATTEMPT, MANAGEMENT, LANGUAGE)

#: In the order of the page, which the codes of user management follow.
ACTIONS = (
    "finger_not_match",
    "password_not_match",
    "reverse_lock",
    "reverse_lock_cancel",
    "locked",
    "lock_opened",
    "finger_add",
    "finger_delete",
    "password_add",
    "password_delete",
    "lock_opened_inside",
    "lock_opened_outside",
    "ring_bell",
    "change_language_to",
    "finger_open",
    "password_open",
    "door_closed",
)

# 0xFFF6: the event in the high byte, and in the low one what is so after it. The second line of each are codes of the
# S2 Pro (ZNMS13LM), which other bridges understand on these locks too.
_STATUS = {
    "reverse_lock_cancel": (0x0301, 0x0311, 0x0341, 0x0351),
    "reverse_lock": (0x0205, 0x0215, 0x0245, 0x0255, 0x1355),
    "locked": (0x0111, 0x1351, 0x1451),
    "lock_opened_outside": (0x0B00, 0x0600, 0x0640),
    "lock_opened_inside": (0x0C00, 0x0440, 0x0540, 0x2300),
    "door_closed": (0x2400, 0x2401),
}
_STATUS_ACTIONS = {code: action for action, codes in _STATUS.items() for code in codes}
_BOLT, _REVERSE = 0x10, 0x04

_OPENED_BY = {1: "finger_open", 2: "password_open"}
_ADMIN = 1
_ATTEMPTS = {0x40: "finger_not_match", 0x02: "password_not_match", 0x00: "ring_bell"}
# Codes 1 to 4 are adding and deleting. For the others the golden vectors have their neighbours in `ACTIONS`.
_MANAGED = dict(enumerate(ACTIONS[ACTIONS.index("lock_opened") :]))
_LANGUAGES = {1: "chinese", 2: "english"}

#: Length of a value that a lock has encrypted for Lumi's hub (XiaomiGateway3#713); no other value is this long.
ENCRYPTED = 16

#: Reads a value as a number of four bytes; None when it isn't one, or nothing.
Number = Callable[[zcl.Value], int | None]


def of_integer(value: zcl.Value) -> int | None:
    """ZNMS11LM: an unsigned integer."""
    return value if isinstance(value, int) and value > 0 else None


def of_string(value: zcl.Value) -> int | None:
    """ZNMS12LM: a string, the number behind three bytes."""
    return int.from_bytes(value[3:7], "big") if isinstance(value, bytes) and len(value) >= 7 else None


def managed_in_structure(value: zcl.Value) -> int | None:
    """ZNMS11LM: tag 1 of a Lumi structure. Raises `zcl.MalformedError`."""
    return of_integer(read_structure(value).get(1)) if isinstance(value, bytes) else None


def managed_in_string(value: zcl.Value) -> int | None:
    """ZNMS12LM: a string, code and user three bytes apart."""
    return value[9] << 24 | value[6] if isinstance(value, bytes) and len(value) >= 10 else None


def status(value: zcl.Value) -> Payload:
    """0xFFF6."""
    if not isinstance(value, bytes) or len(value) < 5:
        return {}
    action = _STATUS_ACTIONS.get(int.from_bytes(value[3:5], "big"))
    if action is None:
        return {}
    return {
        "action": action,
        "state": "LOCK" if value[4] & _BOLT else "UNLOCK",
        "reverse": "LOCK" if value[4] & _REVERSE else "UNLOCK",
    }


def opening(number: int) -> Payload:
    """0xFF10: method, role in the high nibble, 0, user."""
    method, role, _, user = number.to_bytes(8, "big")[-4:]
    action = {"action": _OPENED_BY[method]} if method in _OPENED_BY else {}
    return {**action, "action_user": user, "action_user_role": "admin" if role >> 4 == _ADMIN else "user"}


def attempt(number: int) -> Payload:
    """0xFF11: attempts, 0, 0, method."""
    times, _, _, what = number.to_bytes(8, "big")[-4:]
    action = _ATTEMPTS.get(what)
    if action is None:
        return {}
    return {"action": action} if action == "ring_bell" else {"action": action, "action_repeat": times}


def management(number: int) -> Payload:
    """0xFF01: action, 0, 0, user."""
    code, _, _, user = number.to_bytes(8, "big")[-4:]
    action = {"action": _MANAGED[code]} if code in _MANAGED else {}
    return {**action, "action_user": user}


def language(value: zcl.Value) -> Payload:
    """0xFFF2."""
    if not isinstance(value, bytes) or len(value) < 4:
        return {}
    name = _LANGUAGES.get(value[3])
    return {"action": "change_language_to"} | ({} if name is None else {"action_language": name})


_NUMBERS: dict[int, Callable[[int], Payload]] = {OPENING: opening, ATTEMPT: attempt, MANAGEMENT: management}


def events(number: Number, managed: Number, *, data: bool = False) -> Decoder:
    """All events of a lock. `number` reads 0xFF10 and 0xFF11, `managed` 0xFF01.

    Unless the option `legacy` is false, `user` and `repeat` repeat `action_user` and `action_repeat`, and `data` adds
    the number itself in hexadecimal digits.
    """

    def decode(values: Values, context: DecodeContext) -> Payload:
        attribute = next(each for each in ATTRIBUTES if each in values)
        value = values[attribute]
        if is_encrypted(value):
            return {}
        if attribute == STATUS:
            return status(value)
        if attribute == LANGUAGE:
            return language(value)
        found = (managed if attribute == MANAGEMENT else number)(value)
        if found is None:
            return {}
        payload = _NUMBERS[attribute](found)
        if context.options.get("legacy", True) is not False:
            for old in ("user", "repeat"):
                if f"action_{old}" in payload:
                    payload[old] = payload[f"action_{old}"]
            if data:
                payload["data"] = f"{found:x}"
        return payload

    return Decoder(DOOR_LOCK, frozenset(ATTRIBUTES), decode)


def is_encrypted(value: zcl.Value) -> bool:
    """Whether a lock has encrypted the value for its hub."""
    return isinstance(value, bytes) and len(value) == ENCRYPTED


def _encrypted(value: zcl.Value) -> str | None:
    if not is_encrypted(value):
        return None
    return (
        "its report is encrypted for its hub, so it can't be published: "
        "reset the lock and pair it here without letting it join a hub of Xiaomi's or Aqara's first"
    )


#: Logged for a lock whose values only a hub can read.
ENCRYPTED_FOR_HUB = Notice(DOOR_LOCK, frozenset(ATTRIBUTES), _encrypted)

LEGACY = exposes.binary(
    "legacy",
    True,
    False,
    "Set to false to disable the legacy integration (highly recommended), will change structure of the published "
    "payload (default true).",
    access=exposes.SET,
)


#: Exposes of every lock beside its actions. The pages don't describe them.
STATE = exposes.binary("state", "UNLOCK", "LOCK", "")
REVERSE = exposes.binary("reverse", "UNLOCK", "LOCK", "")

"""What makes a lock S2 send its golden vectors. It obeys nothing."""

from tests.products.stimuli import Read, Sends, Stimuli, does

#: What people do, at last what makes the one frame; and the vectors (less their "in.") that this frame is.
DONE = {
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
DONE_WITH_OCTET_STRINGS = {
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

STIMULI = Stimuli(
    sends=(
        *does(DONE),
        *does(DONE_WITH_OCTET_STRINGS, octet_strings=True),
        Sends(frames=("in.heartbeat.full",), before=("drain 3600", {"outages": 6}), do=("heartbeat",)),
        Sends(
            frames=("in.heartbeat.ff02_struct",),
            before=("drain 3900", {"outages": 4}),
            do=("heartbeat",),
            declared={"heartbeat_in_0xff02": True},
        ),
        Sends(
            frames=("in.status.read_response",),
            before=("open outside", 0.1),
            do=(Read(0x0101, "145f116f00f6ff"), 1.0),  # until it polls
        ),
        Sends(
            frames=("in.basic.batteryAlarmMask.readrsp",),
            before=("warn on", 0.1),
            do=(Read(0x0001, "10c0003500"), 1.0),
        ),
    ),
)

"""What makes a lock S1 send its golden vectors. It obeys nothing.

Not in.basic_heartbeat, whose parent has the address 0x1234: ours is the coordinator's child.
"""

from tests.products.stimuli import Read, Sends, Stimuli, does

#: What people do, at last what makes the one frame; and the vectors (less their "in.") that this frame is.
DONE = {
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

STIMULI = Stimuli(
    sends=(
        *does(DONE),
        Sends(
            frames=("in.open.read_response",),
            before=("accept finger user 3", 0.1),
            do=(Read(0x0101, "145f11180010ff"), 1.0),  # until it polls
        ),
    ),
)

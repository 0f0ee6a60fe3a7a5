"""What single clusters do (ZCL 075123r6, chapter 3)."""

import pytest

from tests.support.station import BASIC, GROUPS, ON_OFF, TestCoordinator, ask
from zigloop.devices.zncz02lm import Plug

IDENTIFY, SCENES, TIME = 0x0003, 0x0005, 0x000A
ON_TIME, OFF_WAIT_TIME = "0140", "0240"


def on_off(peer: TestCoordinator, plug: Plug, command: str) -> bool:
    """A command to the On/Off cluster; what it makes of the plug."""
    assert ask(peer, plug, "01 2a" + command, cluster=ON_OFF) == [f"182a0b{command[:2]}00"]
    return plug.on


def read_u16(peer: TestCoordinator, plug: Plug, attribute: str, cluster: int = ON_OFF) -> int:
    (answer,) = ask(peer, plug, "00 2b 00" + attribute, cluster=cluster)
    assert answer.startswith(f"182b01{attribute}0021")
    return int.from_bytes(bytes.fromhex(answer[-4:]), "little")


# On/Off


def test_on_off_toggle(peer: TestCoordinator, plug: Plug) -> None:
    assert [on_off(peer, plug, command) for command in ("01", "01", "02", "02", "00")] == [
        True,
        True,
        False,
        True,
        False,
    ]


def test_on_with_timed_off_goes_off_by_itself(peer: TestCoordinator, plug: Plug) -> None:
    assert on_off(peer, plug, "42 00 6400 1e00")  # 10 s, then 3 s of waiting
    peer.sleep(4)
    assert read_u16(peer, plug, ON_TIME) == 60
    peer.sleep(5.9)
    assert plug.on
    peer.sleep(0.2)
    assert not plug.on
    assert read_u16(peer, plug, OFF_WAIT_TIME) == 0


def test_a_longer_time_prevails_while_it_is_on(peer: TestCoordinator, plug: Plug) -> None:
    on_off(peer, plug, "42 00 6400 0000")
    on_off(peer, plug, "42 00 0a00 0000")
    peer.sleep(9)
    assert plug.on
    on_off(peer, plug, "42 00 c800 0000")
    peer.sleep(19)
    assert plug.on
    peer.sleep(2)
    assert not plug.on


def test_after_a_timed_on_was_ended_it_is_not_retriggered_before_the_wait_is_over(
    peer: TestCoordinator, plug: Plug
) -> None:
    on_off(peer, plug, "42 00 6400 3200")
    assert not on_off(peer, plug, "00")
    assert not on_off(peer, plug, "42 00 6400 3200")
    peer.sleep(5.1)
    assert on_off(peer, plug, "42 00 6400 3200")


def test_accepted_only_when_on(peer: TestCoordinator, plug: Plug) -> None:
    assert not on_off(peer, plug, "42 01 6400 0000")
    on_off(peer, plug, "01")
    assert on_off(peer, plug, "42 01 6400 0000")
    peer.sleep(11)
    assert not plug.on


def test_for_ever_means_no_countdown(peer: TestCoordinator, plug: Plug) -> None:
    assert on_off(peer, plug, "42 00 ffff 0000")
    peer.sleep(86_400)
    assert plug.on


def test_a_written_on_time_counts_down(peer: TestCoordinator, plug: Plug) -> None:
    on_off(peer, plug, "01")
    assert ask(peer, plug, "00 2a 02 0140 21 3200", cluster=ON_OFF) == ["182a0400"]
    peer.sleep(4.9)
    assert plug.on
    peer.sleep(0.2)
    assert not plug.on


def test_the_global_scene_comes_back_once(peer: TestCoordinator, plug: Plug) -> None:
    on_off(peer, plug, "01")
    assert not on_off(peer, plug, "40 00 00")
    assert ask(peer, plug, "00 2b 00 0040", cluster=ON_OFF) == ["182b010040001000"]
    assert on_off(peer, plug, "41")
    on_off(peer, plug, "00")
    assert not on_off(peer, plug, "41")


def test_a_countdown_ends_with_the_power(peer: TestCoordinator, plug: Plug) -> None:
    on_off(peer, plug, "42 00 6400 0000")
    plug.cut()
    plug.restore()
    peer.sleep(5)
    assert on_off(peer, plug, "01")
    peer.sleep(60)
    assert plug.on


# Groups


def groups(peer: TestCoordinator, plug: Plug, command: str) -> list[str]:
    return [each.removeprefix("192a") for each in ask(peer, plug, "01 2a" + command, cluster=GROUPS)]


def test_groups(peer: TestCoordinator, plug: Plug) -> None:
    assert groups(peer, plug, "00 0100 00") == ["00000100"]
    assert groups(peer, plug, "00 0100 00") == ["008a0100"]
    assert groups(peer, plug, "00 0000 00") == ["00870000"]
    assert groups(peer, plug, "00 0200 03 616263") == ["00000200"]
    assert groups(peer, plug, "01 0200") == ["0100020000"]
    assert groups(peer, plug, "01 0300") == ["018b030000"]
    assert groups(peer, plug, "02 00") == ["020e02" + "01000200"]
    assert groups(peer, plug, "02 02 0300 0200") == ["020e01" + "0200"]
    assert groups(peer, plug, "02 01 0300") == ["182a0b0200"]
    assert groups(peer, plug, "03 0200") == ["03000200"]
    assert groups(peer, plug, "03 0200") == ["038b0200"]
    assert groups(peer, plug, "04") == ["182a0b0400"]
    assert groups(peer, plug, "02 00") == ["021000"]
    assert groups(peer, plug, "00 0100") == ["182a0b0080"]


def test_a_full_group_table(peer: TestCoordinator, plug: Plug) -> None:
    for group in range(1, 17):
        groups(peer, plug, f"00 {group:02x}00 00")
    assert groups(peer, plug, "00 1100 00") == ["00891100"]


def test_add_if_identifying(peer: TestCoordinator, plug: Plug) -> None:
    assert groups(peer, plug, "05 0100 00") == ["182a0b0500"]
    assert groups(peer, plug, "02 00") == ["021000"]
    assert ask(peer, plug, "01 2a 00 0a00", cluster=IDENTIFY) == ["182a0b0000"]
    groups(peer, plug, "05 0100 00")
    assert groups(peer, plug, "02 00") == ["020f010100"]


def test_a_groupcast_is_obeyed_by_members_and_never_answered(peer: TestCoordinator, plug: Plug) -> None:
    on = bytes.fromhex("012a01")
    assert peer.ask(0xFFFD, 0xFF, ON_OFF, on, group=0x0001) == []
    assert not plug.on
    groups(peer, plug, "00 0100 00")
    assert peer.ask(0xFFFD, 0xFF, ON_OFF, on, group=0x0001) == []
    assert plug.on


def test_groups_outlive_a_power_cut_but_not_the_network(peer: TestCoordinator, plug: Plug) -> None:
    groups(peer, plug, "00 0100 00")
    plug.cut()
    plug.restore()
    peer.sleep(30)
    assert groups(peer, plug, "01 0100") == ["0100010000"]
    plug.pair()
    peer.sleep(30)
    assert groups(peer, plug, "01 0100") == ["018b010000"]


# Scenes


def scenes(peer: TestCoordinator, plug: Plug, command: str) -> list[str]:
    return [each.removeprefix("192a") for each in ask(peer, plug, "01 2a" + command, cluster=SCENES)]


def test_store_and_recall(peer: TestCoordinator, plug: Plug) -> None:
    groups(peer, plug, "00 0100 00")
    plug.press()
    assert scenes(peer, plug, "04 0100 05") == ["0400010005"]
    assert ask(peer, plug, "00 2b 00 0000 0100 0200 0300", cluster=SCENES) == [
        "182b01" + "0000002001" + "0100002005" + "020000210100" + "0300001001"
    ]
    plug.press()
    assert ask(peer, plug, "00 2b 00 0300", cluster=SCENES) == ["182b010300001000"]
    assert scenes(peer, plug, "05 0100 05") == ["182a0b0500"]
    assert plug.on
    assert scenes(peer, plug, "01 0100 05") == ["0100010005" + "0000" + "00" + "06000101"]


def test_scenes_of_others_groups_and_of_none(peer: TestCoordinator, plug: Plug) -> None:
    assert scenes(peer, plug, "04 0100 05") == ["0485010005"]
    assert scenes(peer, plug, "05 0100 05") == ["182a0b0585"]
    assert scenes(peer, plug, "05 0000 05") == ["182a0b058b"]
    assert scenes(peer, plug, "01 0000 05") == ["018b000005"]
    assert scenes(peer, plug, "00 0000 05 0a00 01 61 0600 01 01 0000 00") == ["0000000005"]
    assert scenes(peer, plug, "06 0000") == ["06000f0000" + "0105"]
    assert scenes(peer, plug, "06 0100") == ["0685" + "0f" + "0100"]
    assert scenes(peer, plug, "05 0000 05") == ["182a0b0500"]
    assert plug.on
    assert scenes(peer, plug, "02 0000 05") == ["0200000005"]
    assert scenes(peer, plug, "02 0000 05") == ["028b000005"]
    assert scenes(peer, plug, "03 0000") == ["03000000"]
    assert scenes(peer, plug, "03 0100") == ["03850100"]
    assert scenes(peer, plug, "00 0000 05 0a00 00 0600 05 01") == ["182a0b0080"]


def test_a_full_scene_table(peer: TestCoordinator, plug: Plug) -> None:
    for scene in range(16):
        assert scenes(peer, plug, f"04 0000 {scene:02x}") == [f"04000000{scene:02x}"]
    assert scenes(peer, plug, "04 0000 10") == ["0489000010"]


def test_leaving_a_group_takes_its_scenes_along(peer: TestCoordinator, plug: Plug) -> None:
    groups(peer, plug, "00 0100 00")
    scenes(peer, plug, "04 0100 05")
    groups(peer, plug, "04")
    groups(peer, plug, "00 0100 00")
    assert scenes(peer, plug, "06 0100") == ["06001001" + "0000"]


# Identify, Basic, Time


def test_identify_counts_down(peer: TestCoordinator, plug: Plug) -> None:
    assert ask(peer, plug, "01 2a 01", cluster=IDENTIFY) == ["182a0b0100"]
    assert ask(peer, plug, "00 2a 02 0000 21 0a00", cluster=IDENTIFY) == ["182a0400"]
    peer.sleep(4)
    assert ask(peer, plug, "01 2a 01", cluster=IDENTIFY) == ["192a000600"]
    assert read_u16(peer, plug, "0000", IDENTIFY) == 6
    assert ask(peer, plug, "01 2a 40 00 00", cluster=IDENTIFY) == ["182a0b4000"]
    peer.sleep(7)
    assert ask(peer, plug, "11 2a 01", cluster=IDENTIFY) == []


def test_a_reset_to_factory_defaults_keeps_the_network(peer: TestCoordinator, plug: Plug) -> None:
    plug.press()
    groups(peer, plug, "00 0100 00")
    assert ask(peer, plug, "01 2a 00", cluster=BASIC) == ["182a0b0000"]
    assert (plug.on, plug.joined) == (False, True)


def test_the_clock_is_set_by_the_hosts_answer(peer: TestCoordinator, plug: Plug) -> None:
    assert ask(peer, plug, "00 2a 00 0000", cluster=TIME) == ["182a01000000e2ffffffff"]
    answer = bytes.fromhex("182a01000000e240e20100")
    assert peer.ask(plug.node.nwk, 1, TIME, answer) == []
    peer.sleep(10)
    assert ask(peer, plug, "00 2a 00 0000", cluster=TIME) == [
        "182a01000000e2" + (123456 + 10).to_bytes(4, "little").hex()
    ]


@pytest.mark.parametrize("answer", ["182a01000086", "182a010000", "182a0100000042", "182a0a0000e240e20100"])
def test_other_answers_to_the_time_read(peer: TestCoordinator, plug: Plug, answer: str) -> None:
    """A refusal, half an answer; a report counts like an answer."""
    frames = ask(peer, plug, answer, cluster=TIME)
    assert frames == ([] if answer.endswith(("86", "0100")) else ["102a0b0180"])

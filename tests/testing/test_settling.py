"""What settles before a stimulus and after a Given, and what doesn't hold it up."""

import pytest

import zigloop_bridge.host  # noqa: F401 - pytester forgets what is imported while it runs, and zigpy can't be imported twice
from zigloop.events import FrameSent
from zigloop.testing.settling import LONGEST_VIRTUAL
from zigloop.testing.world import World

#: Long enough for a report with all that it causes, far below the longest time that settling takes.
SOON = 0.2


def joined(world: World, *names: str, model: str = "ZNCZ02LM") -> None:
    for name in names:
        world.joined_device(model, name)


def taken(world: World) -> float:
    """Virtual seconds that the world needs to settle."""
    began = world.loop.time()
    world.settle()
    return world.loop.time() - began


def test_a_report_has_arrived_when_the_world_has_settled(world: World) -> None:
    joined(world, "plug")
    world.mqtt.mark()
    world.device("plug", "press").do("press")
    assert 0 < taken(world) < SOON
    assert [message.json["state"] for message in world.mqtt.since_mark("plug")] == ["ON"]


def test_a_report_that_the_device_holds_back_belongs_to_its_control(world: World) -> None:
    """It reports power at most once a second."""
    joined(world, "plug")
    plug = world.device("plug", "draw")
    plug.do("press")
    plug.do("draw", watts=10)
    world.settle()
    plug.do("draw", watts=20)
    assert SOON < taken(world) < LONGEST_VIRTUAL
    assert world.mqtt.since_mark("plug")[-1].json["power"] == 20


def test_a_command_is_answered_when_the_world_has_settled(world: World) -> None:
    joined(world, "plug")
    world.mqtt.publish("plug/set", {"state": "ON"})
    assert 0 < taken(world) < SOON
    assert world.device("plug", "state").state()["on"] is True
    assert world.mqtt.since_mark("plug")[-1].json["state"] == "ON"


def test_a_settled_world_takes_no_time(world: World) -> None:
    joined(world, "plug")
    world.settle()
    assert taken(world) == 0


def test_a_late_frame_is_waited_for(world: World) -> None:
    joined(world, "plug")
    world.use(world.part("air", "delay"), "delay", milliseconds=400)
    world.device("plug", "press").do("press")
    assert taken(world) > 0.4
    assert world.mqtt.since_mark("plug")[-1].json["state"] == "ON"


def test_an_ideal_air_is_followed_no_longer(world: World) -> None:
    joined(world, "plug")
    air = world.part("air", "delay")
    world.use(air, "delay", milliseconds=400)
    world.use(air, "mend")
    world.device("plug", "press").do("press")
    assert taken(world) < SOON


def test_an_answer_that_is_late_is_waited_for(world: World) -> None:
    joined(world, "plug")
    world.device("plug", "late").do("late", seconds=0.5)
    world.mqtt.publish("plug/set", {"state": "ON"})
    assert 0.5 < taken(world) < LONGEST_VIRTUAL


@pytest.mark.parametrize(
    ("verb", "arguments"), [("mute", {}), ("babble", {"rate": 50, "seconds": 60})], ids=["mute", "babble"]
)
def test_a_fault_holds_it_up_for_a_second_at_most(world: World, verb: str, arguments: dict[str, float]) -> None:
    joined(world, "plug")
    world.device("plug", verb).do(verb, **arguments)
    world.mqtt.publish("plug/set", {"state": "ON"})
    assert taken(world) == pytest.approx(LONGEST_VIRTUAL)


def test_a_fault_without_traffic_does_not_hold_it_up(world: World) -> None:
    joined(world, "plug")
    world.use(world.part("radio", "hang"), "hang", seconds=60)
    assert taken(world) < SOON


def test_the_broker_may_be_stopped(world: World) -> None:
    joined(world, "plug")
    world.use(world.part("broker", "away"), "away", seconds=60)
    assert taken(world) < SOON


def test_first_words_belong_to_joining(world: World) -> None:
    """The state that a plug reports, its question for the time, and the first heartbeat 5 to 10 s later."""
    joined(world, "plug", "other")
    heard: list[FrameSent] = []
    assert world.bench is not None
    world.bench.events.subscribe(FrameSent, heard.append)
    world.pass_time(500)  # heartbeats are ten minutes apart
    assert [event.frame for event in heard] == []
    assert world.mqtt.since_mark("plug") == world.mqtt.since_mark("other") == []

"""What makes a relay send and obey its golden vectors."""

import struct

from tests.products.stimuli import Obeys, Read, Sends, Step, Stimuli


def single(text: str) -> float:
    (number,) = struct.unpack("<f", bytes.fromhex(text))
    return float(number)


#: Of the log that the whole heartbeats of docs/protocols.md 11.2 are from.
WATTS, TENTHS_OF_VOLTS, AMPERES, KWH = (single(each) for each in ("d2f3d040", "aaed0c45", "7440523d", "a470fd3d"))
VOLTS = TENTHS_OF_VOLTS / 10


def state_of_the_log(*switched_off: str, channel: int = 1) -> tuple[Step, ...]:
    """That of the log, with the vectors that switch a channel off, and the load on another."""
    closed: tuple[Step, ...] = ("press 1", "press 2")  # the switches on the wall stay closed
    figures = ("heat 38", f"mains {VOLTS}", f"factor {WATTS / (VOLTS * AMPERES)}", f"draw {channel} {WATTS}")
    return (*closed, *switched_off, {"outages": 15}, *figures, 5.0, f"meter {KWH}")


#: Of tag 0x94 that log has no value: the vectors' is 0, the power factor that follows from the rest is 56 %.
POWER_FACTOR = ("942000", "942038")

MEMORY_ANSWERS = ("1c5f110400", "1c5f110400")

STIMULI = Stimuli(
    sends=(
        # Those with 0xF000 have the value that another product was seen with; ours is from zigbee2mqtt#7112.
        *(
            Sends(
                frames=(f"in.onoff.ep{channel}.with_f000",),
                do=(f"press {channel}",),
                bytes=("00049903", "ac000007"),
            )
            for channel in (1, 2)
        ),
        *(
            Sends(
                frames=(f"in.onoff.ep{channel}.{state}",),
                before=before,
                do=(f"press {channel}",),
                declared={"reports_0xf000": False},
            )
            for channel in (1, 2)
            for state, before in ((1, ()), (0, (f"press {channel}", 1.0)))
        ),
        # Not the negative one: nothing that is wired to it gives power back.
        *(
            Sends(
                frames=(f"in.power.analog.{vector}",),
                before=("press 1", 5.0),
                do=(f"draw 1 {single(watts)}", "report power"),
                repeated=True,
            )
            for vector, watts in (
                ("6.53", "d2f3d040"),
                ("1500.5", "0090bb44"),
                ("0.005", "0ad7a33b"),
                ("2.675", "33332b40"),
            )
        ),
        Sends(
            frames=("in.power.analog.big",),
            before=("press 1", 5.0, "press 2", "draw 2 100000", 5.0),
            do=(f"draw 1 {single('6520f147') - 100_000}", "report power"),
            repeated=True,
        ),
        Sends(frames=("in.hb.full",), before=state_of_the_log(), do=("heartbeat",), bytes=POWER_FACTOR),
        Sends(
            frames=("in.hb.states_10",),
            before=state_of_the_log("set.state_l2.OFF"),
            do=("heartbeat",),
            bytes=POWER_FACTOR,
        ),
        Sends(
            frames=("in.hb.states_01",),
            before=state_of_the_log("set.state_l1.OFF", channel=2),
            do=("heartbeat",),
            bytes=POWER_FACTOR,
        ),
        Sends(
            frames=("in.basic.ff02",),
            before=("press 1", {"outages": 4}, 5.0),
            do=("heartbeat",),
            declared={"heartbeat_in_0xff02": True},
        ),
        Sends(
            frames=("in.power.analog.readrsp",),
            before=("press 2", f"draw 2 {single('2db22942')}", 5.0),
            do=(Read(12, "10db005500"),),
        ),
    ),
    obeys=(
        *(
            Obeys(
                vector=f"set.{vector}",
                before=tuple(f"press {channel}" for channel in (1, 2) if before[channel - 1] == "1"),
                answers=("180b..00",) * frames,
                state={"on_l1": after[0] == "1", "on_l2": after[1] == "1"},
            )
            for vector, frames, before, after in (
                ("state_l1.ON", 1, "00", "10"),
                ("state_l2.ON", 1, "00", "01"),
                ("state_l1.OFF", 1, "11", "01"),
                ("state_l2.OFF", 1, "11", "10"),
                ("state_l1.TOGGLE", 1, "01", "11"),
                ("state_l1.TOGGLE", 1, "11", "01"),
                ("state_l2.TOGGLE", 1, "01", "00"),
                ("state_l1.lowercase", 1, "00", "10"),
                ("state.no_suffix", 1, "00", "10"),
                ("both", 2, "01", "10"),
                ("topic_endpoint_l2", 1, "00", "01"),
                ("state_l1.ON_with_interlock_state", 1, "01", "11"),
            )
        ),
        # Real ones refuse it (herdsman-converters#3956).
        Obeys(vector="set.on_time_suffixed", answers=("180b4281",), state={"on_l1": False}),
        Obeys(
            vector="set.power_outage_memory.true",
            answers=MEMORY_ANSWERS,
            state={"power_outage_memory": True, "remembers_outage": True},
        ),
        Obeys(
            vector="set.power_outage_memory.false",
            before=("set.power_outage_memory.true",),
            answers=MEMORY_ANSWERS,
            state={"power_outage_memory": False, "remembers_outage": False},
        ),
        Obeys(vector="set.interlock.true", answers=("1c5f110400",), state={"interlock": True}),
        Obeys(
            vector="set.interlock.false",
            before=("set.interlock.true",),
            answers=("1c5f110400",),
            state={"interlock": False},
        ),
        *(
            Obeys(vector=f"get.{vector}", before=("press 1", "draw 1 12.345"), answers=None)
            for vector in ("state_l1", "state_l2", "state", "power")
        ),
    ),
)

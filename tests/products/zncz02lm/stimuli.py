"""What makes a plug send and obey its golden vectors."""

from tests.products.stimuli import Obeys, Read, Sends, Step, Stimuli

#: The state that the whole heartbeats of docs/protocols.md 11.1 are from.
FULL: tuple[Step, ...] = ("press", {"outages": 2}, "heat 35", "draw 12.345", "meter 1.2345")

STIMULI = Stimuli(
    clusters={0xFCC0: 0x0000},  # docs/decisions.md 9: 0xFFF0 is read from genBasic
    sends=(
        Sends(frames=("in.onoff.real.ha47650",), before=("press", 1.0), do=("press",)),
        Sends(frames=("in.onoff.with_f000.1",), do=("press",)),
        Sends(frames=("in.onoff.0",), before=("press", 1.0), do=("press",), declared={"reports_0xf000": False}),
        Sends(frames=("in.onoff.1",), do=("press",), declared={"reports_0xf000": False}),
        # Not in.power.ep2.neg: nothing that is plugged in gives power back.
        *(
            Sends(
                frames=(f"in.power.ep2.{watts}",),
                before=("press", 5.0),
                do=(f"draw {watts}", "report power"),
                repeated=True,
            )
            for watts in ("12.345", "0.004")
        ),
        Sends(frames=("in.power.real.ha47650",), do=("report power",)),
        *(
            Sends(
                frames=(f"in.hb.{vector}",),
                before=(*FULL, "mains 230.1", 5.0, "meter 1.2345"),
                do=("heartbeat",),
                declared=declared,
            )
            for vector, declared in (
                ("full_no_voltage", {}),
                ("full_with_voltage", {"firmware": "02-28-2017"}),
            )
        ),
        Sends(frames=("in.onoff.readrsp.0",), do=(Read(6, "1079000000"),)),
        Sends(frames=("in.onoff.readrsp.1",), before=("press", 5.0), do=(Read(6, "107e000000"),)),
        # The meter runs for the 2 ms that the request takes; the last digits of a float don't show it.
        Sends(
            frames=("in.hb.readrsp",),
            before=(*FULL, 5.0, "meter 1.2345", "draw 12.345"),
            do=(Read(0, "145f11ba0001ff"),),
            which=0,
        ),
    ),
    obeys=(
        Obeys(vector="set.state.ON", answers=("180b..00",), state={"on": True}),
        Obeys(vector="set.state.OFF", before=("press",), answers=("180b..00",), state={"on": False}),
        Obeys(vector="set.state.TOGGLE", answers=("180b..00",), state={"on": True}),
        Obeys(vector="set.state.TOGGLE", before=("press",), answers=("180b..00",), state={"on": False}),
        Obeys(vector="set.state.on", answers=("180b..00",), state={"on": True}),
        Obeys(vector="set.on_time", answers=("180b4200",), later=((9.9, {"on": True}), (0.2, {"on": False}))),
        *(
            Obeys(
                vector=f"set.power_outage_memory.{vector}",
                before=before,
                answers=("1c5f110400", "1c5f110400"),
                state={"power_outage_memory": setting},
            )
            for vector, before, setting in (
                ("true", (), True),
                ("false", ("set.power_outage_memory.true",), False),
                ("string_ON", (), True),
            )
        ),
        Obeys(
            vector="set.multi",
            before=("press", "set.power_outage_memory.true"),
            answers=("1c5f110400", "1c5f110400", "180b0000"),
            state={"on": False, "power_outage_memory": False},
        ),
        Obeys(vector="get.state", before=("press", "draw 12.345"), answers=("18010000001001",)),
        Obeys(vector="get.power", before=("press", "draw 12.345"), answers=("1801550000391f854541",)),
        Obeys(vector="get.power_outage_memory", answers=("1c5f1101f0ff004109aa8005d14709011000",)),
    ),
)
